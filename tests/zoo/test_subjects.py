"""Which files go with which target, and how shapes are written."""

from pathlib import Path

import pytest

from benchmarks.targets.catalog import Spec
from registry.errors import InputError
from registry.progress import silent
from registry.types import Tensor
from tests.benchmarks.tiny_tflite import write_tiny_tflite
from zoo import subjects, timing
from zoo.request import Access
from zoo.subjects import Grid, Model, Subject

IMAGE = Tensor(name="image", shape=(1, 8, 8, 3), dtype="float32", permutation=(0, 2, 3, 1), source_name="x")


def subject(path: str, variant: str = "float32", inputs: tuple[Tensor, ...] = (IMAGE,)) -> Subject:
    return Subject(Path(path), "0" * 64, 1, "net", variant, inputs)


def test_a_grid_is_every_combination() -> None:
    model = Model("net", (subject("a.tflite"), subject("b.tflite", "float16"), subject("c.onnx", "onnx")))
    grid = Grid(threads=(1, 2), batches=(1, 4), shapes=({}, {"x": (1, 3, 16, 16)}))
    made, refused = subjects.plans(model, Spec("cpu"), grid)
    assert refused == []
    assert len(made) == 2 * 2 * 2 * 2
    assert {one.shapes.get("image") for one in made} == {None, (1, 16, 16, 3)}
    assert {(one.target, one.model) for one in made} == {("cpu", "net")}


def test_a_target_that_takes_none_of_the_files_says_how_to_make_one() -> None:
    model = Model("net", (subject("a.tflite"),), "the card is not trusted")
    (refused,) = subjects.plans(model, Spec("tensorflow"), Grid())[1]
    assert "zoo convert net --to saved_model" in refused.reason
    (refused,) = subjects.plans(model, Spec("torch"), Grid())[1]
    assert refused.reason == "the card is not trusted"
    assert refused.status == "refused"


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, {}),
        ({"": (1, 3, 4, 5)}, {"image": (1, 4, 5, 3)}),
        ({"x": (1, 3, 4, 5)}, {"image": (1, 4, 5, 3)}),
        ({"x": (1, 2)}, {"image": (1, 2)}),  # the target says that it does not fit
        ({"z": (1,)}, {"z": (1,)}),
    ],
)
def test_shapes_of_the_source_in_the_artifacts_axes(
    given: dict[str, tuple[int, ...]], found: dict[str, tuple[int, ...]]
) -> None:
    assert subjects._in_its_axes(given, (IMAGE,)) == found


def test_a_lone_file(tmp_path: Path) -> None:
    path = write_tiny_tflite(tmp_path / "lone.tflite")
    model = subjects.find(str(path), None, (), True, Access(), lambda _: False, silent)
    (found,) = model.files
    assert (found.model, found.variant, found.size) == ("lone", "", path.stat().st_size)
    with pytest.raises(InputError, match="does not exist"):
        subjects.find(str(tmp_path / "gone.tflite"), None, (), True, Access(), lambda _: False, silent)


def test_targets_are_read() -> None:
    assert timing.specs("cpu,openvino:GPU,cpu") == (Spec("cpu"), Spec("openvino", "GPU"))
    assert timing.specs("all") == ()
    with pytest.raises(InputError, match="names no target"):
        timing.specs(" , ")
    with pytest.raises(InputError, match="`nope`"):
        timing.specs("cpu,nope")
