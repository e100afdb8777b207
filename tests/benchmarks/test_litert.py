from pathlib import Path

import numpy as np
import pytest

from benchmarks.litert import CpuModel, random_input
from registry.errors import InputError
from tests.benchmarks.tiny_tflite import write_tiny_tflite


def test_runs_and_tells_where(tmp_path: Path) -> None:
    path = write_tiny_tflite(tmp_path / "tiny.tflite")
    on, off = CpuModel(path, 1, xnnpack=True), CpuModel(path, 1, xnnpack=False)
    assert on.run() > 0
    assert on.load_ms > 0
    assert on.residency() == "all 1 ops in 1 XNNPACK partition"
    assert off.run() > 0
    assert off.residency() == "none of 1 ops delegated"


def test_random_inputs_fit_their_types() -> None:
    def drawn(dtype: str) -> np.ndarray:
        return random_input("x", (1000,), np.dtype(dtype), np.random.default_rng(0))

    for dtype in ("float32", "float16", "int8", "uint8", "int16", "bool"):
        assert drawn(dtype).dtype == dtype
        assert len(np.unique(drawn(dtype))) >= 2
    assert np.abs(drawn("float32")).max() <= 1
    assert (drawn("int8").min(), drawn("int8").max()) == (-128, 127)
    assert not drawn("int64").any()
    assert np.array_equal(drawn("float32"), drawn("float32"))


def test_strings_cannot_be_made_up() -> None:
    with pytest.raises(InputError, match="`words`"):
        random_input("words", (1,), np.dtype("S4"), np.random.default_rng(0))
