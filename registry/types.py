"""The frozen types that flow from fetching to publishing: one home, small, JSON in and out through msgspec."""

from typing import Any, Literal

import msgspec

from registry.recipe import Recovery


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
    scale: float = 0.0
    """Of a tensor of stored integers: real = scale * (stored - zero_point). 0 where the numbers are what they are."""
    zero_point: int = 0


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


class CalibrationRecord(_Frozen, frozen=True):
    """What an integer artifact's ranges were measured on."""

    data: str
    """Where the samples came from: `folder NAME`, `file NAME`, `package PATH`, `dataset ID`, `random`, `the model's own scales`."""
    samples: int
    sha256: tuple[str, ...] = ()
    """Of each sample as the model saw it: the arrays' bytes, inputs in order."""
    preprocessing: dict[str, Any] = {}
    """Input name → the card's (or the options') preprocessing and range."""
    method: str = "mse"
    per_channel: bool = True
    seed: int = 0
    random: bool = False
    """Seeded noise, for want of data: accuracy says nothing then."""


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
    calibration: CalibrationRecord | None = None
    recovery: Recovery | None = None
    seconds: float = 0.0


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """One round of one configuration: the median of its `runs` inferences in milliseconds. In JSON `[round, ms, runs, process]`.

    Rounds count over the whole run: what was measured in round 7 of one configuration stands beside round 7 of every other, some
    hundredths of a second apart, so samples of one `run_id` with the same `round` are pairs. `process` counts the processes that held
    the model one after the other: memory layout differs between them, so a difference has to hold across them.
    """

    round: int
    ms: float
    runs: int = 1
    process: int = 0


class Residency(_Frozen, frozen=True, kw_only=True):
    """On what the ops of a model really ran. `proof` says how that is known; `left` counts the kinds of ops outside the accelerator."""

    ops: int
    accelerated: int
    partitions: int
    left: dict[str, int] = {}
    accelerator: str = ""
    """Who has the accelerated ops: `XNNPACK`, `WebGPU`, `Edge TPU`, `OpenVINO CPU` …"""
    proof: str = ""

    @property
    def kind(self) -> Literal["full", "partial", "none", "unknown"]:
        if not self.ops:
            return "unknown"
        return "full" if self.accelerated == self.ops else "partial" if self.accelerated else "none"

    def __str__(self) -> str:
        """One line, such as `all 259 ops in 1 XNNPACK partition`."""
        if not self.ops:
            return self.proof or "unknown"
        if not self.accelerated:
            return f"none of {self.ops} ops delegated"
        share = "all" if self.accelerated == self.ops else f"{self.accelerated} of"
        where = f"{self.partitions} {self.accelerator} partition{'s' * (self.partitions != 1)}"
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.left.items()))
        return f"{share} {self.ops} ops in {where}" + (f"; outside: {kinds}" if kinds else "")


class Measurement(_Frozen, frozen=True, kw_only=True):
    """Latency and memory of one artifact on one target. Times in milliseconds, memory in bytes (0: not known).

    What it belongs to is decided by `sha256`, never by a name. Two measurements can be paired where `run_id` is the same (see Sample).
    """

    run_id: str
    """Of the run in which all its configurations took turns."""
    artifact: str
    """The file's name."""
    sha256: str
    """Of the file, or of the folder as `zoo.hashing` has it."""
    size: int
    model: str = ""
    """The card's name, or the file's stem."""
    variant: str = ""
    """What the manifest calls it (`float32`, `openvino_fp16` …, `source` for the source model itself); empty for a lone file."""
    target: str
    """As asked: `cpu`, `cpu:noxnnpack`, `gpu`, `openvino:CPU` …"""
    device: str = ""
    """The processor or adapter that it ran on, by the runtime's own word where there is one."""
    backend: str
    """The runtime with its version: `LiteRT 2.3.0`."""
    delegate: str
    """`XNNPACK`, `WebGPU`, `none`, or a library's name."""
    threads: int
    """0: the runtime decides."""
    batch: int = 1
    shapes: dict[str, tuple[int, ...]] = {}
    """Input → the shape it was run with."""

    samples: tuple[Sample, ...] = ()
    median_ms: float
    """Of all timed inferences, as are the percentiles, the mean and the sample standard deviation."""
    p5_ms: float
    p95_ms: float
    p99_ms: float
    min_ms: float
    mean_ms: float
    std_ms: float
    low_ms: float
    """95 % bootstrap interval of the median: rounds are drawn, since runs of one round are not independent."""
    high_ms: float
    runs: int
    throughput: float
    """Samples a second: batch / median."""
    overhead_ms: float = 0.0
    """What the runner itself adds to one inference, in the median: the same loop around nothing."""

    load_ms: float
    first_ms: float
    warm_runs: int = 0
    warm_ms: float = 0.0
    """How long the warm-up took."""
    warm: bool = True
    """Whether the times had become stable when the rounds began."""

    peak_memory: int
    """Largest resident set of the whole process."""
    base_memory: int = 0
    """What the process held just before the model was loaded: interpreter and libraries."""
    runtime_memory: int = 0
    """What the runtime itself says that it allocated for the model."""

    residency: Residency = Residency(ops=0, accelerated=0, partitions=0)
    valid: bool = True
    invalid_reason: str = ""
    """Why the run was too disturbed to decide by it."""
    status: Literal["done", "interrupted"] = "done"
    """`interrupted`: the run ended early, these are the rounds that were done."""
    environment: dict[str, str] = {}

    @property
    def memory(self) -> int:
        """What the model costs: the peak less what the process held before."""
        return max(0, self.peak_memory - self.base_memory)


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
