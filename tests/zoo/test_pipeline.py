import errno
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converters import engine
from registry.errors import InputError, VerificationError
from tests.zoo.models import convolution
from zoo import artifacts, pipeline, targets, verification, workspace
from zoo.request import Request

TFLITE = targets.parse("float32,float16")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return convolution(tmp_path / "tiny.onnx")


def request(model: Path, **changes: Any) -> Request:
    given: dict[str, Any] = {"name": "tiny", "out": model.parent / "out", "model": model, "targets": TFLITE}
    return Request(**given | changes)


def test_a_file_becomes_verified_artifacts_with_their_manifest(model: Path) -> None:
    result = pipeline.run(request(model))
    out = model.parent / "out"
    assert not result.already_done
    assert result.manifest == workspace.read_manifest(out)
    assert [one.target for one in result.manifest.artifacts] == ["float32", "float16"]
    assert workspace.intact(out, list(result.manifest.artifacts)) == list(result.manifest.artifacts)
    first = result.manifest.artifacts[0]
    assert first.path == "tiny_float32.tflite"
    assert (first.inputs[0].shape, first.inputs[0].permutation) == ((1, 8, 8, 3), (0, 2, 3, 1))
    assert first.stats is not None
    assert (first.stats.transposes, first.stats.custom_ops) == (0, 0)
    assert [(check.output, check.inputs, check.passed) for check in first.checks] == [
        ("features", "noise", True)
    ]
    assert first.checks[0].max_relative < 1e-6
    assert result.manifest.inputs["model"].origin == "local file tiny.onnx"
    assert {"openvino", "ai-edge-litert", "zoo"} <= set(first.tools)


def test_a_second_run_finds_everything_done(model: Path) -> None:
    first = pipeline.run(request(model))
    second = pipeline.run(request(model))
    assert second.already_done
    assert second.manifest == first.manifest


def test_only_what_is_missing_or_changed_is_made_again(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline.run(request(model))
    (model.parent / "out" / "tiny_float16.tflite").write_bytes(b"damaged")
    written = count_writes(monkeypatch)
    result = pipeline.run(request(model))
    assert written == ["float16"]
    assert not result.already_done


def test_another_target_joins_those_that_are_there(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline.run(request(model, targets=targets.parse("float16")))
    written = count_writes(monkeypatch)
    result = pipeline.run(request(model, targets=targets.parse("float32")))
    assert written == ["float32"]
    assert [one.target for one in result.manifest.artifacts] == ["float32", "float16"]


def test_another_model_or_option_makes_everything_anew(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline.run(request(model))
    written = count_writes(monkeypatch)
    pipeline.run(request(model, keep_nchw=frozenset({"image"})))
    convolution(model, seed=1)
    pipeline.run(request(model))
    assert written == ["float32", "float16"] * 2


def test_what_is_left_of_an_earlier_conversion_is_named(model: Path) -> None:
    pipeline.run(request(model))
    result = pipeline.run(request(model, keep_nchw=frozenset({"image"}), targets=targets.parse("float32")))
    assert any("tiny_float16.tflite" in note for note in result.manifest.notes)
    assert [one.target for one in result.manifest.artifacts] == ["float32"]


def test_force_makes_again_and_keeps_the_rest(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = pipeline.run(request(model)).manifest
    written = count_writes(monkeypatch)
    second = pipeline.run(request(model, force=True, targets=targets.parse("float32"))).manifest
    assert written == ["float32"]
    assert [one.sha256 for one in second.artifacts] == [one.sha256 for one in first.artifacts]


def test_two_runs_give_the_same_bytes(model: Path) -> None:
    made = [pipeline.run(request(model, out=model.parent / name)).manifest for name in ("a", "b")]
    assert [one.sha256 for one in made[0].artifacts] == [one.sha256 for one in made[1].artifacts]


def test_keep_nchw_leaves_the_input_as_it_was(model: Path) -> None:
    made = pipeline.run(request(model, keep_nchw=frozenset({"image"}))).manifest.artifacts[0]
    assert (made.inputs[0].shape, made.inputs[0].permutation) == ((1, 3, 8, 8), (0, 1, 2, 3))


def test_an_inner_tensor_can_be_the_output(model: Path) -> None:
    made = pipeline.run(request(model, outputs=("c",), targets=targets.parse("float32"))).manifest.artifacts[
        0
    ]
    assert [one.source_name for one in made.outputs] == ["c"]
    assert made.checks[0].passed


def test_an_artifact_that_differs_stays_out(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = engine.emit_tflite
    other = engine.build(convolution(model.parent / "other.onnx", seed=1), engine.Options())

    def swap(built: engine.Built, variant: str, path: Path, *more: Any) -> Any:
        return honest(other if variant == "float16" else built, variant, path, *more)

    monkeypatch.setattr(engine, "emit_tflite", swap)
    with pytest.raises(VerificationError, match=r"float16: output `features` differs .*max relative"):
        pipeline.run(request(model))
    out = model.parent / "out"
    assert not (out / "tiny_float16.tflite").exists()
    assert [one.target for one in workspace.read_manifest(out).artifacts] == ["float32"]


def test_a_run_that_breaks_off_keeps_what_was_finished(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = engine.emit_tflite

    def full(built: engine.Built, variant: str, path: Path, *more: Any) -> Any:
        if variant == "float16":
            path.write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return honest(built, variant, path, *more)

    monkeypatch.setattr(engine, "emit_tflite", full)
    with pytest.raises(OSError, match="No space"):
        pipeline.run(request(model))
    out = model.parent / "out"
    visible = sorted(path.name for path in out.iterdir() if not path.name.startswith("."))
    assert visible == ["manifest.json", "tiny_float32.tflite"]
    monkeypatch.setattr(engine, "emit_tflite", honest)
    written = count_writes(monkeypatch)
    assert len(pipeline.run(request(model)).manifest.artifacts) == 2
    assert written == ["float16"]


def test_verify_runs_the_files_again(model: Path) -> None:
    pipeline.run(request(model))
    out = model.parent / "out"
    found = verification.verify(str(out))
    assert {target: len(checks) for target, checks in found.checks.items()} == {"float32": 1, "float16": 1}
    assert len(verification.verify("tiny", out, targets.parse("float32")).checks) == 1
    with pytest.raises(InputError, match="has no pb"):
        verification.verify(str(out), None, targets.parse("pb"))
    path = out / "tiny_float16.tflite"
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(VerificationError, match="not the file that the manifest describes"):
        verification.verify(str(out))


def test_verify_finds_an_artifact_that_differs_behind_a_right_hash(model: Path) -> None:
    pipeline.run(request(model))
    out = model.parent / "out"
    other = engine.build(convolution(model.parent / "other.onnx", seed=1), engine.Options())
    engine.emit_tflite(other, "float32", out / "tiny_float32.tflite")
    document = json.loads((out / "manifest.json").read_text())
    from zoo import hashing

    document["artifacts"][0]["sha256"] = hashing.blob(out / "tiny_float32.tflite").sha256
    (out / "manifest.json").write_text(json.dumps(document))
    with pytest.raises(VerificationError, match="float32: output `features`"):
        verification.verify(str(out))


def test_tflite_files_of_a_folder_a_name_and_a_file(model: Path) -> None:
    pipeline.run(request(model))
    out = model.parent / "out"
    both = [out / "tiny_float32.tflite", out / "tiny_float16.tflite"]
    assert artifacts.tflite_files(str(out)) == both
    assert artifacts.tflite_files("tiny", out) == both
    assert artifacts.tflite_files(str(both[0])) == [both[0]]


def test_openvino_and_onnx_keep_the_source_axes(model: Path) -> None:
    made = pipeline.run(request(model, targets=targets.parse("openvino,onnx"))).manifest
    assert [one.target for one in made.artifacts] == ["onnx", "openvino", "openvino_fp16"]
    for one in made.artifacts:
        assert one.inputs[0].permutation == (0, 1, 2, 3)
        assert all(check.passed for check in one.checks)
    assert {"tiny.xml", "tiny.bin", "tiny_fp16.xml", "tiny_fp16.bin", "tiny.onnx"} <= {
        path.name for path in (model.parent / "out").iterdir()
    }


def test_a_tflite_comes_back_bit_identical_in_its_answers(model: Path) -> None:
    pipeline.run(request(model, targets=targets.parse("float32")))
    first = model.parent / "out" / "tiny_float32.tflite"
    made = pipeline.run(
        request(first, name="again", out=model.parent / "again", targets=targets.parse("float32"))
    )
    check = made.manifest.artifacts[0].checks[0]
    assert check.max_absolute == 0.0


def test_the_model_itself_is_never_written_over(model: Path) -> None:
    before = model.read_bytes()
    with pytest.raises(InputError, match="over the model itself"):
        pipeline.run(request(model, out=model.parent, targets=targets.parse("onnx")))
    made = pipeline.run(request(model, out=model.parent, targets=targets.parse("float32")))
    assert [one.target for one in made.manifest.artifacts] == ["float32"]
    assert model.read_bytes() == before


def test_an_ir_comes_in(model: Path) -> None:
    pipeline.run(request(model, targets=targets.parse("openvino")))
    ir = model.parent / "out" / "tiny.xml"
    made = pipeline.run(
        request(ir, out=model.parent / "again", targets=targets.parse("float32,openvino"))
    ).manifest
    assert [one.target for one in made.artifacts] == ["openvino", "openvino_fp16", "float32"]
    assert set(made.inputs) == {"model", "weights"}


def test_onnx_is_not_made_of_what_is_none(model: Path) -> None:
    pipeline.run(request(model, targets=targets.parse("float32")))
    first = model.parent / "out" / "tiny_float32.tflite"
    with pytest.raises(InputError, match="only PyTorch and ONNX models become ONNX"):
        pipeline.run(request(first, out=model.parent / "again", targets=targets.parse("onnx")))


def test_shapes_that_do_not_fit_are_refused(model: Path) -> None:
    with pytest.raises(InputError, match="image"):
        pipeline.run(request(model, input_shapes={"": (1, 5, 8, 8)}))
    assert not (model.parent / "out").exists()


def test_another_input_shape(model: Path) -> None:
    made = pipeline.run(
        request(model, input_shapes={"image": (1, 3, 16, 16)}, targets=targets.parse("float32"))
    )
    assert made.manifest.artifacts[0].inputs[0].shape == (1, 16, 16, 3)
    assert np.prod(made.manifest.artifacts[0].outputs[0].shape) == 4 * 16 * 16


def count_writes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The variants written from now on."""
    written: list[str] = []
    honest = engine.emit_tflite

    def emit(built: engine.Built, variant: str, path: Path, *more: Any) -> Any:
        written.append(variant)
        return honest(built, variant, path, *more)

    monkeypatch.setattr(engine, "emit_tflite", emit)
    return written
