"""`gpu` for real: on a GPU, or on Mesa's lavapipe, which is a Vulkan driver for the CPU. Skipped, with the reason, where neither is."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import probe
from benchmarks.targets import gpu
from benchmarks.targets.base import RefusedError
from benchmarks.targets.catalog import Spec
from tests.benchmarks.tiny_tflite import write_tiny_tflite
from tests.zoo.cli.run import zoo
from tests.zoo.models import convolution

ANSWERS = """
import json, sys
from pathlib import Path
import numpy as np
from benchmarks.targets import catalog
from benchmarks.targets.base import Job, RefusedError
path, told = Path(sys.argv[1]), {}
for name in ("cpu", "gpu"):
    try:
        session = catalog.module(name).load(Job(path, seed=1))
    except RefusedError as error:
        told = {"refused": str(error)}
        break
    session.run()
    told[name] = [np.asarray(one, np.float64).ravel().tolist() for one in session.outputs()]
    where = session.residency()
    told |= {"device": session.device, "kind": where.kind, "text": str(where), "proof": where.proof}
print(json.dumps(told))
"""


@cache
def reason() -> str:
    """Why there is no GPU here."""
    return probe.works([Spec("gpu")])[Spec("gpu")][1]


@pytest.fixture(autouse=True)
def _needs_a_gpu() -> None:
    if reason():
        pytest.skip(f"no GPU here: {reason()}")


def told(path: Path) -> dict[str, Any]:
    """The model on the CPU and on the GPU, in a process of its own."""
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", ANSWERS, str(path)],
        capture_output=True,
        text=True,
        cwd=root,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def variants(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A convolution in the variants that a GPU takes, and one that it does not."""
    if reason():
        pytest.skip(f"no GPU here: {reason()}")
    folder = tmp_path_factory.mktemp("gpu")
    model = folder / "conv.onnx"
    convolution(model)
    asked = "float32,float16,dynamic_range,int8,int16x8"
    done = zoo("convert", model, "--to", asked, "--random-calibration", "--out", folder / "out", "--quiet")
    assert done.code == 0, done.err
    return folder / "out"


@pytest.mark.parametrize(
    ("variant", "tolerance"), [("float32", 1e-5), ("float16", 1e-5), ("dynamic_range", 2e-2), ("int8", 2e-2)]
)
def test_a_variant_runs_there_and_answers_as_on_the_cpu(
    variants: Path, variant: str, tolerance: float
) -> None:
    found = told(variants / f"conv_{variant}.tflite")
    assert found["kind"] == "full", found
    assert "WebGPU partition" in found["text"]
    assert found["proof"].startswith("compiled for the GPU alone; adapter ")
    (cpu,), (on_gpu,) = found["cpu"], found["gpu"]
    assert np.abs(np.subtract(cpu, on_gpu)).max() <= tolerance * np.abs(cpu).max()


def test_a_model_with_an_op_that_it_does_not_take_is_partial(tmp_path: Path) -> None:
    found = told(write_tiny_tflite(tmp_path / "tiny.tflite", then="LOG_SOFTMAX"))
    assert found["kind"] == "partial"
    assert found["text"] == "1 of 2 ops in 1 WebGPU partition; outside: 1 LOG_SOFTMAX"
    assert "it does not take LOG_SOFTMAX" in found["proof"]
    assert np.allclose(found["cpu"], found["gpu"], atol=1e-5)


def test_int16_activations_are_refused(variants: Path) -> None:
    assert "no op runs on the GPU" in told(variants / "conv_int16x8.tflite")["refused"]


def test_the_bench_says_it_beside_the_latency(tmp_path: Path) -> None:
    partial = write_tiny_tflite(tmp_path / "partial.tflite", then="LOG_SOFTMAX")
    ended = zoo("bench", partial, "--targets", "gpu,cpu", "--rounds", "2", "--processes", "1")
    assert ended.code == 0, ended.err
    assert "gpu (partly)" in ended.out
    assert "1 of 2 ops in 1 WebGPU partition" in ended.out


def test_without_an_adapter_nothing_counts_as_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks.targets.base import Job

    class Silent:
        load_ms = 1.0

    monkeypatch.setattr(gpu, "_compiled", lambda job: (Silent(), True))
    with pytest.raises(RefusedError, match="no GPU adapter was selected"):
        gpu.load(Job(tmp_path / "any.tflite"))
