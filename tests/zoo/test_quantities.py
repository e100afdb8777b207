"""Amounts as people type them."""

import pytest

from registry.errors import InputError
from zoo import quantities


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [
        ("4GB", 4e9),
        ("4gb", 4e9),
        ("2GiB", 2**31),
        ("1.5 M", 1.5e6),
        ("100", 100),
        ("3k", 3000),
        ("1Ti", 2**40),
        (".5kB", 500),
    ],
)
def test_sizes(text: str, bytes_: float) -> None:
    assert quantities.size(text, "--memory") == bytes_


@pytest.mark.parametrize("text", ["", "GB", "4XB", "-4GB", "0", "nan", "inf", "4GB2", "1e9", "4 G B"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(InputError, match="--memory"):
        quantities.size(text, "--memory")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("10m", 600),
        ("1h30m", 5400),
        ("30d", 2592000),
        ("1.5h", 5400),
        ("2w", 1209600),
    ],
)
def test_times(text: str, seconds: float) -> None:
    assert quantities.seconds(text, "--timeout") == seconds


@pytest.mark.parametrize(
    "text", ["", "m", "10x", "-1s", "0", "0s", "nan", "inf", "1h30", "10 minutes", "9" * 400]
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(InputError, match="--timeout"):
        quantities.seconds(text, "--timeout")
