"""The content-addressed store."""

import errno
import hashlib
import os
from pathlib import Path

import pytest

from registry.checksum import Expected, digest
from registry.disk import write_atomic
from registry.errors import FetchError, StorageError
from registry.store import Store, WrongContentError
from registry.types import Blob

CONTENT = b"the model"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def store(zoo_home: Path) -> Store:
    return Store(zoo_home)


def admit(store: Store, content: bytes = CONTENT, expected: Expected | None = None) -> Blob:
    staged = store.partial("staged")
    staged.write_bytes(content)
    return store.admit(staged, expected or Expected(sha256=hashlib.sha256(content).hexdigest()), "a test")


def test_what_is_admitted_is_found(store: Store) -> None:
    assert store.find(Expected(sha256=SHA256)) is None
    blob = admit(store)
    assert blob == Blob(sha256=SHA256, size=len(CONTENT), origin="a test")
    assert store.find(Expected(sha256=SHA256)) == blob
    assert store.find(Expected(sha256=SHA256, size=1)) is None
    assert store.path(SHA256).read_bytes() == CONTENT
    assert store.blobs() == [blob]


def test_wrong_content_never_enters(store: Store) -> None:
    with pytest.raises(WrongContentError, match="its sha256 is"):
        admit(store, b"another", Expected(sha256=SHA256))
    with pytest.raises(WrongContentError, match="it has 7 bytes, the card says 9"):
        admit(store, b"another", Expected(sha256=SHA256, size=9))
    assert store.blobs() == []
    assert not store.partial("staged").exists()
    assert not (store.home / "blobs").exists()


def test_the_same_bytes_under_several_names(store: Store) -> None:
    blob = admit(store)
    first, second = store.named(blob, "a.pth"), store.named(blob, "b.onnx")
    assert (first.name, second.name) == ("a.pth", "b.onnx")
    assert first.samefile(store.path(SHA256))
    assert second.read_bytes() == CONTENT
    assert store.named(blob, "a.pth") == first
    assert sorted(path.name for path in first.parent.iterdir()) == ["a.pth", "b.onnx"]


def test_without_hard_links_a_copy_does(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*paths: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    blob = admit(store)
    monkeypatch.setattr(os, "link", refused)
    named = store.named(blob, "a.pth")
    assert named.read_bytes() == CONTENT
    assert not named.samefile(store.path(SHA256))


def test_a_truncated_blob_is_not_found_and_is_replaced(store: Store) -> None:
    blob = admit(store)
    named = store.named(blob, "a.pth")
    store.path(SHA256).chmod(0o644)
    store.path(SHA256).write_bytes(CONTENT[:3])
    assert store.find(Expected(sha256=SHA256)) is None
    admit(store)
    assert store.named(blob, "a.pth") == named
    assert named.read_bytes() == CONTENT


def test_verify_reads_the_bytes(store: Store) -> None:
    blob = admit(store)
    named = store.named(blob, "a.pth")
    assert store.verify(SHA256) == blob
    store.path(SHA256).chmod(0o644)
    store.path(SHA256).write_bytes(b"THE MODEL")  # the same size: found, but not what it was
    assert store.find(Expected(sha256=SHA256)) == blob
    with pytest.raises(FetchError, match=r"was damaged on the disk and has been removed: fetch it again\."):
        store.verify(SHA256)
    assert store.find(Expected(sha256=SHA256)) is None
    assert not named.exists()
    with pytest.raises(FetchError, match="is not in the store"):
        store.verify(SHA256)


def test_a_lost_record_is_written_again(store: Store) -> None:
    admit(store)
    store.path(SHA256).with_name(f"{SHA256}.json").write_text("{")
    assert store.find(Expected(sha256=SHA256)) is None
    assert store.verify(SHA256).size == len(CONTENT)
    assert store.find(Expected(sha256=SHA256)) is not None


def test_git_blob_is_what_git_says(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.write_bytes(b"")
    found = digest(path, Expected(git_blob="0" * 40))
    assert (
        found.git_blob == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    )  # the empty blob of every git repository
    assert found.sha384 == ""


def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        StorageError, match=r"The disk is full while writing .*: free some room or point ZOO_HOME"
    ):
        admit(store)
    assert store.find(Expected(sha256=SHA256)) is None


def test_a_home_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        Store(tmp_path / "file").partial("x")


def test_write_atomic_keeps_the_old_file_when_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "f.json"
    write_atomic(path, b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["f.json"]
