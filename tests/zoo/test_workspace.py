import errno
import multiprocessing
import shutil
from pathlib import Path

import pytest

from registry.errors import InputError, StorageError
from registry.types import Artifact, Blob, Check, Manifest
from zoo import hashing, workspace
from zoo.workspace import MANIFEST, open_workspace


def manifest(*artifacts: Artifact) -> Manifest:
    return Manifest(
        name="m",
        card={},
        inputs={"model": Blob(sha256="0", size=1)},
        options={},
        tools={},
        artifacts=artifacts,
    )


def test_what_is_staged_appears_only_when_published(tmp_path: Path) -> None:
    with open_workspace(tmp_path / "out") as place:
        staged = place.staging / "a.tflite"
        staged.write_bytes(b"model")
        assert not (place.folder / "a.tflite").exists()
        place.publish([staged], manifest())
        assert (place.folder / "a.tflite").read_bytes() == b"model"
    assert not place.staging.exists()


def test_a_published_folder_replaces_the_old_one_whole(tmp_path: Path) -> None:
    with open_workspace(tmp_path) as place:
        old = tmp_path / "m_saved_model"
        old.mkdir()
        (old / "left over").touch()
        staged = place.staging / "m_saved_model"
        staged.mkdir()
        (staged / "saved_model.pb").touch()
        place.publish([staged], manifest())
    assert [one.name for one in old.iterdir()] == ["saved_model.pb"]


def test_a_killed_run_leaves_no_staging_behind(tmp_path: Path) -> None:
    stale = tmp_path / ".zoo-staging"
    stale.mkdir()
    (stale / "half.tflite").write_bytes(b"half")
    with open_workspace(tmp_path) as place:
        assert list(place.staging.iterdir()) == []


def test_nothing_is_left_where_nothing_was_made(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), open_workspace(tmp_path / "a" / "b"):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_was_there_is_left_there(tmp_path: Path) -> None:
    with open_workspace(tmp_path):
        pass
    assert tmp_path.exists()


def test_manifest_survives_a_round_trip(tmp_path: Path) -> None:
    check = Check(
        output="o", inputs="seeded", max_absolute=0.0, max_relative=0.0, cosine=1.0, snr_db=99.0, passed=True
    )
    written = manifest(Artifact(target="float32", path="m.tflite", sha256="0", size=1, checks=(check,)))
    with open_workspace(tmp_path) as place:
        place.publish([], written)
        assert place.manifest() == written
    assert (tmp_path / MANIFEST).read_bytes().endswith(b"}\n")


def test_a_broken_manifest_is_none_for_the_workspace_and_an_error_for_the_reader(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text('{"name": "m", ')
    with open_workspace(tmp_path) as place:
        assert place.manifest() is None
    with pytest.raises(InputError, match="not a manifest"):
        workspace.read_manifest(tmp_path)


def test_a_missing_manifest_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no manifest\.json"):
        workspace.read_manifest(tmp_path)


def test_a_file_in_place_of_the_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(StorageError, match="cannot be used"), open_workspace(tmp_path / "out"):
        pass


def test_a_full_disk_while_publishing_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_workspace(tmp_path) as place:
        place.publish([], manifest())
        before = (tmp_path / MANIFEST).read_bytes()

        def full(_: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr("os.fsync", full)
        staged = place.staging / "m.pb"
        staged.write_bytes(b"graph")
        with pytest.raises(OSError, match="No space"):
            place.publish([staged], manifest(Artifact(target="pb", path="m.pb", sha256="0", size=5)))
        assert not (tmp_path / "m.pb").exists()
        assert (tmp_path / MANIFEST).read_bytes() == before


def _hold(
    folder: Path, ready: "multiprocessing.synchronize.Event", done: "multiprocessing.synchronize.Event"
) -> None:
    with open_workspace(folder):
        ready.set()
        done.wait(30)


def test_a_second_process_is_told_that_the_folder_is_taken(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(tmp_path, ready, done))
    other.start()
    try:
        assert ready.wait(30)
        with pytest.raises(StorageError, match="another zoo process"), open_workspace(tmp_path):
            pass
    finally:
        done.set()
        other.join(30)
    with open_workspace(tmp_path):
        pass


def test_intact_tells_changed_and_missing_files(tmp_path: Path) -> None:
    (tmp_path / "good.tflite").write_bytes(b"good")
    (tmp_path / "changed.tflite").write_bytes(b"old")
    (tmp_path / "m.xml").write_bytes(b"net")
    (tmp_path / "m.bin").write_bytes(b"weights")
    (tmp_path / "m_saved_model").mkdir()
    (tmp_path / "m_saved_model" / "saved_model.pb").write_bytes(b"graph")

    def record(target: str, name: str, *more: str) -> Artifact:
        parts = hashing.blobs([tmp_path / one for one in (name, *more)])
        return Artifact(
            target=target,
            path=name,
            sha256=workspace.artifact_hash(parts),
            size=sum(one.size for one in parts),
        )

    records = [
        record("float32", "good.tflite"),
        record("float16", "changed.tflite"),
        record("openvino", "m.xml", "m.bin"),
        record("saved_model", "m_saved_model"),
        Artifact(target="pb", path="missing.pb", sha256="0", size=1),
    ]
    assert workspace.intact(tmp_path, records) == [records[0], records[1], records[2], records[3]]
    (tmp_path / "changed.tflite").write_bytes(b"new")
    (tmp_path / "m.bin").unlink()
    (tmp_path / "m_saved_model" / "saved_model.pb").write_bytes(b"other")
    assert workspace.intact(tmp_path, records) == [records[0]]
    shutil.rmtree(tmp_path / "m_saved_model")
    assert workspace.intact(tmp_path, records) == [records[0]]
