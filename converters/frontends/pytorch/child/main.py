"""The child's one run: build, load, answer, export, check, tell. Started by `converters.processes.run_child`."""

import json
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import onnx
import onnxruntime
import torch

from converters.frontends.pytorch.child import exporters, forward, isolate
from converters.frontends.pytorch.child.build import build
from converters.frontends.pytorch.child.program import load_program
from converters.frontends.pytorch.child.weights import load_weights
from converters.frontends.pytorch.spec import (
    ExportReport,
    ExportSpec,
    Job,
    Outcome,
    TensorInfo,
    decode,
    encode,
)
from converters.processes import answer, die_with_parent
from registry.card import Input
from registry.errors import SourceError, ZooError


def main(arguments: list[str]) -> None:
    """`arguments` is the path of a Job as JSON; the Outcome is written where the job says."""
    die_with_parent()
    job = decode(Path(arguments[0]).read_bytes(), Job)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        isolate.warm_up(job.exporter)
        encode(Outcome(report=None))
    isolate.admit(job.spec.checkout, job.spec.paths)
    try:
        outcome = Outcome(report=_export(job))
    except exporters.ExportError as error:
        outcome = Outcome(error=str(error), retry=True)
    except ZooError as error:
        outcome = Outcome(error=str(error), error_kind=_kind(error))
    except MemoryError:
        outcome = Outcome(error="The model needs more memory than there is.")
    answer(job.result, encode(outcome))


def _export(job: Job) -> ExportReport:
    spec = job.spec
    torch.manual_seed(0)
    torch.backends.mha.set_fastpath_enabled(
        False
    )  # whole encoder layers in one operator that no exporter knows
    torch.set_num_threads(
        1
    )  # same sums on every machine, and no threads that wait for each other on a busy one
    _tell(job, "building the model")
    notes: list[str] = []
    model, inputs = _load(spec, notes)
    sets = forward.load_sets(spec.reference_inputs, inputs)
    _tell(job, "running the model in PyTorch")
    kept, names = forward.choose_outputs(model, sets, inputs, spec.outputs, spec.checkout)
    answers = forward.reference(kept, names, sets, inputs)
    forward.save_sets(job.reference, answers)
    _tell(job, f"exporting with {job.exporter}")
    write = _write_ir if job.exporter == "openvino" else _write_onnx
    written = write(job, _Answered(kept, inputs, names, sets, answers), notes)
    parameters = sum(p.numel() for p in kept.parameters())
    difference, beyond = written.compared
    noise: dict[str, float] = {}
    if spec.measure_noise and max(difference.values()) > exporters.NOTABLE_DIFFERENCE:
        _tell(job, "measuring the model's own rounding in float64")
        noise = forward.noise(kept, names, sets, answers, inputs)
    exporters.accept(beyond, noise)
    return ExportReport(
        exporter=job.exporter,
        opset=written.opset,
        tools=written.tools,
        inputs=written.inputs,
        outputs=written.outputs,
        parameters=parameters,
        nodes=written.nodes,
        difference=difference,
        noise=noise,
        notes=tuple(notes),
    )


@dataclass(frozen=True)
class _Answered:
    """The model of kept outputs, the names at its ends, and what it answered to each sample set."""

    kept: forward.Kept
    inputs: tuple[Input, ...]
    names: tuple[str, ...]
    sets: forward.Sets
    answers: forward.Sets

    @property
    def sample(self) -> dict[str, forward.Array]:
        """The first set."""
        return next(iter(self.sets.values()))


@dataclass(frozen=True)
class _Written:
    """The file that was made, and what running it came to (see `exporters.check`)."""

    tools: dict[str, str]
    opset: int
    nodes: int
    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    compared: tuple[dict[str, float], dict[str, float]]


def _write_onnx(job: Job, model: _Answered, notes: list[str]) -> _Written:
    notes += exporters.export_onnx(
        job.exporter, model.kept, model.sample, model.inputs, model.names, job.model, job.spec.opset
    )
    tools = {"torch": torch.__version__, "onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__}
    written = exporters.clean(job.model, tools, model.sample, next(iter(model.answers.values())))
    _tell(job, "comparing with PyTorch")
    opset = next(o.version for o in written.opset_import if o.domain in ("", "ai.onnx"))
    found = exporters.check(job.model, model.sets, model.answers, model.names)
    return _Written(tools, opset, len(written.graph.node), *exporters.signature(written), found)


def _write_ir(job: Job, model: _Answered, notes: list[str]) -> _Written:
    from converters.frontends.pytorch.child import straight

    written = straight.export_ir(model.kept, model.sample, model.inputs, model.names, job.model)
    notes.append("there is no ONNX of this model: no exporter can write it, OpenVINO reads it from PyTorch")
    tools = {"torch": torch.__version__, "openvino": straight.version()}
    _tell(job, "comparing with PyTorch")
    found = straight.check_ir(job.model, model.sets, model.answers, model.names)
    return _Written(tools, 0, len(written.get_ops()), *straight.signature_ir(written), found)


def _load(spec: ExportSpec, notes: list[str]) -> tuple[torch.nn.Module, tuple[Input, ...]]:
    if spec.program is not None:
        return load_program(spec.program, spec.inputs)
    if spec.entry is None:
        raise SourceError("Neither a class nor a program file is given.")
    model = build(spec.entry, spec.checkout)
    if any(p.dtype in (torch.float16, torch.bfloat16) for p in model.parameters()):
        model = model.float()
        notes.append("the class builds a half-precision model; it was made float32")
    if spec.weights is not None:
        notes += load_weights(model, spec.weights, spec.entry.state_dict, allow_pickle=spec.allow_pickle)
    else:
        notes.append("no weights file: the weights are those the class itself sets")
    return model.eval(), spec.inputs


def _tell(job: Job, what: str) -> None:
    with job.events.open("a") as stream:
        stream.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def _kind(error: ZooError) -> str:
    """The name of the error's class in registry.errors; ours derived from it are told as that."""
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "registry.errors")
