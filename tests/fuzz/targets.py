"""What is fuzzed: readers, the files that mutations begin from, and what counts as a refusal."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from hypothesis import strategies as st

from registry import card_index, catalog
from registry.arrays import load
from registry.errors import ZooError
from registry.fetch.archive import Limits, unpack
from registry.shelves import shipped

SMALL = Limits(size=64 << 20, small=8 << 20, members=500)


@dataclass(frozen=True)
class Target:
    """`read` gets a file and an empty folder of its own; it may raise `refusals` and nothing else."""

    read: Callable[[Path, Path], object]
    seeds: Callable[[], list[bytes]]
    refusals: tuple[type[Exception], ...]
    invented: st.SearchStrategy[bytes] | None = None


_BASE = b"""schema: 1
name: base
task: image-classification
description: What others extend.
licenses: {code: MIT, weights: unknown}
source: {git: "https://example.org/r", commit: 0123456789abcdef0123456789abcdef01234567}
entry: {module: net, class: Net, args: [1], parameters: {width: 0.5}}
inputs: [{name: x, shape: [1, 3], range: [0, 1], preprocess: {divide_by: 255, mean: [0.5], std: [0.5]}}]
outputs: [{name: y, shape: [1, 10]}]
"""


def _read_card(file: Path, folder: Path) -> object:
    (folder / "base.yaml").write_bytes(_BASE)
    (folder / "card.yaml").write_bytes(file.read_bytes())
    return catalog.load_file(folder / "card.yaml", folder)


def _read_tflite(file: Path, folder: Path) -> object:
    from converters.frontends.tflite import read_tflite, signature_names

    read_tflite(file)
    return signature_names(file)


def _read_archive(file: Path, folder: Path) -> object:
    return unpack(file, folder, limits=SMALL)


def _read_arrays(file: Path, folder: Path) -> object:
    return load(file)


def _read_index(file: Path, folder: Path) -> object:
    index = card_index._load(file)
    if index is None:  # made anew then
        raise ValueError("damaged")
    return index


def _cards() -> list[bytes]:
    texts = [file.read_bytes() for file in sorted(shipped().folder.rglob("*.yaml"))]
    honest = [
        text for text in texts if b"extends:" not in text and b"\nsource:" in text and b"\nname:" in text
    ]
    return [_BASE, *honest[:12], b"extends: base\nname: card\n", b"extends: card\n", b"extends: ../../base\n"]


def _tflites() -> list[bytes]:
    import tempfile

    from converters.emitters.tflite import write_tflite
    from converters.graph import Graph, Value
    from converters.ops.builder import Builder

    x = Value("x", (1, 4, 4, 3), np.dtype(np.float32))
    b = Builder()
    w = np.ones((2, 3, 3, 3), np.float32)
    y = b("CONV_2D", x, w, np.zeros(2, np.float32), padding="SAME", stride_w=1, stride_h=1)
    z = b("RESHAPE", y, np.array([1, 32], np.int32))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "m.tflite")
        write_tflite(Graph("g", (x,), (z,), b.nodes), file)
        return [file.read_bytes()]


def _tar(kinds: list[tuple[str, bytes, str, bytes]], form: int) -> bytes:
    """Members of (name, type, link, content)."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form) as opened:
        for name, kind, link, content in kinds:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size = kind, link, len(content)
            try:
                opened.addfile(info, io.BytesIO(content))
            except (ValueError, UnicodeError):  # a name that this format cannot hold
                continue
    return made.getvalue()


def _zip(members: list[tuple[str, bytes]], method: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as opened:
        for name, content in members:
            info = zipfile.ZipInfo("x")
            info.filename = name
            opened.writestr(info, content, method)
    return made.getvalue()


def _archives() -> list[bytes]:
    members = [
        ("net/a.py", tarfile.REGTYPE, "", b"A = 1\n" * 50),
        ("net/lib", tarfile.DIRTYPE, "", b""),
        ("net/lib/" + "long" * 40 + ".py", tarfile.REGTYPE, "", b"x"),
        ("net/link.py", tarfile.SYMTYPE, "a.py", b""),
        ("net/same.py", tarfile.LNKTYPE, "net/a.py", b""),
    ]
    plain = [_tar(members, form) for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)]
    files = [(name, content) for name, kind, _, content in members if kind == tarfile.REGTYPE]
    zips = [_zip(files, method) for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)]
    return [*plain, gzip.compress(plain[0]), *zips]


def _array_files() -> list[bytes]:
    made = []
    for save in (np.savez, np.savez_compressed):
        stream = io.BytesIO()
        save(stream, x=np.arange(12, dtype=np.float32).reshape(3, 4), names=np.array(["a", "bc"]))
        made.append(stream.getvalue())
    stream = io.BytesIO()
    np.save(stream, np.asfortranarray(np.ones((2, 3), np.int64)))
    return [*made, stream.getvalue()]


def _indices() -> list[bytes]:
    whole = card_index.packaged_index()
    rows = msgspec.json.decode(whole)
    few = {**rows, "rows": dict(list(rows["rows"].items())[:4])}
    return [msgspec.json.encode(few)]


_names = st.one_of(
    st.sampled_from(
        ["a", "A", "a/b", "..", "../x", "/x", "a/../../x", "\\x", "C:x", ".", "./a", "a//b",
         "link", "link/x", "\x00", "é", "e\u0301", "d" * 300]
    ),
    st.text(max_size=20),
)  # fmt: skip
_kinds = st.sampled_from(
    [tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE,
     tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.CONTTYPE]
)  # fmt: skip
_contents = st.one_of(st.binary(max_size=60), st.just(bytes(100_000)))
_invented_archives = st.one_of(
    st.builds(
        _tar,
        st.lists(st.tuples(_names, _kinds, _names, _contents), max_size=8),
        st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT]),
    ),
    st.builds(
        _zip,
        st.lists(
            st.tuples(_names.filter(lambda name: len(name) < 300 and name.isascii()), _contents), max_size=8
        ),
        st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA]),
    ),
)
_words = st.sampled_from(
    ["schema: 1", "name: ", "- ", "{", "}", "[", "]", "&a ", "*a", "!!python/object:os.system ",
     "<<: ", "? ", "|", ">", "---", "...", "\t", "\n", "  ",
     "\n  ", "weights:", "urls:", "source: {git: ", "~", "1e999", "0x1", ".nan", "'", '"', "#", "%YAML 1.2\n", 
     "\u2028", "\x00", ": ", ", ", "9" * 400]
)  # fmt: skip
_invented_cards = st.lists(st.one_of(_words, st.text(max_size=5)), max_size=60).map(
    lambda parts: "".join(parts).encode("utf-8", "surrogatepass")
)
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def _header(descr: str, shape: str, order: str, version: int, content: bytes) -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}".encode("utf-8", "replace")
    length = len(text).to_bytes(2 if version == 1 else 4, "little")
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + content


_headers = st.builds(
    _header,
    st.sampled_from(
        [
            "'<f4'",
            "'|O'",
            "'<U9'",
            "'V0'",
            "'|b1'",
            "[('a','<f4')]",
            "'<M8[s]'",
            "1",
            "'f'*9",
            "('<f4', (9,))",
        ]
    ),
    st.one_of(
        st.lists(st.integers(-2, 2**70), max_size=4).map(lambda one: f"({''.join(f'{n},' for n in one)})"),
        st.text(max_size=5),
    ),
    st.sampled_from(["True", "False", "1", "None"]),
    st.integers(0, 4),
    st.binary(max_size=64),
)


TARGETS: dict[str, Target] = {
    "card": Target(_read_card, _cards, (ZooError,), _invented_cards),
    "tflite": Target(_read_tflite, _tflites, (ZooError,)),
    "archive": Target(_read_archive, _archives, (ZooError,), _invented_archives),
    "arrays": Target(_read_arrays, _array_files, (ValueError, OSError), _headers),
    "index": Target(
        _read_index,
        _indices,
        (ValueError,),
        _values.map(lambda value: repr(value).encode("utf-8", "replace")),
    ),
}
