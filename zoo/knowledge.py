"""Everything known of a model: its card, who wrote it, and what was converted, measured and scored here."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from registry import catalog
from registry.card import Card
from registry.errors import InputError
from registry.home import home
from registry.types import Manifest, Measurement, Score
from zoo import naming, scores_file, workspace


@dataclass(frozen=True)
class Known:
    """`name` is the qualified one. `manifest` None: nothing is converted in `folder`. Measurements are the newest of each configuration,
    of the files as they were converted last."""

    name: str
    provenance: str
    card: Card
    folder: Path
    manifest: Manifest | None
    measurements: tuple[Measurement, ...] = ()
    scores: tuple[Score, ...] = ()


def of(text: str) -> Known:
    """What is known of the model that a name or a card file stands for. Raises InputError where there is none."""
    name, card = naming.qualified(text)
    folder = workspace.default_folder(name)
    try:
        manifest = workspace.read_manifest(folder)
    except InputError:
        manifest = None
    return Known(
        name=name,
        provenance=_provenance(text, card),
        card=card,
        folder=folder,
        manifest=manifest,
        measurements=_measured(name, manifest),
        scores=scores_file.read(folder) if manifest else (),
    )


def document(found: Known) -> dict[str, Any]:
    """The card's own keys, and beside them what is known besides."""
    variants = [
        {"variant": one.target, "path": one.path, "size": one.size, "sha256": one.sha256}
        for one in (found.manifest.artifacts if found.manifest else ())
    ]
    here = {
        "folder": str(found.folder) if found.manifest else None,
        "variants": variants,
        "measurements": found.measurements,
        "scores": found.scores,
    }
    return {
        **msgspec.to_builtins(found.card),
        "qualified_name": found.name,
        "provenance": found.provenance,
        "here": here,
    }


def _provenance(text: str, card: Card) -> str:
    try:
        return catalog.provenance(text)
    except InputError:  # a card file, or a provider's name
        return catalog.provenance(card)


def _measured(name: str, manifest: Manifest | None) -> tuple[Measurement, ...]:
    if not (home() / "results.sqlite3").is_file() and not (home() / "bench").is_dir():
        return ()  # opening the store would make it
    from benchmarks.results_store import Query
    from zoo import keeping

    now = {one.target: one.sha256 for one in manifest.artifacts} if manifest else {}
    with keeping.opened() as store:
        every = store.measurements(Query(models=(name,)))
    current = [one for one in every if now.get(one.variant, one.sha256) == one.sha256]
    newest = {
        (one.variant, one.target, one.device, one.threads, one.batch, str(one.shapes)): one for one in current
    }
    return tuple(newest.values())
