"""Making room: what goes, in which order, and what stays."""

import hashlib
import os
import shutil
import time
from pathlib import Path

import pytest

from registry import holding, inventory, pins
from registry.checksum import Expected
from registry.fetch import sources
from registry.store import Store
from zoo import cache, pruning
from zoo.pruning import Pruned

DAY = 86400.0


class Home:
    """A home with one thing of every kind, made through the doors that fetching and converting use."""

    def __init__(self, path: Path) -> None:
        self.path, self.store = path, Store(path)

    def blob(self, content: bytes, days: float) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        staged = self.store.partial("staged")
        staged.write_bytes(content)
        blob = self.store.admit(staged, Expected(sha256=sha256), "https://example.org/weights")
        self.store.named(blob, "weights.pth")
        aged(self.store.path(sha256).with_name(f"{sha256}.json"), days)
        return sha256

    def checkout(self, days: float) -> Path:
        def fill(folder: Path) -> None:
            (folder / "net.py").write_text("x = 1\n" * 1000)

        found = sources.keep(self.store, "https://example.org/code@1", fill)
        aged(found.path.with_name(f"{found.path.name}.json"), days)
        return found.path

    def export(self, name: str, days: float, whole: bool = True) -> Path:
        folder = self.path / "exports" / name
        folder.mkdir(parents=True)
        (folder / "model.onnx").write_bytes(b"o" * 5000)
        if whole:
            (folder / "record.json").write_text('{"noise": {}, "notes": [], "what": "net:Net"}')
            aged(folder / "record.json", days)
        aged(folder, days)
        return folder

    def partial(self, days: float) -> Path:
        path = self.store.partial("sha256-" + "0" * 64)
        path.write_bytes(b"p" * 3000)
        origin = path.with_name(f"{path.name}.origin")
        origin.write_bytes(b"{}")
        aged(path, days)
        aged(origin, days)
        return path


def aged(path: Path, days: float) -> None:
    then = time.time() - days * DAY
    os.utime(path, (then, then))


def kinds(pruned: Pruned) -> list[str]:
    return [one.kind for one in pruned.removed]


@pytest.fixture
def home(zoo_home: Path) -> Home:
    return Home(zoo_home)


@pytest.fixture
def full(home: Home) -> Home:
    home.blob(b"b" * 9000, days=50)
    home.checkout(days=40)
    home.export("fine", days=10)
    home.export("begun", days=2, whole=False)
    home.partial(days=1)
    (home.path / "results.sqlite3").write_bytes(b"r" * 100)
    holding.release(home.path)
    return home


def test_a_hard_link_counts_once(home: Home) -> None:
    sha256 = home.blob(b"b" * 9000, days=0)
    assert len(home.store.files(sha256)) == 3
    record = home.store.path(sha256).with_name(f"{sha256}.json").stat().st_size
    assert inventory.size(cache.items(home.store)) == 9000 + record


def test_without_limits_only_leftovers_go(full: Home) -> None:
    dry = pruning.prune(None, None, dry_run=True)
    assert sorted(kinds(dry)) == ["export", "partial"]
    assert len(cache.items(full.store)) == 5
    done = pruning.prune(None, None)
    assert (done.removed, done.before, done.after) == (dry.removed, dry.before, dry.after)
    assert sorted(one.kind for one in cache.items(full.store)) == ["blob", "checkout", "export"]
    assert cache.overview().size == done.after
    assert not list((full.path / "partial").iterdir())


def test_older_than_goes_by_last_use(full: Home) -> None:
    pruned = pruning.prune(30 * DAY, None)
    assert sorted(kinds(pruned)) == ["blob", "checkout"]
    assert "not used for 50.0 days" in [one.reason for one in pruned.removed]
    left = sorted(path.name for path in full.path.rglob("*") if path.is_file() and "locks" not in path.parts)
    assert left == [
        "model.onnx",
        "model.onnx",
        "record.json",
        "results.sqlite3",
        *sorted(p.name for p in (full.path / "partial").iterdir()),
    ]


def test_to_fit_leftovers_go_first_and_what_must_be_fetched_last(full: Home) -> None:
    total = cache.overview().size
    assert kinds(pruning.prune(None, total, dry_run=True)) == []
    assert kinds(pruning.prune(None, total - 1, dry_run=True)) == ["export"]
    assert kinds(pruning.prune(None, total - 12_000, dry_run=True)) == ["export", "partial", "export"]
    everything = pruning.prune(None, 1)
    assert kinds(everything) == ["export", "partial", "export", "blob", "checkout"]
    assert not everything.fits  # what was measured stays
    assert (full.path / "results.sqlite3").is_file()
    assert everything.after == cache.overview().size == 100


def test_what_is_pinned_stays(full: Home) -> None:
    blob = next(one for one in cache.items(full.store) if one.kind == "blob")
    assert cache.pin(blob.key[:10]) == (f"sha256-{blob.key}",)
    pruned = pruning.prune(DAY / 2, None)
    assert [(one.kind, one.reason) for one in pruned.kept] == [("blob", "pinned")]
    assert full.store.find(Expected(sha256=blob.key)) is not None
    cache.unpin(blob.key[:10])
    assert pins.read(full.path) == {}
    assert kinds(pruning.prune(DAY / 2, None)) == ["blob"]


def test_what_a_process_uses_or_fetches_stays(full: Home) -> None:
    blob = next(one for one in cache.items(full.store) if one.kind == "blob")
    holding.hold(full.path, blob.key)
    holding.hold(full.path, "begun")
    partial = next(one for one in cache.items(full.store) if one.kind == "partial")
    with full.store.locked(partial.key):
        pruned = pruning.prune(DAY / 2, 1)
    assert sorted((one.kind, one.key) for one in pruned.kept) == sorted(
        [("blob", blob.key), ("export", "begun"), ("partial", partial.key)]
    )
    assert {one.reason for one in pruned.kept} == {"in use by a running process"}
    assert sorted(one.kind for one in cache.items(full.store)) == ["blob", "export", "partial"]


def test_bytes_just_on_their_way_into_the_store_stay(home: Home) -> None:
    path = home.path / "blobs" / "ab" / ("ab" * 32)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    assert [one.reason for one in pruning.prune(None, None).kept] == ["in use by a running process"]
    aged(path, 1)
    assert kinds(pruning.prune(None, None)) == ["blob"]
    assert not path.exists()


def test_verify_removes_what_is_damaged_and_says_it(home: Home) -> None:
    good, bad = home.blob(b"good", days=0), home.blob(b"bad!", days=0)
    checkout = home.checkout(days=0)
    assert cache.verify().damaged == ()
    home.store.path(bad).chmod(0o644)
    home.store.path(bad).write_bytes(b"BAD!")
    (checkout / "net.py").write_text("x = 2\n")
    found = cache.verify()
    assert [(one.kind, one.key) for one in found.damaged] == [("blob", bad), ("checkout", checkout.name)]
    assert found.checked == 3
    assert [one.key for one in cache.items(home.store) if one.whole] == [good]
    assert cache.verify().damaged == ()


def test_verify_reads_copies_too(home: Home) -> None:
    sha256 = home.blob(b"good", days=0)
    copy = home.path / "files" / sha256 / "other.pth"
    copy.write_bytes(b"evil")
    found = cache.verify()
    assert [one.key for one in found.damaged] == [sha256]
    assert "other.pth was damaged" in found.damaged[0].reason
    assert not copy.exists()
    assert home.store.find(Expected(sha256=sha256)) is not None


def test_an_interrupted_removal_is_a_leftover(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = home.export("fine", days=10)

    def interrupted(path: Path) -> None:
        (path / "record.json").unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(
            shutil, "rmtree", lambda path, ignore_errors=False: None if ignore_errors else interrupted(path)
        )
        with pytest.raises(KeyboardInterrupt):
            pruning.prune(DAY, None)
    assert [(one.kind, one.whole) for one in cache.items(home.store)] == [("partial", False)]
    assert kinds(pruning.prune(None, None)) == ["partial"]
    assert cache.items(home.store) == []
    assert not folder.exists()
