"""`zoo publish`: names → the licence gate → the publication → the destination."""

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.disk import storage
from registry.errors import InputError
from registry.home import home
from registry.progress import Progress
from zoo import report
from zoo.publish import destination, gate
from zoo.publish.contents import Wishes, build
from zoo.publish.destination import HubPlace, Sent
from zoo.publish.model import Model, load
from zoo.publish.plan import Publication
from zoo.report import Table

_REPOSITORY = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
_NAME = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Asked:
    """What the user asked for; texts are as they were typed."""

    names: tuple[str, ...]
    to: str
    base: Path | None = None
    variants: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    may_publish: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    base_models: tuple[str, ...] = ()
    name: str = ""
    replacing: str = ""
    offline: bool = False


@dataclass(frozen=True)
class Published:
    publication: Publication
    sent: Sent
    models: tuple[Model, ...]
    notes: tuple[str, ...]
    dry_run: bool

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "name": self.publication.name,
            "to": self.sent.where,
            "revision": self.sent.revision,
            "dry_run": self.dry_run,
            "size": self.publication.size,
            "models": [
                {
                    "name": one.name,
                    "licenses": {
                        "code": one.clearance.code,
                        "weights": one.clearance.weights,
                        "dataset": one.clearance.dataset,
                    },
                    "flags": one.clearance.flags,
                    "statements": one.clearance.statements,
                }
                for one in self.models
            ],
            "files": self.files(),
            "notes": self.notes,
        }

    def files(self) -> list[dict[str, Any]]:
        """Every file that is there in the end, or goes, with what is done."""
        sha256 = {one.path: one.sha256 for one in self.publication.files}
        return [
            {
                "path": one.path,
                "size": one.size,
                "sha256": sha256.get(one.path),
                "why": one.why,
                "action": one.action,
            }
            for one in sorted(self.sent.items, key=lambda one: one.path)
        ]

    def table(self) -> Table:
        rows = tuple(
            (one["path"], report.size(one["size"]), one["action"], one["why"]) for one in self.files()
        )
        return Table(("file", "size", "action", "why"), rows, self.publication.name)

    def summary(self) -> str:
        """One sentence."""
        count, size = len(self.sent.items), report.size(self.publication.size)
        sent = report.size(self.sent.bytes_sent)
        if self.dry_run:
            return f"{count} files, {size}; {sent} would go to {self.sent.where}; nothing was written"
        return f"{count} files, {size}; {sent} went to {self.sent.where}"


def publish(asked: Asked, dry_run: bool, progress: Progress) -> Published:
    """Raises LicenceError where the gate refuses, InputError and VerificationError for what is not there or not whole, and what the
    destination raises."""
    place = destination.parse(asked.to)
    target = destination.open(asked.to, asked.replacing)
    models = _load(asked, progress)
    models = _clear(models, asked)
    names = [one.name for one in models]
    wishes = Wishes(
        sources={name: Path(text) for name, text in _by_name("--source", asked.sources, names)},
        base_models=_base_models(asked.base_models, names),
        offline=asked.offline,
        page=f"https://huggingface.co/{place.repository}/blob/{place.revision}/{{path}}"
        if isinstance(place, HubPlace)
        else "",
    )
    folder = home() / "publishing"
    with storage(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        made, notes = build(_name(asked, models, place), models, wishes, Path(scratch), progress)
        sent = target.send(made, progress, dry_run)
    notes += _baseless(models, wishes)
    return Published(made, sent, tuple(models), tuple(notes), dry_run)


def _load(asked: Asked, progress: Progress) -> list[Model]:
    models = []
    for name in dict.fromkeys(asked.names):
        progress(f"reading {name}")
        models.append(load(name, asked.base, asked.variants))
    twice = {
        one.name
        for one in models
        if sum(other.name.casefold() == one.name.casefold() for other in models) > 1
    }
    if twice:
        raise InputError(f"two of the models are called {sorted(twice)[0]}: publish them apart")
    return models


def _clear(models: Sequence[Model], asked: Asked) -> list[Model]:
    """All models through the gate; every reason to refuse any of them in one sentence."""
    said = gate.consent(asked.accepted, asked.may_publish, [one.name for one in models])
    cleared, refusals = [], []
    for one in models:
        clearance, found = gate.clear(one.name, one.manifest.card, said)
        cleared.append(one.cleared(clearance))
        refusals += found
    gate.require(refusals)
    return cleared


def _by_name(option: str, given: Sequence[str], names: Sequence[str]) -> list[tuple[str, str]]:
    """`NAME=VALUE`, or a lone VALUE where one model is published. Raises InputError."""
    found = []
    for text in given:
        name, equals, value = text.partition("=")
        if equals and name in names:
            found.append((name, value))
        elif len(names) == 1:
            found.append((names[0], text))
        else:
            raise InputError(f"{option} {text}: say for which model, like {names[0]}=…")
    return found


def _base_models(given: Sequence[str], names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, value in _by_name("--base-model", given, names):
        if not _REPOSITORY.fullmatch(value):
            raise InputError(f"--base-model {value}: a repository of the Hub is wanted, like org/model")
        found[name] = (*found.get(name, ()), value)
    return found


def _baseless(models: Sequence[Model], wishes: Wishes) -> list[str]:
    from zoo.publish.front import hub_sources

    without = [
        one.name for one in models if not hub_sources(one.card) and not wishes.base_models.get(one.name)
    ]
    if not without:
        return []
    return [
        f"{', '.join(without)}: no base_model in the metadata, which takes repositories of the Hub alone, and the source names none; "
        f"if there is one say --base-model {without[0]}=ORG/MODEL"
    ]


def _name(asked: Asked, models: Sequence[Model], place: HubPlace | Path | str) -> str:
    """The publication's: as asked, that of the only model, or the destination's last part."""
    if asked.name:
        if _NAME.search(asked.name) or asked.name.startswith("."):
            raise InputError(
                f"--name {asked.name}: letters, digits, `-`, `_` and `.` are wanted, not a dot first"
            )
        return asked.name
    if len(models) == 1:
        return models[0].name
    last = (
        place.repository
        if isinstance(place, HubPlace)
        else str(place.absolute())
        if isinstance(place, Path)
        else place
    )
    return _NAME.sub("-", last.rstrip("/").rsplit("/", 1)[-1]).strip(".-") or "collection"
