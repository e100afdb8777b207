"""How many conversions ended, for people: a row a model, and why what is missing is missing."""

from collections import Counter
from collections.abc import Sequence

from zoo import report
from zoo.batch.events import GOOD, Ended, Variant
from zoo.report import Table
from zoo.telling import VariantStatus

_WORDS: dict[VariantStatus, str] = {
    "done": "made",
    "already_done": "there already",
    "refused": "refused",
    "failed": "failed",
}


def summary(ended: Sequence[Ended]) -> tuple[str | Table, ...]:
    """The table, the reasons for what is missing (each with all that it holds for), and the counts."""
    rows = tuple(
        (
            one.model,
            one.status.replace("_", " "),
            _variants(one.variants),
            f"{one.seconds:.1f} s" if one.seconds else "-",
            report.size(one.memory) if one.memory else "-",
            one.reason,
        )
        for one in ended
    )
    table = Table(("model", "status", "variants", "time", "memory", "why"), rows)
    counts = Counter(one.status.replace("_", " ") for one in ended)
    return (table, *_reasons(ended), ", ".join(f"{count} {status}" for status, count in counts.items()))


def whole(ended: Sequence[Ended]) -> bool:
    """Whether all models are done."""
    return all(one.status in GOOD for one in ended)


def _variants(found: Sequence[Variant]) -> str:
    counts = Counter(one.status for one in found)
    return ", ".join(f"{counts[status]} {word}" for status, word in _WORDS.items() if counts[status]) or "-"


def _reasons(ended: Sequence[Ended]) -> list[str]:
    """Refused variants by their reason: one line for all models that it holds for."""
    held: dict[str, dict[str, list[str]]] = {}
    for one in ended:
        for variant in one.variants:
            if variant.status == "refused":
                held.setdefault(variant.reason, {}).setdefault(one.model, []).append(variant.variant)
    lines = []
    for reason, models in held.items():
        by_variants: dict[str, list[str]] = {}
        for model, variants in models.items():
            by_variants.setdefault(", ".join(variants), []).append(model)
        lines += [f"refused: {variants} of {', '.join(of)}: {reason}" for variants, of in by_variants.items()]
    return lines
