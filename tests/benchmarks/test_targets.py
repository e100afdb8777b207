"""The targets by name, and what those that need nothing special say."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.results import Effort, Plan
from benchmarks.runner import measure
from benchmarks.targets import catalog, npu
from benchmarks.targets.base import Job, RefusedError
from benchmarks.targets.catalog import Spec
from registry.errors import InputError
from tests.benchmarks.tiny_tflite import write_tiny_tflite
from tests.zoo.models import convolution


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return write_tiny_tflite(tmp_path / "tiny.tflite")


@pytest.fixture
def onnx(tmp_path: Path) -> Path:
    convolution(tmp_path / "model.onnx")
    return tmp_path / "model.onnx"


def test_specs() -> None:
    assert catalog.parse("cpu") == Spec("cpu")
    assert catalog.parse(" gpu:delegate=/lib/x.so") == Spec("gpu", "delegate=/lib/x.so")
    assert str(catalog.parse("openvino:GPU:f16")) == "openvino:GPU:f16"
    with pytest.raises(InputError, match="no target is called `tpu`; there are cpu, cpu:noxnnpack"):
        catalog.parse("tpu")


@pytest.mark.parametrize("name", catalog.NAMES)
def test_every_target_keeps_the_protocol(name: str) -> None:
    target = catalog.module(name)
    assert target.RUNTIME
    assert target.TAKES
    assert callable(target.load)
    assert isinstance(target.check(""), str)


def test_files_of_the_first_kind_that_a_target_takes(tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "saved_model.pb").touch()
    files = [Path("a.onnx"), Path("a.xml"), Path("a_fp16.xml"), Path("a.tflite"), folder]
    assert catalog.chosen("openvino", files) == [Path("a.xml"), Path("a_fp16.xml")]
    assert catalog.chosen("openvino", files[:1]) == [Path("a.onnx")]
    assert catalog.chosen("tensorflow", files) == [folder]
    assert catalog.chosen("torch", files) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("cpu:fast", "none of cpu, cpu:noxnnpack"),
        ("gpu:fast", "none of gpu, gpu:fp16"),
        ("gpu:delegate=", "no delegate library is named"),
        ("gpu:delegate=/no/such.so", "there is no delegate library /no/such.so"),
        ("openvino:AUTO", "the device is one of CPU, GPU, NPU"),
        ("openvino:CPU:int8", "the arithmetic is one of f32"),
        ("onnxruntime:Nothing", "has no provider Nothing, only"),
        ("torch:tpu", "none of torch, torch:cuda"),
        ("tensorflow:TPU", "none of tensorflow"),
        ("npu:/no/such/folder", r"no libLiteRtDispatch_\*\.so in /no/such/folder"),
        ("npu:backend=TPU", "the backend is one of"),
    ],
)
def test_what_cannot_work_says_why(text: str, reason: str) -> None:
    spec = catalog.parse(text)
    if catalog.module(spec.name).check("").endswith(("not installed", '[torch]"', '[tensorflow]"')):
        pytest.skip(f"{spec.name} is not installed")
    assert re.search(reason, catalog.module(spec.name).check(spec.option))


def test_the_cpu_with_and_without_xnnpack(tiny: Path) -> None:
    target = catalog.module("cpu")
    on, off = target.load(Job(tiny)), target.load(Job(tiny, "noxnnpack"))
    for session in (on, off):
        session.run()
        assert session.load_ms > 0
    assert np.array_equal(on.outputs()[0], off.outputs()[0])
    assert str(on.residency()) == "all 1 ops in 1 XNNPACK partition"
    assert str(off.residency()) == "none of 1 ops delegated"
    assert (on.delegate, off.delegate) == ("XNNPACK", "none")


def test_the_cpu_takes_another_batch(tiny: Path) -> None:
    session = catalog.module("cpu").load(Job(tiny, batch=5))
    session.run()
    assert session.shapes == {"x": (5, 4)}
    assert np.shape(session.outputs()[0]) == (5, 4)


def test_float16_arithmetic_differs_a_little(tiny: Path) -> None:
    target = catalog.module("cpu")
    if target.check("fp16"):
        pytest.skip(target.check("fp16"))
    half, single = target.load(Job(tiny, "fp16")), target.load(Job(tiny))
    half.run()
    single.run()
    difference = np.abs(np.asarray(half.outputs()[0]) - np.asarray(single.outputs()[0])).max()
    assert 0 < difference < 1e-2


@pytest.mark.parametrize("name", ["openvino", "onnxruntime"])
def test_an_onnx_file(name: str, onnx: Path) -> None:
    pytest.importorskip(name)
    session = catalog.module(name).load(Job(onnx))
    session.run()
    assert np.shape(session.outputs()[0]) == (1, 4, 8, 8)
    where = session.residency()
    assert where.kind == "full"
    assert where.ops >= 1
    assert "CPU" in where.proof or "provider" in where.proof


def test_openvino_and_onnxruntime_answer_alike(onnx: Path) -> None:
    pytest.importorskip("openvino")
    pytest.importorskip("onnxruntime")
    found = []
    for name in ("openvino", "onnxruntime"):
        session = catalog.module(name).load(Job(onnx))
        session.run()
        found.append(np.asarray(session.outputs()[0]))
    assert np.abs(found[0] - found[1]).max() < 1e-4


def test_openvino_takes_other_shapes_and_onnxruntime_says_that_they_are_fixed(onnx: Path) -> None:
    pytest.importorskip("openvino")
    pytest.importorskip("onnxruntime")
    session = catalog.module("openvino").load(Job(onnx, batch=2))
    session.run()
    assert np.shape(session.outputs()[0]) == (2, 4, 8, 8)
    with pytest.raises(RefusedError, match=r"is fixed to \[1, 3, 8, 8\]"):
        catalog.module("onnxruntime").load(Job(onnx, batch=2))


@pytest.mark.slow
def test_a_torch_program(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    path = tmp_path / "model.pt2"
    model = torch.nn.Conv2d(3, 2, 3).eval()
    torch.export.save(torch.export.export(model, (torch.zeros(1, 3, 8, 8),)), path)
    session = catalog.module("torch").load(Job(path))
    session.run()
    assert np.shape(session.outputs()[0]) == (1, 2, 6, 6)
    assert session.residency().proof == "eager: parameters and outputs are on cpu"
    with pytest.raises(RefusedError, match="is fixed to"):
        catalog.module("torch").load(Job(path, batch=2))


REFUSED = """WARNING: Failed to load plugin at: /x.so with error: ERROR: [plugin.cc:1]
└ Could not load shared library /x.so: no libopenvino"""
TOOK = "Partitioned subgraph<0>, selected 3 ops, from a total of 4 ops. resulted in 1 partitions.\n"


def test_the_npu_counts_only_what_a_plugin_took(tiny: Path) -> None:
    found = npu._residency(tiny, f"{TOOK}1 compiler plugins were applied successfully", "Vendor")
    assert (found.accelerated, found.ops, found.kind) == (3, 4, "partial")
    with pytest.raises(RefusedError, match="run it on the CPU: Could not load shared library"):
        npu._residency(tiny, REFUSED, "Vendor")
    with pytest.raises(RefusedError, match="no compiler plugin took an op"):
        npu._residency(tiny, f"{TOOK}0 compiler plugins were applied successfully", "Vendor")


SAVE = """
import sys
import tensorflow as tf
module = tf.Module()
call = tf.function(lambda x: {"y": 2 * x}, input_signature=[tf.TensorSpec((None, 3), tf.float32, name="x")])
tf.saved_model.save(module, sys.argv[1], signatures=call)
"""


@pytest.mark.slow
def test_a_saved_model(tmp_path: Path) -> None:
    pytest.importorskip("tensorflow")
    folder = tmp_path / "saved"
    subprocess.run([sys.executable, "-c", SAVE, str(folder)], check=True, capture_output=True)
    plans = [Plan(path=str(folder), target="tensorflow", artifact="saved", batch=n) for n in (1, 2)]
    results = measure(plans, Effort(rounds=1, processes=1, round_seconds=0.001))
    assert results.failures == ()
    assert [one.shapes for one in results.measurements] == [{"x": (1, 3)}, {"x": (2, 3)}]
    assert "outputs on device:CPU:0" in results.measurements[0].residency.proof
    assert results.measurements[0].backend.startswith("TensorFlow ")
