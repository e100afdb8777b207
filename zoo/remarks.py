"""What is worth a sentence though nothing failed: artifacts that are far from the source model's answers."""

from collections.abc import Mapping

from registry.types import Artifact

Quality = Mapping[str, float]
"""Float output → SQNR in dB of the int8 artifact on some of the calibration samples."""


def coarse(quality: Quality) -> list[str]:
    """A sentence for each output whose int8 errors are as large as its values."""
    return [
        f"8 bits are too few: on the calibration samples the errors of output `{name}` are as large as its values (SQNR "
        f"{found:.1f} dB, zeros would be as near). Use int16x8 or dynamic_range, or keep layers in float32 with --recover TOLERANCE; "
        "`zoo explain-quant` says where it is lost"
        for name, found in quality.items()
        if found <= 0
    ]


def quiet(made: Artifact, quality: Quality) -> str:
    """On a quantized artifact with an output below QUIET_SNR_DB; empty where there is none.

    Synthetic inputs leave the ranges that an integer artifact was calibrated on. Where it is good on the calibration samples it is
    this that is said, in the same words for every artifact.
    """
    from converters.verify.compare import QUIET_SNR_DB

    worst = min(made.checks, key=lambda check: check.snr_db, default=None)
    if worst is None or worst.snr_db >= QUIET_SNR_DB:
        return ""
    lowest = min(quality, key=lambda name: quality[name], default="")
    on_data = made.calibration is not None and not made.calibration.random
    if on_data and lowest and quality[lowest] >= QUIET_SNR_DB:
        return (
            f"on the calibration samples int8 answers with an SQNR of {quality[lowest]:.1f} dB or more (lowest: `{lowest}`); where an "
            "integer artifact's SNR is low, it is on synthetic inputs, whose values outside the calibrated ranges are cut off"
        )
    return (
        f"{made.target}: output `{worst.output}` on {worst.inputs} has an SNR of {worst.snr_db:.1f} dB beside the source "
        "model's; `zoo eval` measures what that costs, `zoo explain-quant` where it was lost"
    )
