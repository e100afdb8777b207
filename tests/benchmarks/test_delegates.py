"""`edgetpu` and `gpu:delegate=PATH` with a delegate built here: the plumbing, not the device.

What needs an Edge TPU is not run here, and nothing here says that it passed.
"""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from benchmarks.results import Effort, Plan
from benchmarks.runner import measure
from benchmarks.targets import edgetpu, gpu
from benchmarks.targets.base import Job, RefusedError
from benchmarks.targets.edgetpu import COMPILED
from tests.benchmarks.tiny_tflite import write_tiny_tflite

SOURCE = Path(__file__).parent / "delegate.c"
QUICK = Effort(rounds=2, processes=1, round_seconds=0.001)


def built(path: Path, *flags: str, source: Path = SOURCE) -> Path:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler to build a delegate with")
    subprocess.run([compiler, "-shared", "-fPIC", *flags, str(source), "-o", str(path)], check=True)
    return path


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("delegate") / "libworking.so")


@pytest.fixture
def compiled(tmp_path: Path) -> Path:
    """What edgetpu_compiler would leave: an op on the CPU, then its own."""
    return write_tiny_tflite(tmp_path / "compiled_edgetpu.tflite", custom=COMPILED)


def test_a_delegate_that_is_there_runs_its_ops(library: Path, compiled: Path) -> None:
    session = edgetpu.load(Job(compiled, str(library)))
    session.run()
    given = np.random.default_rng(0).uniform(-1, 1, (1, 4)).astype(np.float32)
    assert np.allclose(np.asarray(session.outputs()[0]), 4 * given)
    where = session.residency()
    assert str(where) == "1 of 2 ops in 1 Edge TPU partition; outside: 1 ADD"
    assert where.kind == "partial"
    assert session.device == "Edge TPU"


def test_the_bench_measures_it_and_the_same_library_as_a_gpu_delegate(library: Path, compiled: Path) -> None:
    targets = (f"edgetpu:{library}", f"gpu:delegate={library}")
    results = measure([Plan(path=str(compiled), target=one, artifact="c") for one in targets], QUICK)
    assert results.failures == ()
    assert [one.target for one in results.measurements] == list(targets)
    assert [one.delegate for one in results.measurements] == ["Edge TPU", "libworking.so"]
    assert all(one.residency.kind == "partial" for one in results.measurements)


def test_a_delegate_that_takes_nothing_is_refused(library: Path, tmp_path: Path) -> None:
    plain = write_tiny_tflite(tmp_path / "plain.tflite")
    session = gpu.load(Job(plain, f"delegate={library}"))
    with pytest.raises(RefusedError, match="took none of the 1 ops, so all would run on the CPU"):
        session.residency()
    (failure,) = measure(
        [Plan(path=str(plain), target=f"gpu:delegate={library}", artifact="p")], QUICK
    ).failures
    assert failure.status == "refused"


def test_a_missing_library(tmp_path: Path) -> None:
    gone = tmp_path / "libgone.so"
    assert edgetpu.check(str(gone)) == f"there is no delegate library {gone}"
    assert "cannot be loaded" in edgetpu.check("libno-such-delegate.so.7")


def test_without_a_library_it_says_what_to_install() -> None:
    reason = edgetpu.check("")
    if not reason:
        pytest.skip("an Edge TPU and its library are here")
    assert "not installed" in reason or "no Edge TPU is plugged in" in reason


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        (("-DNO_DELEGATE",), "gives no delegate: .*no device is plugged in"),
        (("-DNO_PREPARE",), "fails on this model"),
        (('-DTAKES="another-op"',), "fails on this model: .*edgetpu-custom-op"),
    ],
)
def test_a_broken_delegate_is_refused(
    flags: tuple[str, ...], reason: str, tmp_path: Path, compiled: Path
) -> None:
    library = built(tmp_path / "libbroken.so", *flags)
    with pytest.raises(RefusedError, match=reason):
        edgetpu.load(Job(compiled, str(library)))


def test_files_that_are_no_delegates(tmp_path: Path) -> None:
    text = tmp_path / "libtext.so"
    text.write_text("no library")
    assert "cannot be loaded" in edgetpu.check(str(text))
    source = tmp_path / "other.c"
    source.write_text("int other(void) { return 1; }\n")
    other = built(tmp_path / "libother.so", source=source)
    assert "is no TFLite delegate: it has no tflite_plugin_create_delegate" in edgetpu.check(str(other))


def test_a_file_that_was_not_compiled_is_refused(tmp_path: Path) -> None:
    plain = write_tiny_tflite(tmp_path / "plain.tflite")
    with pytest.raises(RefusedError, match="not compiled for the Edge TPU: run edgetpu_compiler"):
        edgetpu.load(Job(plain))
