"""Pins are kept by label."""

from pathlib import Path

import pytest

from registry import pins
from registry.errors import InputError


def test_pins_are_added_replaced_and_taken_away(zoo_home: Path) -> None:
    assert pins.read(zoo_home) == {}
    pins.pin(zoo_home, "one", ("sha256-aa",))
    pins.pin(zoo_home, "two", ("sha256-bb", "cc"))
    pins.pin(zoo_home, "one", ("sha256-dd",))
    assert pins.read(zoo_home) == {"one": ("sha256-dd",), "two": ("sha256-bb", "cc")}
    pins.unpin(zoo_home, "one")
    assert pins.read(zoo_home) == {"two": ("sha256-bb", "cc")}
    with pytest.raises(InputError, match="`one` is not pinned; pinned is `two`"):
        pins.unpin(zoo_home, "one")


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"one": "sha256-aa"}', b"\xff"])
def test_damaged_pins_are_said_and_never_taken_for_none(zoo_home: Path, content: bytes) -> None:
    zoo_home.mkdir()
    (zoo_home / pins.FILE).write_bytes(content)
    with pytest.raises(InputError, match="is damaged: delete it and pin again"):
        pins.read(zoo_home)
    with pytest.raises(InputError, match="is damaged"):
        pins.pin(zoo_home, "one", ("sha256-aa",))
    assert (zoo_home / pins.FILE).read_bytes() == content
