"""`zoo rebuild`: the artifacts again from a lock's inputs, and whether they are the same to the last byte.

Every conversion is made anew, with a home of its own: nothing that an earlier one kept takes part.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from registry.disk import storage
from registry.errors import InputError
from registry.home import VARIABLE
from registry.progress import Progress, silent
from registry.types import Artifact, CalibrationRecord, Recovery
from zoo import answering, pipeline, recovery, workspace
from zoo.publish import alike, ingredients, installing, lock, recipe, surroundings
from zoo.publish.copying import has
from zoo.publish.ingredients import Offered
from zoo.publish.lock import LOCK, Lock, Model, Output
from zoo.request import Access
from zoo.run import key
from zoo.sources import Confirm
from zoo.targets import BY_NAME, Target

DIFFERENT = 6
"""Exit code, as for an artifact that differs from its source model."""


@dataclass(frozen=True)
class Compared:
    """One artifact: as recorded and as rebuilt. `difference` is empty where they are the same, else says where they part."""

    model: str
    target: str
    path: str
    recorded: str
    rebuilt: str
    difference: str = ""

    @property
    def same(self) -> bool:
        return not self.difference


@dataclass(frozen=True)
class Rebuilt:
    """`damaged`: files of the publication that are not what its lock says. `versions`: what is of another version than recorded."""

    name: str
    artifacts: tuple[Compared, ...]
    damaged: tuple[str, ...]
    versions: tuple[str, ...]
    notes: tuple[str, ...]
    folders: dict[str, Path]

    @property
    def exit_code(self) -> int:
        return 0 if all(one.same for one in self.artifacts) and not self.damaged else DIFFERENT


@dataclass(frozen=True)
class Wish:
    """What the user says besides the lock. `targets` None is all; without `keep` it is only compared.

    `files` are inputs known by their hashes, `checkouts` source code; `access` is the rest of it.
    """

    files: tuple[Path, ...] = ()
    checkouts: tuple[Path, ...] = ()

    access: Access = field(default_factory=Access)
    samples: Path | None = None
    targets: tuple[Target, ...] | None = None
    keep: bool = False
    out: Path | None = None


def rebuild(
    text: Path, wish: Wish, progress: Progress = silent, confirm: Confirm = lambda _: False
) -> Rebuilt:
    """Makes the artifacts of a publication's folder, or of a lock file, again.

    Raises InputError for a lock that is none, for inputs that are others or missing, and where `out` is taken; what a conversion raises.
    """
    folder, found = _read(text)
    chosen = [(model, outputs) for model in found.models if (outputs := _outputs(model, wish.targets))]
    if not chosen:
        asked = " of these targets" if wish.targets else ""
        raise InputError(f"{text}: its {LOCK} names no artifact{asked} to rebuild.")
    places = (
        {model.name: _place(wish.out, model.name, len(chosen)) for model, _ in chosen} if wish.keep else {}
    )
    for place in places.values():
        _require_free(place)
    given = ingredients.offered(wish.files, wish.checkouts, [model for model, _ in chosen])
    done: list[_Done] = []
    with tempfile.TemporaryDirectory(prefix="zoo-rebuild-") as base:
        for number, (model, outputs) in enumerate(chosen):
            scratch = Path(base) / str(number)
            done.append(_model(model, outputs, wish, given, scratch, folder, progress, confirm))
            if model.name in places:
                _keep(scratch / "made", places[model.name])
    versions = [
        *surroundings.differences(found.environment, surroundings.here()),
        *(line for one in done for line in one.versions),
    ]
    return Rebuilt(
        name=found.name,
        artifacts=tuple(artifact for one in done for artifact in one.artifacts),
        damaged=_damaged(folder, found) if folder else (),
        versions=tuple(dict.fromkeys(versions)),
        notes=tuple(note for one in done for note in one.notes),
        folders=places,
    )


@dataclass
class _Done:
    artifacts: list[Compared]
    versions: list[str]
    notes: list[str]


def _model(
    model: Model,
    outputs: tuple[Output, ...],
    wish: Wish,
    offered: Offered,
    scratch: Path,
    folder: Path | None,
    progress: Progress,
    confirm: Confirm,
) -> _Done:
    """One model into `scratch / "made"`, in as many conversions as its calibrations take."""
    given, notes = ingredients.gather(model, offered, wish.access, scratch / "inputs", progress, confirm)
    done = _Done([], [], list(notes))
    card, made = ingredients.card(model), scratch / "made"
    for asked in recipe.recipes(model, _plain(outputs)):
        if asked.samples_of_user and wish.samples is None:
            raise InputError(_samples_missing(model, asked))
        request = recipe.request(asked, card, replace(given, samples=wish.samples), made)
        with _home_of_its_own(scratch):
            manifest = pipeline.run(request, progress, confirm).manifest
            decides = key(manifest.inputs, manifest.card, manifest.options)
            answers = answering.kept(decides)
        if answers is not None:  # what `zoo verify` compares a pulled publication with
            answering.keep(answers, decides)
        by_target = {one.target: one for one in manifest.artifacts}
        for output in outputs:
            if output.target in asked.targets:
                artifact = by_target[output.target]
                done.artifacts.append(_compared(model, output, artifact, made, folder))
                done.versions += surroundings.version_differences(output.tools, artifact.tools)
                if output.calibration and not _alike(output.calibration, artifact.calibration):
                    done.notes.append(f"{model.name}: {output.target} was calibrated on other samples")
    for output in outputs:
        if output.recovery is not None:
            _remake(model, output, output.recovery, wish.samples, made, scratch, folder, progress, done)
    return done


def _plain(outputs: tuple[Output, ...]) -> list[tuple[str, CalibrationRecord | None]]:
    """What a conversion makes: all but the variants of a recipe, which start from the float32 one."""
    plain = [(one.target, one.calibration) for one in outputs if one.recovery is None]
    if len(plain) < len(outputs) and "float32" not in dict(plain):
        plain.insert(0, ("float32", None))
    return plain


def _remake(
    model: Model,
    output: Output,
    found: Recovery,
    samples: Path | None,
    made: Path,
    scratch: Path,
    folder: Path | None,
    progress: Progress,
    done: _Done,
) -> None:
    """A variant of mixed precision by its recipe."""
    asked = recipe.Recipe(
        model.name, model.card, model.inputs, model.options, (output.target,), output.calibration
    )
    if asked.samples_of_user and samples is None:
        raise InputError(_samples_missing(model, asked))
    with _home_of_its_own(scratch):
        artifact = recovery.remade(made, found, recipe.calibrating(asked, samples), progress)
    done.artifacts.append(_compared(model, output, artifact, made, folder))
    done.versions += surroundings.version_differences(output.tools, artifact.tools)


def _samples_missing(model: Model, asked: recipe.Recipe) -> str:
    return (
        f"{model.name}: {', '.join(asked.targets)} were calibrated on your own `{asked.samples_of_user}`: give it with "
        "--calibrate, or leave them out with --to."
    )


def _read(path: Path) -> tuple[Path | None, Lock]:
    """The publication's folder, where there is one, and the lock."""
    if path.is_dir():
        return path, installing.read(path)
    if not path.is_file():
        raise InputError(f"{path} does not exist: name a publication's folder or its {LOCK}.")
    if path.stat().st_size > lock.LARGEST:
        raise InputError(f"{path} has {path.stat().st_size:,} bytes, more than any lock.")
    found = lock.parse(path.read_bytes(), str(path))
    beside = (
        path.parent
        if path.name == LOCK and all((path.parent / one).is_file() for one in found.files)
        else None
    )
    return beside, found


def _outputs(model: Model, targets: tuple[Target, ...] | None) -> tuple[Output, ...]:
    unknown = [one.target for one in model.outputs if one.target not in BY_NAME]
    if unknown:
        raise InputError(
            f"The lock names a target of {model.name} that this zoo does not know: {unknown[0]}."
        )
    wanted = None if targets is None else {one.name for one in targets}
    return tuple(one for one in model.outputs if wanted is None or one.target in wanted)


def _compared(model: Model, output: Output, artifact: Artifact, made: Path, folder: Path | None) -> Compared:
    """By hash as converted; where publishing added metadata, the published file must be the rebuilt one but for that."""
    rebuilt = made / artifact.path
    recorded = folder / model.folder / output.path if folder else None
    said = ""
    if artifact.sha256 != output.sha256:
        where = alike.difference(rebuilt, recorded) if recorded else ""
        said = f"other bytes{f': {where}' if where else ''}"
    elif (
        recorded is not None
        and output.published != output.sha256
        and not alike.but_for_metadata(rebuilt, recorded)
    ):
        said = "the published file is another model than the one converted, not only by its metadata"
    return Compared(model.name, output.target, output.path, output.sha256, artifact.sha256, said)


def _damaged(folder: Path, found: Lock) -> tuple[str, ...]:
    return tuple(path for path, one in found.files.items() if not has(folder / path, one.sha256, one.size))


@contextmanager
def _home_of_its_own(scratch: Path) -> Iterator[None]:
    """ZOO_HOME in the scratch folder, for the child processes too."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(scratch / "home")
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


def _alike(wanted: CalibrationRecord, found: CalibrationRecord | None) -> bool:
    """Same samples and method, however that was come by."""
    return found is not None and msgspec.structs.replace(found, chosen=wanted.chosen) == wanted


def _place(out: Path | None, name: str, count: int) -> Path:
    if out is None:
        return workspace.default_folder(name)
    return out if count == 1 else out / name


def _require_free(place: Path) -> None:
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise InputError(
            f"{place} holds something already: name another --out, or only compare with --check."
        )


def _keep(made: Path, place: Path) -> None:
    """Puts what was rebuilt in its place, whole or not at all."""
    with installing.held(place.absolute()) as staging:
        with storage(staging):
            shutil.copytree(made, staging, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".zoo-*"))
        installing.install(staging, place.absolute())
