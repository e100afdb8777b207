"""`zoo registry check`: which cards, and what an error among them means for the command."""

from importlib.resources import files
from pathlib import Path

import msgspec

from registry import card_check, card_index
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
    """Every card checked as it stands; of the shipped ones also whether their index is of them."""
    found = card_check.check(cards(places), progress)
    if places or card_index.is_current():
        return found
    stale = f"{card_index.PACKAGED} beside the cards is not of these cards: python -m registry.card_index writes it."
    return msgspec.structs.replace(found, errors=(*found.errors, stale))


def exit_code(found: Checked) -> int:
    """That of bad input where a card is wrong."""
    return InputError.exit_code if found.errors else 0
