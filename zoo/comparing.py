"""`zoo compare`: names → what was measured and scored of exactly these files → the standings."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec

from benchmarks import exchange, gate
from benchmarks.results import Failure
from benchmarks.results_store import Query, ResultStore
from registry.errors import InputError
from registry.types import Artifact, Measurement, Score
from zoo import artifacts, hashing, keeping, naming, workspace
from zoo.scores_file import SCORES
from zoo.workspace import MANIFEST

RESULTS = "results.jsonl"
"""What was measured, beside the manifest of a publication."""
EXIT_CODES: dict[gate.Outcome, int] = {"passed": 0, "regressed": 9, "inconclusive": 10}
"""Of the regression gate; documented in README."""


@dataclass
class Gathered:
    """Measurements, oldest first, and scores of the artifacts that names stand for, with what had to be left out."""

    names: list[str] = field(default_factory=list)
    measurements: list[Measurement] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


_Result = TypeVar("_Result", Measurement, Failure)


class _Kept(msgspec.Struct):
    """What stands beside a manifest."""

    scores: tuple[Score, ...] = ()


def gather(names: list[str], out: Path | None, query: Query) -> Gathered:
    """Raises InputError where nothing was measured of a name."""
    if out is not None and len(names) > 1:
        raise InputError(
            "--out says where one model's artifacts are; name the folders themselves for several"
        )
    found = Gathered()
    with keeping.opened() as store:
        for name in names:
            _gather(name, out, query, store, found)
    return found


def _gather(name: str, out: Path | None, query: Query, store: ResultStore, found: Gathered) -> None:
    folder = out or naming.converted_folder(name)
    if (folder / MANIFEST).is_file():
        model, measured, failed = _of_folder(folder, name, query, store, found)
    elif Path(name).is_file():
        asked = _narrowed(query, hashes=(hashing.blob(Path(name)).sha256,))
        model, measured, failed = Path(name).stem, store.measurements(asked), store.failures(asked)
    else:
        asked = _narrowed(query, models=(name,))
        model, measured, failed = name, store.measurements(asked), store.failures(asked)
    if not measured:
        why = "; ".join(dict.fromkeys(f"{one.target}: {one.reason}" for one in failed))
        said = f" (tried: {why})" if why else ""
        raise InputError(f"nothing was measured of {name} as it is now{said}: run `zoo bench {name}`")
    found.names.append(model)
    found.failures += failed
    found.measurements += measured
    found.scores += store.scores(sorted({one.sha256 for one in measured}))


def _of_folder(
    folder: Path, name: str, query: Query, store: ResultStore, found: Gathered
) -> tuple[str, list[Measurement], list[Failure]]:
    """Results of the folder's artifacts as they are on the disk now, and of the model's other forms (the source, …); and failures."""
    _, manifest = artifacts.converted(str(folder), folder)
    whole = workspace.intact(folder, list(manifest.artifacts))
    for one in manifest.artifacts:
        if one not in whole:
            found.notes.append(
                f"{one.target}: {one.path} is not the file that was converted; its results are left out; convert and bench again"
            )
    beside = _beside(folder, whole)
    store.add(*_measured_beside(folder, whole), scores=beside)
    found.scores += beside
    now = {one.sha256 for one in whole}
    variants = {one.target for one in manifest.artifacts}

    def mine_of(every: list[_Result]) -> list[_Result]:
        return [one for one in every if one.sha256 in now or one.variant not in variants]

    every = _of_model(store.measurements, query, manifest.name, now)
    mine = mine_of(every)
    before = sorted({one.variant for one in every} - {one.variant for one in mine})
    if before:
        found.notes.append(
            f"{', '.join(before)}: measured before as other bytes than {name} has now; those results are left out: bench again"
        )
    failed = _of_model(store.failures, query, manifest.name, now)
    return manifest.name, mine, mine_of(failed)


def _of_model(
    kept: Callable[[Query], list[_Result]], query: Query, name: str, now: set[str]
) -> list[_Result]:
    """What the store has of a model by its name, and of the bytes that it is `now` by other names."""
    every = kept(_narrowed(query, models=(name,)))
    others = kept(_narrowed(query, hashes=tuple(sorted(now)))) if now else []
    return every + [one for one in others if one.model != name]


def _narrowed(query: Query, *, models: tuple[str, ...] = (), hashes: tuple[str, ...] = ()) -> Query:
    return Query(models, query.variants, query.targets, query.devices, hashes, query.since)


def _beside(folder: Path, whole: list[Artifact]) -> list[Score]:
    """The scores beside the manifest that belong to these very bytes, or to the source model."""
    try:
        kept = msgspec.json.decode((folder / SCORES).read_bytes(), type=_Kept).scores
    except FileNotFoundError:
        return []
    except (msgspec.DecodeError, UnicodeDecodeError, OSError):
        raise InputError(f"{folder / SCORES} is damaged: delete it and run `zoo eval` again") from None
    now = {one.sha256 for one in whole}
    return [one for one in kept if one.sha256 in now or one.artifact == "source"]


def _measured_beside(folder: Path, whole: list[Artifact]) -> list[Measurement]:
    """The measurements that came with a publication and belong to these very bytes."""
    path = folder / RESULTS
    if not path.is_file():
        return []
    measured = exchange.read(path.read_bytes(), str(path)).measurements
    now = {one.sha256 for one in whole}
    return [one for one in measured if one.sha256 in now]


def baseline(source: Path, query: Query) -> list[Measurement]:
    """The baseline's measurements: of an export (.jsonl), or of the artifacts in a folder. Raises InputError where there are none."""
    if source.is_dir():
        return gather([str(source)], None, query).measurements
    try:
        content = source.read_bytes()
    except OSError as error:
        raise InputError(f"--baseline {source} cannot be read ({error.strerror})") from None
    if not exchange.is_ours(content):
        raise InputError(
            f"--baseline {source} is no export of results: make one with `zoo results --export FILE.jsonl`"
        )
    found = exchange.read(content, str(source)).measurements
    asked = Query((), query.variants, query.targets, query.devices)
    return [one for one in found if asked.fits(one)]


def check(
    names: list[str], out: Path | None, query: Query, source: Path, limit: float
) -> tuple[gate.Report, list[str]]:
    """The gate over these names (all that the baseline has, where none is given), and what had to be left out."""
    before = baseline(source, query)
    if names:
        found = gather(names, out, query)
        models = {*found.names, *(one.model for one in found.measurements)}
        before = [one for one in before if one.model in models]
        return gate.check(before, found.measurements, limit), found.notes
    with keeping.opened() as store:
        models = {one.model for one in before}
        return gate.check(
            before, store.measurements(_narrowed(query, models=tuple(sorted(models)))), limit
        ), []


def percent(text: str) -> float:
    """`5%` or `0.05` → 0.05. Raises InputError for anything else, and for what is not positive."""
    number, is_percent = text.strip().removesuffix("%").strip(), text.strip().endswith("%")
    try:
        value = float(number) / (100 if is_percent else 1)
    except ValueError:
        value = -1.0
    if not 0 < value < 10:
        raise InputError(f"--fail-above {text}: a positive share is wanted, like 5% or 0.05")
    return value
