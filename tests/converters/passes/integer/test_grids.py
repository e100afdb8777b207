"""Grids found in constants: what was put on one comes back exactly, what lies on none is left."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converters.graph import constant
from converters.passes.integer.grids import bias_on_grid, constant_on_grid, step_of, weights_on_grid


@settings(max_examples=60, deadline=None)
@given(
    step=st.floats(1e-6, 10), count=st.integers(1, 300), reach=st.integers(1, 127), seed=st.integers(0, 99)
)
def test_numbers_on_a_grid_are_found_there(step: float, count: int, reach: int, seed: int) -> None:
    level = np.random.default_rng(seed).integers(-reach, reach + 1, count)
    values = level.astype(np.float32) * np.float32(step)
    found = step_of(values)
    assert found is not None
    back = np.round(values / found)
    assert np.abs(back).max() <= 128
    assert np.allclose(back * found, values, rtol=1e-5, atol=0)


def test_other_numbers_are_on_none() -> None:
    assert step_of(np.random.default_rng(0).normal(size=100).astype(np.float32)) is None
    assert weights_on_grid(constant(np.random.default_rng(0).normal(size=(4, 9)).astype("f4")), 0) is None


def test_255_steps_to_one_side_are_too_many_for_weights() -> None:
    values = np.arange(256, dtype=np.float32) * np.float32(0.1)
    assert step_of(values) is None
    stored = constant_on_grid(constant(values))
    assert stored is not None
    assert stored.quantization is not None
    assert stored.quantization.zero_point == (-128,)
    assert stored.array[0] == -128


@pytest.mark.parametrize("axis", [0, 1])
def test_a_step_for_each_channel(axis: int) -> None:
    rng = np.random.default_rng(0)
    level = rng.integers(-127, 128, (6, 5)).astype(np.int8)
    np.fill_diagonal(level, 127)
    level[5, 1] = 127
    steps = rng.uniform(0.01, 1, level.shape[axis]).astype(np.float32)
    shape = [1, 1]
    shape[axis] = -1
    stored = weights_on_grid(constant(level.astype(np.float32) * steps.reshape(shape)), axis)
    assert stored is not None
    assert np.array_equal(stored.array, level)
    assert stored.quantization is not None
    assert stored.quantization.dimension == axis
    assert np.allclose(stored.quantization.scale, steps, rtol=1e-6)


def test_a_bias_is_counted_in_steps_of_the_sums() -> None:
    bias = constant(np.asarray([0.5, -1.0], np.float32))
    stored = bias_on_grid(bias, 2, np.asarray([0.25, 0.001]))
    assert stored is not None
    assert stored.array.tolist() == [2, -1000]
    assert bias_on_grid(bias, 2, np.asarray([1e-12, 1.0])) is None
