from pathlib import Path

import numpy as np
import pytest

from zoo.references import Reference, load, save

MADE = (
    Reference(
        "seeded",
        {"x:0": np.arange(6, dtype=np.float32).reshape(2, 3)},
        {"a/b": np.ones(3), "n": np.array([1, 2])},
    ),
    Reference("real", {"x:0": np.zeros((2, 3), np.float32)}, {"a/b": np.zeros(3), "n": np.array([3, 4])}),
)


def test_references_come_back_with_their_names(tmp_path: Path) -> None:
    save(MADE, tmp_path / "deep" / "r.npz")
    found = load(tmp_path / "deep" / "r.npz")
    assert found is not None
    assert [one.inputs_name for one in found] == ["seeded", "real"]
    for one, made in zip(found, MADE, strict=True):
        for there, here in ((one.inputs, made.inputs), (one.outputs, made.outputs)):
            assert list(there) == list(here)
            assert all(
                np.array_equal(there[name], here[name]) and there[name].dtype == here[name].dtype
                for name in here
            )
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["r.npz"]


@pytest.mark.parametrize("share", [0, 10, 50, 90])
def test_a_damaged_file_counts_as_none(tmp_path: Path, share: int) -> None:
    path = tmp_path / "r.npz"
    save(MADE, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * share // 100])
    assert load(path) is None


def test_a_missing_file_counts_as_none(tmp_path: Path) -> None:
    assert load(tmp_path / "none.npz") is None
