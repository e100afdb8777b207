import re
import shutil
import uuid
from pathlib import Path

import fsspec
import pytest

from registry.errors import InputError, MissingDependencyError
from tests.zoo.publish.made import noise, tiny
from zoo.publish import destination
from zoo.publish.lock import LOCK, parse
from zoo.publish.plan import Publication, publication
from zoo.publish.remote import INCOMING, MOVING, Remote
from zoo.publish.revisions import ConflictError, SendError


@pytest.fixture
def url() -> str:
    return f"memory://bucket-{uuid.uuid4().hex}/tiny"


def contents(url: str) -> dict[str, bytes]:
    files, root = fsspec.core.url_to_fs(url)
    return {path.removeprefix(f"{root}/"): files.cat_file(path) for path in files.find(root)}


def test_a_publication_lies_there_with_its_lock(url: str) -> None:
    made = tiny()
    sent = destination.open(url).send(made)
    found = contents(url)
    assert parse(found.pop(LOCK), "there").id == sent.id
    assert found == {one.path: one.source for one in made.files}


def test_a_second_time_nothing_is_sent(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    destination.open(url).send(tiny())
    monkeypatch.setattr(Remote, "write", None)
    monkeypatch.setattr(Remote, "put", None)
    assert {one.action for one in destination.open(url).send(tiny()).items} == {"keep"}


def cut(monkeypatch: pytest.MonkeyPatch, method: str, after: int) -> list[str]:
    """The method fails from its n-th call on; returns what it was called for."""
    whole, calls = getattr(Remote, method), []

    def failing(self: Remote, path: str, *more: object) -> None:
        calls.append(path)
        if len(calls) > after:
            raise ConnectionResetError("the line was cut")
        whole(self, path, *more)

    monkeypatch.setattr(Remote, method, failing)
    return calls


def test_a_cut_while_sending_goes_on_where_it_was(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        cut(patched, "write", 3)
        with pytest.raises(SendError, match="what arrived is kept"):
            destination.open(url).send(tiny())
    assert LOCK not in contents(url)
    with monkeypatch.context() as patched:
        calls = cut(patched, "write", 99)
        destination.open(url).send(tiny())
        assert len(calls) == len(tiny().files) - 3
    assert LOCK in contents(url)
    assert not [path for path in contents(url) if path.startswith(INCOMING)]


def half(url: str, made: Publication, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cuts the sending of `made` while its files are put in their places."""
    with monkeypatch.context() as patched:
        cut(patched, "copy", 2)
        with pytest.raises(SendError):
            destination.open(url).send(made)


def test_half_of_it_by_somebody_else_is_not_overwritten(
    url: str, zoo_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination.open(url).send(tiny())
    half(url, tiny(artifacts={"tiny_float32.tflite": noise(300_000, 7)}), monkeypatch)
    third = tiny(readme=b"# A third\n")
    with monkeypatch.context() as patched:
        patched.setenv("ZOO_HOME", str(zoo_home.with_name("another-home")))
        with pytest.raises(ConflictError, match="half of it"):
            destination.open(url).send(third)
    destination.open(url).send(third)
    found = contents(url)
    assert found.pop(LOCK)
    assert found == {one.path: one.source for one in third.files}


def test_a_cut_while_putting_in_place_is_recognised_and_finished(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = destination.open(url).send(tiny())
    other = tiny(artifacts={"tiny_float32.tflite": noise(300_000, 7)}, readme=b"# Another\n")
    half(url, other, monkeypatch)
    assert contents(url)[MOVING]
    assert parse(contents(url)[LOCK], "there").id == first.id
    with monkeypatch.context() as patched:
        calls = cut(patched, "write", 99)
        destination.open(url).send(other)
        assert not calls
    found = contents(url)
    assert parse(found.pop(LOCK), "there").parent == first.id
    assert found == {one.path: one.source for one in other.files}


def test_the_old_one_is_whole_while_the_next_is_sent(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    destination.open(url).send(tiny())
    before = contents(url)
    with monkeypatch.context() as patched:
        cut(patched, "write", 1)
        with pytest.raises(SendError):
            destination.open(url).send(tiny(artifacts={"tiny_float32.tflite": noise(300_000, 7)}))
    after = {path: content for path, content in contents(url).items() if not path.startswith(INCOMING)}
    assert after == before


def test_what_went_out_of_the_publication_is_removed_and_nothing_else(url: str) -> None:
    destination.open(url).send(tiny(artifacts={"tiny_int8.tflite": b"old"}))
    files, root = fsspec.core.url_to_fs(url)
    files.pipe_file(f"{root}/extra.txt", b"theirs")
    destination.open(url).send(tiny())
    assert "tiny_int8.tflite" not in contents(url)
    assert contents(url)["extra.txt"] == b"theirs"


def test_a_revision_that_was_not_seen_is_not_overwritten(url: str, zoo_home: Path) -> None:
    first = destination.open(url).send(tiny())
    shutil.rmtree(zoo_home)
    with pytest.raises(ConflictError, match="nothing was overwritten"):
        destination.open(url).send(tiny(readme=b"# Another\n"))
    destination.open(url, replacing=first.id).send(tiny(readme=b"# Another\n"))


def test_another_that_came_while_files_were_sent_wins(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Remote.write

    def overtaken(self: Remote, path: str, *more: object) -> None:
        whole(self, path, *more)  # type: ignore[arg-type]
        with monkeypatch.context() as alone:
            alone.setattr(Remote, "write", whole)
            destination.open(url).send(tiny(readme=b"# Theirs\n"))

    monkeypatch.setattr(Remote, "write", overtaken)
    with pytest.raises(ConflictError, match="was changed while this was sent"):
        destination.open(url).send(tiny(readme=b"# Ours\n"))
    assert contents(url)["README.md"] == b"# Theirs\n"


def test_what_is_no_publication_is_left_alone(url: str) -> None:
    files, root = fsspec.core.url_to_fs(url)
    files.pipe_file(f"{root}/thesis.txt", b"years of work")
    with pytest.raises(InputError, match=r"thesis\.txt and no zoo\.lock"):
        destination.open(url).send(tiny())
    destination.open(f"{url}-2").send(tiny())
    with pytest.raises(InputError, match="holds the publication `tiny`"):
        destination.open(f"{url}-2").send(publication("other", list(tiny().files)))


def test_a_dry_run_writes_nothing(url: str) -> None:
    assert {one.action for one in destination.open(url).send(tiny(), dry_run=True).items} == {"send"}
    assert not contents(url)


def test_places_that_are_none() -> None:
    with pytest.raises(InputError, match="no place that can be used"):
        destination.open("nosuchthing://x/y").send(tiny())
    with pytest.raises(MissingDependencyError, match="s3fs"):
        destination.open("s3://bucket/tiny").send(tiny())
    with pytest.raises(InputError, match="add a bucket and a path"):
        destination.open("memory://").send(tiny())


def test_passwords_in_urls_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises((InputError, SendError, MissingDependencyError)) as caught:
        destination.open("sftp://user:secret@127.0.0.1:1/x").send(tiny())
    assert not re.search("secret", str(caught.value))
