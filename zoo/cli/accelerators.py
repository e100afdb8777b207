"""`zoo edgetpu`."""

from pathlib import Path
from typing import Annotated

import typer

from zoo import output
from zoo.cli import options as o

Source = Annotated[
    str,
    typer.Argument(
        metavar="FILE|NAME", help="A quantized .tflite, a card's name, or a folder converted from one."
    ),
]


def edgetpu(
    source: Source,
    compiler: Annotated[
        str, typer.Option("--compiler", metavar="VERSION", help="The compiler to forecast.")
    ] = "16.0",
    all_partitions: Annotated[
        bool,
        typer.Option("--all-partitions", help="As the compiler's -a: every partition, not only the first."),
    ] = False,
    compile_too: Annotated[
        bool,
        typer.Option(
            "--compile/--no-compile",
            help="Compile with edgetpu_compiler too, where it is on PATH, and compare its log with the forecast.",
        ),
    ] = True,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Forecast which operators the Edge TPU's compiler maps, in its own words, and what to change to map more."""
    from zoo import edgetpu as application

    out = output.select(json, quiet)
    found = application.report(source, compiler, all_partitions, compile_too, out.progress())
    out.show(found.document, application.table(found.forecast, Path(source).name), application.summary(found))
