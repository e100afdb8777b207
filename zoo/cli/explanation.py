"""`zoo explain-quant`."""

from pathlib import Path
from typing import Annotated

import typer

from zoo import output
from zoo.cli import options as o

Quantized = Annotated[
    str,
    typer.Argument(
        metavar="NAME|DIR|FILE",
        help="A card's name, a converted folder, or a quantized .tflite file.",
    ),
]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="PATH",
        help="Real inputs: a folder of images (with a card), or an .npz with samples by input name.",
    ),
]


def explain_quant(
    model: Quantized,
    variant: Annotated[
        str | None,
        typer.Option(
            "--variant", help="The variant to explain. Default: int8, else the first quantized one."
        ),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against", metavar="FILE", help="The float .tflite of a file that was not converted here."
        ),
    ] = None,
    data: Data = None,
    limit: o.Limit = None,
    top: Annotated[int, typer.Option("--top", min=1, help="Layers to show.")] = 15,
    time: Annotated[bool, typer.Option("--time", help="Time both files side by side too.")] = False,
    recover: o.Recover = None,
    recover_in: o.RecoverIn = "float32",
    calibrate: o.Calibrate = None,
    samples: o.CalibrationSamples = None,
    force: Annotated[bool, typer.Option("--force", help="Search again what was recovered before.")] = False,
    out: o.Out = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Say which layers of a quantized variant lose how much against float32, and what is alarming about them; or win it back."""
    from zoo import explanation, recovery, report_recovery

    out_to = output.select(json, quiet)
    if recover is not None:
        calibrating = o.calibrating(calibrate, samples, False, None, False, None, None, None)
        wish = recovery.Wish(
            model, recover, variant or "int8", data, limit, out, calibrating, force, recover_in
        )
        done = recovery.recover(wish, out_to.progress())
        out_to.show(done, report_recovery.table(done.recipe), *report_recovery.sentences(done.recipe))
        return
    question = explanation.Question(model, variant, against, data, limit, out, time)
    found = explanation.explain(question, out_to.progress())
    out_to.show(found, explanation.layers(found, top), *explanation.summary(found))
