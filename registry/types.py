"""The frozen types that flow from fetching to publishing: one home, small, JSON in and out through msgspec."""

from typing import Any

import msgspec

from registry.measured import Measurement as Measurement
from registry.measured import Residency as Residency
from registry.measured import Sample as Sample
from registry.measured import Score as Score
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
    per_channel: bool = True
    seed: int = 0
    random: bool = False
    """Seeded noise, for want of data: accuracy says nothing then."""


class Tried(Record, frozen=True, omit_defaults=False):
    """One attempt of a recovery: so many layers in float32 (or on 16-bit activations), and what it loses against float32."""

    techniques: tuple[str, ...]
    float32: int
    int16: int
    loss: float
    size: int


class Recovery(Record, frozen=True):
    """The recipe of a variant of mixed precision: what it keeps, what that is worth and what it costs, against the plain variant.

    `loss` is how much worse than float32 the metric is, in `unit`s (0 and below: no worse). Sizes in bytes; latency in milliseconds, all
    three files in turns of one run (LiteRT, XNNPACK, one thread): median, and the ends of its 95 % interval.
    """

    of: str
    """The variant that it recovers: `int8`, `dynamic_range`."""
    tolerance: float
    metric: str
    unit: str
    data: str
    """The hash of the samples that the metric was measured on."""
    samples: int
    float32_layers: tuple[str, ...]
    """Chosen to stay in float32, by the name of their result."""
    techniques: tuple[str, ...]
    """Applied to the whole model before that."""
    float_value: float
    value_before: float
    value_after: float
    loss_before: float
    loss_after: float
    size_float32: int
    size_before: int
    size_after: int
    int16_layers: tuple[str, ...] = ()
    """Chosen to compute on 16-bit activations, weights in 8 bits."""
    latency_ms: dict[str, tuple[float, float, float]] = msgspec.field(default_factory=dict)
    """`float32`, `before`, `after`."""
    without_form: tuple[str, ...] = ()
    """Layers that LiteRT has no integer form of; they compute in float32 in any case."""
    tried: tuple[Tried, ...] = ()
    key: str = ""
    """The hash of all that decides the recipe."""


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
