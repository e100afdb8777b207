"""`zoo card`: a card as YAML, a provider's too."""

from pathlib import Path
from typing import Annotated

import typer

from zoo import output
from zoo.cli import options as o
from zoo.cli.convert import Name
from zoo.report import Table

app = typer.Typer(help="Cards as YAML files.", no_args_is_help=True, rich_markup_mode=None)


@app.command("show")
def show(name: Name, json: o.Json = False, quiet: o.Quiet = False) -> None:
    """Print a card as YAML (or JSON), as far as it is known without fetching anything."""
    from zoo import freezing, naming

    out = output.select(json, quiet)
    card = naming.card(name)
    out.show(card, freezing.text(card).rstrip("\n"))


@app.command("save")
def save(
    name: Name,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE|DIR", help="Default: <name>.yaml in this folder.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Write a card to a YAML file with every hash; what has none yet is asked of the Hub, or fetched."""
    from zoo import freezing

    out = output.select(json, quiet)
    saved = freezing.save(name, to, force, out.progress())
    rows = tuple((file, checksum) for file, checksum in saved.pinned.items())
    pinned = [Table(("pinned", "checksum"), rows)] if rows else []
    out.show(saved, *pinned, f"Saved: {saved.file}")
