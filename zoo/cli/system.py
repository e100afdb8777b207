"""`zoo doctor`, `zoo ops` and `zoo demo`."""

from typing import Annotated

import typer

from zoo import output, report
from zoo.cli import options as o


def doctor(json: o.Json = False, quiet: o.Quiet = False) -> None:
    """Say what is installed, which targets work here and why the others do not."""
    from zoo import doctor as clinic

    out = output.select(json, quiet)
    diagnosis = clinic.diagnose()
    out.show(diagnosis, *clinic.tables(diagnosis))


def ops(
    markdown: Annotated[bool, typer.Option("--markdown", help="The table as a Markdown page.")] = False,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """List every OpenVINO operator type: lowered, lowered with which limits, or why not."""
    from zoo import operators

    out = output.select(json, quiet)
    if markdown:
        print(operators.markdown(), end="")
        return
    found = operators.table()
    out.show([*found], report.operators(found))


def demo(out: o.Out = None, json: o.Json = False, quiet: o.Quiet = False) -> None:
    """Run the whole route on the `digits` model that is shipped: convert, verify, score, time. Needs no network."""
    from zoo import demonstration

    out_to = output.select(json, quiet)
    found = demonstration.run(out, out_to.progress())
    out_to.show(
        found, report.graph(found.stats), report.demo(found.manifest, found.scores, found.measurements)
    )
