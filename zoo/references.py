"""The source model's answers: sample inputs and the outputs that every artifact is compared with, kept for later runs.

All arrays are in the source's own terms (its names and layouts), by set of inputs (`seeded`, …) and tensor name. They are kept in a
folder under ZOO_HOME named by the hash of what decides them, so that `zoo verify` and a resumed run need neither PyTorch nor the
source model again.
"""

import hashlib
import os
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Sets = dict[str, dict[str, Array]]
"""Set of inputs → tensor name → array."""


def save(sets: Sets, path: Path) -> None:
    """Writes an .npz with keys `<set>/<tensor name>`; atomically. Set names hold no slash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {
        f"{name}/{tensor}": array for name, tensors in sets.items() for tensor, array in tensors.items()
    }
    handle, staged = tempfile.mkstemp(prefix=".staged-", suffix=".npz", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        Path(staged).replace(path)
    except BaseException:
        Path(staged).unlink(missing_ok=True)
        raise


def digest(sets: Sets) -> str:
    """The hash of the arrays with their names, shapes and types."""
    whole = hashlib.sha256()
    for name, tensors in sets.items():
        for tensor, array in tensors.items():
            whole.update(f"{name}/{tensor} {array.dtype} {array.shape}\0".encode())
            whole.update(np.ascontiguousarray(array).data)
    return whole.hexdigest()


def load(path: Path) -> Sets | None:
    """What `save` wrote; None where it is not there or damaged (it is then made again)."""
    found: Sets = {}
    try:
        with np.load(path, allow_pickle=False) as archive:
            for key in archive.files:
                name, _, tensor = key.partition("/")
                found.setdefault(name, {})[tensor] = archive[key]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None
    return found
