"""`zoo inspect`."""

from typing import Annotated

import typer

from zoo import output
from zoo.cli import options as o

Source = Annotated[
    str,
    typer.Argument(
        metavar="NAME|FILE|DIR", help="A card's name, a model file, or a folder converted from a card."
    ),
]
Values = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[VALUE...]",
        help="Names in the source model or numbers in the converted graph. Default: all.",
    ),
]


def inspect(
    source: Source,
    values: Values = None,
    input_shape: o.InputShape = None,
    weights: o.Weights = None,
    code: o.SourceDir = None,
    trust: o.Trust = False,
    allow_pickle: o.AllowPickle = False,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Show intermediate values on every stage, side by side with their difference from the source."""
    from zoo import inspection
    from zoo.request import Access

    out = output.select(json, quiet)
    access = Access(weights, code, trust, allow_pickle, offline=True)
    rows = inspection.inspect(
        source, values or [], o.shapes(input_shape), access, out.confirm, out.progress()
    )
    out.show(rows, inspection.table(rows, source))
