"""Adding private registries and bringing them up to date: what is fetched is pinned, and the difference is told."""

import hashlib
import re
from pathlib import Path

import msgspec

from registry import registries
from registry.checksum import digest
from registry.disk import storage
from registry.errors import FetchError, InputError
from registry.fetch import archive, git, https, sources
from registry.fetch.network import Network
from registry.fetch.transfer import TransferError, public
from registry.home import home
from registry.progress import Progress, silent
from registry.registries import Kind, Registry
from registry.shelves import PART, Shelf, shipped
from registry.store import Store

RESERVED = ("timm", "torchvision", "hf", "kaggle", "onnx", "omz", "pinto")
"""Namespaces that names of providers and shipped cards begin with."""

OF_THE_USER = Network(private_hosts=True)
"""A registry is added by its address: a team's server is often in its own network. Its cards are a stranger's all the same."""

_ARCHIVE = re.compile(r"^https?://[^?#]+\.(zip|tar|tgz|tar\.(gz|bz2|xz))([?#].*)?$", re.I)
_GIT = re.compile(r"^(git\+|(https?|ssh|git|file)://|[\w.-]+@[\w.-]+:)|\.git/?$")
_COMMIT = re.compile(r"[0-9a-f]{40}")


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What an update did: the versions, and the cards (qualified names) that came, went, or say something else."""

    name: str
    before: str
    after: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


def add(
    place: str,
    name: str | None = None,
    *,
    kind: Kind | None = None,
    revision: str = "",
    network: Network | None = None,
    progress: Progress = silent,
) -> Registry:
    """Add a registry: a folder is read where it lies, a git repository or an archive is fetched and pinned.

    `kind` None is told from the text. Raises InputError for what is no registry or a name that is taken, FetchError, StorageError.
    """
    kind = kind or _kind(place)
    if revision and kind != "git":
        raise InputError(
            f"--rev {revision} is for git repositories, and {public(place)} is taken for a {kind}."
        )
    chosen = _free_name(name or _default_name(place), given=name is not None)
    location = str(Path(place).expanduser().absolute()) if kind == "folder" else place.removeprefix("git+")
    if kind == "git" and Path(location).expanduser().is_dir():
        location = str(Path(location).expanduser().absolute())
    wanted = Registry(name=chosen, kind=kind, location=location, revision=revision)
    if kind == "folder":
        _require_cards(wanted)
    else:
        wanted = _fetched(wanted, network or OF_THE_USER, progress)
    with registries.changing() as known:
        if chosen in known:
            raise InputError(f"There is a registry `{chosen}` already: choose another --name.")
        known[chosen] = wanted
    return wanted


def update(registry: Registry, network: Network | None = None, progress: Progress = silent) -> Change:
    """Fetch a registry again and keep what it holds then. Raises FetchError, and all is as it was; StorageError."""
    if registry.kind == "folder":
        return Change(name=registry.name, before="", after="")
    before = _contents(registry.shelf)
    moved = _fetched(registry, network or OF_THE_USER, progress)
    if moved != registry:
        with registries.changing() as known:
            known[registry.name] = moved
        registries.sweep(registry.name, keep=moved.folder)
    after = _contents(moved.shelf)
    return Change(
        name=registry.name,
        before=registry.version,
        after=moved.version,
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=tuple(sorted(name for name in after.keys() & before.keys() if after[name] != before[name])),
    )


def _fetched(registry: Registry, network: Network, progress: Progress) -> Registry:
    """The registry at its newest version, in its place."""
    store = Store(home())
    key = f"registry-{registry.name}"
    with store.locked(key, progress):
        staged = store.partial(key)
        with storage(staged):
            sources.remove(staged)
            staged.mkdir()
        try:
            fill = _from_git if registry.kind == "git" else _from_archive
            version = fill(registry, staged, network, progress)
            moved = msgspec.structs.replace(registry, version=version)
            if not moved.folder.is_dir():
                registries.settle(staged, moved)
            return moved
        except TransferError as error:
            raise FetchError(
                f"The registry {public(registry.location)} could not be fetched: {error}."
            ) from error
        finally:
            sources.remove(staged)


def _from_git(registry: Registry, into: Path, network: Network, progress: Progress) -> str:
    commit = registry.revision
    if not _COMMIT.fullmatch(commit):
        commit = git.newest(registry.location, registry.revision, into, network)
    if not msgspec.structs.replace(registry, version=commit).folder.is_dir():
        git.checkout(registry.location, commit, into, network, progress)
    return commit


def _from_archive(registry: Registry, into: Path, network: Network, progress: Progress) -> str:
    partial = into.with_name(f"{into.name}.archive")
    https.discard(partial)
    try:
        target = https.Target(
            name=f"the registry `{registry.name}`", partial=partial, identity=registry.location
        )
        https.download(registry.location, target, network, progress)
        archive.unpack(partial, into)
        return digest(partial).sha256
    finally:
        https.discard(partial)


def _kind(place: str) -> Kind:
    """What the user's text names. Raises InputError where it is none of the three."""
    path = Path(place).expanduser()
    if path.is_dir():
        bare = (path / "HEAD").is_file() and (path / "objects").is_dir()
        return "git" if bare else "folder"
    if _ARCHIVE.match(place):
        return "archive"
    if _GIT.search(place):
        return "git"
    if path.exists():
        raise InputError(
            f"{place} is a file: name the folder of cards, a git repository or an archive's URL."
        )
    raise InputError(f"{place} is no folder, no git repository's URL and no archive's URL (.zip, .tar.gz).")


def _default_name(place: str) -> str:
    last = re.split(r"[/\\:]", re.sub(r"[?#].*$", "", place).rstrip("/\\"))[-1]
    last = (
        re.sub(r"\.(git|zip|tar|tgz|tar\.(gz|bz2|xz))$", "", last, flags=re.I) or Path(place).absolute().name
    )
    return re.sub(r"[^a-z0-9._-]+", "-", last.lower()).strip("-._")


def _free_name(name: str, given: bool) -> str:
    hint = "" if given else " (taken from the address; say another with --name)"
    if not PART.fullmatch(name):
        raise InputError(
            f"`{name}` is no name for a registry{hint}: lower-case letters, digits, `.`, `_` and `-`, beginning with a letter or digit."
        )
    if name in RESERVED or (shipped().folder / name).is_dir() or shipped().file(name) is not None:
        raise InputError(
            f"`{name}` is the name of shipped cards or of a provider{hint}: choose another --name."
        )
    if any(one.name == name for one in registries.added()):
        raise InputError(
            f"There is a registry `{name}` already{hint}: choose another --name, or `zoo registry update {name}`."
        )
    return name


def _require_cards(registry: Registry) -> None:
    if not registry.shelf.stamps():
        raise InputError(
            f"{registry.location} holds no card: a registry has <name>.yaml files at its top, or in a folder `cards`."
        )


def _contents(shelf: Shelf) -> dict[str, str]:
    """Qualified name → hash of the card's file."""
    return {
        shelf.name(file): hashlib.sha256((shelf.folder / file).read_bytes()).hexdigest()
        for file in shelf.stamps()
    }
