"""Whose code the user agreed to run: remembered per repository and commit."""

import json
from pathlib import Path

from registry.disk import storage, write_atomic
from registry.errors import InputError


def is_trusted(home: Path, origin: str, commit: str) -> bool:
    """Has the user agreed to run this commit of this repository? Raises InputError where the memory is damaged."""
    return commit in _read(home).get(canonical(origin), [])


def grant(home: Path, origin: str, commit: str) -> None:
    """Remember that the user agreed. Raises StorageError where it cannot be written."""
    from filelock import FileLock

    with storage(home):
        home.mkdir(parents=True, exist_ok=True)
        with FileLock(home / "trust.lock"):
            trusted = _read(home)
            commits = set(trusted.get(canonical(origin), []))
            trusted[canonical(origin)] = sorted({*commits, commit})
            write_atomic(home / "trust.json", json.dumps(trusted, indent=1, sort_keys=True).encode())


def canonical(origin: str) -> str:
    """One spelling for a repository: without a trailing slash or `.git`."""
    return origin.rstrip("/").removesuffix(".git")


def _read(home: Path) -> dict[str, list[str]]:
    path = home / "trust.json"
    try:
        trusted: dict[str, list[str]] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise InputError(f"{path} is damaged: delete it and agree again with --trust.") from error
    right = isinstance(trusted, dict) and all(isinstance(commits, list) for commits in trusted.values())
    if not right:
        raise InputError(
            f"{path} is not a list of commits per repository: delete it and agree again with --trust."
        )
    return trusted
