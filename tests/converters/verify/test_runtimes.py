"""Every runtime on a model whose answer is known, and its sentences for what it cannot load or run."""

from pathlib import Path

import numpy as np
import pytest

from converters.verify.runtimes import open_runtime
from converters.verify.samples import save_sets
from converters.verify.tensorflow_runs import is_tensorflow, run_tensorflow
from converters.verify.tensors import TensorSpec, fit
from registry.errors import ConversionError, InputError
from tests.conftest import corpus

KERNEL = np.arange(12, dtype=np.float32).reshape(4, 3) / 7
X = np.array([[1.0, -2.0, 3.0, -4.0]], np.float32)
WANTED = {"scores": X @ KERNEL, "doubled": 2 * (X @ KERNEL)}


def write_onnx(path: Path) -> None:
    from onnx import TensorProto, helper, numpy_helper, save

    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"]), helper.make_node("Add", ["y", "y"], ["z"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 4])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 3]) for name in "yz"],
        [numpy_helper.from_array(KERNEL, "w")],
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def test_onnx_names_shapes_and_numbers(tmp_path: Path) -> None:
    write_onnx(tmp_path / "m.onnx")
    runtime = open_runtime(tmp_path / "m.onnx")
    assert runtime.inputs == (TensorSpec(name="x", shape=(-1, 4), dtype="float32"),)
    assert [spec.name for spec in runtime.outputs] == ["y", "z"]
    found = runtime.run({"x": X})
    np.testing.assert_allclose(found["y"], WANTED["scores"], rtol=1e-6)
    np.testing.assert_allclose(found["z"], WANTED["doubled"], rtol=1e-6)


def test_openvino_names_shapes_and_numbers(tmp_path: Path) -> None:
    import openvino

    write_onnx(tmp_path / "m.onnx")
    openvino.save_model(
        openvino.convert_model(tmp_path / "m.onnx"), tmp_path / "m.xml", compress_to_fp16=False
    )
    runtime = open_runtime(tmp_path / "m.xml")
    assert runtime.inputs == (TensorSpec(name="x", shape=(-1, 4), dtype="float32"),)
    found = runtime.run({"x": X})
    np.testing.assert_allclose(found["z"], WANTED["doubled"], rtol=1e-6)


def test_openvino_output_keeps_the_models_name(tmp_path: Path) -> None:
    """OpenVINO takes out a Reshape that does nothing and gives its output two names: the model's own is one to ask for."""
    import openvino
    from onnx import TensorProto, helper, numpy_helper, save

    graph = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["a_inner"]), helper.make_node("Reshape", ["a_inner", "s"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4])],
        [numpy_helper.from_array(np.array([1, 4], np.int64), "s")],
    )
    save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8),
        tmp_path / "m.onnx",
    )
    openvino.save_model(openvino.convert_model(tmp_path / "m.onnx"), tmp_path / "m.xml")
    runtime = open_runtime(tmp_path / "m.xml")
    assert [spec.name for spec in runtime.outputs] == ["y"]
    np.testing.assert_array_equal(runtime.run({"x": X})["y"], np.maximum(X, 0))


def test_wrong_inputs_are_named(tmp_path: Path) -> None:
    write_onnx(tmp_path / "m.onnx")
    runtime = open_runtime(tmp_path / "m.onnx")
    with pytest.raises(InputError, match="No array for input `x` \\(there is `image`\\)"):
        runtime.run({"image": X})
    with pytest.raises(InputError, match=r"`x` takes shape \[-1, 4\], the array has \[1, 5\]"):
        runtime.run({"x": np.zeros((1, 5), np.float32)})


def test_fit_keeps_scalars_and_makes_contiguous() -> None:
    specs = (
        TensorSpec(name="s", shape=(), dtype="int64"),
        TensorSpec(name="t", shape=(2, -1), dtype="float32"),
    )
    fitted = fit({"s": np.int64(3), "t": np.ones((3, 2)).T, "more": X}, specs)  # type: ignore[dict-item]
    assert (fitted["s"].shape, int(fitted["s"])) == ((), 3)
    assert (fitted["t"].dtype, fitted["t"].flags.c_contiguous) == (np.float32, True)
    assert list(fitted) == ["s", "t"]


@pytest.mark.parametrize("suffix", [".onnx", ".tflite", ".xml"])
def test_damaged_files(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"m{suffix}").write_bytes(b"damaged model file, not one at all")
    with pytest.raises(ConversionError, match=rf"m\{suffix} cannot be loaded: "):
        open_runtime(tmp_path / f"m{suffix}")


def test_unknown_and_missing_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no model file"):
        open_runtime(tmp_path / "none.onnx")
    (tmp_path / "m.zip").write_bytes(b"")
    with pytest.raises(InputError, match="No runtime for"):
        open_runtime(tmp_path / "m.zip")
    (tmp_path / "folder").mkdir()
    assert not is_tensorflow(tmp_path / "folder")
    with pytest.raises(InputError, match="No runtime for"):
        open_runtime(tmp_path / "folder")


@pytest.mark.corpus
def test_tflite_without_signature_takes_another_batch() -> None:
    runtime = open_runtime(corpus("mlperf_tiny/ad01_fp32.tflite"))
    assert runtime.inputs == (TensorSpec(name="input_1", shape=(-1, 640), dtype="float32"),)
    x = np.random.default_rng(0).standard_normal((3, 640)).astype(np.float32)
    whole = runtime.run({"input_1": x})["Identity"]
    assert whole.shape == (3, 640)
    for row in range(3):
        alone = runtime.run({"input_1": x[row : row + 1]})["Identity"]
        np.testing.assert_allclose(alone[0], whole[row], rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_tensorflow_formats_in_one_child(tmp_path: Path) -> None:
    """SavedModel, frozen graph, .h5, .keras and weights + JSON of one Keras model, with damaged files between; a .tflite of it too."""
    paths = write_tensorflow(tmp_path)
    (tmp_path / "broken.keras").write_bytes(b"no archive")
    save_sets(tmp_path / "in.npz", {"one": {"x": X}, "two": {"x": 2 * X}})
    named = tmp_path / "named.pb"
    named.write_bytes((tmp_path / "m.pb").read_bytes())
    runs = run_tensorflow(
        [tmp_path / "broken.keras", *paths, named], tmp_path / "in.npz", outputs={named: ["twice"]}
    )

    assert "broken.keras" in runs[tmp_path / "broken.keras"].reason
    for path in paths:
        run = runs[path]
        assert run.reason == "", path
        assert run.version
        assert [spec.shape for spec in run.inputs] == [(1, 4)], path
        assert len(run.outputs) == 2, path
        for scale, name in ((1, "one"), (2, "two")):
            found = sorted((a for a in run.answers[name].values()), key=lambda a: float(np.abs(a).max()))
            np.testing.assert_allclose(found[0], scale * WANTED["scores"], rtol=1e-5)
            np.testing.assert_allclose(found[1], scale * WANTED["doubled"], rtol=1e-5)
    by_keras = runs[tmp_path / "m.keras"].answers["one"]
    np.testing.assert_allclose(by_keras["doubled"], WANTED["doubled"], rtol=1e-5)

    assert list(runs[named].answers["one"]) == ["twice"]
    np.testing.assert_allclose(runs[named].answers["one"]["twice"], WANTED["doubled"], rtol=1e-5)

    lite = open_runtime(tmp_path / "m.tflite")  # with a signature: its names, not the tensors'
    assert lite.inputs == (TensorSpec(name="x", shape=(1, 4), dtype="float32"),)
    np.testing.assert_allclose(lite.run({"x": X})["doubled"], WANTED["doubled"], rtol=1e-5)


@pytest.mark.slow
@pytest.mark.corpus
def test_frozen_graph_of_other_people(tmp_path: Path) -> None:
    """An input of unknown rank and of another name than the sample's; the last node is the output. ESPCN x2 doubles the image."""
    path = corpus("espcn_pb/ESPCN_x2.pb")
    image = np.random.default_rng(0).uniform(0, 1, (1, 8, 6, 1)).astype(np.float32)
    save_sets(tmp_path / "in.npz", {"s": {"image": image}})
    run = run_tensorflow([path], tmp_path / "in.npz")[path]
    assert [spec.shape for spec in run.inputs] == [None]
    assert [a.shape for a in run.answers["s"].values()] == [(1, 1, 16, 12)]


def write_tensorflow(folder: Path) -> list[Path]:
    import keras
    import tensorflow as tf

    x = keras.Input((4,), batch_size=1, name="x")
    scores = keras.layers.Dense(3, use_bias=False, name="scores")(x)
    doubled = keras.layers.Rescaling(2.0, name="doubled")(scores)
    model = keras.Model(x, {"scores": scores, "doubled": doubled}, name="m")
    model.get_layer("scores").set_weights([KERNEL])
    paths = [folder / name for name in ("m_saved_model", "m.pb", "m.h5", "m.keras", "m.json")]
    model.save(paths[2])
    model.save(paths[3])
    paths[4].write_text(model.to_json())
    model.save_weights(folder / "m.weights.h5")
    tf.saved_model.save(model, str(paths[0]))
    with tf.Graph().as_default() as graph:
        placed = tf.compat.v1.placeholder(tf.float32, (1, 4), name="x")
        product = tf.matmul(placed, tf.constant(KERNEL), name="product")
        tf.identity(product, name="once")
        tf.multiply(product, 2.0, name="twice")
    paths[1].write_bytes(graph.as_graph_def().SerializeToString())
    module = tf.Module()
    module.f = tf.function(
        lambda x: {"scores": tf.matmul(x, KERNEL), "doubled": tf.matmul(x, 2 * KERNEL)},
        input_signature=[tf.TensorSpec((1, 4), tf.float32, name="x")],
    )
    tf.saved_model.save(module, str(folder / "lite"), signatures=module.f)
    (folder / "m.tflite").write_bytes(
        tf.lite.TFLiteConverter.from_saved_model(str(folder / "lite")).convert()
    )
    return paths
