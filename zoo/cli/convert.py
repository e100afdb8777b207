"""`zoo convert` and `zoo fetch-convert`."""

from functools import partial
from typing import Annotated

import typer

from zoo import output, report, report_recovery
from zoo.cli import completing, many
from zoo.cli import options as o
from zoo.request import Access, Request

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="A card's name (`zoo list`), or a provider's.", autocompletion=completing.names
    ),
]
NameOrFile = Annotated[
    str,
    typer.Argument(
        metavar="NAME|FILE",
        help="A card's name, or a .onnx, .xml, .pb, .tflite, .pt2, .keras, .h5, .pdmodel file or SavedModel folder.",
        autocompletion=completing.names,
    ),
]


def convert(
    model: NameOrFile,
    to: o.To = None,
    out: o.Out = None,
    input_shape: o.InputShape = None,
    keep_nchw: o.KeepNchw = None,
    outputs: o.Outputs = None,
    weights: o.Weights = None,
    source: o.SourceDir = None,
    trust: o.Trust = False,
    allow_pickle: o.AllowPickle = False,
    data: o.Samples = None,
    limit: o.Limit = None,
    replace_swish: o.ReplaceSwish = False,
    replace_hard_swish: o.ReplaceHardSwish = False,
    unroll: o.Unroll = False,
    dynamic_batch: o.DynamicBatch = False,
    calibrate: o.Calibrate = None,
    samples: o.CalibrationSamples = None,
    random_calibration: o.RandomCalibration = False,
    calibration_method: o.Method = None,
    per_tensor: o.PerTensor = False,
    input_range: o.InputRange = None,
    mean: o.Mean = None,
    std: o.Std = None,
    recover: o.Recover = None,
    recover_in: o.RecoverIn = "float32",
    force: o.Force = False,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Convert a model file, or a card whose files are already fetched, and verify every artifact."""
    from zoo import naming, targets

    out_to = output.select(json, quiet)
    request = Request(
        **naming.named(model, out),
        targets=targets.parse(to),
        **o.ends(input_shape, keep_nchw, outputs),
        **o.rewriting(replace_swish, replace_hard_swish, unroll, dynamic_batch),
        data=data,
        limit=limit,
        force=force,
        calibrating=o.calibrating(
            calibrate, samples, random_calibration, calibration_method, per_tensor, input_range, mean, std
        ),
        access=Access(weights, source, trust, allow_pickle, offline=True),
    )
    _run(request, recover, recover_in, out_to)


def fetch_convert(
    names: many.Names = None,
    every: many.All = False,
    task: many.Task = None,
    listed: many.From = None,
    jobs: many.Jobs = None,
    memory: many.Memory = None,
    timeout: many.Timeout = None,
    events: many.Events = None,
    to: o.To = None,
    out: many.Out = None,
    input_shape: o.InputShape = None,
    keep_nchw: o.KeepNchw = None,
    outputs: o.Outputs = None,
    weights: o.Weights = None,
    source: o.SourceDir = None,
    trust: o.Trust = False,
    allow_pickle: o.AllowPickle = False,
    offline: o.Offline = False,
    data: o.Samples = None,
    limit: o.Limit = None,
    replace_swish: o.ReplaceSwish = False,
    replace_hard_swish: o.ReplaceHardSwish = False,
    unroll: o.Unroll = False,
    dynamic_batch: o.DynamicBatch = False,
    calibrate: o.Calibrate = None,
    samples: o.CalibrationSamples = None,
    random_calibration: o.RandomCalibration = False,
    calibration_method: o.Method = None,
    per_tensor: o.PerTensor = False,
    input_range: o.InputRange = None,
    mean: o.Mean = None,
    std: o.Std = None,
    recover: o.Recover = None,
    recover_in: o.RecoverIn = "float32",
    force: o.Force = False,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Fetch a card's files, convert the model to every target, and verify every artifact: of one model, or of many."""
    from zoo import naming, targets

    out_to = output.select(json, quiet)
    request = partial(
        Request,
        targets=targets.parse(to),
        **o.ends(input_shape, keep_nchw, outputs),
        **o.rewriting(replace_swish, replace_hard_swish, unroll, dynamic_batch),
        data=data,
        limit=limit,
        force=force,
        calibrating=o.calibrating(
            calibrate, samples, random_calibration, calibration_method, per_tensor, input_range, mean, std
        ),
        access=Access(weights, source, trust, allow_pickle, offline),
    )
    asked = many.Asked(tuple(names or ()), every, task, listed, jobs, memory, timeout, events)
    if asked.one is None:
        raise typer.Exit(many.run(asked, request, recover, out, out_to))
    _run(request(**naming.card_named(asked.one, out)), recover, recover_in, out_to)


def _run(request: Request, tolerance: float | None, finer: str, out: output.Output) -> None:
    from zoo import pipeline, recovery

    wishes = recovery.wishes(request, tolerance, finer)
    request = recovery.basis(request) if wishes else request
    result = pipeline.run(request, out.progress(), out.confirm)
    recovered = [recovery.recover(wish, out.progress()) for wish in wishes]
    manifest = recovery.manifest_after(result.manifest, recovered)
    already_done = result.already_done and all(one.already_done for one in recovered)
    stats = next((one.stats for one in manifest.artifacts if one.stats), None)
    summary = f"{'Everything was done already' if already_done else 'Done'}: {request.out}"
    lines = [report.graph(stats)] if stats else []
    out.show(
        {"folder": str(request.out), "already_done": already_done, "manifest": manifest},
        report.artifacts(manifest),
        *lines,
        *(line for one in recovered for line in report_recovery.sentences(one.recipe)),
        *(f"note: {note}" for note in manifest.notes),
        summary,
    )
