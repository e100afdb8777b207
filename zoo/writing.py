"""The stages that write artifacts: each is staged, run, and settled beside the source model's answers."""

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from registry.errors import ConversionError, InputError
from registry.types import CalibrationRecord
from zoo import calibrating, checking, edgetpu, remarks
from zoo.run import Run, Trial
from zoo.targets import BY_NAME, EIGHT_BITS, INTEGER, OPENVINO, TENSORFLOW, TFLITE
from zoo.trying import trials

if TYPE_CHECKING:
    from converters.engine import Built
    from converters.quantize.static import Calibrated


def tflite(run: Run) -> None:
    """The .tflite variants, each from the graph."""
    from converters import engine

    failed: list[Trial] = []
    built = run.graph
    wanted = [variant for variant in TFLITE if run.wants(variant)]
    usual = [name for name in INTEGER if name != "edgetpu"]
    calibrated, record = _calibrated(run, built) if run.wants(*usual) else (None, None)

    def judge(trial: Trial) -> None:
        path = run.staged(trial.target)[0]
        compiled = _compiled(run, path) if trial.target.name == "edgetpu" else None
        if not run.finish_if_right(trial):
            failed.append(trial)
        elif compiled is not None and compiled.is_file():
            shutil.move(compiled, run.request.out / compiled.name)

    with trials(run, built, len(wanted), judge) as tried:
        for variant in wanted:
            started, target = time.perf_counter(), BY_NAME[variant]
            path = run.staged(target)[0]
            run.progress(f"writing {variant}")
            try:
                if variant == "edgetpu":
                    shaped = engine.for_edgetpu(built)
                    calibrated, record = _calibrated(run, shaped)
                    inputs, outputs = engine.emit_tflite(shaped, variant, path, calibrated)
                else:
                    inputs, outputs = engine.emit_tflite(built, variant, path, calibrated)
            except ConversionError as error:
                if run.request.targets is not None or variant not in INTEGER:
                    raise
                run.refuse(variant, str(error), note=str(error))
                continue
            seconds = time.perf_counter() - started
            used = record if variant in INTEGER else None
            trial = Trial(target, inputs, outputs, {}, stats=built.stats, calibration=used, seconds=seconds)
            tried.add(trial, path)
    run.look_again(failed)


def _compiled(run: Run, model: Path) -> Path:
    """Where NAME_edgetpu.tflite is made of the staged `model`, if the compiler is on PATH; an earlier one goes. Notes the forecast."""
    out = model.with_name(f"{run.request.stem}_edgetpu.tflite")
    (run.request.out / out.name).unlink(missing_ok=True)
    for note in edgetpu.compiled(model, out, run.progress):
        run.note(note)
    return out


def _calibrated(run: Run, built: "Built") -> "tuple[Calibrated | None, CalibrationRecord]":
    """The graph measured on the calibration samples, and what these were. Nothing is measured where the source says its grids."""
    from converters import engine
    from converters.verify.samples import for_artifact

    if built.says_its_grids:
        return None, calibrating.OWN_SCALES
    missing = calibrating.impossible(run.request)
    if missing:
        raise InputError(f"{run.request.name}: not every activation has a scale of its own, so {missing}.")
    run.progress("calibrating")
    asked = run.request.calibrating
    found = calibrating.samples(run.request, built.inputs)
    stored = (for_artifact({"": arrays}, built.inputs)[""] for arrays in found)
    method = asked.method or found.rule.method
    calibrated = engine.calibrate(built, stored, method, not asked.per_tensor)
    checking.release_memory()
    outputs = zip(built.outputs, calibrated.quality, strict=False)
    run.quality = {tensor.name: quality for tensor, quality in outputs if tensor.dtype == "float32"}
    if found.random:
        run.note("calibrated on random numbers, as was asked: the accuracy of integer variants says nothing")
    if run.wants(*EIGHT_BITS):
        for note in remarks.coarse(run.quality):
            run.note(note)
    return calibrated, calibrating.found_by(found.record, calibrated.method)


def openvino(run: Run) -> None:
    """OpenVINO IR in float32, float16 and 8 bits, in the source's own layouts."""
    from converters.emitters.openvino_ir import save_ir

    for name in OPENVINO:
        if not run.wants(name):
            continue
        started, path = time.perf_counter(), run.staged(BY_NAME[name])[0]
        run.progress(f"writing {name}")
        record = None
        try:
            if name == "openvino":
                save_ir(run.as_asked, fp32=path)
            elif name == "openvino_fp16":
                save_ir(run.as_asked, fp16=path)
            else:
                record = _quantized_ir(run, path)
        except ConversionError as error:
            if run.request.targets is not None or name != "openvino_int8":
                raise
            run.refuse(name, str(error), note=str(error))
            continue
        _try_as_source(run, name, path, time.perf_counter() - started, record)


def _quantized_ir(run: Run, path: Path) -> CalibrationRecord:
    """Writes the 8-bit IR; what it was calibrated on."""
    from converters.emitters.openvino_int8 import quantize_ir

    found = calibrating.samples(run.request, run.graph.inputs)
    run.progress("calibrating in OpenVINO")
    quantize_ir(run.as_asked, path, found)
    return calibrating.by_nncf(found.record)


def onnx(run: Run) -> None:
    """The simplified ONNX."""
    from converters.frontends.onnx_simplify import simplify

    started, path = time.perf_counter(), run.staged(BY_NAME["onnx"])[0]
    if run.exported:
        shutil.copyfile(run.as_asked, path)
    else:
        run.progress("simplifying the ONNX model")
        report = simplify(run.as_asked, path)
        if report.reason:
            run.note(report.reason)
    _try_as_source(run, "onnx", path, time.perf_counter() - started)


def tensorflow(run: Run) -> None:
    """SavedModel, frozen graph and the Keras formats, all from the float32 .tflite in one child process."""
    from converters import engine
    from converters.emitters.tensorflow import emit_tensorflow

    started, built = time.perf_counter(), run.graph
    paths = {name: run.staged(BY_NAME[name])[0] for name in TENSORFLOW if run.wants(name)}
    float32 = run.workspace.staging / "source.tflite"
    engine.emit_tflite(built, "float32", float32)
    emit_tensorflow(float32, paths, progress=run.progress)
    seconds = (time.perf_counter() - started) / len(paths)
    run.progress("running the TensorFlow artifacts")
    scratch = run.workspace.staging / "inputs.npz"
    inputs, outputs = built.ends
    answers = checking.run_tensorflow(list(paths.values()), inputs, outputs, run.answers, scratch)
    run.settle(
        [
            Trial(
                BY_NAME[name],
                inputs,
                outputs,
                answers[path],
                parents=("float32",),
                seconds=seconds,
            )
            for name, path in paths.items()
        ]
    )


def _try_as_source(
    run: Run, name: str, path: Path, seconds: float, calibration: CalibrationRecord | None = None
) -> None:
    """Runs an artifact that keeps the source's axes, and settles it."""
    runtime = checking.load(path)
    reference = run.answers
    first = [next(iter(sets.values()), {}) for sets in (reference.inputs, reference.outputs)]
    inputs, outputs = (
        checking.as_source(
            specs,
            list(arrays) or [spec.name for spec in specs],
            {key: array.shape for key, array in arrays.items()},
            ends,
        )
        for specs, arrays, ends in zip((runtime.inputs, runtime.outputs), first, run.grids, strict=True)
    )
    del runtime
    answers = checking.run_file(path, inputs, reference, outputs)
    run.settle([Trial(BY_NAME[name], inputs, outputs, answers, seconds=seconds, calibration=calibration)])
