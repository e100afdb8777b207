"""Reading .tflite files from anybody: written back they compute the same; damaged ones are refused."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from converters.emitters.tflite import write_tflite
from converters.frontends.tflite import read_tflite
from converters.graph import Graph, Value
from converters.graph.check import check
from converters.ops.builder import Builder
from registry.errors import InputError
from tests.conftest import corpus

FILES = (
    "dtln/model_1.tflite",
    "dtln/model_quant_1.tflite",
    "dtln/model_quant_2.tflite",
    "mediapipe_tflite/face_detection_back.tflite",
    "mediapipe_tflite/face_detection_front.tflite",
    "mediapipe_tflite/face_detection_full_range.tflite",
    "mediapipe_tflite/face_detection_full_range_sparse.tflite",
    "mediapipe_tflite/face_detection_short_range.tflite",
    "mediapipe_tflite/face_landmark.tflite",
    "mediapipe_tflite/iris_landmark.tflite",
    "mlperf_tiny/ad01_fp32.tflite",
    "mlperf_tiny/ad01_int8.tflite",
    "mlperf_tiny/kws_ref_model.tflite",
    "mlperf_tiny/kws_ref_model_float32.tflite",
    "mlperf_tiny/pretrainedResnet.tflite",
    "mlperf_tiny/pretrainedResnet_quant.tflite",
    "mlperf_tiny/str_ww_ref_model.tflite",
    "mlperf_tiny/vww_96_float.tflite",
    "mlperf_tiny/vww_96_int8.tflite",
    "u2netp/u2netp_float16.tflite",
    "ultraface/version-RFB-320_without_postprocessing.tflite",
)


def run(path: Path) -> list[np.ndarray]:
    """The file on seeded input; shapes and dtypes as the interpreter reports them."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path))
    interpreter.allocate_tensors()
    rng = np.random.default_rng(0)
    for detail in interpreter.get_input_details():
        floating = detail["dtype"] == np.float32
        x = rng.normal(size=detail["shape"]) if floating else rng.integers(-100, 100, detail["shape"])
        interpreter.set_tensor(detail["index"], x.astype(detail["dtype"]))
    interpreter.invoke()
    return [np.array(interpreter.get_tensor(detail["index"])) for detail in interpreter.get_output_details()]


@pytest.mark.corpus
@pytest.mark.parametrize("name", FILES)
def test_written_back_it_computes_the_same_bits(name: str, tmp_path: Path):
    path = corpus(name)
    graph = check(read_tflite(path), "reading")
    write_tflite(graph, tmp_path / "back.tflite")
    for a, b in zip(run(path), run(tmp_path / "back.tflite"), strict=True):
        assert a.dtype == b.dtype
        assert np.array_equal(a, b, equal_nan=True)
    write_tflite(read_tflite(tmp_path / "back.tflite"), tmp_path / "again.tflite")
    assert (tmp_path / "again.tflite").read_bytes() == (tmp_path / "back.tflite").read_bytes()


@pytest.fixture
def sound(tmp_path: Path) -> bytes:
    """A file with a convolution, constants and two outputs."""
    b = Builder()
    x = Value("x", (1, 6, 6, 3), np.dtype(np.float32))
    y = b("CONV_2D", x, np.ones((4, 3, 3, 3), np.float32), np.zeros(4, np.float32), padding="SAME")
    outputs = (b("RELU", y), b("MEAN", y, np.asarray([1, 2], np.int32)))
    write_tflite(Graph("sound", (x,), outputs, b.nodes), tmp_path / "sound.tflite")
    return (tmp_path / "sound.tflite").read_bytes()


def damaged(data: bytes) -> Iterator[bytes]:
    """Every eighth truncation; 400 files with one to four bytes changed; the vtables of the head overwritten with extremes."""
    for length in range(0, len(data), 8):
        yield data[:length]
    rng = np.random.default_rng(0)
    for _ in range(400):
        changed = bytearray(data)
        for at in rng.integers(0, len(data), int(rng.integers(1, 5))):
            changed[at] = int(rng.integers(0, 256))
        yield bytes(changed)
    for at in range(0, min(len(data), 400), 4):
        for word in (b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\0"):
            yield data[:at] + word + data[at + 4 :]


def test_a_damaged_file_is_an_input_error_or_a_graph(sound: bytes, tmp_path: Path):
    path = tmp_path / "damaged.tflite"
    refusals = []
    for content in damaged(sound):
        path.write_bytes(content)
        try:
            assert isinstance(read_tflite(path), Graph)
        except InputError as error:
            refusals.append(str(error))
    assert len(refusals) > 300
    assert all(str(path) in sentence for sentence in refusals)


def test_a_damaged_file_is_refused_by_the_engine_too(sound: bytes, tmp_path: Path):
    """`build` reads names and counts besides: nothing but an error for users may come out."""
    from converters.engine import Options, build
    from registry.errors import ZooError

    path = tmp_path / "damaged.tflite"
    for content in damaged(sound):
        path.write_bytes(content)
        with contextlib.suppress(ZooError):
            build(path, Options())


def test_what_it_reads_is_what_was_written(sound: bytes, tmp_path: Path):
    graph = read_tflite(tmp_path / "sound.tflite")
    assert [node.op for node in graph.nodes] == ["CONV_2D", "RELU", "MEAN"]
    assert graph.nodes[0].attrs["padding"] == "SAME"
    assert graph.nodes[0].input(1).array.shape == (4, 3, 3, 3)
    assert graph.inputs[0].shape == (1, 6, 6, 3)
    assert [value.shape for value in graph.outputs] == [(1, 6, 6, 4), (1, 4)]
