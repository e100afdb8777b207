"""Seeded inputs, sample archives, and the way to an artifact's axes."""

from pathlib import Path

import numpy as np
import pytest

from converters.verify.samples import for_artifact, load_sets, save_sets, seeded
from registry.card import Input, Preprocess
from registry.errors import InputError
from registry.types import Tensor

IMAGE = Input(name="image", shape=(1, 3, 20, 33), range=(-1.0, 1.0))


def test_seeded_inputs_fill_their_range_and_repeat() -> None:
    sets = seeded((IMAGE,), seed=4)
    assert list(sets) == ["noise", "blocks"]
    for arrays in sets.values():
        x = arrays["image"]
        assert (x.shape, x.dtype, x.flags.c_contiguous) == ((1, 3, 20, 33), np.float32, True)
        assert x.min() >= -1
        assert x.max() <= 1
    assert sets["noise"]["image"].min() < -0.9
    again = seeded((IMAGE,), seed=4)
    assert all(np.array_equal(sets[s]["image"], again[s]["image"]) for s in sets)
    assert not np.array_equal(sets["noise"]["image"], seeded((IMAGE,), seed=5)["noise"]["image"])
    blocks = sets["blocks"]["image"]
    assert np.all(blocks[0, 0, :8, :8] == blocks[0, 0, 0, 0])
    assert blocks[0, 0, 0, 0] != blocks[0, 0, 8, 0]


def test_two_inputs_differ_and_dtypes_hold() -> None:
    inputs = (
        Input(name="a", shape=(50,)),
        Input(name="b", shape=(50,)),
        Input(name="pixels", shape=(5000,), dtype="uint8"),
        Input(name="tokens", shape=(1000,), dtype="int64", range=(3, 5)),
        Input(name="index", shape=(1000,), dtype="int32"),
        Input(name="mask", shape=(100,), dtype="bool"),
        Input(name="half", shape=(100,), dtype="float16"),
    )
    noise = seeded(inputs)["noise"]
    assert {name: x.dtype.name for name, x in noise.items()} == {i.name: i.dtype for i in inputs}
    assert not np.array_equal(noise["a"], noise["b"])
    assert (noise["pixels"].min(), noise["pixels"].max()) == (0, 255)
    assert sorted(set(noise["tokens"].tolist())) == [3, 4, 5]
    assert set(noise["index"].tolist()) == {0, 1}


def test_standardised_inputs_are_standard_normal() -> None:
    given = Input(name="x", shape=(1, 3, 64, 64), preprocess=Preprocess(mean=(0.5,), std=(0.2,)))
    x = seeded((given,))["noise"]["x"]
    assert abs(float(x.mean())) < 0.05
    assert abs(float(x.std()) - 1) < 0.05


def test_archives_return_what_went_in(tmp_path: Path) -> None:
    sets = {"real": {"a/b:0": np.ones((1, 2), np.float32)}, "seeded": {"a/b:0": np.zeros((1, 2), np.float32)}}
    save_sets(tmp_path / "x.npz", sets)
    back = load_sets(tmp_path / "x.npz")
    assert {s: {k: v.tolist() for k, v in part.items()} for s, part in back.items()} == {
        "real": {"a/b:0": [[1, 1]]},
        "seeded": {"a/b:0": [[0, 0]]},
    }
    save_sets(tmp_path / "y.npz", sets)
    assert (tmp_path / "x.npz").read_bytes() == (tmp_path / "y.npz").read_bytes()
    (tmp_path / "bad.npz").write_bytes(b"PK nothing")
    with pytest.raises(InputError, match="cannot be read"):
        load_sets(tmp_path / "bad.npz")
    np.savez(tmp_path / "flat.npz", x=np.ones(1))
    with pytest.raises(InputError, match="the key `x`"):
        load_sets(tmp_path / "flat.npz")


def test_samples_in_an_artifacts_axes() -> None:
    x = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)
    tensor = Tensor(
        name="in", source_name="image", shape=(1, 3, 4, 2), dtype="float32", permutation=(0, 2, 3, 1)
    )
    turned = for_artifact({"s": {"image": x}}, (tensor,))["s"]["in"]
    assert turned.shape == (1, 3, 4, 2)
    assert turned.flags.c_contiguous
    assert turned[0, 2, 1, 1] == x[0, 1, 2, 1]
    with pytest.raises(InputError, match="no array for input `image`"):
        for_artifact({"s": {"other": x}}, (tensor,))
