"""Which models many conversions are about: names, cards by task or all of them, and lists in files."""

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from registry import catalog
from registry.card import Card
from registry.card_file import SUFFIXES, is_card_file
from registry.errors import InputError, ZooError
from zoo import naming

_LISTS = (*SUFFIXES, ".json")


@dataclass(frozen=True)
class Entry:
    """One model asked for: as it was written, its card and qualified name, or why there is none."""

    text: str
    card: Card | None = None
    error: ZooError | None = None
    qualified: str = ""

    @property
    def name(self) -> str:
        return self.qualified or self.text


def gather(names: Sequence[str], every: bool, task: str | None, listed: Path | None) -> tuple[Entry, ...]:
    """The models in order, each once. A card that cannot be read is an entry with its error: the others go on.

    Raises InputError where nothing is asked for, for a list that cannot be read, a task that no card has, and two cards of one name.
    """
    texts = [*names, *(_listed(listed) if listed is not None else ()), *_by_task(every, task)]
    if not texts:
        raise InputError("no model is named: give names, --task, --from FILE or --all")
    entries = [_entry(text) for text in dict.fromkeys(texts)]
    by_name: dict[str, Entry] = {}
    for one in entries:
        other = by_name.setdefault(one.name, one)
        if other is not one and other.card != one.card:
            raise InputError(
                f"`{other.text}` and `{one.text}` are both called `{one.name}`, so they would share one folder: "
                "rename a card or convert them into two --out folders"
            )
    return tuple(by_name.values())


def _entry(text: str) -> Entry:
    try:
        name, card = naming.qualified(text)
        return Entry(text, card=card, qualified=name)
    except ZooError as error:
        return Entry(text, error=error)


def _by_task(every: bool, task: str | None) -> Iterable[str]:
    if not every and task is None:
        return []
    cards = catalog.summaries()
    found = [one.name for one in cards if task is None or one.task == task]
    if not found:
        known = ", ".join(sorted({one.task for one in cards}))
        raise InputError(f"--task {task}: no card has this task; there are {known}")
    return found


def _listed(path: Path) -> list[str]:
    """The models of a list; relative card paths in it start at its folder. `-` is standard input, where they start here."""
    try:
        content = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise InputError(f"the list {path} cannot be read: {error.strerror}") from error
    texts = (_from_document if path.suffix.lower() in _LISTS else _from_lines)(content, str(path))
    if not texts:
        raise InputError(f"the list {path} names no model: one name or card path a line")
    return [str(path.parent / Path(text).expanduser()) if is_card_file(text) else text for text in texts]


def _from_lines(content: bytes, where: str) -> list[str]:
    """One a line; `#` begins a comment at the start of a line or after a space."""
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"the list {where} is not UTF-8 text (byte {error.start})") from error
    bare = (re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip() for line in lines)
    return [text for text in bare if text]


def _from_document(content: bytes, where: str) -> list[str]:
    """A YAML or JSON list of texts."""
    from registry import card_yaml

    data, lines = card_yaml.parse(content, where)
    if not isinstance(data, list):
        raise InputError(
            f"{where} is no list of models: a YAML or JSON list of names and card paths is needed"
        )
    for position, one in enumerate(data):
        if not isinstance(one, str) or not one.strip():
            raise InputError(
                f"{where}, line {lines.at((position,))}: a card's name or path is needed, as text"
            )
    return [one.strip() for one in data]
