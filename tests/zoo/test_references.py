from pathlib import Path

import numpy as np
import pytest

from zoo.references import load, save

MADE = {
    "seeded": {
        "x:0": np.arange(6, dtype=np.float32).reshape(2, 3),
        "a/b": np.ones(3),
        "file": np.array([1, 2]),
    },
    "real": {"x:0": np.zeros((2, 3), np.float16)},
}


def test_arrays_come_back_with_their_names(tmp_path: Path) -> None:
    save(MADE, tmp_path / "deep" / "r.npz")
    found = load(tmp_path / "deep" / "r.npz")
    assert found is not None
    assert list(found) == list(MADE)
    for name, tensors in MADE.items():
        assert list(found[name]) == list(tensors)
        for tensor, array in tensors.items():
            assert found[name][tensor].dtype == array.dtype
            np.testing.assert_array_equal(found[name][tensor], array)
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
