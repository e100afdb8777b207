"""Archives that somebody made to do harm: refused, and nothing is left outside of the folder."""

import bz2
import gzip
import io
import lzma
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from registry.fetch.archive import Limits, unpack
from registry.fetch.transfer import TransferError

Entry = tuple[str, bytes] | tarfile.TarInfo


def tar(*entries: Entry, mode: str = "w") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as opened:  # type: ignore[call-overload]
        for entry in entries:
            if isinstance(entry, tarfile.TarInfo):
                opened.addfile(entry)
            else:
                info = tarfile.TarInfo(entry[0])
                info.size = len(entry[1])
                opened.addfile(info, io.BytesIO(entry[1]))
    return made.getvalue()


def zipped(*entries: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in entries:
            info = zipfile.ZipInfo("placeholder")
            info.filename = name  # as it is: the constructor would tidy it
            opened.writestr(info, content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def special(name: str, kind: bytes, target: str = "", size: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, target, size
    return info


@pytest.fixture
def refuse(tmp_path: Path) -> Callable[..., str]:
    """Unpacks the bytes, expects a refusal, sees that nothing came to lie outside; the cause."""

    def run(body: bytes, limits: Limits | None = None) -> str:
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside" / "precious").write_text("x")
        (tmp_path / "archive").write_bytes(body)
        into = tmp_path / "place" / "into"
        into.mkdir(parents=True)
        with pytest.raises(TransferError) as caught:
            unpack(tmp_path / "archive", into, limits=limits or Limits())
        assert [path.name for path in (tmp_path / "place").iterdir()] == ["into"]
        assert [(p.name, p.read_text()) for p in (tmp_path / "outside").iterdir()] == [("precious", "x")]
        return str(caught.value)

    return run


@pytest.mark.parametrize("pack", [tar, zipped])
@pytest.mark.parametrize(
    "name",
    ["../out.py", "a/../../out.py", "/tmp/out.py", "..\\out.py", "C:\\out.py", "C:out.py", "a\x1b[2J.py", "a\nb", "."],
)  # fmt: skip
def test_names_that_lead_out_are_refused(
    pack: Callable[..., bytes], name: str, refuse: Callable[..., str]
) -> None:
    told = refuse(pack((name, b"x")))
    assert "a member is named" in told or "a file is named" in told
    assert "\x1b" not in told


@pytest.mark.parametrize(
    "entries",
    [
        [special("a", tarfile.SYMTYPE, "../../outside/precious")],
        [special("a", tarfile.SYMTYPE, "/etc/passwd")],
        [special("a", tarfile.SYMTYPE, "../../outside"), ("a/precious", b"evil")],
        [special("a", tarfile.SYMTYPE, "b"), special("b", tarfile.SYMTYPE, "../../outside")],
        [special("b", tarfile.SYMTYPE, "."), special("c", tarfile.SYMTYPE, "b/../../../outside")],
        [special("a", tarfile.SYMTYPE, "a")],
        [special("a", tarfile.LNKTYPE, "../../outside/precious")],
        [special("a", tarfile.LNKTYPE, "/etc/passwd")],
        [special("l", tarfile.SYMTYPE, "../../outside/precious"), special("a", tarfile.LNKTYPE, "l")],
    ],
    ids=[
        "symlink out", "absolute symlink", "file through a symlink", "chain of symlinks", "dots through a symlink", "circle",
        "hard link out", "absolute hard link", "hard link to a symlink",
    ],
)  # fmt: skip
def test_links_that_lead_out_are_refused(entries: list[Entry], refuse: Callable[..., str]) -> None:
    refuse(tar(*entries))


def test_the_long_path_that_blinds_realpath_is_refused(refuse: Callable[..., str]) -> None:
    """CVE-2025-4517: beyond PATH_MAX realpath expands links no more, and tarfile's own filter saw a path inside."""
    name, entries, place = "d" * 247, [], ""
    for step in "abcdefghijklmnop":
        entries.append(special(f"{place}{name}", tarfile.DIRTYPE))
        entries.append(special(f"{place}{step}", tarfile.SYMTYPE, name))
        place = f"{place}{name}/"
    link = "/".join((*"abcdefghijklmnop", "l" * 254))
    entries.append(special(link, tarfile.SYMTYPE, "../" * 16))
    entries.append(special("escape", tarfile.SYMTYPE, f"{link}/../../outside"))
    refuse(tar(*entries, ("escape/precious", b"evil")))


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_devices_and_pipes_are_refused(kind: bytes, refuse: Callable[..., str]) -> None:
    assert "device or a pipe" in refuse(tar(special("null", kind)))


@pytest.mark.parametrize("pack", [tar, zipped])
@pytest.mark.parametrize(
    "names",
    [("a.py", "a.py"), ("a.py", "A.py"), ("é.py", "e\u0301.py"), ("a", "a/b"), ("a/b", "a"), ("A/b", "a")],
)
def test_names_that_collide_are_refused(
    pack: Callable[..., bytes], names: tuple[str, str], refuse: Callable[..., str]
) -> None:
    assert "two members are named" in refuse(pack(*((name, b"x") for name in names)))


def test_folders_that_differ_in_case_are_no_collision(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(tar(("Lib/x.py", b""), ("lib/y.py", b"")))
    (tmp_path / "into").mkdir()
    unpack(tmp_path / "a", tmp_path / "into")
    assert len(list((tmp_path / "into").rglob("*.py"))) == 2


def test_an_archive_that_unpacks_to_too_much_is_refused(refuse: Callable[..., str]) -> None:
    body = zipped(*((f"{n}", bytes(1 << 20)) for n in range(40)))
    assert "more than source code ever has" in refuse(body, Limits(small=8 << 20))


@pytest.mark.parametrize("press", [gzip.compress, bz2.compress, lzma.compress])
def test_a_compressed_tar_bomb_is_refused(
    press: Callable[[bytes], bytes], refuse: Callable[..., str]
) -> None:
    body = press(tar(("zeros", bytes(64 << 20))))
    assert "unpacks to" in refuse(body, Limits(small=8 << 20))


def test_a_member_that_claims_petabytes_is_refused(refuse: Callable[..., str]) -> None:
    claims = special("a", tarfile.REGTYPE, size=1 << 50)
    assert "more than source code ever has" in refuse(claims.tobuf(tarfile.GNU_FORMAT) + bytes(1024))


def test_a_header_of_gigabytes_is_not_read(refuse: Callable[..., str]) -> None:
    long = special("././@LongLink", tarfile.GNUTYPE_LONGNAME, size=3 << 30)
    assert "a header of" in refuse(gzip.compress(long.tobuf(tarfile.GNU_FORMAT) + bytes(8 << 20)))


def test_a_million_members_are_refused(refuse: Callable[..., str]) -> None:
    body = tar(*((f"{n}", b"") for n in range(1100)))
    assert "more than 1,000 members" in refuse(body, Limits(members=1000))


def test_a_zip_whose_members_share_their_bytes_is_bounded(refuse: Callable[..., str]) -> None:
    """An overlapped bomb: many directory entries point at one compressed member."""
    one = bytearray(zipped(("a", bytes(4 << 20))))
    at, end = one.index(b"PK\x01\x02"), one.index(b"PK\x05\x06")
    record = one[at:end]
    directory = b"".join(bytes(record[:-1]) + bytes([97 + n]) for n in range(20))
    count = (20).to_bytes(2, "little")
    tail = (
        bytes(one[end : end + 8])
        + count
        + count
        + len(directory).to_bytes(4, "little")
        + bytes(one[end + 16 :])
    )
    assert "more than source code" in refuse(bytes(one[:at]) + directory + tail, Limits(small=16 << 20))


def test_no_file_is_set_to_run_as_somebody_else(tmp_path: Path) -> None:
    info = tarfile.TarInfo("run")
    info.mode = 0o6777
    (tmp_path / "a").write_bytes(tar(info))
    (tmp_path / "into").mkdir()
    unpack(tmp_path / "a", tmp_path / "into")
    assert stat.S_IMODE((tmp_path / "into" / "run").stat().st_mode) == 0o755


def test_links_within_the_archive_still_work(tmp_path: Path) -> None:
    body = tar(
        ("net-1/net.py", b"A = 1"),
        special("net-1/alias.py", tarfile.SYMTYPE, "net.py"),
        special("net-1/same.py", tarfile.LNKTYPE, "net-1/net.py"),
    )
    (tmp_path / "a").write_bytes(body)
    (tmp_path / "into").mkdir()
    unpack(tmp_path / "a", tmp_path / "into")
    assert [(tmp_path / "into" / n).read_text() for n in ("alias.py", "same.py")] == ["A = 1"] * 2
    assert (tmp_path / "into" / "alias.py").is_symlink()


@pytest.mark.parametrize("press", [gzip.compress, bz2.compress, lzma.compress, bytes])
@pytest.mark.parametrize("share", [0.3, 0.6])
def test_a_damaged_archive_is_named_as_that(
    press: Callable[[bytes], bytes], share: float, refuse: Callable[..., str]
) -> None:
    body = press(tar(("a.py", os.urandom(50_000))))
    refuse(body[: int(len(body) * share)])
