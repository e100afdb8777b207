"""Small cards that the tests lay out in folders."""

from pathlib import Path

CARD = """\
schema: 1
name: {name}
task: {task}
description: {description}
licenses: {{code: {license}, weights: {license}}}
source: {{url: "https://example.org/{name}"}}
weights:
  - file: model.onnx
    urls: [https://example.org/{name}.onnx]
    size: {size}
    sha256: {sha256}
entry: {{model: model.onnx}}
inputs:
  - {{name: image, shape: [1, 3, {side}, {side}], layout: NCHW}}
outputs:
  - {{name: y}}
"""


def write(path: Path, **said: object) -> Path:
    """A card of a ready ONNX model, named like its file."""
    given = {
        "name": path.stem,
        "task": "image-classification",
        "description": "A test.",
        "license": "MIT",
        "size": 1000,
        "sha256": "0" * 64,
        "side": 224,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(CARD.format(**{**given, **said}))
    return path
