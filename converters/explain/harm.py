"""What one layer's own error does to the model's outputs: it is added to the float model's value, and the rest of the model runs on."""

from collections.abc import Iterable, Sequence

import numpy as np

from converters.explain.explain import Comparison, Sample, given, real
from converters.explain.layers import Layer
from converters.explain.running import Disturbed
from converters.explain.sums import ErrorSum
from registry.progress import Progress, silent

LAYERS = 20
SAMPLES = 2


def worst(layers: Sequence[Layer], count: int = LAYERS) -> tuple[int, ...]:
    """The tensors whose own error is largest."""
    known = [one for one in layers if one.own_relative_rmse and one.float_name]
    known.sort(key=lambda one: (-one.order, one.tensor))
    return tuple(one.tensor for one in known[:count])


def measure(
    compared: Comparison, tensors: Sequence[int], samples: Iterable[Sample], progress: Progress = silent
) -> dict[int, float]:
    """Tensor of the quantized file → relative RMSE at the float model's outputs with the own error of its operator alone.

    One run of the float model (XNNPACK) for each tensor and sample. The outputs count alike: their relative RMSE is averaged.
    """
    partner = {one: compared.alignment.tensors[one] for one in tensors if one in compared.alignment.tensors}
    disturbed = Disturbed(compared.theirs, tuple(dict.fromkeys(partner.values())))
    errors = {one: [ErrorSum() for _ in disturbed.outputs] for one in partner}
    for number, sample in enumerate(samples):
        fed = given(compared.theirs, sample)
        plain = disturbed.run(fed)
        for done, (index, stored) in enumerate(compared.own(fed, set(partner))):
            progress("measuring each layer's harm", number * len(partner) + done)
            wanted = compared.expected.value(partner[index])
            if wanted is None or wanted.shape != stored.shape:
                continue
            delta = real(compared.ours.tensors[index], stored) - wanted
            moved = disturbed.run(fed, partner[index], np.nan_to_num(delta))
            for total, a, b in zip(errors[index], plain, moved, strict=True):
                total.add(np.nan_to_num(a), np.nan_to_num(b))
    return {one: _mean(totals) for one, totals in errors.items() if any(total.count for total in totals)}


def _mean(totals: Sequence[ErrorSum]) -> float:
    found = [min(total.relative_rmse, 1e6) for total in totals if total.count]
    return float(np.mean(found))
