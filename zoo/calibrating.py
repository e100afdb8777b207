"""What integer variants are calibrated on: the user's samples, the card's, or noise where that is said."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np

from registry import calibration
from registry.calibration import Arrays
from registry.card import Calibration, Input, Preprocess, Resize
from registry.errors import InputError
from registry.types import CalibrationRecord, Tensor
from zoo.request import Calibrating, Request

_RANDOM = 16
"""Samples of noise, half of them in patches."""


NNCF = "nncf"
"""What `CalibrationRecord.method` says where NNCF finds the ranges by methods of its own."""
AUTO = "auto"
"""The method where it is to be chosen by its answers on the samples."""
OWN_SCALES = CalibrationRecord(data="the model's own scales", samples=0, method="none")
"""Of a model that says all its grids itself."""


@dataclass
class Samples:
    """A source of samples that hashes them as they pass. Iterate once, then ask for `record`."""

    inputs: tuple[Input, ...]
    asked: Calibrating
    rule: Calibration
    hashes: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Arrays]:
        source = (
            _noise(self.inputs, self.rule.seed, self.asked.samples or _RANDOM)
            if self.random
            else calibration.stream(self.inputs, self.rule, self.asked.data, self.asked.samples)
        )
        for arrays in source:
            digest = hashlib.sha256()
            for one in self.inputs:
                digest.update(np.ascontiguousarray(arrays[one.name]).tobytes())
            self.hashes.append(digest.hexdigest())
            yield arrays

    @property
    def random(self) -> bool:
        return self.asked.random and self.asked.data is None

    @property
    def record(self) -> CalibrationRecord:
        return CalibrationRecord(
            data=_origin(self),
            samples=len(self.hashes),
            sha256=tuple(self.hashes),
            preprocessing={one.name: _described(one) for one in self.inputs} if not self.random else {},
            method=self.asked.method or self.rule.method,
            per_channel=not self.asked.per_tensor,
            seed=self.rule.seed,
            random=self.random,
        )


def found_by(record: CalibrationRecord, method: str) -> CalibrationRecord:
    """The record of ranges found by `method`, which was chosen where another was asked for."""
    return msgspec.structs.replace(record, method=method, chosen=method != record.method)


def by_nncf(record: CalibrationRecord) -> CalibrationRecord:
    """The same samples in NNCF's hands, which finds ranges by methods of its own, weights per channel."""
    return msgspec.structs.replace(record, method=NNCF, per_channel=True)


def impossible(request: Request) -> str:
    """Why integer variants cannot be calibrated; empty where they can."""
    asked, card = request.calibrating, request.card
    if asked.data is not None or asked.random:
        return ""
    rule = card.calibration if card is not None else None
    if rule is not None and (
        rule.dataset or (rule.data is not None and (rule.data.package or rule.data.path))
    ):
        return ""
    return "it needs calibration samples: --calibrate DIR (images, .npz or .npy), or --random-calibration to do without"


def says_grids(model: Path | None) -> bool:
    """Whether a model file may say its own scales: QDQ ONNX, an IR with FakeQuantize, a quantized .tflite."""
    if model is None or not model.is_file():
        return False
    if model.suffix == ".tflite":
        from converters.frontends.tflite import read_tflite
        from converters.passes.integer import is_quantized

        return is_quantized(read_tflite(model))
    mark = {".onnx": b"QuantizeLinear", ".xml": b"FakeQuantize"}.get(model.suffix)
    return mark is not None and mark in model.read_bytes()


def samples(request: Request, tensors: Sequence[Tensor]) -> Samples:
    """The samples that the request names, for the inputs `tensors` (in the source's axes where there is a card, else the same)."""
    from zoo import exporting

    card, asked = request.card, request.calibrating
    if card is not None and card.inputs:
        inputs = tuple(exporting.reshaped(card.inputs, request.input_shapes))
        return Samples(inputs, asked, card.calibration or Calibration())
    rule = (card.calibration if card is not None else None) or Calibration()
    return Samples(tuple(_input(tensor, asked) for tensor in tensors), asked, rule)


def _input(tensor: Tensor, asked: Calibrating) -> Input:
    """What a model file says of its input, with the preprocessing that the options say."""
    sizes = (1 if size < 0 else size for size in tensor.shape)
    source: dict[int, int] = dict(zip(tensor.permutation, sizes, strict=True))
    shape = tuple(source[axis] for axis in range(len(source)))
    layout = None
    if len(shape) == 4:
        layout = "NCHW" if shape[1] in (1, 3) else "NHWC" if shape[3] in (1, 3) else None
    given = asked.input_range
    if layout is not None and given is None and asked.data is not None and asked.data.is_dir():
        raise InputError(
            "--calibrate: a model file does not say what its pixels mean; say it with --input-range LOW,HIGH (what 0 and 255 become) "
            "and where needed --mean and --std, or give ready inputs as .npz or .npy"
        )
    low, high = given or (0.0, 255.0)
    factor = (high - low) / 255
    # ((x · factor + low) - mean) / std = (x / (1 / factor) - (mean - low)) / std
    mean, std = asked.mean or (0.0,), asked.std or (1.0,)
    rule = Preprocess(resize=Resize(), divide_by=1 / factor, mean=tuple(m - low for m in mean), std=std)
    limits = None
    if given is not None:
        ends = [(end - m) / s for end in given for m, s in zip(*_even(mean, std), strict=True)]
        limits = (min(ends), max(ends))
    return Input(
        name=tensor.source_name or tensor.name,
        shape=shape,
        dtype="float32" if tensor.scale else tensor.dtype,  # type: ignore[arg-type]
        layout=layout,
        range=limits,
        preprocess=rule,
    )


def _even(mean: tuple[float, ...], std: tuple[float, ...]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    count = max(len(mean), len(std))
    return (mean * count if len(mean) == 1 else mean), (std * count if len(std) == 1 else std)


def _noise(inputs: Sequence[Input], seed: int, count: int) -> Iterator[Arrays]:
    from converters.verify.samples import seeded

    for number in range((count + 1) // 2):
        for sets in list(seeded(inputs, seed=seed + number).values())[: count - 2 * number]:
            yield dict(sets)


def _described(spec: Input) -> dict[str, object]:
    rule: dict[str, object] = msgspec.json.decode(
        msgspec.json.encode(spec.preprocess)
    )  # as a manifest has it
    return {**rule, "range": list(spec.range) if spec.range else None}


def _origin(found: Samples) -> str:
    data, rule = found.asked.data, found.rule
    if found.random:
        return "random"
    if data is not None:
        return f"{'folder' if Path(data).is_dir() else 'file'} {data.name}"
    if rule.dataset is not None:
        return f"dataset {rule.dataset}"
    return f"package {rule.data.package}" if rule.data and rule.data.package else "the card's folder"
