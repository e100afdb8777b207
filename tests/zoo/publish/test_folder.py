import shutil
from pathlib import Path

import pytest

from registry.errors import InputError, StorageError
from tests.zoo.publish.made import noise, tiny
from zoo.publish import copying, destination, installing
from zoo.publish.lock import LOCK, parse
from zoo.publish.plan import Publication, of_file, publication
from zoo.publish.revisions import ConflictError, SendError


def contents(folder: Path) -> dict[str, bytes]:
    return {
        one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*") if one.is_file()
    }


def send(made: Publication, folder: Path, replacing: str = "") -> destination.Sent:
    return destination.open(str(folder), replacing).send(made)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "published" / "tiny"


def test_a_publication_lies_in_its_folder_with_its_lock(place: Path) -> None:
    made = tiny()
    sent = send(made, place)
    found = contents(place)
    assert found.pop(LOCK)
    assert found == {one.path: one.source for one in made.files}
    lock = installing.read(place)
    assert (lock.id, lock.parent) == (sent.id, "")
    assert lock.models[0].commands == ("zoo convert tiny.onnx --to float32,float16",)
    assert lock.environment.packages["numpy"]
    assert [one.name for one in place.parent.iterdir()] == ["tiny"]


def test_a_second_time_nothing_is_written(place: Path) -> None:
    send(tiny(), place)
    before = (place / LOCK).stat().st_mtime_ns
    again = send(tiny(), place)
    assert {one.action for one in again.items} == {"keep"}
    assert (place / LOCK).stat().st_mtime_ns == before


def test_another_version_takes_its_place_whole(place: Path) -> None:
    first = send(tiny(artifacts={"tiny_int8.tflite": b"old"}), place)
    second = send(tiny(readme=b"# Another\n"), place)
    assert not (place / "tiny_int8.tflite").exists()
    assert (place / "README.md").read_bytes() == b"# Another\n"
    assert installing.read(place).parent == first.id
    assert {one.path for one in second.items if one.action == "keep"} == {
        "tiny_float32.tflite",
        "tiny_float16.tflite",
    }
    assert [one.name for one in place.parent.iterdir()] == ["tiny"]


def test_a_cut_leaves_the_old_one_and_goes_on(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = send(tiny(), place)
    before = contents(place)
    other = tiny(artifacts={"tiny_float32.tflite": noise(300_000, 7), "tiny_int8.tflite": noise(9_000, 8)})
    whole, written = copying.to_file, []

    def cut(file: destination.Planned, *more: object) -> None:
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(file.path)
        whole(file, *more)  # type: ignore[arg-type]

    monkeypatch.setattr("zoo.publish.folder.to_file", cut)
    with pytest.raises(KeyboardInterrupt):
        send(other, place)
    assert contents(place) == before
    written.clear()
    monkeypatch.setattr(
        "zoo.publish.folder.to_file", lambda file, *more: (written.append(file.path), whole(file, *more))
    )
    done = send(other, place)
    assert len(written) < sum(one.action == "send" for one in done.items)
    assert {path: content for path, content in contents(place).items() if path != LOCK} == {
        one.path: one.source for one in other.files
    }
    assert installing.read(place).parent == first.id


def test_without_an_exchange_the_step_is_two_renames(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    send(tiny(), place)
    monkeypatch.setattr(installing, "_exchange", lambda *_: False)
    send(tiny(readme=b"# Another\n"), place)
    assert (place / "README.md").read_bytes() == b"# Another\n"
    assert [one.name for one in place.parent.iterdir()] == ["tiny"]


def test_killed_between_two_renames_the_old_one_comes_back(place: Path) -> None:
    send(tiny(), place)
    place.rename(place.with_name(".tiny.zoo-old"))
    send(tiny(readme=b"# Another\n"), place)
    assert (place / "README.md").read_bytes() == b"# Another\n"
    assert installing.read(place).parent


def test_what_is_no_publication_is_left_alone(place: Path) -> None:
    place.mkdir(parents=True)
    (place / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match=r"thesis\.txt and no zoo\.lock"):
        send(tiny(), place)
    assert contents(place) == {"thesis.txt": b"years of work"}


def test_foreign_and_changed_files_are_left_alone(place: Path) -> None:
    send(tiny(), place)
    (place / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"notes\.txt besides the publication"):
        send(tiny(readme=b"# Another\n"), place)
    (place / "notes.txt").unlink()
    (place / "README.md").write_text("edited by hand")
    with pytest.raises(InputError, match=r"was changed since it was written \(README\.md\)"):
        send(tiny(readme=b"# Another\n"), place)
    assert (place / "README.md").read_text() == "edited by hand"


def test_a_publication_of_another_name_is_left_alone(place: Path) -> None:
    send(tiny(), place)
    with pytest.raises(InputError, match="holds the publication `tiny`, not `other`"):
        send(publication("other", list(tiny().files)), place)


def test_a_revision_that_was_not_seen_is_not_overwritten(place: Path, zoo_home: Path) -> None:
    first = send(tiny(), place)
    shutil.rmtree(zoo_home)
    with pytest.raises(ConflictError, match=first.id[:12]):
        send(tiny(readme=b"# Another\n"), place)
    with pytest.raises(ConflictError, match="another one was named"):
        send(tiny(readme=b"# Another\n"), place, "0" * 12)
    send(tiny(readme=b"# Another\n"), place, first.id[:12])


def test_a_dry_run_writes_nothing(place: Path) -> None:
    sent = destination.open(str(place)).send(tiny(), dry_run=True)
    assert sent.dry_run
    assert {one.path for one in sent.items} == {one.path for one in tiny().files} | {LOCK}
    assert not place.parent.exists()


def test_an_empty_folder_is_filled(place: Path) -> None:
    place.mkdir(parents=True)
    send(tiny(), place)
    assert (place / LOCK).is_file()


def test_a_file_is_no_folder(place: Path) -> None:
    place.parent.mkdir()
    place.write_text("a file")
    with pytest.raises(InputError, match="is a file"):
        send(tiny(), place)


def test_one_process_at_a_time(place: Path) -> None:
    with installing.held(place), pytest.raises(StorageError, match="another zoo process"):
        send(tiny(), place)


def test_a_file_that_changed_since_it_was_planned(place: Path, tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text("cat\n")
    made = publication("tiny", [*tiny().files, of_file("labels.txt", path, "labels")])
    path.write_text("dog\n")
    with pytest.raises(SendError, match=r"labels\.txt was changed"):
        send(made, place)
    assert not place.exists()


def test_a_link_to_a_folder_is_followed_and_stays(place: Path, tmp_path: Path) -> None:
    send(tiny(), place)
    link = tmp_path / "link"
    link.symlink_to(place)
    send(tiny(readme=b"# Another\n"), link)
    assert link.is_symlink()
    assert (place / "README.md").read_bytes() == b"# Another\n"


def test_file_urls_are_folders(place: Path) -> None:
    destination.open(f"file://{place}").send(tiny())
    assert parse((place / LOCK).read_bytes(), "there").name == "tiny"
