"""Trust is per repository and per commit, and survives."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from registry.errors import InputError
from registry.trust import grant, is_trusted

ORIGIN, COMMIT = "https://example.org/a/b", "a" * 40


def test_nothing_is_trusted_until_granted(zoo_home: Path) -> None:
    assert not is_trusted(zoo_home, ORIGIN, COMMIT)
    assert not zoo_home.exists()
    grant(zoo_home, ORIGIN, COMMIT)
    assert is_trusted(zoo_home, ORIGIN, COMMIT)
    assert is_trusted(zoo_home, f"{ORIGIN}.git", COMMIT)
    assert is_trusted(zoo_home, f"{ORIGIN}/", COMMIT)
    assert not is_trusted(zoo_home, ORIGIN, "b" * 40)
    assert not is_trusted(zoo_home, f"{ORIGIN}2", COMMIT)


def test_grants_at_once_are_all_kept(zoo_home: Path) -> None:
    commits = [f"{number:040x}" for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda commit: grant(zoo_home, ORIGIN, commit), commits))
    assert all(is_trusted(zoo_home, ORIGIN, commit) for commit in commits)


@pytest.mark.parametrize("text", ["{", "[]", '{"x": "y"}'])
def test_a_damaged_memory_is_named(text: str, zoo_home: Path) -> None:
    zoo_home.mkdir()
    (zoo_home / "trust.json").write_text(text)
    with pytest.raises(InputError, match=r"trust\.json .*agree again with --trust"):
        is_trusted(zoo_home, ORIGIN, COMMIT)
