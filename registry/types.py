"""The frozen types that flow from fetching to publishing: one home, small, JSON in and out through msgspec."""

from typing import Any

import msgspec

from registry.measured import Measurement as Measurement
from registry.measured import Residency as Residency
from registry.measured import Sample as Sample
from registry.measured import Score as Score
from registry.recipe import Recovery as Recovery
from registry.record import Record


class Blob(Record, frozen=True):
    """Bytes known by their hash. `size` in bytes."""

    sha256: str
    size: int
    origin: str = ""
    """Where these bytes came from: a URL, a repository and commit, `local file`, `package data`."""


class Tensor(Record, frozen=True):
    """One input or output of an artifact. `permutation` leads from the source's axes to the artifact's:
    axis i of the artifact is axis `permutation[i]` of the source."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    permutation: tuple[int, ...]
    source_name: str = ""
    scale: float = 0.0
    """Of a tensor of stored integers: real = scale * (stored - zero_point). 0 where the numbers are what they are."""
    zero_point: int = 0


class GraphStats(Record, frozen=True):
    """The beauty of a graph in numbers. `flops` counts a multiply-add as two."""

    ops: int
    transposes: int
    transposed_bytes: int
    custom_ops: int
    parameters: int
    flops: int
    histogram: dict[str, int] = msgspec.field(default_factory=dict)
    source_ops: int = 0
    transpose_reasons: tuple[str, ...] = ()


class Check(Record, frozen=True):
    """One output of one artifact against the source model on one set of inputs. SNR in dB; relative is max|a-b| / max|b|."""

    output: str
    inputs: str
    max_absolute: float
    max_relative: float
    cosine: float
    snr_db: float
    passed: bool
    reason: str = ""
    judged: bool = True
    """Whether there is a limit to the difference; without one, shapes and finite numbers alone are asked for."""


class CalibrationRecord(Record, frozen=True):
    """What an integer artifact's ranges were measured on."""

    data: str
    """Where the samples came from: `folder NAME`, `file NAME`, `package PATH`, `dataset ID`, `random`, `the model's own scales`."""
    samples: int
    sha256: tuple[str, ...] = ()
    """Of each sample as the model saw it: the arrays' bytes, inputs in order."""
    preprocessing: dict[str, Any] = msgspec.field(default_factory=dict)
    """Input name → the card's (or the options') preprocessing and range."""
    method: str = "mse"
    """How the ranges were found."""
    chosen: bool = False
    """Whether `method` was chosen by its answers on the samples, not asked for."""
    per_channel: bool = True
    seed: int = 0
    random: bool = False
    """Seeded noise, for want of data: accuracy says nothing then."""


class Artifact(Record, frozen=True):
    """One converted model on disk. `path` is relative to the manifest; a folder's hash covers its files' names and hashes."""

    target: str
    """`float32`, `float16`, `dynamic_range`, `saved_model`, `pb`, `h5`, `keras`, `json`, `openvino`, `openvino_fp16`, `onnx`."""
    path: str
    sha256: str
    size: int
    inputs: tuple[Tensor, ...] = ()
    outputs: tuple[Tensor, ...] = ()
    parents: tuple[str, ...] = ()
    tools: dict[str, str] = msgspec.field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    stats: GraphStats | None = None
    calibration: CalibrationRecord | None = None
    recovery: Recovery | None = None
    seconds: float = 0.0
    built: str = ""
    """Of a published .tflite file that was given TFLite metadata: its sha256 as it was converted; `sha256` is that of the file there."""


class Manifest(Record, frozen=True):
    """What `manifest.json` holds: the card, what went in, with what it was made, and every artifact with its checks."""

    name: str
    card: dict[str, Any]
    inputs: dict[str, Blob]
    options: dict[str, Any]
    tools: dict[str, str]
    artifacts: tuple[Artifact, ...]
    notes: tuple[str, ...] = ()
    version: int = 1
