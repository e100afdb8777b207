"""The frozen types that flow from fetching to publishing: one home, small, JSON in and out through msgspec."""

from typing import Any, Literal

import msgspec

VariantName = Literal["float32", "float16", "dynamic_range"]


class _Frozen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of every record here."""


class Blob(_Frozen, frozen=True):
    """Bytes known by their hash. `size` in bytes."""

    sha256: str
    size: int
    origin: str = ""
    """Where these bytes came from: a URL, a repository and commit, `local file`, `package data`."""


class Tensor(_Frozen, frozen=True):
    """One input or output of an artifact. `permutation` leads from the source's axes to the artifact's:
    axis i of the artifact is axis `permutation[i]` of the source."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    permutation: tuple[int, ...]
    source_name: str = ""


class GraphStats(_Frozen, frozen=True):
    """The beauty of a graph in numbers. `flops` counts a multiply-add as two."""

    ops: int
    transposes: int
    transposed_bytes: int
    custom_ops: int
    parameters: int
    flops: int
    histogram: dict[str, int] = {}
    source_ops: int = 0
    transpose_reasons: tuple[str, ...] = ()


class Check(_Frozen, frozen=True):
    """One output of one artifact against the source model on one set of inputs. SNR in dB; relative is max|a-b| / max|b|."""

    output: str
    inputs: str
    max_absolute: float
    max_relative: float
    cosine: float
    snr_db: float
    passed: bool
    reason: str = ""


class Artifact(_Frozen, frozen=True):
    """One converted model on disk. `path` is relative to the manifest; a folder's hash covers its files' names and hashes."""

    target: str
    """`float32`, `float16`, `dynamic_range`, `saved_model`, `pb`, `h5`, `keras`, `json`, `openvino`, `openvino_fp16`, `onnx`."""
    path: str
    sha256: str
    size: int
    inputs: tuple[Tensor, ...] = ()
    outputs: tuple[Tensor, ...] = ()
    parents: tuple[str, ...] = ()
    tools: dict[str, str] = {}
    checks: tuple[Check, ...] = ()
    stats: GraphStats | None = None
    seconds: float = 0.0


class Measurement(_Frozen, frozen=True):
    """Latency of one artifact on one target. Times in milliseconds, memory in bytes."""

    artifact: str
    sha256: str
    size: int
    backend: str
    threads: int
    delegate: str
    median_ms: float
    p5_ms: float
    p95_ms: float
    mean_ms: float
    std_ms: float
    runs: int
    load_ms: float
    first_ms: float
    peak_memory: int
    """Largest resident set of the whole process."""
    base_memory: int = 0
    """What the process held just before the model was loaded: interpreter and libraries."""
    residency: str = ""
    environment: dict[str, str] = {}


class Score(_Frozen, frozen=True, omit_defaults=False):
    """One figure of a task metric, of one artifact on one data set. `artifact` is its target, or `source` for the source model.

    `low` and `high` are the ends of the 95 % bootstrap interval. `difference` is this figure minus that of `reference` on the same samples,
    with its own interval; `p` the paired test's probability of a difference this large where there is none; `verdict` says it in words
    (`no measurable loss`, `loses 0.8 ± 0.3 points`).
    """

    artifact: str
    metric: str
    value: float
    samples: int
    low: float | None = None
    high: float | None = None
    unit: str = ""
    """`points` (hundredths, of a figure in 0…1), `dB`, or none."""
    higher_is_better: bool = True
    reference: str = ""
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    p: float | None = None
    verdict: str = ""
    sha256: str = ""
    """The artifact's hash: a score of other bytes is another artifact's."""
    data: str = ""
    """The hash of the samples with their labels."""
    key: str = ""
    """The hash of all that decides the score: artifact, data, the card's inputs and evaluation, tools."""
    environment: dict[str, str] = {}

    def against(
        self, reference: str, difference: float, interval: tuple[float, float], p: float, verdict: str
    ) -> "Score":
        """The same score, compared."""
        return msgspec.structs.replace(
            self,
            reference=reference,
            difference=difference,
            difference_low=interval[0],
            difference_high=interval[1],
            p=p,
            verdict=verdict,
        )


class Manifest(_Frozen, frozen=True):
    """What `manifest.json` holds: the card, what went in, with what it was made, and every artifact with its checks."""

    name: str
    card: dict[str, Any]
    inputs: dict[str, Blob]
    options: dict[str, Any]
    tools: dict[str, str]
    artifacts: tuple[Artifact, ...]
    notes: tuple[str, ...] = ()
    version: int = 1
