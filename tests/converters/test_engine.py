"""The engine whole: real ONNX models in, counted and held against ONNX Runtime; the same bytes twice; what a user may ask."""

from pathlib import Path

import numpy as np
import pytest

from converters.engine import INTEGER, TFLITE_VARIANTS, Options, build, calibrate, emit_tflite
from converters.ops.equation import channels_last, identity, inverse
from converters.passes.pipeline import tidy
from registry.errors import InputError, ZooError
from tests.conftest import corpus
from tests.converters.frontends.openvino.models import model_of, weights
from tests.converters.harness import difference, random_inputs, run_source, run_tflite

MOST_OPS = {
    "blazeface": 76,
    "blazeface_landmark": 105,
    "blazepose": 106,
    "extremec3": 205,
    "fastestdet": 169,
    "minifasnet_v1se": 115,
    "minifasnet_v2": 100,
    "resnet20_cifar10": 36,
    "rfdn": 132,
    "sinet": 190,
    "tddfa_mb05": 33,
    "u2netp": 259,
    "ultraface_rfb320": 85,
}
"""What the engine reached; a change may lower a number, never raise it."""


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.parametrize("name", MOST_OPS)
def test_real_models(name: str, tmp_path: Path):
    """No Transpose, no custom op, and as close to ONNX Runtime as OpenVINO and its own unoptimised self are.

    Two float32 runtimes differ where a deep network meets random noise (u2netp: 1e-4) or a sigmoid ends near zero: three times what
    the sources' own executions differ among themselves is allowed there, 1e-5 everywhere else.
    """
    path = corpus(f"onnx/{name}.onnx")
    built = build(path, Options())
    assert built.stats.transposes == 0
    assert built.stats.custom_ops == 0
    assert built.stats.ops <= MOST_OPS[name]
    if name == "u2netp":
        assert built.stats.ops == 259
    given = random_inputs(built)
    expected, own, other = run_source(path, given), unoptimised(path, given), run_in_openvino(path, given)
    emit_tflite(built, "float32", tmp_path / "model.tflite")
    fed = [x.transpose(t.permutation) for x, t in zip(given, built.inputs, strict=True)]
    found = run_tflite(tmp_path / "model.tflite", fed)
    for tensor, value, want, same, third in zip(built.outputs, found, expected, own, other, strict=True):
        noise = max(difference(tensor.name, same, want), difference(tensor.name, third, want))
        relative = difference(tensor.name, value.transpose(inverse(tensor.permutation)), want)
        assert relative <= max(1e-5, 3 * noise), (
            f"{tensor.name}: {relative:.1e}, the sources among themselves {noise:.1e}"
        )


def unoptimised(path: Path, inputs: list[np.ndarray]) -> list[np.ndarray]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = [port.name for port in session.get_inputs()]
    return session.run(None, dict(zip(names, inputs, strict=True)))


def run_in_openvino(path: Path, inputs: list[np.ndarray]) -> list[np.ndarray]:
    import openvino

    compiled = openvino.Core().compile_model(str(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    results = compiled(inputs)
    return [np.array(results[i]) for i in range(len(compiled.outputs))]


@pytest.mark.corpus
@pytest.mark.parametrize("variant", TFLITE_VARIANTS)
@pytest.mark.parametrize("name", ["resnet20_cifar10", "tddfa_mb05"])
def test_two_builds_give_the_same_bytes(name: str, variant: str, tmp_path: Path):
    path = corpus(f"onnx/{name}.onnx")
    files = [tmp_path / f"{i}.tflite" for i in range(2)]
    for file in files:
        built = build(path, Options())
        samples = [{t.name: np.random.default_rng(0).random(t.shape, np.float32) for t in built.inputs}]
        emit_tflite(built, variant, file, calibrate(built, samples) if variant in INTEGER else None)
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.parametrize("name", MOST_OPS)
def test_tidying_twice_changes_nothing(name: str):
    graph = build(corpus(f"onnx/{name}.onnx"), Options()).graph
    again = tidy(graph)
    assert [(n.op, n.inputs, n.outputs) for n in again.nodes] == [
        (n.op, n.inputs, n.outputs) for n in graph.nodes
    ]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A convolution, its sigmoid and a second input, as OpenVINO IR."""
    openvino = pytest.importorskip("openvino")
    ops = openvino.opset15

    def make(x, y):
        x = ops.convolution(x, weights(4, 3, 3, 3), [1, 1], [1, 1], [1, 1], [1, 1])
        return [ops.sigmoid(ops.add(x, y)), ops.reduce_mean(x, np.asarray([2, 3]), False)]

    path = tmp_path / "small.xml"
    openvino.save_model(model_of(make, (1, 3, 6, 8), (1, 4, 6, 8)), path, compress_to_fp16=False)
    return path


def test_images_become_channels_last_unless_kept(small: Path):
    free = build(small, Options())
    assert [t.permutation for t in free.inputs] == [channels_last(4)] * 2
    assert [t.permutation for t in free.outputs] == [channels_last(4), identity(2)]
    assert free.stats.transposes == 0
    kept = build(small, Options(keep_nchw=frozenset({"x0"})))
    assert kept.inputs[0].permutation == identity(4)
    assert kept.inputs[0].shape == (1, 3, 6, 8)
    assert kept.stats.transposes == 1
    assert len(kept.stats.transpose_reasons) == 1
    assert "x0" in kept.stats.transpose_reasons[0]


def test_names_are_the_users(small: Path):
    built = build(small, Options(input_names=("a", "b"), output_names=("c", "d")))
    assert [t.name for t in (*built.inputs, *built.outputs)] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (Options(keep_nchw=frozenset({"nobody"})), "nobody"),
        (Options(outputs=("nobody",)), "nobody"),
        (Options(input_names=("a",)), "1 input names"),
        (Options(input_shapes={"nobody": (1,)}), "nobody"),
        (Options(input_shapes={"x0": (1, 5, 6, 8)}), "x0"),
    ],
)
def test_what_does_not_fit_is_said_in_one_sentence(small: Path, options: Options, says: str):
    with pytest.raises(InputError, match=says) as caught:
        build(small, options)
    assert "\n" not in str(caught.value)


def test_another_variant_is_refused(small: Path, tmp_path: Path):
    with pytest.raises(InputError, match="float8"):
        emit_tflite(build(small, Options()), "float8", tmp_path / "x.tflite")
    assert not (tmp_path / "x.tflite").exists()


@pytest.mark.parametrize("suffix", [".onnx", ".xml", ".pb", ".tflite"])
@pytest.mark.parametrize("content", [b"", b"nonsense", bytes(range(256)) * 8])
def test_a_file_that_is_no_model_is_an_error_for_users(tmp_path: Path, suffix: str, content: bytes):
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(content)
    with pytest.raises(ZooError):
        build(path, Options())


def test_a_tflite_goes_through_unchanged(small: Path, tmp_path: Path):
    emit_tflite(build(small, Options()), "float32", tmp_path / "a.tflite")
    emit_tflite(build(tmp_path / "a.tflite", Options()), "float32", tmp_path / "b.tflite")
    first, second = build(tmp_path / "a.tflite", Options()), build(tmp_path / "b.tflite", Options())
    assert first.inputs == second.inputs
    assert first.outputs == second.outputs
    given = random_inputs(first)
    runs = [run_tflite(tmp_path / f"{n}.tflite", given) for n in "ab"]
    assert all(np.array_equal(a, b) for a, b in zip(*runs, strict=True))
