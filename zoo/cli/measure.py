"""`zoo verify` and `zoo eval`: what the artifacts are worth."""

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
