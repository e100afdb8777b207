"""What threads bring: one curve a variant and target that was measured with several thread counts."""

from collections.abc import Sequence

import msgspec

from benchmarks.comparison import verdict
from benchmarks.results_store import device
from registry.types import Measurement


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """Speed at each thread count by the speed at the smallest, with 95 % intervals."""

    model: str
    variant: str
    target: str
    threads: tuple[int, ...]
    speedup: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def curves(found: Sequence[Measurement]) -> list[Curve]:
    """Of valid measurements, oldest first; of each configuration those of the bytes measured last."""
    groups: dict[tuple[str, str, str, str, int], dict[int, list[Measurement]]] = {}
    for one in found:
        if one.valid and one.threads > 0:
            where = one.model, one.variant, one.target, device(one), one.batch
            groups.setdefault(where, {}).setdefault(one.threads, []).append(one)
    made = []
    for (model, variant, target, _, _), by_threads in groups.items():
        latest = max(
            (runs[-1] for runs in by_threads.values()), key=lambda one: one.environment.get("date", "")
        )
        same = {
            count: kept
            for count, runs in sorted(by_threads.items())
            if (kept := [one for one in runs if one.sha256 == latest.sha256 and one.shapes == latest.shapes])
        }
        if len(same) < 2:
            continue
        first = next(iter(same.values()))
        said = [verdict(first, runs) for count, runs in same.items() if runs is not first]
        made.append(
            Curve(
                model=model,
                variant=variant,
                target=target,
                threads=tuple(same),
                speedup=(1.0, *(one.ratio for one in said)),
                low=(1.0, *(one.low for one in said)),
                high=(1.0, *(one.high for one in said)),
            )
        )
    return made
