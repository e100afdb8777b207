"""`zoo verify`, `zoo bench` and `zoo eval`: what the artifacts are worth."""

from typing import Annotated

import typer

from zoo import output, report
from zoo.cli import options as o
from zoo.cli.convert import Name

NameOrFolder = Annotated[
    str,
    typer.Argument(
        metavar="NAME|DIR", help="A card's name, or a folder with artifacts and their manifest.json."
    ),
]
NamesOrFiles = Annotated[
    list[str],
    typer.Argument(
        metavar="NAME|FILE...", help="Cards' names, folders with a manifest.json, or .tflite files."
    ),
]


def verify(
    model: NameOrFolder,
    out: o.Out = None,
    to: o.To = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Run every artifact again, on the same inputs as the source model, and compare."""
    from zoo import targets, verification

    out_to = output.select(json, quiet)
    found = verification.verify(model, out, targets.parse(to), out_to.progress())
    count = sum(map(len, found.checks.values()))
    out_to.show(
        found, report.checks(found.checks, found.name), f"{found.name}: all {count} comparisons passed"
    )


def bench(
    models: NamesOrFiles,
    out: o.Out = None,
    threads: Annotated[str, typer.Option(help="Thread counts, comma-separated.")] = "1,2",
    runs: Annotated[int, typer.Option(min=1, help="Timed runs of each, in each pass.")] = 50,
    passes: Annotated[
        int,
        typer.Option(
            min=1, help="Passes of new processes; 4 or more let `zoo compare` tell small differences."
        ),
    ] = 1,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Time the .tflite variants on this CPU, with XNNPACK and without; `zoo compare` reads what is measured."""
    from zoo import timing

    out_to = output.select(json, quiet)
    found = timing.bench(models, out, timing.counts(threads), timing.Amount(runs, passes), out_to.progress())
    failures = (
        f"{one.artifact} ({one.setting}) could not be measured: {one.reason}" for one in found.failures
    )
    out_to.show(found, report.measurements(found.measurements), *failures)


def evaluate(
    name: Name,
    data: o.Data = None,
    limit: o.Limit = None,
    variant: Annotated[
        str | None,
        typer.Option(
            "--variant",
            help="Only these targets (comma-separated), `source` being the source model. Default: all there are.",
        ),
    ] = None,
    out: o.Out = None,
    weights: o.Weights = None,
    source: o.SourceDir = None,
    trust: o.Trust = False,
    allow_pickle: o.AllowPickle = False,
    offline: o.Offline = False,
    force: Annotated[bool, typer.Option("--force", help="Run again what is scored already.")] = False,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Score the source model and every artifact of a card on labelled data, each against float32."""
    from zoo import scoring
    from zoo.request import Access

    out_to = output.select(json, quiet)
    asked = scoring.Asked(
        Access(weights, source, trust, allow_pickle, offline), out_to.confirm, force, out_to.note
    )
    found = scoring.evaluate(name, scoring.Samples(data, limit), variant, out, out_to.progress(), asked)
    out_to.show(found, report.scores(found, name))
