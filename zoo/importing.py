"""`zoo registry import`: facts files in, cards out."""

from dataclasses import dataclass
from pathlib import Path

from registry.errors import InputError
from registry.progress import Progress


@dataclass(frozen=True)
class Done:
    """What became of one facts file. `skipped`: what is no card, and why."""

    namespace: str
    cards: int
    changed: int
    skipped: dict[str, str]


def run(facts: list[Path], to: Path, progress: Progress) -> tuple[Done, ...]:
    """Raises InputError for what is no facts file, before anything of it is written; StorageError."""
    from registry.importing import cards_of, write

    done = []
    for path in facts:
        progress(f"importing {path.name}")
        try:
            text = path.read_bytes()
        except OSError as error:
            raise InputError(f"The facts {path} cannot be read: {error.strerror}.") from error
        imported = cards_of(text, str(path))
        changed = write(imported, to)
        cards = sum(not name.startswith("_") for name in imported.cards)
        done.append(Done(imported.namespace, cards, len(changed), imported.skipped))
    return tuple(done)
