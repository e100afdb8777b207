"""The ratchet: every ONNX node test that once passed still passes."""

import pytest

from tests.converters import conformance

pytest.importorskip("onnx")


@pytest.mark.slow
def test_what_passed_still_passes_and_nothing_is_wrong_that_openvino_reads_right():
    found = conformance.cases()
    known = set(conformance.passing())
    outcomes = list(conformance.run_all(sorted(found)))
    lost = [f"{o.name}: {o.kind}: {o.detail}" for o in outcomes if o.kind != "passed" and o.name in known]
    assert not lost, "\n".join(lost)
    assert len(known - found.keys()) < 20, "another release of onnx has other tests: run `make conformance`"
    wrong = [f"{o.name}: {o.detail}" for o in outcomes if o.kind in ("wrong", "broken")]
    assert not wrong, "refusing is fine, another result is not:\n" + "\n".join(wrong)
