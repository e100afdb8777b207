"""`zoo registry`: private registries of cards."""

from typing import Annotated

import typer

from zoo import output
from zoo.cli import options as o
from zoo.report import Table

app = typer.Typer(
    help="Cards by the hundred, and private registries of them: folders, git repositories, archives.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Names = Annotated[list[str] | None, typer.Argument(metavar="NAME...", help="Registries. Default: all.")]


@app.command("add")
def add(
    place: Annotated[
        str,
        typer.Argument(
            metavar="DIR|GIT|URL", help="A folder of cards, a git repository, or an archive's URL."
        ),
    ],
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NS", help="The namespace. Default: the address' last part."),
    ] = None,
    rev: Annotated[
        str, typer.Option("--rev", metavar="REV", help="Branch, tag or commit. Default: the default branch.")
    ] = "",
    git: Annotated[
        bool, typer.Option("--git", help="A folder is a git repository: take what is committed.")
    ] = False,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Add a registry; its cards are then NS/NAME everywhere. What is fetched is pinned until `zoo registry update`."""
    from zoo import registering

    out = output.select(json, quiet)
    added = registering.add(place, name, rev, git, out.progress())
    out.show(added, *registering.described([added]))


@app.command("list")
def list_registries(json: o.Json = False, quiet: o.Quiet = False) -> None:
    """List the registries, what they are pinned to, and how many cards they have."""
    from zoo import registering

    out = output.select(json, quiet)
    found = registering.known()
    out.show(found, *registering.described(found))


@app.command("update")
def update(names: Names = None, json: o.Json = False, quiet: o.Quiet = False) -> None:
    """Fetch registries again and say which cards came, went or changed."""
    from zoo import registering

    out = output.select(json, quiet)
    changes = registering.update(names or [], out.progress())
    out.show(changes, *(registering.told(one) for one in changes))


@app.command("remove")
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME")], json: o.Json = False, quiet: o.Quiet = False
) -> None:
    """Forget a registry and delete what was fetched of it; a folder of yours stays as it is."""
    from registry import registries

    out = output.select(json, quiet)
    removed = registries.remove(name)
    kept = f"; {removed.location} stays as it is" if removed.kind == "folder" else ""
    out.show(removed, Table(("removed", "was"), ((removed.name, removed.location + kept),)))
