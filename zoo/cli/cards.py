"""`zoo registry check`, `import` and `index`: cards by the hundred."""

from pathlib import Path
from typing import Annotated

import typer

from zoo import output
from zoo.cli import options as o
from zoo.report import Table

Places = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[DIR|FILE]...", help="Folders of cards, or cards. Default: the shipped ones."),
]


def check(places: Places = None, json: o.Json = False, quiet: o.Quiet = False) -> None:
    """Check cards against the schema, the task vocabulary, SPDX and each other, without a network."""
    from zoo import registry_check

    out = output.select(json, quiet)
    found = registry_check.offline(places, out.progress())
    out.show(found, *found.errors, f"{found.cards} cards and {found.bases} bases, {len(found.errors)} errors")
    registry_check.complain(found)


def import_facts(
    facts: Annotated[
        list[Path], typer.Argument(metavar="FACTS...", help="Facts files (JSON) of collections.")
    ],
    to: Annotated[
        Path, typer.Option("--to", metavar="DIR", help="Cards go to DIR/NAMESPACE/NAME.yaml.")
    ] = Path("cards"),
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Write the cards that a collection's facts give: the same facts, the same cards."""
    from zoo import importing

    out = output.select(json, quiet)
    done = importing.run(facts, to, out.progress())
    rows = tuple((one.namespace, str(one.cards), str(one.changed), str(len(one.skipped))) for one in done)
    left = tuple(f"left out: {name}: {why}" for one in done for name, why in one.skipped.items())
    out.show(done, Table(("namespace", "cards", "files changed", "left out"), rows, str(to)), *left)
