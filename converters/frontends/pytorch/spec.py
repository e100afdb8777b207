"""What goes into an export and what comes out of it; both travel as JSON between the two processes."""

from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from registry.card import Entry, Input, Output

Exporter = Literal["torchscript", "dynamo", "openvino"]
"""The two of torch.onnx, and OpenVINO reading PyTorch itself, which gives IR and no ONNX."""
T = TypeVar("T", bound=msgspec.Struct)


class TensorInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One input or output of the exported model, in the source's own axis order."""

    name: str
    shape: tuple[int, ...]
    dtype: str


class ExportSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that the export of one PyTorch model needs. Exactly one of `entry` (a class to build) and `program` is given.

    Covers `pytorch_to_onnx.py` of Open Model Zoo: import-module and model-name are `entry.module` and `entry.cls` (a class, a
    function that builds the model, or an object that is one already), model-param is `entry.args` and `entry.parameters`,
    model-paths is `paths`, input-shapes, inputs-dtype and input-names are `inputs`, output-names is `outputs`.
    """

    entry: Entry | None = None
    program: Path | None = None
    """A saved `.pt2` (torch.export) or TorchScript file instead of a class."""
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()
    """In the source's order. Those with `keep: false` are left out of the exported model. Empty: all, under names of ours."""
    checkout: Path | None = None
    """The folder with the model's code: goes to the front of the child's module search path."""
    paths: tuple[str, ...] = ()
    """Subfolders of `checkout` to search before it."""
    weights: Path | None = None
    exporter: Literal["auto", "torchscript", "dynamo", "openvino"] = "auto"
    opset: int | None = None
    allow_pickle: bool = False
    reference_inputs: Path | None = None
    """`.npz` with keys `<set>/<input name>`: what to run the eager model on."""
    reference_outputs: Path | None = None
    """Where the eager model's answers go: `.npz` with keys `<set>/<output name>`, kept outputs only."""
    measure_noise: bool = True


class ExportReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was exported and how well. Relative differences are max|a-b| / max|b| over an output, the worst over all sample sets."""

    exporter: Exporter
    opset: int
    """ONNX's; 0 for IR."""
    tools: dict[str, str]
    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    parameters: int
    nodes: int
    difference: dict[str, float]
    """Output → relative difference of the written file (onnxruntime or OpenVINO, CPU) from the eager PyTorch model."""
    noise: dict[str, float] = {}
    """Output → relative difference of the eager model in float32 from itself in float64: what float32 rounding alone does to this
    model. No converted float32 model can be asked for less. Measured where a `difference` exceeds 2e-6; empty
    too where the model cannot run in float64."""
    rejected: dict[str, str] = {}
    """Exporter → why it was not used (or `not tried: …`)."""
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    log: str = ""
    """Tail of what the foreign code and the exporter printed."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What the child is told: the spec, the one exporter to use, and where its files go."""

    spec: ExportSpec
    exporter: Exporter
    model: Path
    reference: Path
    events: Path
    result: Path


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the child tells: a report, or an error sentence and whether another exporter may do better."""

    report: ExportReport | None = None
    error: str = ""
    error_kind: str = "SourceError"
    retry: bool = False


def encode(value: msgspec.Struct) -> bytes:
    """JSON of any of the types above; paths become strings."""
    return msgspec.json.encode(value, enc_hook=str)


def decode(data: bytes, kind: type[T]) -> T:
    """The inverse of `encode`. Raises msgspec.DecodeError."""
    return msgspec.json.decode(data, type=kind, dec_hook=_path)


def _path(kind: type, value: Any) -> Any:
    if kind is Path:
        return Path(value)
    raise NotImplementedError(f"no decoding for {kind}")
