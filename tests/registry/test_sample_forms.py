"""The forms of labelled data beyond arrays and folders: tables, raw features, COCO files, pairs, landmarks."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from registry.card import Input
from registry.card_data import Data
from registry.errors import InputError
from registry.samples import digest, samples, seen_format
from tests.conftest import corpus

FEATURES = Input(name="x", shape=(1, 5, 2, 1), dtype="int8")


def image(path: Path, size: tuple[int, int] = (6, 4)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (1, 2, 3)).save(path)
    return path


def test_a_table_of_raw_features(tmp_path: Path) -> None:
    rows = np.arange(-10, 10, dtype=np.int8).reshape(2, 10)
    for index, row in enumerate(rows):
        row.tofile(tmp_path / f"{index}.bin")
    (tmp_path / "y_labels.csv").write_text("0.bin,12,7\n1.bin,12,2\n")
    assert seen_format(tmp_path) == "table"
    found = samples(None, path=tmp_path)
    assert [(one.name, one.label) for one in found] == [("0.bin", 7), ("1.bin", 2)]
    assert np.array_equal(found[1].array(FEATURES), rows[1])
    wide = Input(name="x", shape=(1, 5, 2, 1))
    with pytest.raises(InputError, match=r"10 bytes, input `x` takes 40 as float32"):
        found[0].array(wide)
    (named,) = samples(Data(format="table", dtype="int8"), path=tmp_path, limit=1, seed=1)
    assert named.array(wide).dtype == np.int8


@pytest.mark.parametrize(
    ("text", "classes", "label", "words"),
    [
        ("file,label\na.png,cat\n", ("dog", "cat"), 1, "cat"),
        ("a.png\tHello, world\n", (), None, "Hello, world"),
        ("a.png to be read\n", (), None, "to be read"),
        ("\ufeffname,x,class\na.png,0,3\n", (), 3, "3"),
    ],
)
def test_tables_as_people_write_them(
    tmp_path: Path, text: str, classes: tuple[str, ...], label: int | None, words: str
) -> None:
    image(tmp_path / "a.png")
    (tmp_path / "labels.txt").write_text(text, encoding="utf-8")
    (found,) = samples(None, path=tmp_path, classes=classes)
    assert (found.label, found.text) == (label, words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gone.png,1\n", r"line 1: there is no file .*gone\.png"),
        ("a.png\n", "line 1: a row is a file name and its label"),
        ("../a.png,1\n", "leads out of"),
        ("a.png,bird\n", r"`bird` is none of the card's classes \(dog, cat\)"),
    ],
)
def test_what_is_wrong_in_a_table_is_said(tmp_path: Path, text: str, words: str) -> None:
    image(tmp_path / "a.png")
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(InputError, match=words):
        samples(None, path=tmp_path, classes=("dog", "cat"))


def coco(root: Path, **changes: object) -> Path:
    image(root / "images" / "1.jpg", (60, 40))
    document = {
        "images": [{"id": 9, "file_name": "1.jpg"}],
        "categories": [{"id": 18, "name": "dog"}, {"id": 3, "name": "car"}],
        "annotations": [
            {"image_id": 9, "category_id": 18, "bbox": [10, 5, 20, 10], "area": 150, "iscrowd": 0},
            {"image_id": 9, "category_id": 3, "bbox": [0, 0, 60, 40], "iscrowd": 1},
        ],
    } | changes
    (root / "instances.json").write_text(json.dumps(document))
    return root


def test_boxes_of_a_coco_file(tmp_path: Path) -> None:
    assert seen_format(coco(tmp_path)) == "coco"
    (found,) = samples(None, path=tmp_path)
    dog, car = found.boxes or ()
    assert (dog.corners, dog.category, dog.area, dog.crowd) == ((10, 5, 30, 15), 1, 150, False)
    assert (car.category, car.area, car.crowd) == (0, 2400, True)
    (by_name,) = samples(None, path=tmp_path, classes=("dog", "cat", "car"))
    assert [box.category for box in by_name.boxes or ()] == [0, 2]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"images": [{"id": 9, "file_name": "2.jpg"}]}, r"names the image 2\.jpg, which is not in"),
        ({"categories": []}, "is no COCO file"),
        ({"annotations": [{"image_id": 4, "category_id": 3}]}, "is no COCO file"),
    ],
)
def test_what_is_wrong_in_a_coco_file_is_said(tmp_path: Path, changes: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        samples(None, path=coco(tmp_path, **changes))


def test_pairs_of_small_and_large_images(tmp_path: Path) -> None:
    image(tmp_path / "HR" / "a.png", (24, 16))
    image(tmp_path / "LR" / "ax4.png")
    assert seen_format(tmp_path) == "image_pairs"
    (found,) = samples(None, path=tmp_path)
    assert found.large_array().shape == (16, 24, 3)
    assert found.array().shape == (4, 6, 3)
    image(tmp_path / "HR" / "b.png")
    with pytest.raises(InputError, match=r"b\.png has no small image"):
        samples(None, path=tmp_path)


def test_landmarks_beside_images(tmp_path: Path) -> None:
    image(tmp_path / "a.jpg")
    (tmp_path / "a.pts").write_text("version: 1\nn_points: 2\n{\n1.5 2\n3 4.25\n}\n")
    assert seen_format(tmp_path) == "image_points"
    (found,) = samples(None, path=tmp_path)
    assert found.points is not None
    assert found.points.tolist() == [[0.5, 1], [2, 3.25]]
    (tmp_path / "a.pts").write_text("not landmarks")
    with pytest.raises(InputError, match=r"a\.pts is no \.pts file"):
        samples(None, path=tmp_path)


def test_class_numbers_of_a_palette_mask_are_not_its_colours(tmp_path: Path) -> None:
    image(tmp_path / "images" / "a.png")
    numbers = Image.fromarray(np.full((4, 6), 2, np.uint8), "P")
    numbers.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0])
    (tmp_path / "masks").mkdir()
    numbers.save(tmp_path / "masks" / "a.png")
    (found,) = samples(None, path=tmp_path)
    assert np.unique(found.mask_array()).tolist() == [2]


def test_the_hash_is_of_pixels_and_labels(tmp_path: Path) -> None:
    image(tmp_path / "cat" / "a.png")
    image(tmp_path / "dog" / "b.png")
    before = digest(samples(None, path=tmp_path))
    assert digest(samples(None, path=tmp_path)) == before
    assert digest(samples(None, path=tmp_path, classes=("dog", "cat"))) != before
    Image.new("RGB", (6, 4), (9, 9, 9)).save(tmp_path / "cat" / "a.png")
    assert digest(samples(None, path=tmp_path)) != before


@pytest.mark.corpus
def test_real_features() -> None:
    found = samples(None, path=corpus("eval_kws01_energyrunner/kws01"))
    spec = Input(name="x", shape=(1, 49, 10, 1), dtype="int8")
    assert (len(found), found[0].label, found[0].array(spec).shape) == (1000, 7, (490,))
