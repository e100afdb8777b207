"""The ratchet: every ONNX node test that once passed still passes."""

import pytest

from tests.converters import conformance

pytest.importorskip("onnx")


@pytest.mark.slow
def test_what_passed_still_passes():
    found = conformance.cases()
    names = conformance.passing()
    assert len(names) >= 500
    missing = [name for name in names if name not in found]
    lost = [
        f"{o.name}: {o.kind}: {o.detail}"
        for o in (conformance.run(found[n]) for n in names if n in found)
        if o.kind != "passed"
    ]
    assert not lost, "\n".join(lost)
    assert len(missing) < 20, (
        "another release of onnx has other tests: run `python -m tests.converters.conformance`"
    )


@pytest.mark.slow
def test_nothing_is_wrong_that_openvino_reads_right():
    """Refusing is fine, another result is not. One is known: OpenVINO's reader calls ONNX's truncating integer Div a flooring one."""
    found = conformance.cases()
    rest = sorted(found.keys() - set(conformance.passing()))
    outcomes = [conformance.run(found[name]) for name in rest]
    assert [o.name for o in outcomes if o.kind == "wrong"] == ["test_div_int32_trunc"]
