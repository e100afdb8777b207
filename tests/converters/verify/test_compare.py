"""The four measures against their formulas, and every way to fail."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from converters.verify.compare import INCOMPARABLE, SNR_LIMIT_DB, check, compare, default_tolerance
from registry.card import Tolerance
from registry.types import Check, Tensor

LOOSE = Tolerance(relative=1.0)


def f32(*values: float) -> np.ndarray:  # type: ignore[type-arg]
    return np.array(values, np.float32)


def test_measures_by_hand() -> None:
    found = check("y", "s", f32(1, 2, -3.5), f32(1, 2, -4), LOOSE)
    assert found.max_absolute == pytest.approx(0.5)
    assert found.max_relative == pytest.approx(0.125)
    assert found.cosine == pytest.approx((1 + 4 + 14) / math.sqrt((1 + 4 + 12.25) * 21))
    assert found.snr_db == pytest.approx(10 * math.log10(21 / 0.25))
    assert found.passed
    assert found.reason == ""


def test_equal_arrays_have_finite_measures_that_survive_json() -> None:
    found = check(
        "y", "s", f32(1, 2), f32(1, 2), Tolerance(relative=1e-9, absolute=1e-9, cosine=1.0, snr_db=200)
    )
    assert (found.max_absolute, found.max_relative, found.snr_db, found.passed) == (0, 0, SNR_LIMIT_DB, True)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Check) == found
    zeros = check("y", "s", f32(0, 0), f32(0, 0), default_tolerance("float32"))
    assert (zeros.max_relative, zeros.cosine, zeros.passed) == (0, 1, True)


@pytest.mark.parametrize(
    ("tolerance", "said"),
    [
        (Tolerance(relative=0.1), "relative difference 1.25e-01 exceeds 1.0e-01"),
        (Tolerance(absolute=0.4), "absolute difference 5.00e-01 exceeds 4.0e-01"),
        (Tolerance(cosine=0.9999), "is below 0.9999"),
        (Tolerance(snr_db=20), "SNR 19.2 dB is below 20"),
    ],
)
def test_each_tolerance_counts(tolerance: Tolerance, said: str) -> None:
    found = check("y", "s", f32(1, 2, -3.5), f32(1, 2, -4), tolerance)
    assert not found.passed
    assert said in found.reason


@pytest.mark.parametrize(
    ("actual", "expected", "said"),
    [
        (f32(np.nan, 1), f32(0, 1), "1 of 2 values are NaN"),
        (f32(np.inf, 1), f32(0, 1), "1 of 2 values are infinite"),
        (f32(np.inf, 1), f32(-np.inf, 1), "1 of 2 values are infinite"),
        (f32(0, 1), f32(np.inf, 1), "1 of 2 values are finite where the source's are not"),
        (f32(np.nan, np.nan), f32(0, 1), "2 of 2 values are NaN"),
        (f32(1, 2, 3), f32(1, 2), "shape 3, the source's is 2"),
        (f32(), f32(), "the source's output is empty"),
    ],
)
def test_what_always_fails(actual: np.ndarray, expected: np.ndarray, said: str) -> None:  # type: ignore[type-arg]
    found = check("y", "s", actual, expected, Tolerance(relative=1e9))
    assert not found.passed
    assert said in found.reason
    assert msgspec.json.decode(msgspec.json.encode(found), type=Check) == found


def test_infinity_and_nan_of_the_source_are_its_own() -> None:
    found = check("y", "s", f32(-np.inf, np.nan, 2), f32(-np.inf, np.nan, 2), default_tolerance("float32"))
    assert found.passed
    assert found.max_absolute == 0
    assert check("y", "s", f32(np.inf), f32(np.inf), default_tolerance("float32")).passed


def test_rounding_of_the_source_is_no_fault_of_the_artifact() -> None:
    tight = Tolerance(relative=1e-5)
    assert not check("y", "s", f32(1, 2), f32(1, 2.0001), tight).passed
    excused = check("y", "s", f32(1, 2), f32(1, 2.0001), tight, floor=1e-4)
    assert excused.passed
    assert "own float32 rounding" in excused.reason
    assert not check("y", "s", f32(1, 2), f32(1, 2.001), tight, floor=1e-4).passed
    tiny = check("y", "s", f32(9.5069e-6), f32(9.5214e-6), tight)
    assert tiny.passed
    assert "negligible" in tiny.reason
    assert not check("y", "s", f32(9.0e-6), f32(9.5e-6), tight).passed


def test_compare_follows_names_and_permutations() -> None:
    source = {
        "map": np.random.default_rng(0).standard_normal((1, 3, 4, 5)).astype(np.float32),
        "score": f32(0.5),
    }
    outputs = (
        Tensor(
            name="map_nhwc", source_name="map", shape=(1, 4, 5, 3), dtype="float32", permutation=(0, 2, 3, 1)
        ),
        Tensor(name="score", shape=(1,), dtype="float32", permutation=()),
        Tensor(name="gone", shape=(1,), dtype="float32", permutation=()),
    )
    actual = {"map_nhwc": source["map"].transpose(0, 2, 3, 1), "score": f32(0.6), "gone": f32(1)}
    noise = {"score": 0.06}
    checks = compare(actual, source, default_tolerance("float32"), outputs=outputs, inputs="s", noise=noise)
    assert [c.passed for c in checks] == [True, True, False]
    assert [c.output for c in checks] == ["map_nhwc", "score", "gone"]
    assert checks[2].reason == "the source model has no output `gone`"
    assert checks[2].max_relative == INCOMPARABLE
    wrong = {**actual, "map_nhwc": source["map"]}
    checks = compare(wrong, source, default_tolerance("float32"), outputs=outputs[:1], inputs="s")
    assert checks[0].reason == "shape 1x3x4x5, the source's is 1x4x5x3"
    assert "no output `map_nhwc`" in compare({}, source, LOOSE, outputs=outputs[:1], inputs="s")[0].reason


@given(
    st.lists(st.floats(-(2.0**99), 2.0**99, width=32), min_size=1, max_size=20),
    st.floats(-(2.0**99), 2.0**99, width=32),
    st.integers(0, 19),
)
def test_measures_are_always_finite_and_bounded(values: list[float], other: float, at: int) -> None:
    expected = np.array(values, np.float32)
    actual = expected.copy()
    actual[at % len(values)] = other
    found = check("y", "s", actual, expected, Tolerance(relative=1e-5))
    assert all(map(math.isfinite, (found.max_absolute, found.max_relative, found.cosine, found.snr_db)))
    assert -1 - 1e-9 <= found.cosine <= 1
    same = check("y", "s", expected, expected, Tolerance(relative=1e-9, cosine=1 - 1e-9))
    assert same.passed, same
