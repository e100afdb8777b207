"""`zoo results`: what was measured, here and elsewhere; out to a file and in from one."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from benchmarks import exchange, tabular
from benchmarks.foreign import benchmark_result, reading
from benchmarks.foreign.said import Said, Subject, measurement
from benchmarks.results import Failure
from benchmarks.results_store import Query, device, moment
from registry.disk import write_atomic
from registry.errors import InputError
from registry.types import Measurement
from zoo import hashing, keeping, report, workspace
from zoo.report import Table, size

FORMATS = (".jsonl", ".csv", ".parquet", ".json")


@dataclass(frozen=True)
class Imported:
    """What a file brought: how many results it holds and how many of them were new here."""

    file: str
    results: int
    new: int


@dataclass(frozen=True)
class Kept:
    """What was measured, and what could not be, oldest first."""

    measurements: list[Measurement]
    failures: list[Failure]

    @property
    def document(self) -> list[Measurement | Failure]:
        """For programs, in one list: an entry with a `reason` could not be measured."""
        return [*self.measurements, *self.failures]

    @property
    def blocks(self) -> list[Table | str]:
        """For people."""
        if not self.document:
            return ["nothing was measured that you ask for: run `zoo bench`"]
        shown: list[Table | str] = [table(self.measurements)] if self.measurements else []
        return [*shown, failures(self.failures)] if self.failures else shown


def kept(query: Query) -> Kept:
    with keeping.opened() as store:
        return Kept(store.measurements(query), store.failures(query))


def export(query: Query, file: Path) -> int:
    """Writes what the query asks for, in the form that the file's ending names; `.json` is a list of LiteRT's BenchmarkResult messages.

    What could not be measured goes into `.jsonl` alone. Returns how many measurements. Raises InputError for another ending, or where
    there is nothing.
    """
    if file.suffix not in FORMATS:
        raise InputError(f"--export {file}: the ending says the form; it is one of {', '.join(FORMATS)}")
    with keeping.opened() as store:
        found, failed = store.measurements(query), store.failures(query)
        scores = store.scores(sorted({one.sha256 for one in found}))
    if not found and not (failed and file.suffix == ".jsonl"):
        raise InputError("no result is what you ask for, so there is nothing to export")
    if file.suffix == ".jsonl":
        content = exchange.write(found, scores, failed)
    elif file.suffix == ".json":
        content = (
            msgspec.json.format(msgspec.json.encode(benchmark_result.to_documents(found)), indent=2) + b"\n"
        )
    else:
        content = tabular.to_csv(found) if file.suffix == ".csv" else tabular.to_parquet(found)
    write_atomic(file, content)
    return len(found)


def bring_in(files: Sequence[Path], artifact: Path | None, on: str | None) -> list[Imported]:
    """Adds the results that stand in files: the zoo's own exports, or other tools' outputs.

    Another tool names the model by its path on another machine, so whose result it is comes from `artifact`, or from the one converted
    artifact of that name and size; and the device is `on`. Raises InputError, before anything is added, where a file is damaged, or
    where either is not known.
    """
    read = []
    for file in files:
        content = _content(file)
        if exchange.is_ours(content):
            read.append((file, exchange.read(content, str(file))))
        else:
            said = reading.read(content, str(file))
            read.append((file, exchange.Found(_measured(said, content, file, artifact, on), [], [])))
    with keeping.opened() as store:
        return [
            Imported(
                str(file),
                sum(len(part) for part in found),
                store.add(*found.measurements, scores=found.scores, failures=found.failures),
            )
            for file, found in read
        ]


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except IsADirectoryError:
        raise InputError(f"--import {file}: this is a folder; name the files in it") from None
    except FileNotFoundError:
        raise InputError(f"--import {file}: there is no such file") from None


def _measured(
    said: Sequence[Said], content: bytes, file: Path, artifact: Path | None, on: str | None
) -> list[Measurement]:
    if not on:
        raise InputError(
            f"{file}: this tool does not say which device it ran on: name it, like --device 'Pixel 8'"
        )
    return [
        measurement(one, _subject(one, file, artifact, on), content, index) for index, one in enumerate(said)
    ]


def _subject(said: Said, file: Path, artifact: Path | None, on: str) -> Subject:
    """Whose result it is. Raises InputError where that is not certain."""
    known = list(_converted())
    if artifact is not None:
        if not artifact.exists():
            raise InputError(f"--artifact {artifact} does not exist")
        blob = hashing.blob(artifact)
        named = next((one for one in known if one.sha256 == blob.sha256), None)
        model, variant = (named.model, named.variant) if named else (artifact.stem, "")
        return Subject(
            artifact=artifact.name,
            sha256=blob.sha256,
            size=blob.size,
            model=model,
            variant=variant,
            device=on,
        )
    alike = {
        one.sha256: one
        for one in known
        if one.artifact == said.file and (said.size is None or abs(one.size - said.size) <= said.size_step)
    }
    if len(alike) == 1:
        return msgspec.structs.replace(next(iter(alike.values())), device=on)
    what = f"the model {said.file}" if said.file else "the model"
    why = (
        "several converted artifacts fit" if alike else "no converted artifact of that name and size is here"
    )
    raise InputError(f"{file}: which artifact is {what} in it? ({why}); say so with --artifact FILE")


def _converted() -> Iterable[Subject]:
    """Every artifact under the default folder."""
    for _, found in workspace.conversions():
        for one in found.artifacts:
            yield Subject(
                artifact=Path(one.path).name,
                sha256=one.sha256,
                size=one.size,
                model=found.name,
                variant=one.target,
                device="",
            )


def failures(found: Sequence[Failure]) -> Table:
    """One row a configuration that could not be measured."""
    rows = tuple(
        (
            _when(one),
            one.model,
            one.variant or "-",
            one.target,
            str(one.threads or "-"),
            one.sha256[:12],
            f"{report.STATUS[one.status]}: {one.reason}",
        )
        for one in found
    )
    columns = ("tried (UTC)", "model", "variant", "target", "threads", "sha256", "why there is no result")
    return Table(columns, rows)


def _when(one: Measurement | Failure) -> str:
    return re.sub(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*", r"\1 \2", moment(one))


def table(found: Sequence[Measurement]) -> Table:
    """One row a measurement, oldest first."""
    rows = tuple(
        (
            _when(one),
            one.model,
            one.variant or "-",
            one.target,
            device(one) or "-",
            str(one.threads or "-"),
            str(one.batch),
            f"{one.median_ms:.4g}",
            f"{one.low_ms:.4g} to {one.high_ms:.4g}",
            size(one.size),
            one.sha256[:12],
            "yes"
            if one.valid and one.status == "done"
            else one.status
            if one.valid
            else f"no: {one.invalid_reason}",
        )
        for one in found
    )
    columns = (
        *("measured (UTC)", "model", "variant", "target", "device", "threads", "batch", "median ms", "95 %"),
        *("size", "sha256", "valid"),
    )
    return Table(columns, rows)
