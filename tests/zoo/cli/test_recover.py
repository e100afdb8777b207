"""`--recover` as users run it: the guilty layer is found and kept, its price is told, and nothing is done twice."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.zoo.cli.run import zoo

pytest.importorskip("openvino")
pytest.importorskip("onnxruntime")

CHANNELS = 6


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A model whose second convolution is the difference of large terms: 8-bit weights leave nothing of it. `data.npy`: its inputs.
    One channel is smaller than the others, so that there is something to equalise."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(5)

    def weights(*shape: int) -> np.ndarray:
        return (random.standard_normal(shape) / 4).astype(np.float32)

    large = np.full((CHANNELS, CHANNELS, 1, 1), 40, np.float32)
    constants = {
        "w1": weights(CHANNELS, 3, 3, 3)
        * np.array([0.1, *[1] * (CHANNELS - 1)], np.float32).reshape(-1, 1, 1, 1),
        "w2": np.concatenate([large + weights(CHANNELS, CHANNELS, 1, 1), -large], 1),
        "w3": weights(4, CHANNELS, 3, 3),
    }
    nodes = [
        helper.make_node("Conv", ["image", "w1"], ["first"], pads=[1, 1, 1, 1]),
        helper.make_node("Concat", ["first", "first"], ["twice"], axis=1),
        helper.make_node("Conv", ["twice", "w2"], ["poisoned"]),
        helper.make_node("Conv", ["poisoned", "w3"], ["last"], pads=[1, 1, 1, 1]),
        helper.make_node("Tanh", ["last"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes,
        "poison",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 4, 8, 8])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.save(model, tmp_path / "poison.onnx")
    np.save(tmp_path / "data.npy", random.standard_normal((12, 1, 3, 8, 8)).astype(np.float32))
    return tmp_path


def recover(place: Path, *more: str | Path):
    arguments = ("--calibrate", place / "data.npy", "--out", place / "out", *more)
    return zoo("convert", place / "poison.onnx", *arguments)


@pytest.mark.slow
def test_the_guilty_layer_is_kept_and_nothing_is_done_twice(place: Path) -> None:
    ended = recover(place, "--to", "float32,int8", "--recover", "0.05", "--json")
    assert ended.code == 0, ended.err
    made = {one["target"]: one for one in ended.document["manifest"]["artifacts"]}
    assert set(made) == {"float32", "int8", "int8_mixed"}
    recipe = made["int8_mixed"]["recovery"]
    assert recipe["float32_layers"] == ["poisoned"]
    assert (recipe["metric"], recipe["of"]) == ("relative_rmse", "int8")
    assert recipe["loss_before"] > 0.3 > 0.05 >= recipe["loss_after"]
    assert set(recipe["latency_ms"]) == {"float32", "before", "after"}
    assert recipe["size_after"] == made["int8_mixed"]["size"] > recipe["size_before"]
    assert recipe["tried"][0]["loss"] == recipe["loss_before"]
    assert made["int8_mixed"]["calibration"].get("method", "mse") in ("mse", "minmax")
    assert made["int8_mixed"]["calibration"]["chosen"]
    assert {tuple(one["techniques"]) for one in recipe["tried"]} > {(), ("bias correction",)}
    file = place / "out" / "poison_int8_mixed.tflite"
    assert b"poisoned" in file.read_bytes()
    before = file.stat().st_mtime_ns
    again = recover(place, "--to", "float32,int8", "--recover", "0.05", "--json")
    assert again.document["already_done"]
    assert file.stat().st_mtime_ns == before
    plain = recover(place, "--to", "float32,int8", "--json").document
    assert plain["already_done"]
    assert "int8_mixed" in {one["target"] for one in plain["manifest"]["artifacts"]}
    table = zoo("explain-quant", place / "out", "--recover", "1.0", "--calibrate", place / "data.npy")
    assert "int8 is inside the tolerance as it is" in table.out, table.err
    assert zoo("verify", place / "out", "--quiet").code == 0


@pytest.mark.slow
def test_layers_may_take_16_bit_activations(place: Path) -> None:
    """The poison is in 8-bit weights, so 16-bit activations cannot save it: that is said, and nothing is written."""
    ended = recover(place, "--to", "int8", "--recover", "0.45", "--recover-in", "int16", "--json")
    sentence = ended.failed(5)
    assert "no mix of layers brings int8 so close to float32" in sentence
    assert "layers on 16-bit activations, still loses" in sentence
    assert not (place / "out" / "poison_int8_mixed.tflite").exists()
    assert (place / "out" / "poison_int8.tflite").exists()


@pytest.mark.slow
def test_dynamic_range_is_recovered_by_name(place: Path) -> None:
    ended = recover(place, "--to", "dynamic_range", "--recover", "0.02", "--json")
    assert ended.code == 0, ended.err
    made = {one["target"]: one for one in ended.document["manifest"]["artifacts"]}
    assert set(made) == {"float32", "dynamic_range", "dynamic_range_mixed"}
    recipe = made["dynamic_range_mixed"]["recovery"]
    assert recipe["loss_after"] <= 0.02
    assert recipe["techniques"] == []


@pytest.mark.slow
def test_on_labels_it_is_the_cards_metric(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    out = tmp_path / "digits"
    ended = zoo("fetch-convert", "digits", "--to", "int8", "--recover", "1", "--limit", "60", "--out", out)
    assert ended.code == 0, ended.err
    assert "top1 on 60 samples" in ended.out
    manifest = json.loads((out / "manifest.json").read_bytes())
    made = {one["target"]: one for one in manifest["artifacts"]}
    recipe = made["int8_mixed"]["recovery"]
    assert (recipe["unit"], recipe["samples"], recipe["float32_layers"]) == ("points", 60, [])
    scored = zoo("eval", "digits", "--out", out, "--variant", "int8_mixed", "--limit", "60", "--json")
    assert scored.document[0]["value"] == pytest.approx(recipe["value_after"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--recover", "-1"], "--recover -1: a tolerance is a finite number of 0 or more"),
        (["--recover", "nan"], "--recover nan: a tolerance is a finite number of 0 or more"),
        (["--recover", "1", "--recover-in", "int4"], "--recover-in int4: there are float32 and int16"),
        (["--recover", "soon"], "'soon' is not a valid float"),
        (["--to", "int8_mixed"], "ask for it with --recover TOLERANCE"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(place: Path, arguments: list[str], words: str) -> None:
    assert words in recover(place, *arguments).failed(2)
    assert not (place / "out").exists()


def test_a_recovery_needs_samples_and_a_float32_file(place: Path) -> None:
    out = place / "out"
    bare = zoo("convert", place / "poison.onnx", "--to", "float16", "--recover", "0.1", "--out", out)
    assert "it needs calibration samples" in bare.failed(2)
    done = zoo("convert", place / "poison.onnx", "--to", "float16", "--out", place / "half", "--quiet")
    assert done.code == 0, done.err
    sentence = zoo("explain-quant", place / "half", "--recover", "0.1").failed(2)
    assert "no float32 variant" in sentence
    sentence = zoo("explain-quant", place / "half", "--variant", "float16", "--recover", "0.1").failed(2)
    assert "float16 cannot be recovered" in sentence
