"""The source model's answers: sample inputs with the outputs that every artifact is compared with, kept for later runs.

All arrays are in the source's own terms (its names and layouts). Kept under ZOO_HOME by the hash of what decides them, so that
`zoo verify` and a resumed run need neither PyTorch nor the source model again.
"""

import json
import os
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Reference:
    """One set of inputs and what the source model makes of it. `inputs_name` says what the set is: `seeded`, `real`, …"""

    inputs_name: str
    inputs: dict[str, Array]
    outputs: dict[str, Array]


def save(references: tuple[Reference, ...], path: Path) -> None:
    """Writes an .npz of the arrays and an index of their names; atomically."""
    arrays: dict[str, Array] = {}
    index = []
    for reference in references:
        entry: dict[str, Any] = {"inputs_name": reference.inputs_name}
        for kind, values in (("inputs", reference.inputs), ("outputs", reference.outputs)):
            entry[kind] = {name: f"a{len(arrays) + place}" for place, name in enumerate(values)}
            arrays |= {entry[kind][name]: value for name, value in values.items()}
        index.append(entry)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, staged = tempfile.mkstemp(prefix=".staged-", suffix=".npz", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, index=np.array(json.dumps(index)), **arrays)
        Path(staged).replace(path)
    except BaseException:
        Path(staged).unlink(missing_ok=True)
        raise


def load(path: Path) -> tuple[Reference, ...] | None:
    """What `save` wrote; None where it is not there or damaged (it is then made again)."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            return tuple(
                Reference(
                    entry["inputs_name"],
                    {name: archive[key] for name, key in entry["inputs"].items()},
                    {name: archive[key] for name, key in entry["outputs"].items()},
                )
                for entry in json.loads(str(archive["index"]))
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None
