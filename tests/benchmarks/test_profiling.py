"""Where the time goes: LiteRT's profiler is run for real; times are never asserted, only what ran where and what it had to do."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import litert_profiler, peak, profiling
from benchmarks.peak import Peak
from benchmarks.targets import cpu
from benchmarks.targets.base import Job
from benchmarks.tiny import write_matrix_product, write_tiny_tflite
from benchmarks.work import OpWork, _flops, work
from registry.errors import ZooError
from tests.conftest import corpus

PEAK = Peak(gflops=100.0, gigabytes=10.0)
SUMMARY = """
===== Run Order =====
                    [node type]  [start]  [first]  [avg ms]      [%]   [cdf%]  [mem KB] [times called]  [Name]
  Delegate/Fully Connected (NC, F32) GEMM    0.000    0.006     0.002   7.116%  57.959%     0.000      40   [Delegate]:2
                        SOFTMAX    0.011    0.000     0.004   0.094% 100.000%     0.000      20   [Builtin]:1

===== Top by Computation Time =====
                        SOFTMAX    0.011    0.000     0.004   0.094% 100.000%     0.000      20   [Builtin]:1
"""


def test_the_summary_is_read() -> None:
    ops = (OpWork(0, "FULLY_CONNECTED", "a", (1,), 1, 1), OpWork(1, "SOFTMAX", "b", (1, 12), 12, 96))
    softmax, product = profiling.kernels(SUMMARY, 20, ops)
    assert (softmax.kind, softmax.delegated, softmax.calls, softmax.op) == ("SOFTMAX", False, 1, ops[1])
    assert softmax.ms == pytest.approx(0.004)
    assert (product.kind, product.delegated, product.calls) == ("Fully Connected (NC, F32) GEMM", True, 2)
    assert product.ms == pytest.approx(0.004)
    assert product.op is None


def test_what_is_not_delegated_comes_first(tmp_path: Path) -> None:
    path = write_tiny_tflite(tmp_path / "tiny.tflite", then="LOG_SOFTMAX")
    found = profiling.profile(path, 1, True, PEAK, seconds=0.02)
    assert [(one.kind, one.delegated) for one in found.kernels] == [
        ("LOG_SOFTMAX", False),
        ("Add (ND)", True),
    ]
    assert found.kernels[0].op == work(path)[1]
    assert found.runs >= 1
    assert found.ms > 0


def test_without_xnnpack_every_kernel_is_an_op(tmp_path: Path) -> None:
    path = write_matrix_product(tmp_path / "product.tflite", 4, 8, 16)
    found = profiling.profile(path, 1, False, PEAK, seconds=0.02)
    (product,) = found.kernels
    assert (product.kind, product.delegated) == ("FULLY_CONNECTED", False)
    assert product.op is not None
    assert (product.op.flops, product.op.bytes) == (2 * 4 * 8 * 16, 4 * (4 * 8 + 16 * 8 + 4 * 16))
    assert (found.flops, found.bytes) == (product.op.flops, product.op.bytes)


def test_the_profiler_runs_the_model_that_the_interpreter_runs(tmp_path: Path) -> None:
    """The calls through ctypes reach the same kernels: the product runs in XNNPACK there as it does here."""
    path = write_matrix_product(tmp_path / "product.tflite", 2, 3, 4)
    session = cpu.load(Job(path))
    session.run()
    assert np.shape(session.outputs()[0]) == (2, 4)
    text, runs = litert_profiler.Profiled(path, 2, True).summary(0.0)
    assert runs == 1
    assert "Fully Connected (NC, F32) GEMM" in text


def test_a_damaged_file_is_a_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(b"no model")
    with pytest.raises(ZooError, match=r"broken\.tflite cannot be profiled: .*LiteRtCreateModelFromFile"):
        profiling.profile(broken, 1, True, PEAK)


@pytest.mark.parametrize(
    ("kind", "ins", "outs", "expected"),
    [
        ("CONV_2D", [(1, 8, 8, 3), (4, 3, 3, 3)], [(1, 8, 8, 4)], 2 * 256 * 27),
        ("DEPTHWISE_CONV_2D", [(1, 8, 8, 4), (1, 3, 3, 4)], [(1, 8, 8, 4)], 2 * 256 * 9),
        ("TRANSPOSE_CONV", [(4,), (2, 3, 3, 5), (1, 4, 4, 5)], [(1, 8, 8, 2)], 2 * 80 * 18),
        ("BATCH_MATMUL", [(2, 5, 7), (2, 7, 3)], [(2, 5, 3)], 2 * 30 * 7),
        ("BATCH_MATMUL", [(2, 7, 5), (2, 7, 3)], [(2, 5, 3)], 2 * 30 * 7),
        ("MEAN", [(1, 8, 8, 4), (2,)], [(1, 4)], 256),
        ("ADD", [(1, 4), (4,)], [(1, 4)], 4),
        ("RESHAPE", [(1, 4), (2,)], [(2, 2)], 0),
        ("CONCATENATION", [(1, 4), (1, 4)], [(1, 8)], 0),
    ],
)
def test_operations_are_counted(
    kind: str, ins: list[tuple[int, ...]], outs: list[tuple[int, ...]], expected: int
) -> None:
    assert _flops(kind, ins, outs) == expected


def test_the_roofline() -> None:
    assert PEAK.attainable(flops=1000, moved=10) == 100  # bound by arithmetic
    assert PEAK.attainable(flops=10, moved=10) == 10  # by memory
    assert PEAK.attainable(flops=10, moved=0) == 100


def test_the_peak_of_this_machine_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peak, "SECONDS", 0.01)
    assert peak.flops(1) > 0
    monkeypatch.setattr(peak, "COPIED", 1 << 20)
    assert peak.bandwidth(2) > 0


@pytest.mark.corpus
def test_a_real_model_with_ops_that_are_left_out() -> None:
    found = profiling.profile(corpus("mlperf_tiny/kws_ref_model.tflite"), 1, True, PEAK, seconds=0.05)
    assert [one.kind for one in found.kernels if not one.delegated] == ["AVERAGE_POOL_2D", "SOFTMAX"]
    assert found.flops == 5321548
