"""`python -m benchmarks.quantization MODEL.onnx… --images DIR`: every quantized variant beside TensorFlow's own converter.

Both calibrate on the same images; the signal-to-quantization-noise ratio against the float32 .tflite is taken on others:
SQNR = 10 log10(Σ y² / Σ (y - ŷ)²), dB, over all elements and samples of an output; the mean over outputs is shown.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

from registry.card import Input, Preprocess, Resize
from registry.preprocess import load_image, preprocess
from registry.samples import IMAGE_SUFFIXES
from registry.stored import to_real, to_stored
from registry.types import Tensor

Array = npt.NDArray[Any]

VARIANTS = ("float16", "dynamic_range", "weight_only_int8", "weight_only_int4")
INTEGER = ("int8", "full_int8", "full_uint8", "int16x8", "full_int16x8")
PEERS = {"dynamic_range": "dynamic", "int8": "int8", "int16x8": "int16x8"}
"""Our variant → what the peer is asked for (full_* differ from these in their inputs and outputs alone)."""

_UNIT = Preprocess(resize=Resize(), divide_by=255.0)
_SIGNED = Preprocess(resize=Resize(), divide_by=127.5, mean=(1.0,))
_IMAGENET = Preprocess(
    resize=Resize(), divide_by=255.0, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)
)
_PIXELS = Preprocess(resize=Resize())
_PORTRAIT = Preprocess(
    resize=Resize(),
    divide_by=255.0,
    mean=(107.304565 / 255, 115.69884 / 255, 132.35703 / 255),
    std=(63.97182, 65.1337, 68.29726),
)
"""(x - mean) / std / 255: ext_portrait_segmentation divides by 255 once more after it normalised (data/CVTransforms.py,
etc/Visualize_video.py), so that its networks see ±0.01."""
_PREPROCESSING = {
    **dict.fromkeys(("blazeface", "tddfa_mb05", "ultraface_rfb320"), _SIGNED),
    **dict.fromkeys(("minifasnet_v1se", "minifasnet_v2", "rfdn"), _PIXELS),
    **dict.fromkeys(("resnet20_cifar10", "u2netp"), _IMAGENET),
    **dict.fromkeys(("extremec3", "sinet"), _PORTRAIT),
}
"""As the models' repositories feed them; any other file sees 0…1."""
_BGR = frozenset({"extremec3", "sinet", "fastestdet", "tddfa_mb05", "minifasnet_v1se", "minifasnet_v2"})
"""Fed as OpenCV reads."""


@dataclass(frozen=True)
class Row:
    """One variant of one model. SQNR in dB (NaN: not made), `size` relative to float32; `reason` says why it was not made."""

    model: str
    variant: str
    size: float
    sqnr: float
    peer: float
    reason: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quantization", description=__doc__)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--images", type=Path, required=True, help="a folder of images, searched through")
    parser.add_argument("--samples", type=int, default=50)
    parser.add_argument("--held-out", type=int, default=10)
    parser.add_argument("--variants", default=",".join((*VARIANTS, *INTEGER)), help="A,B,… (default: all)")
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--peer-limit", type=float, default=1800, help="seconds for a model")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    files = sorted(f for f in given.images.rglob("*") if f.suffix.lower() in IMAGE_SUFFIXES - {".png"})
    if len(files) < given.samples + given.held_out:
        parser.error(f"{given.images} holds {len(files)} images, {given.samples + given.held_out} are needed")
    variants = tuple(given.variants.split(","))
    if not set(variants) <= {*VARIANTS, *INTEGER}:
        parser.error(f"--variants: there are {', '.join((*VARIANTS, *INTEGER))}")
    rows = []
    for model in given.models:
        with tempfile.TemporaryDirectory(prefix="zoo-quantization-") as folder:
            images = files[: given.samples], files[given.samples :][: given.held_out]
            peer = 0 if given.no_peer else given.peer_limit
            found = compare(model, images, variants, Path(folder), peer)
        rows += found
        for row in found:
            print(
                f"{row.model:20} {row.variant:17} {row.size:6.3f} {row.sqnr:7.1f} {row.peer:7.1f}  {row.reason}",
                flush=True,
            )
    for variant in PEERS:
        pairs = [r.sqnr - r.peer for r in rows if r.variant == variant and np.isfinite(r.sqnr - r.peer)]
        if pairs:
            print(
                f"{variant}: median {median(pairs):+.2f} dB, worst {min(pairs):+.2f} dB against TensorFlow's converter"
            )
    if given.json:
        given.json.write_text(json.dumps([asdict(row) for row in rows], indent=1))
    return 0


def compare(
    model: Path,
    images: tuple[Sequence[Path], Sequence[Path]],
    variants: Sequence[str],
    folder: Path,
    peer: float,
) -> list[Row]:
    """The rows of one model, calibrated on the first images and judged on the second; everything is made in `folder`. TensorFlow's
    converter has `peer` seconds (0: it is not asked)."""
    name = model.stem
    made = _convert(model, folder, ("float32", "saved_model") if peer else ("float32",), None)
    float32 = folder / f"{name}_float32.tflite"
    if made or not float32.is_file():
        return [Row(name, "float32", np.nan, np.nan, np.nan, made)]
    tensor = json.loads((folder / "manifest.json").read_text())["artifacts"][0]["inputs"][0]
    order = tensor["permutation"]
    shape = [0] * len(order)
    for axis, size in zip(order, tensor["shape"], strict=True):
        shape[axis] = size
    rule = _PREPROCESSING.get(name, _UNIT)
    spec = Input(
        name="x",
        shape=tuple(shape),
        layout="NCHW",
        color="BGR" if name in _BGR else "RGB",
        preprocess=rule,
    )
    samples, judged = ([preprocess(load_image(f), spec) for f in files] for files in images)
    np.save(folder / "calibration.npy", np.stack(samples))
    tests = [np.ascontiguousarray(a.transpose(order)) for a in judged]
    np.save(folder / "peer.npy", np.stack([a.transpose(order) for a in samples]))
    started = time.perf_counter()
    reason = _convert(model, folder, variants, folder / "calibration.npy")
    print(f"{name}: our variants in {time.perf_counter() - started:.1f} s", flush=True)
    if peer:
        started = time.perf_counter()
        kinds = [PEERS[one] for one in variants if one in PEERS]
        said = _peer(folder / f"{name}_saved_model", folder, kinds, peer)
        print(f"{name}: the peer's variants in {time.perf_counter() - started:.1f} s {said}", flush=True)
    started = time.perf_counter()
    expected = answers(float32, tests)
    rows = []
    for variant in variants:
        file = folder / f"{name}_{variant}.tflite"
        if not file.is_file():
            rows.append(Row(name, variant, np.nan, np.nan, np.nan, reason))
            continue
        theirs = folder / f"peer_{PEERS.get(variant)}.tflite"
        other = sqnr(answers(theirs, tests), expected) if theirs.is_file() else np.nan
        size = file.stat().st_size / float32.stat().st_size
        rows.append(Row(name, variant, size, sqnr(answers(file, tests), expected), other))
    print(
        f"{name}: {len(tests)} images through all files in {time.perf_counter() - started:.1f} s", flush=True
    )
    return rows


def sqnr(actual: list[list[Array]], expected: list[list[Array]]) -> float:
    """dB, the mean over outputs; outputs are told apart by their position, or by their shape where that decides."""
    found = []
    for index in range(len(expected[0])):
        signal = sum(float(np.square(one[index]).sum()) for one in expected)
        noise = sum(
            float(np.square(a[index] - e[index]).sum()) for a, e in zip(actual, expected, strict=True)
        )
        found.append(10 * np.log10(max(signal, 1e-30) / max(noise, 1e-30)))
    return float(np.mean(found))


def answers(file: Path, samples: Sequence[Array]) -> list[list[Array]]:
    """Real numbers, outputs ordered by the signature's names."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(file), num_threads=2)
    interpreter.allocate_tensors()
    entry = interpreter.get_input_details()[0]
    named = interpreter.get_signature_runner().get_output_details()  # held, the runner would forbid `invoke`
    outputs = [detail for _, detail in sorted(named.items())]
    found = []
    for sample in samples:
        interpreter.set_tensor(entry["index"], to_stored(sample, _tensor(entry)))
        interpreter.invoke()
        found.append(
            [to_real(interpreter.get_tensor(d["index"]), _tensor(d)).astype(np.float64) for d in outputs]
        )
    return found


def _tensor(detail: dict[str, Any]) -> Tensor:
    """What LiteRT tells of an input or output."""
    scale, zero = detail["quantization"]
    shape = tuple(map(int, detail["shape"]))
    return Tensor(
        name=detail["name"],
        shape=shape,
        dtype=np.dtype(detail["dtype"]).name,
        permutation=tuple(range(len(shape))),
        scale=float(scale),
        zero_point=int(zero),
    )


def _convert(model: Path, folder: Path, targets: Sequence[str], calibration: Path | None) -> str:
    """The project's own command; its complaint, empty where it has none."""
    command = [
        sys.executable,
        "-m",
        "zoo",
        "convert",
        str(model),
        "--out",
        str(folder),
        "-q",
        "--to",
        ",".join(targets),
    ]
    if calibration is not None:
        command += ["--calibrate", str(calibration)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


_PEER = """
import sys, numpy, tensorflow as tf
folder, saved, kinds = sys.argv[1:]
samples = numpy.load(folder + "/peer.npy")
def feed():
    for sample in samples:
        yield [sample]
for kind in kinds.split(","):
    converter = tf.lite.TFLiteConverter.from_saved_model(saved)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if kind != "dynamic":
        converter.representative_dataset = feed
    if kind == "int16x8":
        wide = tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
        converter.target_spec.supported_ops = [wide, tf.lite.OpsSet.TFLITE_BUILTINS]
    try:
        made = converter.convert()
        open(f"{folder}/peer_{kind}.tflite", "wb").write(made)
    except Exception as error:
        print(kind, str(error).splitlines()[0][:200], file=sys.stderr)
"""
"""TensorFlow's converter allows float fallback here: an operator that it cannot quantize costs it nothing in SQNR."""


def _peer(saved_model: Path, folder: Path, kinds: Sequence[str], limit: float) -> str:
    """What TensorFlow's converter makes in `limit` seconds; its complaint, empty where it has none."""
    command = [sys.executable, "-c", _PEER, str(folder), str(saved_model), ",".join(kinds)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit)
    except subprocess.TimeoutExpired:
        return f"TensorFlow's converter did not end in {limit:.0f} s"
    return "" if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


if __name__ == "__main__":
    raise SystemExit(main())
