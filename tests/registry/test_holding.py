"""What a process holds, nobody else has alone."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from registry import holding
from registry.checksum import Expected
from registry.fetch import sources
from registry.store import Store
from tests.registry.test_store import SHA256, admit

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such locks there")

HOLDER = """
import sys
from pathlib import Path
from registry import holding
holding.hold(Path(sys.argv[1]), "key")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_hold_lasts_as_long_as_its_process(zoo_home: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", HOLDER, str(zoo_home)]
    with subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert holding.held(zoo_home, "key")
        with holding.alone(zoo_home, "key") as free:
            assert not free
        with holding.alone(zoo_home, "another") as free:
            assert free
        holder.kill()
    with holding.alone(zoo_home, "key") as free:
        assert free
    assert not holding.held(zoo_home, "key")


def test_holds_are_shared_and_can_be_taken_again_after_a_removal(zoo_home: Path) -> None:
    holding.hold(zoo_home, "key")
    holding.hold(zoo_home, "key")
    assert holding.held(zoo_home, "key")
    holding.release(zoo_home)
    with holding.alone(zoo_home, "key") as free:
        assert free
    holding.hold(zoo_home, "key")
    assert holding.held(zoo_home, "key")


def test_a_home_that_cannot_be_written_is_used_without_holds(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    holding.hold(tmp_path / "home", "key")
    assert not holding.held(tmp_path / "home", "key")


def test_using_a_blob_holds_it_and_notes_the_time(zoo_home: Path) -> None:
    store = Store(zoo_home)
    blob = admit(store)
    record = store.path(SHA256).with_name(f"{SHA256}.json")
    before = record.stat().st_mtime_ns - 10**12
    os.utime(record, ns=(before, before))
    assert store.find(Expected(sha256=SHA256)) == blob
    assert (record.stat().st_mtime_ns, holding.held(zoo_home, SHA256)) == (before, False)
    assert store.use(Expected(sha256=SHA256)) == blob
    assert record.stat().st_mtime_ns > before
    assert holding.held(zoo_home, SHA256)


def test_a_removed_blob_leaves_nothing(zoo_home: Path) -> None:
    store = Store(zoo_home)
    staged = store.partial("staged")
    staged.write_bytes(b"the model")
    sha384 = hashlib.sha384(b"the model").hexdigest()
    blob = store.admit(staged, Expected(sha256=SHA256, sha384=sha384), "a test")
    store.named(blob, "a.pth")
    store.remove(SHA256)
    left = [path for path in zoo_home.rglob("*") if path.is_file() and "locks" not in path.parts]
    assert left == []
    assert store.use(Expected(sha384=sha384)) is None


def test_source_code_is_held_by_whoever_fetches_or_finds_it(zoo_home: Path) -> None:
    store = Store(zoo_home)
    made = sources.keep(store, "repository@commit", lambda folder: (folder / "net.py").touch())
    assert holding.held(zoo_home, made.path.name)
    holding.release(zoo_home)
    record = made.path.with_name(f"{made.path.name}.json")
    os.utime(record, (0, 0))
    assert sources.kept(store, "repository@commit") == made
    assert holding.held(zoo_home, made.path.name)
    assert record.stat().st_mtime > 0
    sources.forget(made.path)
    assert sources.kept(store, "repository@commit") is None
    assert list((zoo_home / "sources").iterdir()) == []
