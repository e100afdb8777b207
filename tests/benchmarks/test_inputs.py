import numpy as np
import pytest

from benchmarks.inputs import Wanted, random_input, shapes, values
from benchmarks.targets.base import RefusedError
from registry.errors import InputError

F32 = np.dtype("float32")
IMAGE = Wanted("image", (1, 8, 8, 3), F32)
OPEN = Wanted("image", (-1, 8, 8, 3), F32)


def test_shapes_are_the_files_own_unless_asked_otherwise() -> None:
    assert shapes([IMAGE], 1, {}) == {"image": (1, 8, 8, 3)}
    assert shapes([OPEN], 1, {}) == {"image": (1, 8, 8, 3)}
    assert shapes([OPEN], 4, {}) == {"image": (4, 8, 8, 3)}
    assert shapes([IMAGE], 2, {"": (1, 16, 16, 3)}) == {"image": (2, 16, 16, 3)}
    assert shapes([IMAGE], 1, {"image": (1, 16, 16, 3)}) == {"image": (1, 16, 16, 3)}


@pytest.mark.parametrize(
    ("inputs", "batch", "given", "reason"),
    [
        ([IMAGE], 1, {"picture": (1,)}, "no input `picture`; its inputs are image"),
        ([IMAGE, OPEN], 1, {"": (1,)}, "no input ``"),
        ([IMAGE], 1, {"": (1, 2)}, "has 4 dimensions, not 2"),
        ([Wanted("mfcc", (49, 10), F32)], 2, {}, "is no batch of one"),
        ([Wanted("scalar", (), F32)], 2, {}, "is no batch of one"),
    ],
)
def test_what_does_not_fit_is_refused(
    inputs: list[Wanted], batch: int, given: dict[str, tuple[int, ...]], reason: str
) -> None:
    with pytest.raises(RefusedError, match=reason):
        shapes(inputs, batch, given)


def test_random_inputs_fit_their_types() -> None:
    def drawn(dtype: str) -> np.ndarray:
        return random_input("x", (1000,), np.dtype(dtype), np.random.default_rng(0))

    for dtype in ("float32", "float16", "int8", "uint8", "int16", "bool"):
        assert drawn(dtype).dtype == dtype
        assert len(np.unique(drawn(dtype))) >= 2
    assert np.abs(drawn("float32")).max() <= 1
    assert (drawn("int8").min(), drawn("int8").max()) == (-128, 127)
    assert not drawn("int64").any()


def test_the_same_seed_gives_the_same_values() -> None:
    one, other = (values([IMAGE], {"image": (1, 2)}, 7)["image"] for _ in range(2))
    assert np.array_equal(one, other)
    assert not np.array_equal(one, values([IMAGE], {"image": (1, 2)}, 8)["image"])


def test_strings_cannot_be_made_up() -> None:
    with pytest.raises(InputError, match="`words`"):
        random_input("words", (1,), np.dtype("S4"), np.random.default_rng(0))
