"""How two files of one artifact differ: whether a .tflite file is another but for its metadata, and where the rest parts ways."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from zoo.publish.copying import CHUNK

_METADATA = b"TFLITE_METADATA"


def but_for_metadata(one: Path, other: Path) -> bool:
    """Whether two .tflite files hold the same graphs with the same numbers, whatever their TFLite metadata and associated files."""
    first, second = _read(one), _read(other)
    return first is not None and second is not None and _same(first, second)


def difference(rebuilt: Path, recorded: Path) -> str:
    """In words, where a rebuilt file or folder is another than the recorded one; empty where it is the same."""
    if not recorded.exists():
        return "the recorded file is not here to compare with"
    if rebuilt.is_dir() or recorded.is_dir():
        return _parts(_folder(rebuilt), _folder(recorded))
    if rebuilt.suffix == ".tflite" and but_for_metadata(rebuilt, recorded):
        return ""
    if zipfile.is_zipfile(rebuilt) and zipfile.is_zipfile(recorded):
        inside = _parts(_archive(rebuilt), _archive(recorded))
        return inside or "the members are the same, the archives around them are not"
    with rebuilt.open("rb") as ours, recorded.open("rb") as theirs:
        place = 0
        while True:
            mine, his = ours.read(CHUNK), theirs.read(CHUNK)
            if mine != his:
                alike = next(
                    (n for n, (a, b) in enumerate(zip(mine, his, strict=False)) if a != b),
                    min(len(mine), len(his)),
                )
                return f"the first other byte is at {place + alike:,}"
            if not mine:
                return ""
            place += len(mine)


def _read(path: Path) -> tuple[Any, list[bytes]] | None:
    """A model's object tree without its buffers and metadata, and each buffer's bytes; None where it cannot be read."""
    from ai_edge_litert import schema_py_generated as schema

    from converters.buffers import bytes_of

    content = path.read_bytes()
    if not schema.Model.ModelBufferHasIdentifier(content, 0):
        return None
    try:
        model = schema.ModelT.InitFromPackedBuf(content, 0)
    except Exception:  # the reader checks nothing: a damaged file fails anywhere
        return None
    found = [bytes_of(one, content) for one in model.buffers or []]
    buffers = [b"" if one is None else one.tobytes() for one in found]
    for entry in model.metadata or []:
        if _bytes(entry.name) == _METADATA and entry.buffer < len(buffers):
            buffers[entry.buffer] = b""
    model.metadata = [one for one in model.metadata or [] if _bytes(one.name) != _METADATA]
    model.buffers = None
    while buffers and not buffers[-1]:  # the metadata's own buffer stands at the end
        buffers.pop()
    return model, buffers


def _same(one: Any, other: Any) -> bool:
    """Over the object tree of the schema: numbers, texts, arrays, lists and tables."""
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return bool(np.array_equal(_array(one), _array(other)))
    if isinstance(one, list | tuple) or isinstance(other, list | tuple):
        first, second = one or (), other or ()
        return len(first) == len(second) and all(map(_same, first, second))
    if isinstance(one, bytes | str) and isinstance(other, bytes | str):
        return _bytes(one) == _bytes(other)
    if hasattr(one, "__dict__") and type(one) is type(other):
        return all(_same(value, getattr(other, name)) for name, value in vars(one).items())
    return bool(one == other or (one != one and other != other))


def _array(value: Any) -> Any:
    return np.asarray([] if value is None else value)


def _bytes(text: Any) -> bytes:
    return text.encode() if isinstance(text, str) else bytes(text or b"")


def _folder(path: Path) -> dict[str, bytes]:
    return {one.relative_to(path).as_posix(): one.read_bytes() for one in path.rglob("*") if one.is_file()}


def _archive(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as opened:
        return {one: opened.read(one) for one in opened.namelist()}


def _parts(ours: dict[str, bytes], theirs: dict[str, bytes]) -> str:
    other = sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))
    return f"{', '.join(other[:3])}{' and more' if len(other) > 3 else ''} inside of it" if other else ""
