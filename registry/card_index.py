"""The cards of a shelf in one line each, without parsing them all: an index beside the shipped cards, and one under ZOO_HOME for others.

Parsing a card takes about a millisecond, reading an index of a thousand some milliseconds. An index is used for those files whose size
and time of change are still the ones it was made from; the shipped one, whose files get new times when they are installed, for all or
none, by their sizes. What is damaged, or was written by another version, is made anew; a home that cannot be written costs time alone.
`python -m registry.card_index` writes the shipped one.
"""

import hashlib
import os
import re
import time
from pathlib import Path

import msgspec

from registry.card_file import with_suffix
from registry.errors import ZooError
from registry.home import home
from registry.shelves import Shelf, Stamp, shipped
from registry.summary import Summary

PACKAGED = "index.json"
_TICK_NS = 20_000_000
_COARSE_TICK_NS = 2_000_000_000
"""A file that was changed within one tick of its file system's clock before it was read may have been changed again within the same: it
is read once more. Clocks tick at least every 10 ms, those of whole seconds (FAT, HFS+) every second or two."""
_EXTENDS = re.compile(rb"^extends:\s*[\"']?([^\s\"'#]+)", re.MULTILINE)
_MOST_BASES = 16


class _Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """One file: what it was, and what it said."""

    stamp: Stamp
    summary: Summary
    needs: dict[str, Stamp | None] = {}
    """Other files that the card is made of (those it extends) → what they were; None is not there."""


class _Index(msgspec.Struct, frozen=True):
    """`reader` names the code that made it; `written` is in nanoseconds since 1970."""

    reader: str
    written: int
    rows: dict[str, _Row]


def summaries(shelf: Shelf) -> list[Summary]:
    """One line for each card of the shelf, under its qualified name, sorted; a card with an error among them as such."""
    rows = _current(shelf)
    return [
        msgspec.structs.replace(row.summary, name=shelf.name(file), provenance=shelf.provenance)
        for file, row in rows.items()
    ]


def packaged_index() -> bytes:
    """The index of the shipped cards as it should lie beside them: it depends on their content alone."""
    rows = {
        file: msgspec.structs.replace(_read(shipped(), file, stamp), stamp=Stamp(stamp.size, 0), needs={})
        for file, stamp in shipped().stamps().items()
    }
    index = msgspec.json.encode(_Index("", 0, rows))
    return msgspec.json.format(index, indent=0).replace(b"\n", b" ").replace(b"}}, ", b"}},\n") + b"\n"


def is_current() -> bool:
    """Is the index that lies beside the shipped cards the one that should? Reads all cards."""
    try:
        return (shipped().folder / PACKAGED).read_bytes() == packaged_index()
    except OSError:
        return False


def _current(shelf: Shelf) -> dict[str, _Row]:
    stamps = shelf.stamps()
    if shelf.provenance == "shipped":
        packaged = _load(shelf.folder / PACKAGED)
        sizes = {file: stamp.size for file, stamp in stamps.items()}
        if packaged is not None and {file: row.stamp.size for file, row in packaged.rows.items()} == sizes:
            return packaged.rows
    return _cached(shelf, stamps)


def _cached(shelf: Shelf, stamps: dict[str, Stamp]) -> dict[str, _Row]:
    """The rows of these files, out of the index under ZOO_HOME where they are the same; that is written anew where they are not."""
    key = hashlib.sha256(os.fsencode(shelf.folder)).hexdigest()[:32]
    place = home() / "index" / f"{key}.json"
    reader = _reader()
    index = _load(place)
    if index is None or index.reader != reader:
        index = _Index(reader, 0, {})
    written = time.time_ns()
    same = {file: row for file, row in index.rows.items() if _fits(row, stamps.get(file), index.written)}
    rows = {file: same.get(file) or _read(shelf, file, stamp) for file, stamp in stamps.items()}
    if len(same) != len(rows) or len(index.rows) != len(rows):
        _keep(place, _Index(reader, written, rows))
    return rows


def _fits(row: _Row, stamp: Stamp | None, written: int) -> bool:
    """Is the row about the files as they are now?"""
    if row.stamp != stamp:
        return False
    if any(_stamp(Path(path)) != known for path, known in row.needs.items()):
        return False
    return all(_settled(one.modified, written) for one in (row.stamp, *row.needs.values()) if one)


def _settled(modified: int, written: int) -> bool:
    coarse = modified % 1_000_000_000 == 0
    return modified < written - (_COARSE_TICK_NS if coarse else _TICK_NS)


def _read(shelf: Shelf, file: str, stamp: Stamp) -> _Row:
    from registry import catalog, summary

    try:
        found = summary.of_card(catalog.load_from(shelf, shelf.folder / file))
    except ZooError as error:
        found = Summary(name=Path(file).stem, error=str(error).replace(f"{shelf.folder}{os.sep}", ""))
    return _Row(stamp, found, _bases(shelf.folder / file))


def _bases(file: Path) -> dict[str, Stamp | None]:
    """The cards that this one extends, and those that they do."""
    found: dict[str, Stamp | None] = {}
    while len(found) < _MOST_BASES:
        try:
            match = _EXTENDS.search(file.read_bytes())
        except OSError:
            break
        if match is None:
            break
        named = match[1].decode("utf-8", "replace")
        file = (file.parent / with_suffix(named)).resolve()
        if str(file) in found:
            break
        found[str(file)] = _stamp(file)
    return found


def _stamp(path: Path) -> Stamp | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return Stamp(stat.st_size, stat.st_mtime_ns)


def _load(path: Path) -> _Index | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Index)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def _keep(place: Path, index: _Index) -> None:
    import contextlib

    from registry.disk import write_atomic

    with contextlib.suppress(ZooError, OSError):
        write_atomic(place, msgspec.json.encode(index))


def _reader() -> str:
    """What tells this code from another version's: sizes and times of the files that read cards."""
    folder = Path(__file__).parent
    names = sorted(
        {*folder.glob("card*.py"), folder / "summary.py", folder / "catalog.py", folder / "shelves.py"}
    )
    return hashlib.sha256(repr([(path.name, _stamp(path)) for path in names]).encode()).hexdigest()[:32]


if __name__ == "__main__":
    (shipped().folder / PACKAGED).write_bytes(packaged_index())
