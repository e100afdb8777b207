"""`zoo compare`: names → what was measured and scored of exactly these files → the standings."""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from benchmarks import exchange, gate
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
    notes: list[str] = field(default_factory=list)


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
        model, measured = _of_folder(folder, name, query, store, found)
    elif Path(name).is_file():
        blob = hashing.blob(Path(name))
        model, measured = Path(name).stem, store.measurements(_narrowed(query, hashes=(blob.sha256,)))
    else:
        model, measured = name, store.measurements(_narrowed(query, models=(name,)))
    if not measured:
        raise InputError(f"nothing was measured of {name} as it is now: run `zoo bench {name}`")
    found.names.append(model)
    found.measurements += measured
    found.scores += store.scores(sorted({one.sha256 for one in measured}))


def _of_folder(
    folder: Path, name: str, query: Query, store: ResultStore, found: Gathered
) -> tuple[str, list[Measurement]]:
    """Results of the folder's artifacts as they are on the disk now, and of the model's other forms (the source, …)."""
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
    every = store.measurements(_narrowed(query, models=(manifest.name,)))
    every += [
        one
        for one in store.measurements(_narrowed(query, hashes=tuple(sorted(now))))
        if one.model != manifest.name
    ]
    mine = [one for one in every if one.sha256 in now or one.variant not in variants]
    before = sorted({one.variant for one in every} - {one.variant for one in mine})
    if before:
        found.notes.append(
            f"{', '.join(before)}: measured before as other bytes than {name} has now; those results are left out: bench again"
        )
    return manifest.name, mine


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
    measured, _ = exchange.read(path.read_bytes(), str(path))
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
    found, _ = exchange.read(content, str(source))
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
