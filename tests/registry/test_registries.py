"""Private registries: folders, git repositories, archives; pinned, brought up to date, and confined."""

import io
import json
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from registry import catalog, registries
from registry.errors import FetchError, InputError, ZooError
from registry.fetch import Network
from registry.fetch import registries as fetching
from registry.fetch.registries import Change
from registry.registries import Registry
from tests.registry.cards import CARD, write
from tests.registry.loopback import Loopback, sends

Git = Callable[..., str]


@pytest.fixture
def network() -> Network:
    return Network(
        private_hosts=True, sleep=lambda _: None, attempts=1, read_timeout=5.0, connect_timeout=2.0
    )


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """A git repository with one card."""
    folder = tmp_path / "team"
    write(folder / "cards" / "net.yaml")
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder)
    return folder


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: Path) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "change")
    return git(folder, "rev-parse", "HEAD")


def bare(name: str = "net", **said: object) -> bytes:
    given = {
        "task": "image-classification",
        "description": "x",
        "license": "MIT",
        "size": 1,
        "sha256": "0" * 64,
        "side": 8,
    }
    return CARD.format(**{**given, "name": name, **said}).encode()


def test_a_folder_is_read_where_it_lies(tmp_path: Path) -> None:
    write(tmp_path / "My Models" / "a.yaml")
    added = fetching.add(str(tmp_path / "My Models"))
    assert (added.name, added.kind, added.shelf.provenance) == ("my-models", "folder", "own")
    write(tmp_path / "My Models" / "b.yaml")
    assert catalog.load("my-models/b").name == "b"
    assert "my-models/b" in catalog.names()
    registries.remove("my-models")
    assert (tmp_path / "My Models" / "a.yaml").exists()
    assert "my-models/a" not in catalog.names()


def test_a_git_repository_stays_at_its_commit_until_it_is_updated(team: Path) -> None:
    first = git(team, "rev-parse", "HEAD")
    added = fetching.add(str(team), kind="git")
    assert (added.name, added.version, added.shelf.provenance) == ("team", first, "stranger")
    assert isinstance(catalog.load("team/net"), catalog.StrangersCard)
    assert catalog.provenance("team/net") == "stranger"

    write(team / "cards" / "net.yaml", description="Better.")
    write(team / "cards" / "more.yaml")
    second = commit(team)
    assert catalog.load("team/net").description == "A test."
    changed = fetching.update(registries.named("team"))
    assert changed == Change(
        name="team", before=first, after=second, added=("team/more",), changed=("team/net",)
    )
    assert catalog.load("team/net").description == "Better."
    assert fetching.update(registries.named("team")) == Change(name="team", before=second, after=second)

    (team / "cards" / "net.yaml").unlink()
    commit(team)
    assert fetching.update(registries.named("team")).removed == ("team/net",)
    assert len(list(registries.named("team").folder.parent.iterdir())) == 1


def test_a_branch_a_tag_and_a_commit(team: Path) -> None:
    first = git(team, "rev-parse", "HEAD")
    git(team, "tag", "-a", "v1", "-m", "one")
    git(team, "branch", "stable")
    write(team / "cards" / "net.yaml", description="Better.")
    commit(team)
    for name, revision in (("tag", "v1"), ("branch", "stable"), ("commit", first)):
        added = fetching.add(str(team), name, kind="git", revision=revision)
        assert added.version == first
        assert fetching.update(added).after == first
    with pytest.raises(FetchError, match="it has no branch or tag `v2`"):
        fetching.add(str(team), "none", kind="git", revision="v2")


def test_a_failed_update_leaves_all_as_it_was(team: Path) -> None:
    fetching.add(str(team), kind="git")
    team.rename(team.with_name("gone"))
    with pytest.raises(FetchError, match="could not be fetched"):
        fetching.update(registries.named("team"))
    assert catalog.load("team/net").name == "net"


def test_a_repository_that_lost_its_cards_is_refused(team: Path) -> None:
    fetching.add(str(team), kind="git")
    (team / "cards" / "net.yaml").rename(team / "cards" / "net.txt")
    commit(team)
    with pytest.raises(FetchError, match="holds no card"):
        fetching.update(registries.named("team"))
    assert catalog.load("team/net").name == "net"


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_an_archive(kind: str, server: Loopback, network: Network) -> None:
    server.routes[f"/models.{kind}"] = sends(packed(kind, bare()))
    added = fetching.add(server.url(f"/models.{kind}"), network=network)
    assert (added.name, added.kind) == ("models", "archive")
    assert catalog.load("models/net").description == "x"
    server.routes[f"/models.{kind}"] = sends(packed(kind, bare(description="y")))
    assert catalog.load("models/net").description == "x"
    assert fetching.update(registries.named("models"), network).changed == ("models/net",)
    assert catalog.load("models/net").description == "y"


def packed(kind: str, card: bytes) -> bytes:
    """An archive with one folder at its top, as code hosts pack them."""
    buffer = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("models-main/net.yaml", card)
    else:
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            member = tarfile.TarInfo("models-main/net.yaml")
            member.size = len(card)
            archive.addfile(member, io.BytesIO(card))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("source: {path: ../../../secrets}", "`path` leads out of the registry `team`"),
        ("source: {path: /etc}", "`path` leads out of the registry `team`"),
        ("source: {package: digits}", "is for the cards that come with this project"),
        ("calibration: {data: {format: images, path: /home}}", "`path` leads out of the registry"),
        ("extends: /etc/base", "leads out of the folder"),
    ],
)
def test_a_strangers_card_stays_in_its_registry(team: Path, line: str, said: str) -> None:
    path = team / "cards" / "net.yaml"
    key = line.partition(":")[0]
    kept = [one for one in path.read_text().splitlines() if not one.startswith(f"{key}:")]
    path.write_text("\n".join([*kept, line]) + "\n")
    commit(team)
    fetching.add(str(team), kind="git")
    with pytest.raises(InputError, match=said):
        catalog.load("team/net")
    assert next(one for one in catalog.summaries() if one.name == "team/net").error


def test_a_strangers_card_may_name_what_comes_with_it(team: Path) -> None:
    path = team / "cards" / "net.yaml"
    path.write_text(path.read_text().replace('{url: "https://example.org/net"}', "{path: ../code}"))
    (team / "code").mkdir()
    (team / "code" / "net.py").touch()
    commit(team)
    fetching.add(str(team), kind="git")
    source = catalog.load("team/net").source.path
    assert source is not None
    assert (Path(source) / "net.py").is_file()


def test_a_link_out_of_a_registry_is_not_followed(team: Path, tmp_path: Path) -> None:
    secret = write(tmp_path / "secret" / "linked.yaml")
    (team / "cards" / "linked.yaml").symlink_to(secret)
    commit(team)
    fetching.add(str(team), kind="git")
    with pytest.raises(InputError, match="There is no card"):  # it is not even there
        catalog.load("team/linked")


@pytest.mark.parametrize(
    ("place", "name", "said"),
    [
        ("nowhere", None, "is no folder, no git repository's URL and no archive's URL"),
        ("file.yaml", None, "is a file"),
        ("empty", None, "holds no card"),
        ("good", "omz", "is the name of shipped cards or of a provider"),
        ("good", "timm", "is the name of shipped cards or of a provider"),
        ("good", "digits", "is the name of shipped cards or of a provider"),
        ("good", "Bad Name", "is no name for a registry"),
        ("good", "../x", "is no name for a registry"),
        ("good", "taken", "There is a registry `taken` already"),
    ],
)
def test_what_cannot_be_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, name: str | None, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file.yaml").touch()
    (tmp_path / "empty").mkdir()
    write(tmp_path / "good" / "a.yaml")
    fetching.add("good", "taken")
    with pytest.raises(ZooError, match=said):
        fetching.add(place, name)
    assert [one.name for one in registries.added()] == ["taken"]


def test_a_revision_is_for_git(tmp_path: Path) -> None:
    write(tmp_path / "good" / "a.yaml")
    with pytest.raises(InputError, match="--rev v1 is for git repositories"):
        fetching.add(str(tmp_path / "good"), revision="v1")


def test_a_page_is_no_archive(server: Loopback, network: Network, zoo_home: Path) -> None:
    server.routes["/a.zip"] = sends(b"<html>log in</html>", {"Content-Type": "text/html"})
    with pytest.raises(FetchError):
        fetching.add(server.url("/a.zip"), network=network)
    assert registries.added() == []
    assert not list((zoo_home / "partial").iterdir())


def test_a_damaged_list_is_named(zoo_home: Path, tmp_path: Path) -> None:
    write(tmp_path / "good" / "a.yaml")
    fetching.add(str(tmp_path / "good"))
    (zoo_home / "registries.json").write_text("{")
    with pytest.raises(InputError, match=r"registries\.json is damaged"):
        catalog.names()


def test_a_folder_that_is_gone_hides_nothing_else(tmp_path: Path) -> None:
    write(tmp_path / "good" / "a.yaml")
    fetching.add(str(tmp_path / "good"))
    (tmp_path / "good" / "a.yaml").unlink()
    (tmp_path / "good").rmdir()
    assert "digits" in catalog.names()
    assert registries.named("good").shelf.stamps() == {}


def test_passwords_are_not_kept_in_error_messages(network: Network) -> None:
    with pytest.raises(FetchError) as caught:
        fetching.add("http://me:secret@127.0.0.1:9/x.zip", network=network)
    assert "secret" not in str(caught.value)


def test_the_list_is_plain_json(tmp_path: Path, zoo_home: Path) -> None:
    write(tmp_path / "good" / "a.yaml")
    fetching.add(str(tmp_path / "good"))
    assert json.loads((zoo_home / "registries.json").read_text()) == [
        {"name": "good", "kind": "folder", "location": str(tmp_path / "good")}
    ]
    assert registries.named("good") == Registry(name="good", kind="folder", location=str(tmp_path / "good"))
