from pathlib import Path

import pytest

from registry.errors import InputError, ZooError
from tests.zoo.publish.loopback_hub import Hub
from tests.zoo.publish.made import noise, tiny
from zoo.publish import destination
from zoo.publish.lock import LOCK, parse
from zoo.publish.plan import of_file, publication
from zoo.publish.revisions import ConflictError, SendError

TO = "hf://org/tiny"


def there(hub: Hub, revision: str = "main") -> dict[str, bytes]:
    return hub.repositories["org/tiny"].files(revision)


def test_a_publication_becomes_one_commit(hub: Hub) -> None:
    made = tiny()
    sent = destination.open(TO).send(made)
    found = there(hub)
    assert set(found) == {one.path for one in made.files} | {LOCK, ".gitattributes"}
    assert all(found[one.path] == one.source for one in made.files)
    lock = parse(found[LOCK], "there")
    assert (lock.id, lock.name, lock.parent) == (sent.id, "tiny", "")
    assert sent.revision == hub.repositories["org/tiny"].branches["main"]
    assert len(hub.sent("POST /api/models/org/tiny/commit")) == 1


def test_large_files_go_in_parts_and_are_told(hub: Hub, tmp_path: Path) -> None:
    hub.part = 100_000
    big = tmp_path / "big.tflite"
    big.write_bytes(noise(2_500_000, 5))
    told: list[tuple[str, int, int | None]] = []
    made = publication("tiny", [*tiny().files, of_file("big.tflite", big, "a large one")])
    destination.open(TO).send(made, lambda what, done=0, total=None: told.append((what, done, total)))
    assert there(hub)["big.tflite"] == big.read_bytes()
    assert len(hub.sent("PUT")) == 25 + 3 + 1
    done = [one[1] for one in told if one[0] == "sending big.tflite"]
    assert len(done) > 20
    assert done == sorted(done)


def test_a_second_time_nothing_is_sent(hub: Hub) -> None:
    first = destination.open(TO).send(tiny())
    hub.log.clear()
    again = destination.open(TO).send(tiny())
    assert again.revision == first.revision
    assert {one.action for one in again.items} == {"keep"}
    assert not hub.sent("POST") + hub.sent("PUT")


def test_a_cut_in_the_middle_goes_on_where_it_was(hub: Hub) -> None:
    hub.cut_after = 100_000  # after the smaller of the two large files
    with pytest.raises(SendError, match="run the same command again"):
        destination.open(TO).send(tiny())
    assert set(there(hub)) == {".gitattributes"}
    assert len(hub.objects) == 1
    hub.cut_after = None
    hub.log.clear()
    destination.open(TO).send(tiny())
    assert len(hub.sent("PUT")) == 1
    assert there(hub)["tiny_float32.tflite"] == noise(300_000)


def test_a_commit_whose_answer_was_lost_is_recognised(hub: Hub, zoo_home: Path) -> None:
    import shutil

    sent = destination.open(TO).send(tiny())
    shutil.rmtree(zoo_home)
    assert destination.open(TO).send(tiny()).revision == sent.revision


def test_a_new_version_takes_the_place_of_the_one_that_was_seen(hub: Hub) -> None:
    first = destination.open(TO).send(tiny(artifacts={"tiny_int8.tflite": b"old"}))
    hub.log.clear()
    second = destination.open(TO).send(tiny(readme=b"# Another text\n"))
    assert {one.path: one.action for one in second.items} == {
        "tiny_float32.tflite": "keep",
        "tiny_float16.tflite": "keep",
        "tiny_int8.tflite": "remove",
        "manifest.json": "send",
        "README.md": "send",
        "SHA256SUMS": "send",
        LOCK: "send",
    }
    assert "tiny_int8.tflite" not in there(hub)
    assert parse(there(hub)[LOCK], "there").parent == first.id
    assert not hub.sent("PUT")


def test_a_newer_remote_revision_is_never_overwritten(hub: Hub) -> None:
    destination.open(TO).send(tiny())
    newer = {**there(hub), "README.md": b"# Edited on the page\n"}
    commit = hub.repositories["org/tiny"].commit("main", newer)
    with pytest.raises(ConflictError, match="nothing was overwritten"):
        destination.open(TO).send(tiny(readme=b"# Ours\n"))
    assert there(hub) == newer
    destination.open(TO, replacing=commit[:12]).send(tiny(readme=b"# Ours\n"))
    assert there(hub)["README.md"] == b"# Ours\n"


def test_a_commit_that_comes_while_files_are_sent_wins(hub: Hub) -> None:
    hub.race = {"README.md": b"# Theirs\n"}
    with pytest.raises(ConflictError, match="another commit came"):
        destination.open(TO).send(tiny())
    assert there(hub)["README.md"] == b"# Theirs\n"
    assert LOCK not in there(hub)


def test_a_repository_of_something_else_is_left_alone(hub: Hub) -> None:
    from tests.zoo.publish.loopback_hub import Repository

    hub.repositories["org/tiny"] = Repository()
    hub.repositories["org/tiny"].commit("main", {"model.safetensors": b"theirs"})
    with pytest.raises(InputError, match=r"model\.safetensors and no zoo\.lock"):
        destination.open(TO).send(tiny())
    assert set(there(hub)) == {"model.safetensors"}


def test_another_name_is_another_publication(hub: Hub) -> None:
    destination.open(TO).send(tiny())
    with pytest.raises(InputError, match="holds the publication `tiny`"):
        destination.open(TO).send(publication("other", list(tiny().files)))


def test_a_branch_is_made_where_it_is_missing(hub: Hub) -> None:
    destination.open(f"{TO}@v2").send(tiny())
    assert LOCK in there(hub, "v2")
    assert LOCK not in there(hub, "main")


def test_a_dry_run_lists_and_touches_nothing(hub: Hub) -> None:
    sent = destination.open(TO).send(tiny(), dry_run=True)
    assert {one.action for one in sent.items} == {"send"}
    assert sent.bytes_sent > 350_000
    assert not hub.repositories
    assert not hub.sent("POST") + hub.sent("PUT")


def test_without_a_login_nothing_is_sent(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(InputError, match="hf auth login"):
        destination.open(TO).send(tiny())
    assert not hub.repositories


def test_files_that_the_hub_ignores_are_missed(hub: Hub) -> None:
    hub.ignored = {"README.md"}
    with pytest.raises(SendError, match=r"did not take README\.md"):
        destination.open(TO).send(tiny())


def test_a_file_that_changes_meanwhile_stops_the_sending(hub: Hub, tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text("cat\n")
    made = publication("tiny", [*tiny().files, of_file("labels.txt", path, "labels")])
    path.write_text("dog\n")
    with pytest.raises(SendError, match=r"labels\.txt was changed"):
        destination.open(TO).send(made)
    assert LOCK not in there(hub)


@pytest.mark.parametrize(
    "text", ["hf://", "hf://org", "hf://org/repo/sub", "hf:org/repo", "hf://../repo", "hf://o/r@", "", " "]
)
def test_addresses_that_are_none(text: str) -> None:
    with pytest.raises(ZooError):
        destination.open(text)
