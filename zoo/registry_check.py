"""`zoo registry check`: which cards, and what an error among them means for the command."""

from importlib.resources import files
from pathlib import Path

from registry import card_check
from registry.card_check import Checked
from registry.errors import InputError
from registry.progress import Progress


def cards(places: list[Path] | None) -> list[Path]:
    """The card files that are meant; none named: those of the package. Raises InputError where there are none."""
    shipped = Path(str(files("registry"))) / "cards"
    found = card_check.files(places or [shipped])
    if not found:
        raise InputError(f"There are no cards (.yaml) in {', '.join(map(str, places or [shipped]))}.")
    return found


def offline(places: list[Path] | None, progress: Progress) -> Checked:
    """Every card checked as it stands."""
    return card_check.check(cards(places), progress)


def exit_code(found: Checked) -> int:
    """That of bad input where a card is wrong."""
    return InputError.exit_code if found.errors else 0
