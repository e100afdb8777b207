from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from registry.card import Data
from registry.errors import InputError
from registry.samples import locate, packaged, samples, seen_format
from tests.conftest import corpus


def image(path: Path, value: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (4, 3), value).save(path)
    return path


def npz(path: Path, **arrays: np.ndarray) -> Path:
    np.savez(path, **arrays)
    return path


IMAGES = np.arange(5 * 4, dtype=np.uint8).reshape(5, 2, 2)


def test_npz_with_class_labels(tmp_path: Path) -> None:
    file = npz(tmp_path / "test.npz", images=IMAGES, labels=np.arange(5, dtype=np.uint8))
    found = samples(Data(format="npz", path=str(file)))
    assert [sample.label for sample in found] == [0, 1, 2, 3, 4]
    assert found[3].name == "test[3]"
    assert np.array_equal(found[3].image, IMAGES[3])


def test_npz_with_masks_and_other_names(tmp_path: Path) -> None:
    file = npz(tmp_path / "test.npz", x=IMAGES, y=255 - IMAGES)
    found = samples(Data(format="npz", path=str(file), images="x", labels="y"))
    assert np.array_equal(found[1].mask_array(), 255 - IMAGES[1])
    assert found[1].label is None


def test_class_folders_in_order_of_names(tmp_path: Path) -> None:
    for name in ("dog/b.jpg", "cat/a.png", "dog/a.jpg", "cat/notes.txt"):
        image(tmp_path / name) if not name.endswith("txt") else (tmp_path / name).write_text("no image")
    found = samples(Data(format="class_folders", path=str(tmp_path)))
    assert [(sample.name, sample.label) for sample in found] == [
        ("cat/a.png", 0),
        ("dog/a.jpg", 1),
        ("dog/b.jpg", 1),
    ]


def test_class_folders_by_the_cards_classes_or_their_own_numbers(tmp_path: Path) -> None:
    for name in ("named/dog", "named/cat", "numbered/2", "numbered/10"):
        image(tmp_path / name / "a.png")
    named = samples(
        Data(format="class_folders", path=str(tmp_path / "named")), classes=("dog", "bird", "cat")
    )
    assert {sample.name: sample.label for sample in named} == {"dog/a.png": 0, "cat/a.png": 2}
    numbered = samples(Data(format="class_folders", path=str(tmp_path / "numbered")))
    assert [sample.label for sample in numbered] == [2, 10]
    with pytest.raises(InputError, match=r"cat is none of the card's classes \(dog, bird\)"):
        samples(None, path=tmp_path / "named", classes=("dog", "bird"))


def test_images_with_masks(tmp_path: Path) -> None:
    image(tmp_path / "images" / "b.jpg")
    image(tmp_path / "images" / "a.jpg")
    for name in ("a", "b", "unused"):
        image(tmp_path / "ground_truth_mask" / f"{name}.png", 255)
    found = samples(Data(format="image_masks", path=str(tmp_path)))
    assert [sample.name for sample in found] == ["a.jpg", "b.jpg"]
    assert (found[0].mask_array() == 255).all()
    (tmp_path / "ground_truth_mask" / "b.png").unlink()
    with pytest.raises(InputError, match=r"b\.jpg has no mask"):
        samples(Data(format="image_masks", path=str(tmp_path)))


def test_unlabelled_images_at_any_depth(tmp_path: Path) -> None:
    image(tmp_path / "deep" / "er" / "a.PNG")
    (found,) = samples(Data(format="images", path=str(tmp_path)))
    assert (found.label, found.mask) == (None, None)
    with pytest.raises(InputError, match="has no mask"):
        found.mask_array()


def test_the_users_path_wins_and_its_format_is_seen(tmp_path: Path) -> None:
    card = Data(format="npz", package="not/there.npz")
    file = npz(tmp_path / "mine.npz", images=IMAGES, labels=np.zeros(5))
    assert len(samples(card, path=file)) == 5
    image(tmp_path / "classes" / "one" / "a.png")
    assert seen_format(tmp_path / "classes") == "class_folders"
    image(tmp_path / "pairs" / "images" / "a.png")
    image(tmp_path / "pairs" / "masks" / "a.png")
    assert seen_format(tmp_path / "pairs") == "image_masks"
    image(tmp_path / "flat" / "a.png")
    assert seen_format(tmp_path / "flat") == "images"
    with pytest.raises(InputError, match="neither a folder nor"):
        samples(card, path=tmp_path / "nowhere")


def test_a_limit_draws_by_seed_in_order(tmp_path: Path) -> None:
    file = npz(tmp_path / "test.npz", images=np.zeros((100, 2, 2)), labels=np.arange(100))
    data = Data(format="npz", path=str(file))
    drawn = [sample.label for sample in samples(data, limit=10, seed=3)]
    assert drawn == sorted(set(drawn), key=lambda label: label or 0)
    assert len(drawn) == 10
    assert drawn == [sample.label for sample in samples(data, limit=10, seed=3)]
    assert drawn != [sample.label for sample in samples(data, limit=10, seed=4)]
    assert len(samples(data, limit=1000)) == 100
    with pytest.raises(InputError, match="limit of 0"):
        samples(data, limit=0)


def test_damaged_or_wrong_npz(tmp_path: Path) -> None:
    (tmp_path / "damaged.npz").write_bytes(b"PK\x03\x04 cut off")
    pickled = npz(tmp_path / "pickled.npz", images=np.array([{"a": 1}], object))
    odd = npz(tmp_path / "odd.npz", images=IMAGES, labels=np.arange(4))
    other = npz(tmp_path / "other.npz", pictures=IMAGES)
    for path, words in (
        (tmp_path / "damaged.npz", "cannot be read"),
        (pickled, "cannot be read"),
        (odd, "5 images and 4 labels"),
        (other, "has no array `images`"),
    ):
        with pytest.raises(InputError, match=words):
            samples(None, path=path)


def test_an_empty_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no samples"):
        samples(None, path=tmp_path)


def test_where_a_cards_data_lies(tmp_path: Path) -> None:
    file = npz(tmp_path / "test.npz", images=IMAGES)
    with pytest.raises(InputError, match="the card says " + "0" * 64):
        locate(Data(format="npz", path=str(file), sha256="0" * 64))
    with pytest.raises(InputError, match=r"https://example\.org/x: fetch it"):
        locate(Data(format="npz", url="https://example.org/x"))
    with pytest.raises(InputError, match="--data"):
        locate(None)
    with pytest.raises(InputError, match="is not there"):
        locate(Data(format="images", path=str(tmp_path / "gone")))
    with pytest.raises(InputError, match="out of the package"):
        packaged("../card.py")


@pytest.mark.corpus
def test_real_folders() -> None:
    saliency = samples(None, path=corpus("eval_ecssd_100"))
    assert len(saliency) == 100
    assert saliency[0].mask_array().ndim == 2
    cifar = samples(None, path=corpus("eval_cifar10_test500"))
    assert np.bincount([sample.label or 0 for sample in cifar]).tolist() == [50] * 10
