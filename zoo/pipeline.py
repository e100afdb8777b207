"""The route from a card or a model file to every artifact, as one list of stages."""

from collections.abc import Callable
from dataclasses import dataclass

from zoo.run import Run


@dataclass(frozen=True)
class Stage:
    """A step of the route. It is skipped where all targets it works for are finished or not wanted."""

    name: str
    work: Callable[[Run], None]
    makes: tuple[str, ...]
