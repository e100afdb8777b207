"""Whether the SavedModel and the .tflite of every architecture answer alike, in TensorFlow and in LiteRT, on the same inputs.

`python -m benchmarks.saved_models DIR [--only NAME…]`, DIR as of `benchmarks.architectures`. Needs `pip install zoo[all,bench]`.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.answers import relative
from benchmarks.architecture_export import exported
from benchmarks.process import run
from registry.errors import ZooError

TOLERANCE = 1e-5
"""Largest difference over largest magnitude of an output."""


def differences(folder: Path, only: Sequence[str] = ()) -> Iterator[tuple[str, float, str]]:
    """(architecture, largest relative difference, reason where there is none) in the order of the set."""
    for one, path in exported(folder, only):
        if isinstance(path, str):
            yield one.name, float("inf"), path
            continue
        with tempfile.TemporaryDirectory(prefix="architectures-") as out:
            yield one.name, *_difference(path, one.classes, Path(out) / "out")


def _difference(model: Path, classes: int, out: Path) -> tuple[float, str]:
    command = [sys.executable, "-m", "zoo", "convert", str(model), "--to", "float32,saved_model", "--json"]
    done = run([*command, "--out", str(out)])
    if done.code:
        return float("inf"), (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
    lite, saved = json.loads(done.stdout)["manifest"]["artifacts"]
    random = np.random.default_rng(1)
    feed = {
        tensor["name"]: random.integers(0, max(classes, 2), tensor["shape"]).astype(tensor["dtype"])
        if np.dtype(tensor["dtype"]).kind == "i"
        else random.uniform(0, 1, tensor["shape"]).astype(tensor["dtype"])
        for tensor in lite["inputs"]
    }
    first, second = _lite(out / lite["path"], feed), _tensorflow(out / saved["path"], feed)
    if first.keys() != second.keys():
        return float("inf"), f"outputs {sorted(first)} and {sorted(second)}"
    return max(relative(second[name], first[name]) for name in first), ""


def _lite(path: Path, feed: dict[str, Any]) -> dict[str, Any]:
    from ai_edge_litert.interpreter import Interpreter

    return dict(Interpreter(model_path=str(path), num_threads=1).get_signature_runner()(**feed))


def _tensorflow(path: Path, feed: dict[str, Any]) -> dict[str, Any]:
    import tensorflow as tf

    serve = tf.saved_model.load(str(path)).signatures["serving_default"]
    answers = serve(**{name: tf.constant(value) for name, value in feed.items()})
    return {name: tensor.numpy() for name, tensor in answers.items()}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="where ONNX files are kept")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME")
    arguments = parser.parse_args()
    worst: list[float] = []
    try:
        for name, difference, reason in differences(arguments.folder, arguments.only):
            worst.append(difference)
            print(f"{name:30} {difference:8.1e} {reason}".rstrip(), flush=True)
    except ZooError as error:
        print(error, file=sys.stderr)
        return 2
    alike = sum(value <= TOLERANCE for value in worst)
    print(
        f"{alike} of {len(worst)} answer alike within {TOLERANCE:g}; largest difference {max(worst, default=0):.1e}"
    )
    return 0 if alike == len(worst) else 1


if __name__ == "__main__":
    sys.exit(main())
