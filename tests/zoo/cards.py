"""Cards of tiny models, written where a test wants them."""

from pathlib import Path
from typing import Any

import yaml

from tests.zoo.models import convolution


def write(path: Path, **parts: Any) -> Path:
    """A card of an image [1, 3, 8, 8] → `features`, called after its file."""
    card = {
        "schema": 1,
        "name": path.stem,
        "task": "image-classification",
        "description": "A tiny model.",
        "licenses": {"code": "MIT", "weights": "MIT"},
        "source": {"path": "."},
        "inputs": [{"name": "image", "shape": [1, 3, 8, 8]}],
        "outputs": [{"name": "features"}],
    }
    path.write_text(yaml.safe_dump(card | parts))
    return path


def of_convolution(folder: Path, name: str, seed: int = 0) -> Path:
    """The card of a ready .onnx beside it."""
    convolution(folder / f"{name}.onnx", seed=seed)
    weights = [{"file": f"{name}.onnx", "path": f"{name}.onnx"}]
    return write(folder / f"{name}.yaml", weights=weights, entry={"model": f"{name}.onnx"})


def of_class(folder: Path, name: str, code: str) -> Path:
    """The card of a PyTorch class `Net` with this code, in a folder of its own beside it."""
    (folder / name).mkdir()
    (folder / name / "net.py").write_text(code)
    return write(folder / f"{name}.yaml", source={"path": name}, entry={"module": "net", "class": "Net"})
