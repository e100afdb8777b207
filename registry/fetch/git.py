"""A git repository at a pinned commit, through the git command: no branch, no hook, no submodule, no prompt."""

import os
import re
import subprocess
from pathlib import Path

from registry.disk import storage
from registry.errors import MissingDependencyError
from registry.fetch.git_address import Route, route
from registry.fetch.links import sever
from registry.fetch.network import Network
from registry.fetch.sources import remove
from registry.fetch.transfer import TransferError, TransientError, public, with_retries
from registry.progress import Progress, silent

_ELSEWHERE = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR",
    "GIT_NAMESPACE", "GIT_CEILING_DIRECTORIES", "GIT_TEMPLATE_DIR", "GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS",
)  # fmt: skip
"""Variables that would turn our commands to another repository (set inside of git hooks, for one)."""

_SAFE = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.autocrlf=false", "submodule.recurse=false", "fetch.recurseSubmodules=false",
    "filter.lfs.smudge=", "filter.lfs.process=", "filter.lfs.required=false", "gc.auto=0", "maintenance.auto=false",
    "core.protectHFS=true", "core.protectNTFS=true", "http.lowSpeedLimit=1000", "http.lowSpeedTime=60",
)  # fmt: skip

_NOT_SERVED = re.compile(
    r"not our ref|unadvertised|remote ref|does not (allow|support)|no such remote|bad object", re.I
)
_TRANSIENT = re.compile(
    r"could not resolve|timed? ?out|connection (reset|refused|closed)|failed to connect|early eof|rpc failed|hung up"
    r"|error: (429|5\d\d)|temporarily|unexpected disconnect|operation too slow",
    re.I,
)
_FULL = re.compile(r"no space left|disk quota", re.I)


def checkout(url: str, commit: str, into: Path, network: Network, progress: Progress = silent) -> None:
    """Fill the empty folder `into` with the files of one commit, without its history.

    `url`: https, ssh, git or file URL, or a local folder. The commit counts alone, whatever branches have become since.
    Links that lead out of the folder are left out. Raises TransferError with the cause, MissingDependencyError without git,
    StorageError on a full disk.
    """
    progress(f"fetching {public(url)}")
    way = route(url, network)
    _git(into, network, None, "init", "--quiet", "--template=")
    with_retries(network, lambda: _obtain(way, commit, into, network))
    _git(into, network, None, "checkout", "--quiet", "--force", "--detach", commit, "--")
    with storage(into):
        remove(into / ".git")
        sever(into)


def newest(url: str, revision: str, folder: Path, network: Network) -> str:
    """The commit that a branch or tag of a repository is at (empty: its default branch); `folder` is where git runs.

    Raises TransferError with the cause, MissingDependencyError without git.
    """
    wanted = (
        [revision, f"{revision}^{{}}"] if revision else ["HEAD"]
    )  # `^{}`: what an annotated tag points to
    way = route(url, network)
    said = with_retries(
        network, lambda: _git(folder, network, way, "ls-remote", "--quiet", "--", way.url, *wanted)
    )
    found = {place: commit for commit, _, place in (line.partition("\t") for line in said.splitlines())}
    places = (f"refs/heads/{revision}", f"refs/tags/{revision}^{{}}", f"refs/tags/{revision}", "HEAD")
    for place in places if revision else places[-1:]:
        if place in found:
            return found[place]
    raise TransferError(f"it has no branch or tag `{revision}`" if revision else "it is empty")


def _obtain(way: Route, commit: str, into: Path, network: Network) -> None:
    """Fetch just the commit; where the server does not give a commit by its hash, everything that it does give."""
    options = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules")
    try:
        _git(into, network, way, *options, "--depth=1", "--", way.url, commit)
        return
    except TransferError as error:
        if not _NOT_SERVED.search(str(error)):
            raise
    every = ("+refs/heads/*:refs/zoo/heads/*", "+refs/tags/*:refs/zoo/tags/*")
    _git(into, network, way, *options, "--", way.url, *every)
    try:
        _git(into, network, None, "cat-file", "-e", f"{commit}^{{commit}}")
    except TransferError as error:
        raise TransferError(
            f"no branch or tag holds the commit {commit} (any more): its history was rewritten, or the card is wrong"
        ) from error


def _git(folder: Path, network: Network, way: Route | None, *arguments: str) -> str:
    """What git printed. Without a `way` it neither uses the network nor reads the user's settings: a repository's `.gitattributes` may name
    filters, and those that the user has are programs that run."""
    settings = (*_SAFE, *(way.settings if way is not None else ()))
    options = [part for setting in settings for part in ("-c", setting)]
    try:
        done = subprocess.run(
            ["git", *options, *arguments],
            cwd=folder, env=_environment(way), stdin=subprocess.DEVNULL, capture_output=True, timeout=network.git_timeout, check=False,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise MissingDependencyError(
            "git is not installed: install it, or give a checkout of your own with --source DIR."
        ) from error
    except subprocess.TimeoutExpired as error:
        raise TransferError(f"git took longer than {network.git_timeout:,.0f} s") from error
    if done.returncode == 0:
        return done.stdout.decode("utf-8", "replace")
    said = done.stderr.decode("utf-8", "replace")
    if _FULL.search(said):
        with storage(folder):
            raise OSError(28, "No space left on device")
    cause = f"git says: {public(_last(said))}"
    raise TransientError(cause) if _TRANSIENT.search(said) else TransferError(cause)


def _environment(way: Route | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    if way is None:
        kept |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_ATTR_NOSYSTEM": "1"}
    return kept | {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",  # the program of that name: an empty answer, and no window
        "SSH_ASKPASS": "true",
        "GIT_SSH_COMMAND": os.environ.get("GIT_SSH_COMMAND", "ssh -o BatchMode=yes"),
        "GIT_ALLOW_PROTOCOL": way.protocols if way is not None else "none",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "LC_ALL": "C",
    }


def _last(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
    return (fatal or lines or ["nothing"])[0]
