"""Models → the whole publication: every file of every model, an index where they are several, and the sums over all.

`manifest.json` in a publication has for each artifact the hash of the file there as `sha256`, and, where TFLite metadata was written into
it, that of the converted file as `built`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from registry.fetch import origin
from registry.progress import Progress
from zoo.publish import bom, figures, index, legal, readme, shipped
from zoo.publish.model import Model
from zoo.publish.plan import Planned, Publication, of_bytes, publication
from zoo.scores_file import SCORES

SUMS = "SHA256SUMS"


@dataclass(frozen=True)
class Wishes:
    """What the user says besides names. `sources` and `base_models` are by the model's name; `page` is where the files can be read on
    the web, with `{path}` for a file's path (empty: nowhere)."""

    sources: Mapping[str, Path] = field(default_factory=dict)
    base_models: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    offline: bool = False
    page: str = ""


def build(
    name: str, models: Sequence[Model], wishes: Wishes, scratch: Path, progress: Progress
) -> tuple[Publication, list[str]]:
    """The publication, and notes on what could not be in it. Files that are made lie in `scratch` until they are sent."""
    if len(models) == 1:
        one, files = _files(models[0], wishes, "", scratch, progress)
        return publication(name, files), list(one.notes)
    done: list[Model] = []
    every: list[Planned] = []
    for model in models:
        one, files = _files(model, wishes, f"{model.name}/", scratch, progress)
        done.append(one)
        every += [replace(file, path=f"{model.name}/{file.path}") for file in files]
    bases = list(dict.fromkeys(base for model in models for base in wishes.base_models.get(model.name, ())))
    every += [index.page(name, done, bases), index.document(name, done)]
    return publication(name, [*every, sums(every)]), [note for one in done for note in one.notes]


def sums(files: Sequence[Planned]) -> Planned:
    """What `sha256sum --check` reads."""
    lines = [f"{one.sha256}  {one.path}\n" for one in sorted(files, key=lambda one: one.path)]
    return of_bytes(SUMS, "".join(lines).encode(), "hashes of every file, for sha256sum --check")


def _files(
    model: Model, wishes: Wishes, prefix: str, scratch: Path, progress: Progress
) -> tuple[Model, list[Planned]]:
    author = origin(model.card.source) if model.card else ""
    made, artifacts = shipped.shipped(model, scratch, author, progress)
    progress(f"gathering what belongs to {model.name}")
    made, measured = figures.files(made)
    licenses, missing = legal.files(model.card, wishes.sources.get(model.name), wishes.offline, progress)
    if missing:
        made = replace(made, notes=(*made.notes, f"{model.name}: no licence files, {missing}"))
    files = [
        *artifacts,
        shipped.manifest_file(made.manifest),
        *shipped.labels(made),
        *measured,
        *licenses,
        bom.document(made, artifacts),
    ]
    bases = wishes.base_models.get(model.name, ())
    url = wishes.page.format(path=f"{prefix}{SCORES}") if wishes.page else ""
    files.append(readme.page(made, files, bases, url, missing))
    return made, [*files, sums(files)]
