import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from registry.errors import InputError
from tests.zoo.models import convolution
from tests.zoo.publish.made import summed
from zoo import pipeline, recovery, recovery_wish, targets, verification, workspace
from zoo.publish import alike, destination, rebuilding, recipe
from zoo.publish.lock import LOCK
from zoo.publish.plan import Planned, of_bytes, of_file
from zoo.publish.rebuilding import Wish
from zoo.request import Access, Calibrating, Request


def convert(model: Path, out: Path, to: str = "float32,float16", **more: Any) -> Path:
    pipeline.run(Request(name="tiny", out=out, model=model, targets=targets.parse(to), **more))
    return out


def planned(folder: Path) -> list[Planned]:
    paths = sorted(one for one in folder.rglob("*") if one.is_file() and not one.name.startswith(".zoo"))
    return [of_file(one.relative_to(folder).as_posix(), one, "x") for one in paths]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return convolution(tmp_path / "tiny.onnx")


@pytest.fixture
def place(model: Path, tmp_path: Path) -> Path:
    """A converted model, published."""
    out = convert(model, tmp_path / "made")
    destination.open(str(tmp_path / "published")).send(summed("tiny", planned(out)))
    return tmp_path / "published"


def given(model: Path, **more: Any) -> Wish:
    return Wish(files=(model,), **more)


def test_the_same_bytes_come_again(place: Path, model: Path) -> None:
    found = rebuilding.rebuild(place, given(model))
    assert [(one.target, one.same) for one in found.artifacts] == [("float32", True), ("float16", True)]
    assert found.artifacts[0].recorded == found.artifacts[0].rebuilt
    assert (found.damaged, found.versions, found.folders, found.exit_code) == ((), (), {}, 0)


def test_a_pulled_publication_can_be_verified_once_it_was_rebuilt(
    place: Path, model: Path, zoo_home: Path
) -> None:
    shutil.rmtree(zoo_home)
    with pytest.raises(InputError):
        verification.verify(str(place))
    rebuilding.rebuild(place, given(model))
    assert set(verification.verify(str(place)).checks) == {"float32", "float16"}


def test_a_lock_alone_is_enough(place: Path, model: Path, tmp_path: Path) -> None:
    shutil.copy(place / LOCK, tmp_path / LOCK)
    shutil.rmtree(place)
    renamed = model.rename(model.with_name("renamed.onnx"))
    assert rebuilding.rebuild(tmp_path / LOCK, given(renamed)).exit_code == 0


def test_what_was_rebuilt_can_be_kept(place: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "again"
    rebuilding.rebuild(place, given(model, keep=True, out=out))
    artifacts = list(workspace.read_manifest(out).artifacts)
    assert workspace.intact(out, artifacts) == artifacts
    with pytest.raises(InputError, match="holds something already"):
        rebuilding.rebuild(place, given(model, keep=True, out=out))


def test_a_file_that_was_tampered_with_is_named(place: Path, model: Path) -> None:
    path = place / "tiny_float16.tflite"
    content = bytearray(path.read_bytes())
    content[-40] ^= 1
    path.write_bytes(content)
    found = rebuilding.rebuild(place, given(model))
    assert found.damaged == ("tiny_float16.tflite",)
    assert found.exit_code == 6


def edited(place: Path, target: str, **changes: Any) -> None:
    lock = json.loads((place / LOCK).read_text())
    output = next(one for one in lock["models"][0]["outputs"] if one["target"] == target)
    output.update(changes)
    (place / LOCK).write_text(json.dumps(lock))


def test_an_artifact_that_comes_out_otherwise_is_named(model: Path, tmp_path: Path) -> None:
    """Published under a lock whose options are not those that it was made with."""
    out = convert(model, tmp_path / "made", keep_nchw=frozenset({"image"}))
    manifest = workspace.read_manifest(out)
    honest = {**manifest.options, "keep_nchw": []}
    (out / "manifest.json").write_bytes(
        msgspec.json.encode(msgspec.structs.replace(manifest, options=honest))
    )
    destination.open(str(tmp_path / "published")).send(summed("tiny", planned(out)))
    found = rebuilding.rebuild(tmp_path / "published", given(model))
    assert [one.same for one in found.artifacts] == [False, False]
    assert "the first other byte is at" in found.artifacts[0].difference
    assert (found.damaged, found.exit_code) == ((), 6)


def test_other_versions_are_named(place: Path, model: Path) -> None:
    edited(place, "float32", tools={"openvino": "2020.1", "nosuchpackage": "1.0"})
    lock = json.loads((place / LOCK).read_text())
    lock["environment"]["packages"]["numpy"] = "0.1"
    (place / LOCK).write_text(json.dumps(lock))
    found = rebuilding.rebuild(place, given(model))
    assert any(line.startswith("openvino 20") and line.endswith("recorded 2020.1") for line in found.versions)
    assert any(line.startswith("numpy ") and line.endswith("recorded 0.1") for line in found.versions)
    assert "nosuchpackage is not installed, recorded 1.0" in found.versions
    assert found.exit_code == 0


def test_some_targets_alone(place: Path, model: Path) -> None:
    found = rebuilding.rebuild(place, given(model, targets=targets.parse("float16")))
    assert [one.target for one in found.artifacts] == ["float16"]
    with pytest.raises(InputError, match="no artifact of these targets"):
        rebuilding.rebuild(place, given(model, targets=targets.parse("keras")))


def test_the_model_must_be_the_one_recorded(place: Path, model: Path) -> None:
    with pytest.raises(InputError, match=r"made from local file tiny\.onnx .* --weights"):
        rebuilding.rebuild(place, Wish())
    convolution(model, seed=1)
    with pytest.raises(InputError, match="is not a file that the lock names"):
        rebuilding.rebuild(place, given(model))
    with pytest.raises(InputError, match="there is no such file"):
        rebuilding.rebuild(place, given(model.with_name("nothing.onnx")))


def test_calibration_comes_again(model: Path, tmp_path: Path) -> None:
    samples = tmp_path / "samples.npz"
    np.savez(samples, image=np.random.default_rng(0).random((4, 3, 8, 8), np.float32))
    asked = Calibrating(data=samples, per_tensor=True, method="minmax")
    out = convert(model, tmp_path / "made", "float32", calibrating=asked)
    convert(model, out, "int8", calibrating=asked)
    convert(model, out, "int16x8", calibrating=Calibrating(random=True, samples=6))
    destination.open(str(tmp_path / "published")).send(summed("tiny", planned(out)))
    commands = json.loads((tmp_path / "published" / LOCK).read_text())["models"][0]["commands"]
    assert commands == [
        "zoo convert tiny.onnx --to float32,int8 --calibrate samples.npz --samples 4 --calibration-method minmax --per-tensor",
        "zoo convert tiny.onnx --to int16x8 --random-calibration --samples 6 --calibration-method mse",
    ]
    with pytest.raises(InputError, match=r"your own `samples\.npz`: give it with --calibrate"):
        rebuilding.rebuild(tmp_path / "published", given(model))
    found = rebuilding.rebuild(tmp_path / "published", given(model, samples=samples))
    assert [(one.target, one.difference) for one in found.artifacts] == [
        ("float32", ""),
        ("int8", ""),
        ("int16x8", ""),
    ]


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 1.0), (-1.0, 1.0), (-127.5, 127.5), (0.0, 255.0), (-0.3, 2.7)]
)
def test_the_range_of_a_model_files_pixels_comes_back_to_the_last_bit(low: float, high: float) -> None:
    from registry.types import CalibrationRecord, Tensor
    from zoo import calibrating

    tensor = Tensor(name="image", shape=(1, 8, 8, 3), dtype="float32", permutation=(0, 2, 3, 1))
    asked = Calibrating(input_range=(low, high), mean=(0.4, 0.5, 0.6), std=(0.2,))
    spec = calibrating._input(tensor, asked)
    record = CalibrationRecord(
        data="folder x", samples=1, preprocessing={"image": calibrating._described(spec)}
    )
    again = recipe.calibrating(recipe.Recipe("x", {}, {}, {}, ("int8",), record), Path("x"))
    assert calibrating._input(tensor, again).preprocess == spec.preprocess


def with_metadata(path: Path, into: Path, scale: float = 1.0) -> None:
    """A copy with a metadata buffer; `scale` other than 1 changes the model, too."""
    tree = schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0)
    import flatbuffers

    entry, buffer = schema.MetadataT(), schema.BufferT()
    entry.name, entry.buffer = "TFLITE_METADATA", len(tree.buffers)
    buffer.data = list(b"described")
    if scale != 1.0:
        weights = next(one for one in tree.buffers if one.data is not None and len(one.data) > 64)
        weights.data = np.asarray(
            np.frombuffer(bytes(bytearray(weights.data)), np.float32) * np.float32(scale)
        ).view(np.uint8)
    tree.buffers.append(buffer)
    tree.metadata = [*(tree.metadata or []), entry]
    builder = flatbuffers.Builder(1 << 16)
    builder.Finish(tree.Pack(builder), b"TFL3")
    into.write_bytes(bytes(builder.Output()) + b"labels at the end")


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_metadata_is_allowed_for_and_nothing_else(model: Path, tmp_path: Path, scale: float) -> None:
    out = convert(model, tmp_path / "made", "float32")
    plain = (out / "tiny_float32.tflite").read_bytes()
    with_metadata(out / "tiny_float32.tflite", tmp_path / "described.tflite", scale)
    described = (tmp_path / "described.tflite").read_bytes()
    manifest = workspace.read_manifest(out)
    artifact = manifest.artifacts[0]
    published = of_bytes("tiny_float32.tflite", described, "x")
    artifact = msgspec.structs.replace(
        artifact, built=artifact.sha256, sha256=published.sha256, size=len(described)
    )
    told = of_bytes(
        "manifest.json", msgspec.json.encode(msgspec.structs.replace(manifest, artifacts=(artifact,))), "x"
    )
    destination.open(str(tmp_path / "published")).send(summed("tiny", [published, told]))
    assert described != plain
    found = rebuilding.rebuild(tmp_path / "published", given(model))
    assert [one.same for one in found.artifacts] == [scale == 1.0]
    assert found.exit_code == (0 if scale == 1.0 else 6)


def test_how_files_differ(tmp_path: Path) -> None:
    one, other = tmp_path / "a", tmp_path / "b"
    one.write_bytes(b"x" * 3_000_000)
    other.write_bytes(b"x" * 2_000_000 + b"y" + b"x" * 999_999)
    assert alike.difference(one, other) == "the first other byte is at 2,000,000"
    assert alike.difference(one, one) == ""
    assert not alike.but_for_metadata(one, other)
    for folder in (tmp_path / "c", tmp_path / "d"):
        folder.mkdir()
        (folder / "same.txt").write_text("same")
        (folder / "other.txt").write_text(folder.name)
    assert alike.difference(tmp_path / "c", tmp_path / "d") == "other.txt inside of it"


def test_a_mix_comes_again_by_its_recipe(model: Path, tmp_path: Path) -> None:
    samples = tmp_path / "samples.npz"
    np.savez(samples, image=np.random.default_rng(0).random((4, 3, 8, 8), np.float32))
    asked = Calibrating(data=samples)
    out = convert(model, tmp_path / "made", "float32,int8", calibrating=asked)
    made = recovery.recover(recovery_wish.Wish(str(out), 1.0, calibrating=asked, limit=4))
    record = made.artifact.calibration
    assert record is not None
    assert record.method in ("mse", "minmax")
    assert record.chosen
    destination.open(str(tmp_path / "published")).send(summed("tiny", planned(out)))
    commands = json.loads((tmp_path / "published" / LOCK).read_text())["models"][0]["commands"]
    assert commands[1] == (
        "zoo convert tiny.onnx --to int8 --calibrate samples.npz --samples 4 --calibration-method auto --recover 1"
    )
    asked_again = given(model, samples=samples, targets=targets.parse("int8_mixed"))
    found = rebuilding.rebuild(tmp_path / "published", asked_again)
    assert [(one.target, one.rebuilt, one.difference) for one in found.artifacts] == [
        ("int8_mixed", made.artifact.sha256, "")
    ]
    assert found.notes == ()
    with pytest.raises(InputError, match=r"int8_mixed were calibrated on your own `samples\.npz`"):
        rebuilding.rebuild(tmp_path / "published", given(model, targets=targets.parse("int8_mixed")))


def test_a_mix_of_a_namespaced_model_has_the_bare_name(model: Path, tmp_path: Path) -> None:
    asked = Calibrating(random=True, samples=4)
    out = tmp_path / "made"
    wanted = targets.parse("float32")
    pipeline.run(Request(name="team/tiny", out=out, model=model, targets=wanted, calibrating=asked))
    made = recovery.recover(recovery_wish.Wish(str(out), 1.0, calibrating=asked, limit=4))
    assert made.artifact.path == "tiny_int8_mixed.tflite"
    assert (out / made.artifact.path).is_file()


@pytest.mark.slow
def test_a_card_with_every_format(tmp_path: Path) -> None:
    """Through PyTorch and TensorFlow: SavedModel, Keras and HDF5 files come again to the last byte, too."""
    pytest.importorskip("torch")
    pytest.importorskip("tensorflow")
    from zoo import naming

    request = Request(**naming.card_named("digits", tmp_path / "made"), access=Access(offline=True))
    pipeline.run(request)
    for variant in ("int8", "dynamic_range"):
        recovery.recover(recovery_wish.Wish(str(tmp_path / "made"), 0.5, variant, limit=50))
    destination.open(str(tmp_path / "published")).send(summed("digits", planned(tmp_path / "made")))
    found = rebuilding.rebuild(tmp_path / "published", Wish())
    assert {
        "float32",
        "int8",
        "int8_mixed",
        "dynamic_range_mixed",
        "saved_model",
        "keras",
        "h5",
        "json",
        "pb",
        "openvino",
    } <= {one.target for one in found.artifacts}
    assert not [one for one in found.artifacts if not one.same]
