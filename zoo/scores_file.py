"""The scores beside a manifest: figures with their intervals, as `zoo eval` leaves them."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from registry.disk import write_atomic
from registry.types import Manifest, Score

SCORES = "scores.json"
SOURCE = "source"
"""What scores and results call the source model itself."""


class Scores(msgspec.Struct, frozen=True):
    """What `scores.json` holds."""

    name: str
    scores: tuple[Score, ...]
    version: int = 1


def read(folder: Path) -> tuple[Score, ...]:
    """The scores beside a manifest; none where there are none that can be read."""
    try:
        return msgspec.json.decode((folder / SCORES).read_bytes(), type=Scores).scores
    except (OSError, msgspec.DecodeError):
        return ()


def write(folder: Path, manifest: Manifest, found: Sequence[Score]) -> None:
    """Adds scores to those beside the manifest; what belongs to bytes that are no longer there goes. Raises StorageError."""
    now = {artifact.target: artifact.sha256 for artifact in manifest.artifacts}
    old = [one for one in read(folder) if one.artifact == SOURCE or now.get(one.artifact) == one.sha256]
    merged = {_identity(one): one for one in (*old, *found)}
    document = Scores(manifest.name, tuple(merged.values()))
    write_atomic(folder / SCORES, msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")


def _identity(score: Score) -> tuple[str, str, str]:
    return score.artifact, score.metric, score.data
