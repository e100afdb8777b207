"""The licence files that go along: LICENSE, COPYING, NOTICE and the like from the source's checkout."""

import importlib.metadata
import re
from pathlib import Path

from registry.card import Card
from registry.errors import InputError, ZooError
from registry.fetch import origin
from registry.home import home
from registry.progress import Progress
from registry.store import Store
from zoo import sources
from zoo.publish.plan import Planned, of_bytes, of_file
from zoo.request import Access

FOLDER = "licenses"
_NAMES = re.compile(
    r"(licen[cs]e|copying|copyright|notice|patents|authors|eula)([-_.].{1,40})?", re.IGNORECASE
)
_PLAIN = re.compile(r"[A-Za-z0-9._+ -]*[A-Za-z0-9_+-]")
_FOLDERS = ("", "LICENSES", "licenses", "LICENSE")
"""Where projects keep them: at the top, and as reuse.software has it."""
_LARGEST = 1 << 20


def files(
    card: Card | None, source: Path | None, offline: bool, progress: Progress
) -> tuple[list[Planned], str]:
    """The licence files of a card's source, under `licenses/`, and why there are none where there are none.

    `source` is the user's own checkout. Raises InputError where that is no folder.
    """
    if source is not None and not source.is_dir():
        raise InputError(f"--source {source}: there is no such folder")
    if card is None:
        return (
            ([], "the model was converted from a file of its own") if source is None else (_found(source), "")
        )
    if source is None and card.source.package is not None:
        return _of_this_package(card.source.package), ""
    folder, why = (source, "") if source is not None else _checkout(card, offline, progress)
    if folder is None:
        return [], why
    found = _found(folder)
    return found, "" if found else f"{origin(card.source)} holds no licence file"


def _checkout(card: Card, offline: bool, progress: Progress) -> tuple[Path | None, str]:
    """The source fetched before, or fetched now."""
    from registry.fetch.sources import kept

    if card.source.path is not None:
        folder = Path(card.source.path)
        return (folder, "") if folder.is_dir() else (None, f"the source folder {folder.name} is not here")
    here = kept(Store(home()), origin(card.source))
    if here is not None:
        return here.path, ""
    if offline or card.entry.model is not None:
        return None, f"{origin(card.source)} is not here; give its checkout with --source {card.name}=DIR"
    try:
        fetched = sources.fetch(card, Access(), progress)
    except ZooError as error:
        return None, str(error)
    return fetched.checkout, "" if fetched.checkout else f"{origin(card.source)} has no checkout"


def _found(folder: Path) -> list[Planned]:
    """Regular files of reasonable size alone: a link in a checkout may lead anywhere."""
    found = []
    for name in _FOLDERS:
        inside = folder / name
        if inside.is_symlink() or not inside.is_dir():
            continue
        for path in sorted(inside.iterdir()):
            if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST:
                continue
            if _PLAIN.fullmatch(path.name) and (name or _NAMES.fullmatch(path.name)):
                shown = f"{FOLDER}/{f'{name}/' if name else ''}{path.name}"
                found.append(of_file(shown, path, "licence file of the source"))
    return list({one.path.casefold(): one for one in found}.values())


def _of_this_package(data: str) -> list[Planned]:
    """The project's own licence, and the notices beside the packaged data."""
    from registry.samples import packaged

    text = importlib.metadata.distribution("zoo").read_text("licenses/LICENSE")
    own = [of_bytes(f"{FOLDER}/LICENSE", text.encode(), "licence of the packaged model")] if text else []
    return own + _found(packaged(data))
