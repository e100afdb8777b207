"""How a card's file is named."""

from pathlib import Path

SUFFIXES = (".yaml", ".yml")


def is_card_file(path: str | Path) -> bool:
    """Whether a path, by its ending, is a card's file and not a card's name."""
    return str(path).lower().endswith(SUFFIXES)


def with_suffix(name: str) -> str:
    """The file that a name without an ending means."""
    return name if is_card_file(name) else f"{name}{SUFFIXES[0]}"
