"""A card's ready model file on this disk, with all that belongs to it beside it."""

from pathlib import Path

from registry.card import Card
from registry.errors import InputError
from registry.fetch import Fetched

_SHOWN = 8
"""Files of an archive that an error lists."""


def ready(card: Card, fetched: Fetched, folder: Path) -> Path:
    """The file that `entry.model` names. Several weights of one model (.xml and .bin) are linked into `folder` under their names.

    Raises InputError where it is none of the weights, or not in the archive that should hold it.
    """
    model, files = card.entry.model or "", fetched.files
    if model not in files:
        return _inside(card, fetched, model)
    if len(files) == 1:
        return files[model]
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in files.items():
        link = folder / name
        if not link.is_symlink():
            link.symlink_to(path.resolve())
    return folder / model


def _inside(card: Card, fetched: Fetched, model: str) -> Path:
    packed = [one.file for one in card.weights if one.unpack]
    for name in packed:
        if fetched.files[name].is_file():  # the user's own model in the archive's place
            return fetched.files[name]
        path = fetched.files[name] / model
        if path.exists():
            return path.parent if path.name == "saved_model.pb" else path
    if not packed:
        raise InputError(f"The card's entry names the model file {model}, which is none of its weights.")
    held = sorted(
        str(path.relative_to(fetched.files[name]))
        for name in packed
        for path in fetched.files[name].rglob("*")
        if path.is_file()
    )
    more = f" and {len(held) - _SHOWN} more" if len(held) > _SHOWN else ""
    raise InputError(
        f"The card's entry names the model file {model}, which is not in {', '.join(packed)}: "
        f"there are {', '.join(held[:_SHOWN])}{more}."
    )
