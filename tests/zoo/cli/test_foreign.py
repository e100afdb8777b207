"""Cards whose model is a class in somebody's code: agreement, and everything that code and weights can do wrong."""

import textwrap
from pathlib import Path

import pytest

from tests.zoo.cli.run import Ended, zoo

CODE = """
import torch

class Net(torch.nn.Module):
    def __init__(self, channels=2):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, channels, 3)

    def forward(self, image):
        return torch.relu(self.conv(image))

class Raises(Net):
    def __init__(self):
        raise RuntimeError("no such luck")
"""

CARD = """
schema: 1
name: theirs
task: image-classification
description: A model of a test.
licenses: {code: MIT, weights: MIT}
source: {path: code}
weights:
  - {file: weights.pth, path: weights.pth}
entry: {module: net, class: CLASS}
inputs:
  - {name: image, shape: [1, 3, 8, 8], layout: NCHW, color: RGB}
outputs:
  - {name: features}
"""


class Evil:
    """Unpickled in full it would make a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    torch = pytest.importorskip("torch")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "net.py").write_text(textwrap.dedent(CODE))
    card(tmp_path, "Net")
    torch.manual_seed(0)
    conv = torch.nn.Conv2d(3, 2, 3)
    torch.save({f"conv.{name}": value for name, value in conv.state_dict().items()}, tmp_path / "weights.pth")
    return tmp_path


def card(place: Path, cls: str) -> None:
    (place / "theirs.yaml").write_text(CARD.replace("CLASS", cls))


def convert(place: Path, *more: str) -> Ended:
    return zoo("fetch-convert", place / "theirs.yaml", "--to", "float32", "--out", place / "out", *more)


def test_code_of_others_needs_an_agreement(place: Path) -> None:
    sentence = convert(place).failed(4)
    assert "--trust" in sentence
    assert not (place / "out").exists()


@pytest.mark.slow
def test_the_agreement_is_remembered_until_the_code_changes(place: Path) -> None:
    first = convert(place, "--trust", "--json")
    assert first.code == 0, first.err
    (made,) = first.document["manifest"]["artifacts"]
    assert all(check["passed"] for check in made["checks"])
    assert any("torchscript" in note or "dynamo" in note for note in first.document["manifest"]["notes"])
    second = convert(place, "--json")
    assert second.document["already_done"]
    with (place / "code" / "net.py").open("a") as file:
        file.write("\nprint('changed')\n")
    assert "--trust" in convert(place).failed(4)
    assert (place / "out" / "theirs_float32.tflite").is_file()


@pytest.mark.slow
@pytest.mark.parametrize(("cls", "part"), [("Missing", "Missing"), ("Raises", "no such luck")])
def test_a_class_that_is_missing_or_raises(place: Path, cls: str, part: str) -> None:
    card(place, cls)
    assert part in convert(place, "--trust").failed(4)
    assert not (place / "out").exists()


@pytest.mark.slow
def test_truncated_weights(place: Path) -> None:
    path = place / "weights.pth"
    path.write_bytes(path.read_bytes()[:-300])
    assert "weights.pth" in convert(place, "--trust").failed(4)
    assert not (place / "out").exists()


@pytest.mark.slow
def test_a_pickle_with_code_in_it_is_refused_and_does_not_run(place: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.save({"conv.weight": Evil(place / "harm")}, place / "weights.pth")
    assert "--allow-pickle" in convert(place, "--trust").failed(4)
    assert not (place / "harm").exists()
    assert not (place / "out").exists()


@pytest.mark.slow
def test_a_shape_the_model_does_not_take(place: Path) -> None:
    assert "image" in convert(place, "--trust", "--input-shape", "1,5,8,8").failed(4)
    assert "4 " in convert(place, "--trust", "--input-shape", "1,3,8").failed(2)
    assert not (place / "out").exists()


@pytest.mark.slow
def test_outputs_that_are_not_there(place: Path) -> None:
    assert "`nothing`" in convert(place, "--trust", "--outputs", "nothing").failed(2)
