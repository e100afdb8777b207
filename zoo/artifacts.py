"""Finding the artifacts that a command works on: by a card's name, a folder with a manifest, or a file."""

from pathlib import Path

from registry.errors import InputError
from registry.types import Artifact, Manifest
from zoo import naming
from zoo.targets import Target
from zoo.workspace import MANIFEST, read_manifest


def converted(text: str, out: Path | None = None) -> tuple[Path, Manifest]:
    """The folder of a conversion and its manifest: `text` is that folder, or the name it was converted under.

    Raises InputError where nothing was converted there.
    """
    folder = out if out is not None else naming.converted_folder(text)
    if not (folder / MANIFEST).is_file():
        raise InputError(
            f"nothing is converted in {folder}: run `zoo convert {text}` first, or say where with --out"
        )
    return folder, read_manifest(folder)


def select(manifest: Manifest, targets: tuple[Target, ...] | None) -> tuple[Artifact, ...]:
    """The manifest's artifacts of these targets; None is all. Raises InputError for a target that was not made."""
    if targets is None:
        return manifest.artifacts
    by_target = {artifact.target: artifact for artifact in manifest.artifacts}
    missing = [target.name for target in targets if target.name not in by_target]
    if missing:
        raise InputError(
            f"{manifest.name} has no {', '.join(missing)}; there are {', '.join(by_target) or 'none'}"
        )
    return tuple(by_target[target.name] for target in targets)


def tflite_files(text: str, out: Path | None = None) -> list[Path]:
    """The .tflite files that a name, a folder or a file stands for. Raises InputError where there are none."""
    path = Path(text)
    if path.suffix == ".tflite":
        if not path.is_file():
            raise InputError(f"{path} does not exist")
        return [path]
    folder, manifest = converted(text, out)
    found = [folder / artifact.path for artifact in manifest.artifacts if artifact.path.endswith(".tflite")]
    if not found:
        raise InputError(f"{folder} holds no .tflite artifact: run `zoo convert {text} --to float32` first")
    return found
