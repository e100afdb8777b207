"""Figures of the comparison as people read them."""

import pytest

from tests.benchmarks.noisy import measurement
from zoo.report_compare import latency


@pytest.mark.parametrize(
    ("figures", "text"),
    [
        ((0.0073291, 0.007329, 0.007341), "0.00733 (0.00733–0.00734)"),  # noqa: RUF001
        ((0.010913, 0.010911, 0.010943), "0.01091 (0.01091–0.01094)"),  # noqa: RUF001
        ((65.03, 64.31, 65.62), "65.0 (64.3–65.6)"),  # noqa: RUF001
        ((65.03, 50.0, 90.0), "65 (50–90)"),  # noqa: RUF001
        ((1234.5, 1230.1, 1240.9), "1234 (1230–1241)"),  # noqa: RUF001
        ((2.0, 2.0, 2.0), "2.00 (2.00–2.00)"),  # noqa: RUF001
    ],
)
def test_latencies(figures: tuple[float, float, float], text: str) -> None:
    middle, low, high = figures
    assert latency(measurement(median_ms=middle, low_ms=low, high_ms=high)) == text
    assert (
        latency(measurement(median_ms=middle, low_ms=low, high_ms=high, valid=False)) == f"{text} disturbed"
    )
