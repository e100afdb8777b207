"""Repositories and their addresses that somebody made to do harm."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from registry.errors import FetchError
from registry.fetch import Network, addresses, fetch
from tests.registry.fetch.conftest import PUBLIC, as_card
from tests.registry.loopback import Loopback, sends

Git = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Runs git in `upstream`, an empty repository."""
    folder = tmp_path / "upstream"
    folder.mkdir()
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")

    def run(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    run("init", "--quiet")
    (folder / "net.py").write_text("A = 1\n")
    return run


def bring(url: object, commit: str, network: Network, home: Path) -> Path:
    source = {"git": str(url), "commit": commit}
    got = fetch(as_card(source=source, entry={"module": "net", "class": "Net"}), home=home, network=network)
    assert got.checkout is not None
    return got.checkout


def committed(git: Git) -> str:
    git("add", ".")
    git("commit", "--quiet", "-m", "one")
    return git("rev-parse", "HEAD")


@pytest.mark.parametrize(
    "url",
    ["{path}", "file://{path}", "ssh://git@example.org/r", "git@example.org:r.git", "git://example.org/r", "ext::sh -c x", "fd::17", "FILE://{path}"],
)  # fmt: skip
def test_a_stranger_names_no_paths_and_no_ssh(
    url: str, git: Git, stranger: Network, zoo_home: Path, tmp_path: Path
) -> None:
    with pytest.raises(FetchError, match="a stranger's card may name repositories by https alone"):
        bring(url.format(path=tmp_path / "upstream"), committed(git), stranger, zoo_home)


@pytest.mark.parametrize("url", ["ext::sh -c touch% {mark}", "fd::17"])
def test_no_transport_that_runs_a_command(url: str, network: Network, zoo_home: Path, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="not allowed"):
        bring(url.format(mark=tmp_path / "ran"), "a" * 40, network, zoo_home)
    assert not (tmp_path / "ran").exists()


def test_a_strangers_repository_is_at_no_private_address(
    server: Loopback, stranger: Network, zoo_home: Path
) -> None:
    with pytest.raises(FetchError, match="this machine's own network"):
        bring(server.url("/r.git"), "a" * 40, stranger, zoo_home)
    assert server.log == []


def test_a_repository_that_redirects_to_a_private_address_is_refused(
    public: Loopback, server: Loopback, network: Network, zoo_home: Path
) -> None:
    public.routes["/r.git/info/refs"] = sends(b"", {"Location": server.url("/r.git/info/refs")}, 302)
    with pytest.raises(FetchError, match="this machine's own network"):
        bring(public.url("/r.git"), "a" * 40, network, zoo_home)
    assert server.log == []


def test_git_goes_where_was_looked(
    public: Loopback, server: Loopback, stranger: Network, zoo_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that git itself could not resolve: it connects to the address that was found and looked at, and follows no redirect."""
    monkeypatch.setattr(addresses, "resolve", lambda host, port: [PUBLIC])
    seen: list[str] = []

    def refs(request: object) -> None:
        agent = request.headers["User-Agent"]  # type: ignore[attr-defined]
        seen.append(agent.split("/")[0])
        if agent.startswith("git"):
            sends(b"", {"Location": server.url("/elsewhere")}, 302)(request)  # type: ignore[arg-type]
        else:
            sends(b"")(request)  # type: ignore[arg-type]

    public.routes["/r.git/info/refs"] = refs
    with pytest.raises(FetchError, match="git says"):
        bring(f"http://nowhere.invalid:{public.server_port}/r.git", "a" * 40, stranger, zoo_home)
    assert "git" in seen
    assert server.log == []


def test_a_repository_that_moved_is_found(public: Loopback, stranger: Network, zoo_home: Path) -> None:
    public.routes["/old/info/refs"] = sends(
        b"", {"Location": "/new.git/info/refs?service=git-upload-pack"}, 301
    )
    public.routes["/new.git/info/refs"] = sends(b"")
    with pytest.raises(FetchError):
        bring(public.url("/old"), "a" * 40, stranger, zoo_home)
    by_git = [path for path, headers in public.log if headers["User-Agent"].startswith("git")]
    assert by_git
    assert all(path.startswith("/new.git/") for path in by_git)


def test_no_filter_of_the_users_runs(
    git: Git, network: Network, zoo_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "ran"
    (tmp_path / "upstream" / ".gitattributes").write_text("*.py filter=mine\n*.bin filter=lfs\n")
    (tmp_path / "upstream" / "w.bin").write_text("version https://git-lfs.github.com/spec/v1\n")
    commit = committed(git)
    sections = "".join(
        f'[filter "{name}"]\n\tsmudge = touch {mark}; cat\n\tprocess = touch {mark}\n\trequired = true\n'
        for name in ("mine", "lfs")
    )
    (tmp_path / "gitconfig").write_text(sections)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    checkout = bring(tmp_path / "upstream", commit, network, zoo_home)
    assert (checkout / "net.py").read_text() == "A = 1\n"
    assert not mark.exists()


def test_links_out_of_a_repository_are_left_out(
    git: Git, network: Network, zoo_home: Path, tmp_path: Path
) -> None:
    upstream = tmp_path / "upstream"
    (tmp_path / "secret").write_text("x")
    (upstream / "inside.py").symlink_to("net.py")
    (upstream / "absolute.py").symlink_to(tmp_path / "secret")
    (upstream / "up").symlink_to("../..")
    (upstream / "chain").symlink_to("up")
    (upstream / "round").symlink_to("round")
    checkout = bring(upstream, committed(git), network, zoo_home)
    assert sorted(path.name for path in checkout.iterdir()) == ["inside.py", "net.py"]
    assert (checkout / "inside.py").read_text() == "A = 1\n"


def test_an_upload_pack_in_a_url_is_a_url(network: Network, zoo_home: Path, tmp_path: Path) -> None:
    for url in (f"--upload-pack=touch {tmp_path / 'ran'}", "-c core.sshCommand=x"):
        with pytest.raises((FetchError, msgspec.ValidationError)):
            bring(url, "a" * 40, network, zoo_home)
    with pytest.raises(FetchError):
        bring(f"ssh://-oProxyCommand=touch {tmp_path / 'ran'}/r", "a" * 40, network, zoo_home)
    assert not (tmp_path / "ran").exists()
