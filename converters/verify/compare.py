"""Holding an artifact's outputs against its source model's: four measures per output, and a verdict with its reason."""

import sys
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from converters.verify.samples import Array
from registry.card import Tolerance
from registry.types import Check, Tensor

SNR_LIMIT_DB = 300.0
"""What stands for equal arrays: JSON knows no infinity."""
INCOMPARABLE = sys.float_info.max
"""What stands for the difference of arrays that cannot be compared."""
NOISE_FACTOR = 4.0
"""Two float32 evaluations, each as far from the exact result as PyTorch's own, differ by up to twice that; another runtime's order of
summation may be worse again by as much (U-2-Net-P: PyTorch 6e-5 from its float64 self, OpenVINO 1.1e-4)."""
NEGLIGIBLE = 2.0**-23
"""Absolute difference that passes any relative tolerance: runtimes approximate sigmoid and exp to about this much of full scale, which
is a large part of an output that is near zero everywhere (a face flag of 1e-5 where there is no face)."""

_FLOAT32 = Tolerance(relative=1e-5)
_FLOAT16 = Tolerance(cosine=0.99)
_DYNAMIC_RANGE = Tolerance(cosine=0.5)
_INTEGER = Tolerance()
_DEFAULTS = {
    **dict.fromkeys(("float16", "openvino_fp16"), _FLOAT16),
    **dict.fromkeys(("dynamic_range", "dynamic_range_mixed", "weight_only_int8"), _DYNAMIC_RANGE),
    **dict.fromkeys(("int8", "int8_mixed", "full_int8", "full_uint8", "edgetpu"), _INTEGER),
    **dict.fromkeys(("int16x8", "full_int16x8", "openvino_int8"), _INTEGER),
    "weight_only_int4": _INTEGER,
}
QUIET_SNR_DB = 10.0
"""A quantized artifact's output below this SNR is worth a note."""

Float64 = npt.NDArray[np.float64]


def default_tolerance(target: str) -> Tolerance:
    """The tolerance of a target whose card names none.

    Float32 formats: 1e-5 relative to the output's largest value, about 80 units in the last place, room for another order of summation
    in a deep network but not for one wrong constant. Float16: weights are off by up to 2^-11 each, which grows to several percent at
    single elements of sensitive models (FastestDet 4.5e-2, SINet 2.8e-2) while the direction stays (cosine above 0.9999 in 13 models):
    so the direction is asked for. Dynamic range: 8-bit weights have no bound per element; a direction lost is a broken file, and
    how coarse the rest is the task's metric must say; 4-bit ones turn sensitive models to noise, so they are judged as integers are:
    shapes and finite numbers alone. What lies outside the calibrated ranges (synthetic inputs do) is cut off on purpose; the SNR is
    recorded, and noted where it is below QUIET_SNR_DB.
    """
    return _DEFAULTS.get(target, _FLOAT32)


def compare(
    actual: Mapping[str, Array],
    expected: Mapping[str, Array],
    tolerance: Tolerance,
    *,
    outputs: Sequence[Tensor],
    inputs: str,
    noise: Mapping[str, float] | None = None,
) -> tuple[Check, ...]:
    """One Check per output of an artifact. `actual` is keyed by the artifact's names, `expected` by the source's (in its axis order).

    `inputs` names the sample set. `noise` is source output → relative rounding error of the source model itself (float32 against
    float64, as an export reports it): a relative tolerance below NOISE_FACTOR times that is raised to it, and the reason says so.
    """
    checks = []
    for tensor in outputs:
        source = tensor.source_name or tensor.name
        if source not in expected:
            checks.append(_failed(tensor.name, inputs, f"the source model has no output `{source}`"))
        elif tensor.name not in actual:
            checks.append(_failed(tensor.name, inputs, f"the artifact has no output `{tensor.name}`"))
        else:
            array = expected[source]
            fits = array.ndim == len(tensor.permutation)
            wanted = np.transpose(array, tensor.permutation) if fits else array
            floor = NOISE_FACTOR * (noise or {}).get(source, 0.0)
            checks.append(check(tensor.name, inputs, actual[tensor.name], wanted, tolerance, floor=floor))
    return tuple(checks)


def check(
    output: str, inputs: str, actual: Array, expected: Array, tolerance: Tolerance, *, floor: float = 0.0
) -> Check:
    """Compares two arrays of one output. NaN or infinity where the source has none (or another) fails, and so does another shape.

    `floor`: relative difference that passes whatever the relative and absolute tolerance.
    """
    if actual.shape != expected.shape:
        return _failed(output, inputs, f"shape {_dims(actual)}, the source's is {_dims(expected)}")
    a, b = actual.astype(np.float64), expected.astype(np.float64)
    finite = np.isfinite(b)
    stray = _stray(a, b, finite)
    both = finite & np.isfinite(a)
    a, b = (a.ravel(), b.ravel()) if both.all() else (a[both], b[both])
    if a.size == 0:
        measured = _failed(output, inputs, stray) if stray else _exact(output, inputs)
        return measured if expected.size else _failed(output, inputs, "the source's output is empty")
    difference = np.abs(a - b)
    absolute = float(difference.max())
    relative = absolute / max(float(np.abs(b).max()), float(np.finfo(np.float32).tiny))
    cosine, snr = _cosine(a, b), _snr_db(a, b)
    problems = [stray] if stray else _beyond(tolerance, absolute, relative, cosine, snr, floor)
    reason = "; ".join(problems)
    if not problems and tolerance.relative is not None and relative > tolerance.relative:
        reason = "the output is all but zero, the absolute difference negligible"
        if relative <= floor:
            reason = f"within the source model's own float32 rounding (up to {floor:.1e} relative)"
    return Check(
        output=output,
        inputs=inputs,
        max_absolute=absolute,
        max_relative=relative,
        cosine=cosine,
        snr_db=snr,
        passed=not problems,
        reason=reason,
        judged=tolerance != Tolerance(),
    )


def _beyond(
    t: Tolerance, absolute: float, relative: float, cosine: float, snr: float, floor: float
) -> list[str]:
    within_rounding = relative <= floor or absolute <= NEGLIGIBLE
    problems = []
    if t.relative is not None and relative > t.relative and not within_rounding:
        problems.append(f"relative difference {relative:.2e} exceeds {max(t.relative, floor):.1e}")
    if t.absolute is not None and absolute > t.absolute and not within_rounding:
        problems.append(f"absolute difference {absolute:.2e} exceeds {t.absolute:.1e}")
    if t.cosine is not None and cosine < t.cosine:
        problems.append(f"cosine {cosine:.6f} is below {t.cosine}")
    if t.snr_db is not None and snr < t.snr_db:
        problems.append(f"SNR {snr:.1f} dB is below {t.snr_db} dB")
    return problems


def _stray(a: Float64, b: Float64, finite: npt.NDArray[np.bool_]) -> str:
    """What is not finite in the artifact's output and should not be so; empty where nothing is."""
    nan = int((np.isnan(a) & ~np.isnan(b)).sum())
    if nan:
        return f"{nan} of {a.size} values are NaN"
    infinite = int((np.isinf(a) & (a != b)).sum())
    if infinite:
        return f"{infinite} of {a.size} values are infinite"
    lost = int((np.isfinite(a) & ~finite).sum())
    return f"{lost} of {a.size} values are finite where the source's are not" if lost else ""


def _cosine(a: Float64, b: Float64) -> float:
    """a·b / (|a| |b|), 1 for equal vectors, zero ones too. Scaled first, so that squares neither overflow nor vanish."""
    if np.array_equal(a, b):
        return 1.0
    largest = max(float(np.abs(a).max()), float(np.abs(b).max()))
    a, b = a / largest, b / largest
    norms = float(np.linalg.norm(a)) * float(np.linalg.norm(b))
    return min(1.0, float(np.dot(a, b)) / norms) if norms else 0.0


def _snr_db(a: Float64, b: Float64) -> float:
    """10 log10(Σb² / Σ(a-b)²), kept within ±SNR_LIMIT_DB."""
    largest = max(float(np.abs(a).max()), float(np.abs(b).max()), float(np.finfo(np.float32).tiny))
    signal, rest = float(np.square(b / largest).sum()), float(np.square((a - b) / largest).sum())
    if rest == 0:
        return SNR_LIMIT_DB
    if signal == 0:
        return -SNR_LIMIT_DB
    return float(np.clip(10 * np.log10(signal / rest), -SNR_LIMIT_DB, SNR_LIMIT_DB))


def _exact(output: str, inputs: str) -> Check:
    return Check(
        output=output,
        inputs=inputs,
        max_absolute=0.0,
        max_relative=0.0,
        cosine=1.0,
        snr_db=SNR_LIMIT_DB,
        passed=True,
    )


def _failed(output: str, inputs: str, reason: str) -> Check:
    return Check(
        output=output,
        inputs=inputs,
        max_absolute=INCOMPARABLE,
        max_relative=INCOMPARABLE,
        cosine=0.0,
        snr_db=-SNR_LIMIT_DB,
        passed=False,
        reason=reason,
    )


def _dims(array: Array) -> str:
    return "x".join(str(d) for d in array.shape) or "scalar"
