"""Array files of anybody: what numpy writes is read, what somebody forged is refused before memory is taken for it."""

import pickle
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from registry import arrays
from registry.arrays import load


def header(shape: str, descr: str = "'<f4'") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def write(file: Path, body: bytes, packed: bool) -> Path:
    if not packed:
        file.write_bytes(body)
        return file
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", body)
    return file


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["float32", "int8", "uint16", "float16", "bool", "complex64", "<U5", ">i4"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3, 4), (2, 0, 3)])
def test_what_numpy_writes_is_read(tmp_path: Path, dtype: str, shape: tuple[int, ...], order: str) -> None:
    given = np.asarray(np.arange(int(np.prod(shape))).reshape(shape), order=order).astype(dtype)
    np.save(tmp_path / "a.npy", given)
    np.savez(tmp_path / "stored.npz", one=given, two=given)
    np.savez_compressed(tmp_path / "packed.npz", one=given)
    assert list(load(tmp_path / "stored.npz")) == ["one", "two"]
    assert list(load(tmp_path / "stored.npz", ("two", "three"))) == ["two"]
    for found in (
        load(tmp_path / "a.npy")[""],
        load(tmp_path / "stored.npz")["one"],
        load(tmp_path / "packed.npz")["one"],
    ):
        assert (found.dtype, found.shape) == (given.dtype, given.shape)
        np.testing.assert_array_equal(found, given)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "body",
    [
        header("(1000000000000,)") + bytes(16),
        header("(4000000000, 4000000000, 4000000000)") + bytes(16),
        header("(-1,)") + bytes(16),
        header("(2, -2)") + bytes(16),
        header("(1000000000000,)", "'V0'"),
        header("(1000000000000,)", "'<U0'"),
        header("(2,)", "'<U1000000000'") + bytes(16),
        header("(2,)", "'|O'") + pickle.dumps([1, 2]),
        header("(2,)", "[('a', '<f4'), ('b', '|O')]") + bytes(16),
        header("(2,)", "__import__('os').system('true')") + bytes(16),
        header("(" * 900 + ")" * 900) + bytes(16),
        b"\x93NUMPY\x02\x00" + (3 << 30).to_bytes(4, "little") + b"{",
        b"\x93NUMPY\x01\x00\xff",
        b"\x93NUMPY\x09\x00",
        pickle.dumps({"a": 1}),
        b"",
    ],
    ids=[
        "10^12 elements", "more than 64 bits", "negative", "negative within", "no bytes each", "no characters each", "long text",
        "objects", "records with objects", "code in the header", "deep header",
        "header of gigabytes", "cut header", "version 9", "a pickle", "empty",
    ],
)  # fmt: skip
def test_a_forged_header_takes_no_memory(tmp_path: Path, body: bytes, packed: bool) -> None:
    file = write(tmp_path / "a.npz", body, packed)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"."):
            load(file)
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


def test_an_object_array_is_never_unpickled(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return exec, (f"open({str(tmp_path / 'ran')!r}, 'w')",)

    np.save(tmp_path / "a.npy", np.array([Evil()], object))
    np.savez(tmp_path / "a.npz", a=np.array([Evil()], object))
    for name in ("a.npy", "a.npz"):
        with pytest.raises(ValueError, match="not numbers or text"):
            load(tmp_path / name)
    assert not (tmp_path / "ran").exists()


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "_SMALL", 1 << 20)
    np.savez_compressed(tmp_path / "a.npz", a=np.zeros(64 << 20, np.uint8))
    with pytest.raises(ValueError, match=r"would unpack to 67,\d{3},\d{3} bytes"):
        load(tmp_path / "a.npz")


@pytest.mark.parametrize("share", [0.2, 0.7, 0.99])
def test_a_cut_file_is_refused(tmp_path: Path, share: float) -> None:
    np.save(tmp_path / "a.npy", np.arange(1000.0))
    np.savez(tmp_path / "a.npz", a=np.arange(1000.0))
    for name in ("a.npy", "a.npz"):
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(ValueError, match=r"."):
            load(tmp_path / name)
