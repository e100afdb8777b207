"""The shipped model is what its card says."""

import ast
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
import yaml

import registry
from registry.card import Card
from registry.preprocess import preprocess
from registry.samples import packaged, samples

CARD = Path(registry.__file__).parent / "cards" / "digits.yaml"


@pytest.fixture
def card() -> Card:
    return msgspec.convert(yaml.safe_load(CARD.read_text()), Card)


def test_its_data_are_there_whole_and_apart(card: Card) -> None:
    assert card.evaluation is not None
    assert card.calibration is not None
    test, calibration = samples(card.evaluation.data), samples(card.calibration.data)
    assert (len(test), len(calibration)) == (450, 100)
    assert np.bincount([sample.label or 0 for sample in test]).min() >= 40
    seen = {np.asarray(sample.image).tobytes() for sample in test}
    assert not any(np.asarray(sample.image).tobytes() in seen for sample in calibration)
    for sample in (*test, *calibration):
        array = preprocess(sample.image, card.inputs[0])
        assert array.shape == card.inputs[0].shape


def test_its_weights_are_small_and_known(card: Card) -> None:
    (weights,) = card.weights
    assert weights.package is not None
    size = packaged(weights.package).stat().st_size
    assert size == weights.size
    assert size < 200_000


def test_its_class_is_where_the_card_says(card: Card) -> None:
    assert card.source.package is not None
    tree = ast.parse((packaged(card.source.package) / f"{card.entry.module}.py").read_text())
    assert card.entry.cls in {node.name for node in tree.body if isinstance(node, ast.ClassDef)}


@pytest.mark.slow
def test_it_reads_98_of_100_digits(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    assert card.evaluation is not None
    assert card.source.package is not None
    monkeypatch.syspath_prepend(str(packaged(card.source.package)))
    monkeypatch.delitem(sys.modules, "digits_net", raising=False)
    from digits_net import DigitsNet

    model = DigitsNet()
    weights = packaged(card.weights[0].package or "")
    model.load_state_dict(torch.load(weights, weights_only=True, map_location="cpu"))
    model.eval()
    found = samples(card.evaluation.data)
    inputs = np.concatenate([preprocess(sample.image, card.inputs[0]) for sample in found])
    with torch.inference_mode():
        answers = model(torch.from_numpy(inputs)).argmax(1).tolist()
    right = sum(answer == sample.label for answer, sample in zip(answers, found, strict=True))
    assert right / len(found) >= 0.98
