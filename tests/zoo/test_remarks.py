"""Sentences about artifacts that passed and are far from the source model."""

import pytest

from registry.types import Artifact, CalibrationRecord, Check
from zoo import remarks

DATA = CalibrationRecord(data="folder images", samples=8)
NOISE = CalibrationRecord(data="random", samples=8, random=True)


def made(snr: float, calibration: CalibrationRecord | None = None, target: str = "int8") -> Artifact:
    checks = tuple(
        Check(output=f"y{i}", inputs="noise", max_absolute=0, max_relative=0, cosine=1, snr_db=one, passed=True)
        for i, one in enumerate((40.0, snr))
    )  # fmt: skip
    return Artifact(
        target=target, path="m.tflite", sha256="0" * 64, size=1, checks=checks, calibration=calibration
    )


def test_nothing_is_said_of_what_is_near() -> None:
    assert remarks.quiet(made(12.0, DATA), {"y0": 2.0}) == ""
    assert remarks.quiet(Artifact(target="int8", path="m.tflite", sha256="0" * 64, size=1), {}) == ""


def test_synthetic_inputs_are_to_blame_where_calibration_samples_fare_well() -> None:
    said = remarks.quiet(made(-5.0, DATA), {"y0": 31.2, "y1": 13.4})
    assert "13.4 dB or more (lowest: `y1`)" in said
    assert said == remarks.quiet(made(2.0, DATA, "full_uint8"), {"y0": 31.2, "y1": 13.4})


@pytest.mark.parametrize(
    ("calibration", "quality"), [(DATA, {"y1": 9.0}), (DATA, {}), (NOISE, {"y1": 30.0}), (None, {"y1": 30.0})]
)
def test_the_artifact_is_to_blame_else(
    calibration: CalibrationRecord | None, quality: dict[str, float]
) -> None:
    said = remarks.quiet(made(-5.0, calibration), quality)
    assert said.startswith("int8: output `y1` on noise has an SNR of -5.0 dB")


def test_outputs_that_zeros_would_answer_as_well_are_named() -> None:
    (said,) = remarks.coarse({"y0": 0.0, "y1": 0.1})
    assert "`y0`" in said
    assert "SQNR 0.0 dB" in said
