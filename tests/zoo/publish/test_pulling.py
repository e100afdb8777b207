import json
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

import fsspec
import msgspec
import pytest

from registry.errors import FetchError, InputError, StorageError, ZooError
from tests.zoo.publish.loopback_hub import Hub, Repository
from tests.zoo.publish.made import files, noise, summed, tiny
from zoo import workspace
from zoo.publish import destination, installing, pulling
from zoo.publish.lock import LOCK, SUMS, LockedFile, identity
from zoo.publish.plan import of_bytes, publication
from zoo.publish.remote import MOVING, Remote


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A publication in a folder."""
    made = tmp_path / "there" / "tiny"
    destination.open(str(made)).send(tiny())
    return made


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "here" / "tiny"


def same(one: Path, other: Path) -> bool:
    first, second = (
        {path.relative_to(base): path.read_bytes() for path in base.rglob("*") if path.is_file()}
        for base in (one, other)
    )
    return first == second


def test_from_a_folder(place: Path, out: Path) -> None:
    found = pulling.pull(str(place), out)
    assert same(place, out)
    assert (found.folder, found.models, found.fetched) == (out, {"tiny": out}, 5)
    artifacts = list(workspace.read_manifest(out).artifacts)
    assert workspace.intact(out, artifacts) == artifacts
    assert [one.name for one in out.parent.iterdir()] == ["tiny"]


def test_from_the_hub(hub: Hub, place: Path, out: Path) -> None:
    destination.open("hf://org/tiny").send(tiny())
    pulling.pull("hf://org/tiny", out)
    assert {path.name for path in out.iterdir()} == {path.name for path in place.iterdir()}
    assert (out / "tiny_float32.tflite").read_bytes() == noise(300_000)


def test_from_a_revision_of_the_hub(hub: Hub, out: Path) -> None:
    first = destination.open("hf://org/tiny").send(tiny())
    destination.open("hf://org/tiny").send(tiny(readme=b"# Another\n"))
    pulling.pull(f"hf://org/tiny@{first.revision}", out)
    assert (out / "README.md").read_bytes() == b"# A model\n"


def test_from_an_fsspec_place(place: Path, out: Path) -> None:
    url = f"memory://bucket-{uuid.uuid4().hex}/tiny"
    destination.open(url).send(tiny())
    pulling.pull(url, out)
    assert installing.read(out).id == installing.read(place).id


def test_by_default_a_model_goes_where_its_conversion_would_lie(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    pulling.pull(str(place))
    assert (tmp_path / "zoo_models" / "tiny" / "manifest.json").is_file()


def test_a_collection_keeps_its_folders(tmp_path: Path, out: Path) -> None:
    parts = [
        *files("one", {"one_float32.tflite": b"1"}, "one"),
        *files("two", {"two_float32.tflite": b"2"}, "two"),
    ]
    destination.open(str(tmp_path / "both")).send(publication("both", list(summed("both", parts).files)))
    found = pulling.pull(str(tmp_path / "both"), out)
    assert found.models == {"one": out / "one", "two": out / "two"}
    assert workspace.read_manifest(out / "two").name == "two"


def test_a_second_pull_fetches_nothing_and_a_newer_one_only_what_changed(place: Path, out: Path) -> None:
    pulling.pull(str(place), out)
    assert pulling.pull(str(place), out).fetched == 0
    destination.open(str(place)).send(tiny(readme=b"# Another\n"))
    pulling.pull(str(place), out)
    assert (out / "README.md").read_bytes() == b"# Another\n"


def test_what_was_pulled_may_be_published_over(hub: Hub, out: Path, zoo_home: Path) -> None:
    destination.open("hf://org/tiny").send(tiny())
    shutil.rmtree(zoo_home)
    with pytest.raises(ZooError, match="zoo pull"):
        destination.open("hf://org/tiny").send(tiny(readme=b"# Another\n"))
    pulling.pull("hf://org/tiny", out)
    destination.open("hf://org/tiny").send(tiny(readme=b"# Another\n"))


def test_what_lies_there_is_not_lost(place: Path, out: Path) -> None:
    out.mkdir(parents=True)
    (out / "manifest.json").write_text("a conversion of mine")
    with pytest.raises(InputError, match="no publication"):
        pulling.pull(str(place), out)
    (out / "manifest.json").unlink()
    destination.open(str(out)).send(tiny(readme=b"# Mine\n"))
    with pytest.raises(InputError, match="was not pulled"):
        pulling.pull(str(place), out)
    assert (out / "README.md").read_bytes() == b"# Mine\n"


def test_a_cut_goes_on_within_the_file(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"memory://bucket-{uuid.uuid4().hex}/tiny"
    large = noise(3 << 20, 4)
    destination.open(url).send(tiny(artifacts={"tiny_float32.tflite": large}))
    whole, asked = Remote.pieces, []

    def cut(self: Remote, path: str, start: int) -> object:
        asked.append((path, start))
        for count, piece in enumerate(whole(self, path, start)):
            if count == 1 and path == "tiny_float32.tflite":
                raise ConnectionResetError("the line was cut")
            yield piece

    with monkeypatch.context() as patched:
        patched.setattr(Remote, "pieces", cut)
        with pytest.raises(FetchError, match="what arrived is kept"):
            pulling.pull(url, out)
    assert not out.exists()
    asked.clear()
    monkeypatch.setattr(
        Remote, "pieces", lambda self, path, start: (asked.append((path, start)), whole(self, path, start))[1]
    )
    pulling.pull(url, out)
    assert asked == [("tiny_float32.tflite", 1 << 20)]
    assert (out / "tiny_float32.tflite").read_bytes() == large


def forged(place: Path, change: Callable[[dict[str, object]], None]) -> None:
    """Rewrites the lock of a folder, with an id that fits."""
    lock = json.loads((place / LOCK).read_text())
    change(lock)
    listed = msgspec.convert(lock["files"], dict[str, LockedFile])
    lock["id"] = identity(listed)
    (place / LOCK).write_text(json.dumps(lock))


@pytest.mark.parametrize(
    "path",
    [
        "../outside.txt",
        "/etc/outside.txt",
        "a/../../outside.txt",
        "C:/outside.txt",
        "a\\..\\outside.txt",
        ".git/hooks/post-checkout",
        ".zoo-staging/x",
        "sub/zoo.lock",
        "README.md/x",
        "readme.MD",
        "bell\x07.txt",
        "x" * 300,
        "nul. ",
        "",
    ],
)
def test_paths_that_leave_the_folder_or_are_none(place: Path, out: Path, path: str) -> None:
    def change(lock: dict[str, object]) -> None:
        lock["files"][path] = {"sha256": "0" * 64, "size": 1}  # type: ignore[index]

    forged(place, change)
    with pytest.raises(InputError, match=r"zoo\.lock"):
        pulling.pull(str(place), out)
    assert not out.exists()
    assert not (place.parent / "outside.txt").exists()


def test_links_are_refused(place: Path, out: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes((place / "README.md").read_bytes())
    (place / "README.md").unlink()
    (place / "README.md").symlink_to(secret)
    with pytest.raises(FetchError, match=r"README\.md is a link"):
        pulling.pull(str(place), out)
    assert not out.exists()


@pytest.mark.parametrize("content", [b"# A modeL\n", b"# A model, and more than was said\n", b"", None])
def test_a_file_that_is_another_is_not_kept(place: Path, out: Path, content: bytes | None) -> None:
    if content is None:
        (place / "README.md").unlink()
    else:
        (place / "README.md").write_bytes(content)
    with pytest.raises(FetchError, match=r"README\.md"):
        pulling.pull(str(place), out)
    assert not out.exists()


def test_a_hub_that_sends_more_than_it_said(hub: Hub, out: Path) -> None:
    destination.open("hf://org/tiny").send(tiny())
    hub.lie["tiny_float16.tflite"] = noise(50_000, 1) + noise(5_000_000)
    with pytest.raises(FetchError):
        pulling.pull("hf://org/tiny", out)
    assert not out.exists()
    left = list(out.parent.rglob("*tiny_float16*"))
    assert sum(one.stat().st_size for one in left if one.is_file()) < 5_000_000


def test_a_hub_that_sends_other_bytes(hub: Hub, out: Path) -> None:
    destination.open("hf://org/tiny").send(tiny())
    hub.lie["tiny_float16.tflite"] = noise(50_000, 2)
    with pytest.raises(FetchError, match=r"tiny_float16\.tflite is not the file"):
        pulling.pull("hf://org/tiny", out)
    assert not out.exists()
    hub.lie.clear()
    pulling.pull("hf://org/tiny", out)


def test_sums_that_contradict_the_lock(place: Path, out: Path) -> None:
    listed = [one for one in tiny().files if one.path != SUMS]
    wrong = "".join(f"{'0' * 64}  {one.path}\n" for one in listed)
    destination.open(str(place)).send(publication("tiny", [*listed, of_bytes(SUMS, wrong.encode(), "sums")]))
    with pytest.raises(FetchError, match=r"SHA256SUMS and zoo\.lock do not agree"):
        pulling.pull(str(place), out)
    assert not list(out.parent.iterdir())


def test_a_manifest_that_contradicts_the_lock(place: Path, out: Path) -> None:
    def change(lock: dict[str, object]) -> None:
        lock["models"][0]["outputs"][0]["published"] = "0" * 64  # type: ignore[index]

    forged(place, change)
    with pytest.raises(FetchError, match=r"do not agree on tiny_float32\.tflite"):
        pulling.pull(str(place), out)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"name": "x"}', "[" * 100_000, '{"name": "../x", "id": "", "files": {}}', "\x00"]
)
def test_locks_that_are_none(place: Path, out: Path, text: str) -> None:
    (place / LOCK).write_text(text)
    with pytest.raises(InputError, match=r"zoo\.lock"):
        pulling.pull(str(place), out)


def test_a_lock_that_was_edited(place: Path, out: Path) -> None:
    text = (place / LOCK).read_text()
    (place / LOCK).write_text(
        text.replace('"size": 10', '"size": 11').replace(text.split('"id": "')[1][:8], "00000000", 1)
    )
    with pytest.raises(InputError, match="was changed after it was written"):
        pulling.pull(str(place), out)


def test_places_without_a_publication(tmp_path: Path, out: Path, hub: Hub) -> None:
    hub.repositories["org/other"] = Repository()
    hub.repositories["org/other"].commit("main", {"model.bin": b"x"})
    for text in (str(tmp_path), f"memory://bucket-{uuid.uuid4().hex}/x", "hf://org/other"):
        with pytest.raises(InputError, match=r"no zoo\.lock"):
            pulling.pull(text, out)
    for text in (str(tmp_path / "nothing"), "hf://org/nothing", "hf://org/other@nothing"):
        with pytest.raises(InputError):
            pulling.pull(text, out)


def test_between_two_publications_nothing_is_pulled(out: Path) -> None:
    url = f"memory://bucket-{uuid.uuid4().hex}/tiny"
    destination.open(url).send(tiny())
    files_there, root = fsspec.core.url_to_fs(url)
    files_there.pipe_file(f"{root}/{MOVING}", b"0" * 64)
    with pytest.raises(FetchError, match="between two publications"):
        pulling.pull(url, out)


def test_no_room(place: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 10, 0))  # type: ignore[attr-defined]
    with pytest.raises(StorageError, match="room"):
        pulling.pull(str(place), out)
