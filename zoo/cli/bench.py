"""`zoo bench`: how fast models are here."""

from typing import Annotated

import typer

from zoo import output, report
from zoo.cli import options as o

Models = Annotated[
    list[str],
    typer.Argument(
        metavar="NAME|FILE...", help="Cards' names, folders with a manifest.json, or model files."
    ),
]
Targets = Annotated[
    str,
    typer.Option(
        help="Comma-separated: cpu, cpu:noxnnpack, cpu:fp16, gpu, gpu:fp16, gpu:delegate=PATH, edgetpu, npu, openvino, openvino:GPU, "
        "onnxruntime, torch, tensorflow; `all` is every one that works here."
    ),
]
Variant = Annotated[
    str | None,
    typer.Option(
        metavar="VARIANTS",
        help="Only these (comma-separated); `source` is the card's PyTorch model. Default: all.",
    ),
]
Threads = Annotated[str, typer.Option(help="Thread counts, comma-separated.")]
Batch = Annotated[str, typer.Option(help="Batch sizes, comma-separated.")]
Shape = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[NAME:]1,3,224,224[;…]",
        help="Input shapes, in the source's own layout where it was converted here; repeatable, each is measured.",
    ),
]
Rounds = Annotated[int, typer.Option(min=1, help="Rounds of each, all taking turns.")]
Seconds = Annotated[float, typer.Option(min=0.1, help="Timed seconds of each at most, beyond five rounds.")]
Processes = Annotated[
    int,
    typer.Option(min=1, help="Processes of each, one after the other; the rounds are spread over them."),
]
Profile = Annotated[
    bool,
    typer.Option("--profile", help="Instead: the time by op and by kernel of .tflite files on the CPU."),
]


def bench(
    models: Models,
    targets: Targets = "cpu",
    variant: Variant = None,
    threads: Threads = "1",
    batch: Batch = "1",
    shape: Shape = None,
    rounds: Rounds = 32,
    seconds: Seconds = 10.0,
    processes: Processes = 4,
    out: o.Out = None,
    weights: o.Weights = None,
    source: o.SourceDir = None,
    profile: Profile = False,
    trust: o.Trust = False,
    allow_pickle: o.AllowPickle = False,
    offline: o.Offline = False,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Time models on this machine: every artifact on every target, all taking turns."""
    from benchmarks.results import Effort
    from zoo import profiling, report_profile, timing
    from zoo.request import Access
    from zoo.subjects import Grid

    out_to = output.select(json, quiet)
    counts = timing.counts(threads), timing.counts(batch, "--batch")
    shapes = tuple(o.shapes(one.split(";"), "--shape") for one in shape or []) or ({},)
    asked = timing.Bench(
        tuple(models),
        timing.specs(targets),
        o.words(variant),
        Grid(*counts, shapes),
        out,
        Access(weights, source, trust, allow_pickle, offline),
    )
    if profile:
        profiles = profiling.profile(asked, out_to.progress())
        out_to.show([*profiles], *report_profile.blocks(profiles))
        return
    effort = Effort(rounds=rounds, seconds=seconds, processes=processes)
    found = timing.bench(asked, effort, out_to.confirm, out_to.progress())
    out_to.show(found, *report.bench(found))
    raise typer.Exit(timing.exit_code(found))
