"""What publishing has to say, as tables and sentences."""

from typing import TYPE_CHECKING

from zoo.report import Table

if TYPE_CHECKING:
    from zoo.publish.rebuilding import Rebuilt


def rebuilt(found: "Rebuilt") -> tuple[str | Table, ...]:
    """One row an artifact, then what differs besides."""
    rows = tuple(
        (one.model, one.target, one.path, one.recorded[:12], one.rebuilt[:12], one.difference or "the same")
        for one in found.artifacts
    )
    columns = ("model", "target", "file", "recorded", "rebuilt", "compared")
    same = sum(one.same for one in found.artifacts)
    return (
        Table(columns, rows, found.name),
        *(f"{path} is not the file that the lock names" for path in found.damaged),
        *(f"another version: {line}" for line in found.versions),
        *(f"note: {note}" for note in found.notes),
        *(f"kept in {folder}" for folder in found.folders.values()),
        f"{same} of {len(found.artifacts)} artifacts are the same to the last byte",
    )
