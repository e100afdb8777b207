"""What every test shares."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from registry import holding
from tests.registry.loopback import Loopback, serving

ROOT = Path(__file__).resolve().parents[1]

if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
):  # as a shell in the background has it: programs under test would be deaf, too
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")  # no test asserts a time: machines are shared


def corpus(relative: str) -> Path:
    """The path of a corpus item; skips the test, with the reason, where it is missing."""
    base = Path(os.environ.get("ZOO_CORPUS", ROOT.parent / "shared" / "corpus"))
    path = base / relative
    if not path.exists():
        pytest.skip(f"corpus item {relative} is not here (set ZOO_CORPUS to the folder that holds it)")
    return path


@pytest.fixture(autouse=True)
def zoo_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Every test has a ZOO_HOME of its own."""
    home = tmp_path / "zoo-home"
    monkeypatch.setenv("ZOO_HOME", str(home))
    yield home
    holding.release(home)


@pytest.fixture
def server() -> Iterator[Loopback]:
    """A web server of this machine's own."""
    with serving() as running:
        yield running
