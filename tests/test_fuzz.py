"""Some seconds of the fuzz run, and that it would find what it looks for."""

from pathlib import Path

import pytest

from tests.fuzz import run as fuzz
from tests.fuzz.cases import batch
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("target", list(TARGETS))
def test_no_reader_crashes_hangs_or_lets_anything_out(target: str, tmp_path: Path) -> None:
    figures = fuzz.run(target, 1.0, tmp_path / "found")
    assert figures.findings == {}
    assert figures.cases > 0
    assert figures.cases == figures.accepted + figures.refused


def test_variants_are_the_same_for_the_same_seed() -> None:
    assert list(batch(b"abc" * 20, 5)) == list(batch(b"abc" * 20, 5))
    assert len(set(batch(b"abc" * 20, 5))) > 10


def test_an_escape_is_seen(tmp_path: Path) -> None:
    place = fuzz._Place(tmp_path)
    place.prepare(b"x")
    assert not place.escaped()
    (place.empty / "inside").write_text("x")
    assert not place.escaped()
    (place.empty.parent / "beside").write_text("x")
    assert place.escaped()
    place.prepare(b"x")
    (tmp_path / "around" / "canary").write_text("y")
    assert place.escaped()
