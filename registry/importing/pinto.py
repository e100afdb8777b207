"""PINTO_model_zoo's folders as an index: nobody has checksums of what they download, so they are no cards."""

import re
from typing import Any

import msgspec

from registry.importing.facts import Pinto, PintoFolder
from registry.indexes import Entry, Index

_ADDRESS = re.compile(r"https?://[\w.-]+(:\d+)?/[\w./~%?=&+,:@#-]+")
_EMPTY_DRIVE = re.compile(r"https://drive\.google\.com/uc\?export=download&?(id=)?")
"""The beginning of a Drive address whose id a script put together."""


def index(known: Pinto) -> bytes:
    """The index as JSON with one entry a line."""
    entries = [_entry(one) for one in sorted(known.models, key=lambda one: one.dir)]
    whole = Index(source=known.source, commit=known.commit, entries=tuple(entries))
    lines = ",\n".join(msgspec.json.encode(one).decode() for one in whole.entries)
    head = msgspec.json.encode({"source": whole.source, "commit": whole.commit}).decode().rstrip("}")
    return f'{head},"entries":[\n{lines}\n]}}\n'.encode()


def _entry(one: PintoFolder) -> Entry:
    number, _, name = one.dir.partition("_")
    said: dict[str, Any] = {"category": one.category} if one.category else {}
    return Entry(
        number=number,
        name=name,
        formats=tuple(one.formats or ()),
        licence_file=one.licence_file,
        upstream=_addresses(one.upstream),
        downloads=_addresses(one.downloads),
        **said,
    )


def _addresses(texts: list[str]) -> tuple[str, ...]:
    """Those that are whole addresses: what a script puts together while it runs (`${id}`, backticks) is none."""
    whole = (text for text in texts if _ADDRESS.fullmatch(text) and not _EMPTY_DRIVE.fullmatch(text))
    return tuple(dict.fromkeys(whole))
