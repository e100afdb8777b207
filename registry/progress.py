"""How long work tells how far it is; the application decides how that looks."""

from typing import Protocol


class Progress(Protocol):
    """Called with what is being done, how much is done and, where known, the total (both in the same unit: bytes or items)."""

    def __call__(self, what: str, done: int = 0, total: int | None = None) -> None: ...


def silent(what: str, done: int = 0, total: int | None = None) -> None:
    """The progress sink that shows nothing."""
