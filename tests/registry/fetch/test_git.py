"""Source code from a git repository: the pinned commit and nothing else."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from registry.card import Card
from registry.errors import FetchError, InputError, MissingDependencyError
from registry.fetch import Network, fetch
from registry.fetch import git as fetch_git
from tests.registry.fetch.conftest import as_card, sha256

Git = Callable[..., str]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "upstream"
    folder.mkdir()
    return folder


@pytest.fixture
def git(repository: Path) -> Git:
    """Runs git in the upstream repository, which holds one commit of `net.py`."""

    def run(*arguments: str) -> str:
        who = (
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.org",
            "-c",
            "commit.gpgsign=false",
            "-c",
            "protocol.file.allow=always",
        )
        done = subprocess.run(
            ["git", *who, *arguments], cwd=repository, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    run("init", "--quiet", "--initial-branch=main")
    (repository / "net.py").write_text("VERSION = 1\n")
    run("add", ".")
    run("commit", "--quiet", "-m", "one")
    return run


def card(repository: Path | str, commit: str, **parts: object) -> Card:
    return as_card(
        source={"git": str(repository), "commit": commit}, entry={"module": "net", "class": "Net"}, **parts
    )


def commit(git: Git, repository: Path, text: str) -> str:
    (repository / "net.py").write_text(text)
    git("commit", "--quiet", "-a", "-m", text)
    return git("rev-parse", "HEAD")


def test_the_pinned_commit_without_its_history(
    git: Git, repository: Path, network: Network, zoo_home: Path
) -> None:
    first = git("rev-parse", "HEAD")
    commit(git, repository, "VERSION = 2\n")
    got = fetch(card(repository, first), home=zoo_home, network=network)
    assert got.checkout is not None
    assert (got.checkout / "net.py").read_text() == "VERSION = 1\n"
    assert [path.name for path in got.checkout.iterdir()] == ["net.py"]
    assert got.checkout.is_relative_to(zoo_home / "sources")
    assert got.blobs["source"].origin == f"{repository}@{first}"
    assert not list((zoo_home / "partial").iterdir())


def test_the_second_time_nothing_is_asked(
    git: Git, repository: Path, network: Network, zoo_home: Path
) -> None:
    pinned = card(repository, git("rev-parse", "HEAD"))
    first = fetch(pinned, home=zoo_home, network=network)
    repository.rename(repository.with_name("gone"))
    assert fetch(pinned, home=zoo_home, network=network, offline=True) == first


def test_a_moved_branch_does_not_matter(git: Git, repository: Path, network: Network, zoo_home: Path) -> None:
    first = git("rev-parse", "HEAD")
    commit(git, repository, "VERSION = 2\n")
    git("branch", "--move", "trunk")
    got = fetch(card(repository, first), home=zoo_home, network=network)
    assert got.checkout is not None
    assert (got.checkout / "net.py").read_text() == "VERSION = 1\n"


def test_a_server_that_gives_no_single_commits_gives_all(
    git: Git, repository: Path, network: Network, zoo_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = git("rev-parse", "HEAD")
    commit(git, repository, "VERSION = 2\n")
    asked: list[tuple[str, ...]] = []
    run = fetch_git._git
    monkeypatch.setattr(fetch_git, "_git", lambda *given: (asked.append(given[3:]), run(*given)))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(repository.with_name("gitconfig")))
    repository.with_name("gitconfig").write_text("[protocol]\n\tversion = 0\n")
    got = fetch(card(repository, first), home=zoo_home, network=network)
    assert sum(arguments[0] == "fetch" for arguments in asked) == 2
    assert got.checkout is not None
    assert (got.checkout / "net.py").read_text() == "VERSION = 1\n"


def test_a_missing_commit_is_named(git: Git, repository: Path, network: Network, zoo_home: Path) -> None:
    with pytest.raises(FetchError, match=r"no branch or tag holds the commit aaaa.*--source DIR"):
        fetch(card(repository, "a" * 40), home=zoo_home, network=network)
    assert not list((zoo_home / "partial").iterdir())
    assert not (zoo_home / "sources").exists()


def test_a_missing_repository_is_named(tmp_path: Path, network: Network, zoo_home: Path) -> None:
    with pytest.raises(FetchError, match=r"git says: fatal: .*does not appear to be a git repository"):
        fetch(card(tmp_path / "nowhere", "a" * 40), home=zoo_home, network=network)


def test_a_network_failure_is_tried_again(network: Network, waits: list[float], zoo_home: Path) -> None:
    with pytest.raises(FetchError, match=r"Failed to connect|Connection refused"):
        fetch(card("http://127.0.0.1:9/r.git", "a" * 40), home=zoo_home, network=network)
    assert len(waits) == 2


def test_passwords_are_not_shown(network: Network, zoo_home: Path) -> None:
    with pytest.raises(FetchError) as caught:
        fetch(card("http://me:hunter2@127.0.0.1:9/r.git", "a" * 40), home=zoo_home, network=network)
    assert "hunter2" not in str(caught.value)


def test_a_missing_git_is_named(
    git: Git, repository: Path, network: Network, zoo_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pinned = card(repository, git("rev-parse", "HEAD"))
    monkeypatch.setenv("PATH", str(repository))
    with pytest.raises(MissingDependencyError, match=r"git is not installed.*--source DIR"):
        fetch(pinned, home=zoo_home, network=network)


def test_no_command_runs(
    git: Git, repository: Path, network: Network, zoo_home: Path, tmp_path: Path
) -> None:
    mark = tmp_path / "ran"
    with pytest.raises(FetchError, match="transport 'ext' not allowed"):
        fetch(card(f"ext::sh -c touch% {mark}", "a" * 40), home=zoo_home, network=network)
    assert not mark.exists()


def test_no_hook_runs(
    git: Git,
    repository: Path,
    network: Network,
    zoo_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mark, hooks = tmp_path / "ran", tmp_path / "template" / "hooks"
    hooks.mkdir(parents=True)
    (hooks / "post-checkout").write_text(f"#!/bin/sh\ntouch {mark}\n")
    (hooks / "post-checkout").chmod(0o755)
    (tmp_path / "gitconfig").write_text(
        f"[init]\n\ttemplateDir = {hooks.parent}\n[core]\n\thooksPath = {hooks}\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_TEMPLATE_DIR", str(hooks.parent))
    fetch(card(repository, git("rev-parse", "HEAD")), home=zoo_home, network=network)
    assert not mark.exists()


def test_submodules_are_left_alone(
    git: Git, repository: Path, network: Network, zoo_home: Path, tmp_path: Path
) -> None:
    subprocess.run(["git", "clone", "--quiet", str(repository), str(tmp_path / "other")], check=True)
    git("submodule", "--quiet", "add", str(tmp_path / "other"), "other")
    git("commit", "--quiet", "-m", "with a submodule")
    got = fetch(card(repository, git("rev-parse", "HEAD")), home=zoo_home, network=network)
    assert got.checkout is not None
    assert list((got.checkout / "other").iterdir()) == []


def test_variables_of_a_hook_do_not_lead_elsewhere(
    git: Git,
    repository: Path,
    network: Network,
    zoo_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pinned = card(repository, git("rev-parse", "HEAD"))
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    assert fetch(pinned, home=zoo_home, network=network).checkout is not None
    assert not (tmp_path / "elsewhere").exists()


def test_what_a_killed_process_left_is_cleared(
    git: Git, repository: Path, network: Network, zoo_home: Path
) -> None:
    pinned = card(repository, git("rev-parse", "HEAD"))
    checkout = fetch(pinned, home=zoo_home, network=network).checkout
    assert checkout is not None
    checkout.with_name(f"{checkout.name}.json").unlink()  # killed between the folder and its record
    staged = zoo_home / "partial" / f"source-{checkout.name}"
    staged.mkdir()
    (staged / "half.py").write_text("half")
    again = fetch(pinned, home=zoo_home, network=network).checkout
    assert again == checkout
    assert [path.name for path in again.iterdir()] == ["net.py"]


def test_weights_from_within_the_checkout(
    git: Git, repository: Path, network: Network, zoo_home: Path
) -> None:
    (repository / "net.pth").write_bytes(b"weights")
    git("add", ".")
    git("commit", "--quiet", "-m", "weights")
    (repository.parent / "secret").write_bytes(b"weights")
    (repository / "link").symlink_to("../../../secret")
    git("add", ".")
    git("commit", "--quiet", "-m", "a link out")

    def wanting(path: str) -> Card:
        weights = {"file": "net.pth", "urls": [f"source:{path}"], "sha256": sha256(b"weights")}
        return card(repository, git("rev-parse", "HEAD"), weights=[weights])

    for path in ("link", "../../../upstream/net.pth"):
        with pytest.raises(FetchError, match="the source has no such file"):
            fetch(wanting(path), home=zoo_home, network=network)
    got = fetch(wanting("net.pth"), home=zoo_home, network=network, offline=True)
    assert got.files["net.pth"].read_bytes() == b"weights"
    assert got.checkout is not None
    assert not got.files["net.pth"].samefile(got.checkout / "net.pth")


def test_offline_names_all_that_is_missing(
    git: Git, repository: Path, network: Network, zoo_home: Path
) -> None:
    weights = {"file": "net.pth", "urls": ["https://example.org/net.pth"], "sha256": "0" * 64}
    with pytest.raises(
        FetchError, match=r"Offline, and not here yet: the source .*--source DIR\), net.pth .*--weights FILE"
    ):
        fetch(
            card(repository, git("rev-parse", "HEAD"), weights=[weights]),
            home=zoo_home,
            network=network,
            offline=True,
        )


def test_a_local_checkout_in_its_place(git: Git, repository: Path, network: Network, zoo_home: Path) -> None:
    pinned = card("https://example.org/r", "a" * 40)
    got = fetch(pinned, home=zoo_home, network=network, source=repository, offline=True)
    assert got.checkout == repository.resolve()
    assert got.blobs["source"].origin == "local folder upstream"
    assert got.notes == (
        f"source: the local folder upstream was used in place of https://example.org/r@{'a' * 40}",
    )
    before = got.blobs["source"].sha256
    (repository / "net.py").write_text("VERSION = 3\n")
    changed = fetch(pinned, home=zoo_home, network=network, source=repository).blobs["source"].sha256
    assert changed != before
    with pytest.raises(InputError, match="has no module net"):
        fetch(pinned, home=zoo_home, network=network, source=repository.parent)
    with pytest.raises(InputError, match="not a folder"):
        fetch(pinned, home=zoo_home, network=network, source=repository / "net.py")


def test_verify_fetches_a_changed_checkout_anew(
    git: Git, repository: Path, network: Network, zoo_home: Path
) -> None:
    pinned = card(repository, git("rev-parse", "HEAD"))
    checkout = fetch(pinned, home=zoo_home, network=network).checkout
    assert checkout is not None
    (checkout / "__pycache__").mkdir()
    assert fetch(pinned, home=zoo_home, network=network, verify=True, offline=True).checkout == checkout
    (checkout / "net.py").write_text("VERSION = 'bad'\n")
    with pytest.raises(FetchError, match="was damaged on the disk"):
        fetch(pinned, home=zoo_home, network=network, verify=True, offline=True)
    fetch(pinned, home=zoo_home, network=network, verify=True)
    assert (checkout / "net.py").read_text() == "VERSION = 1\n"
