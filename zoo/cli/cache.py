"""`zoo cache`: what is kept under ZOO_HOME."""

from typing import Annotated

import typer

from zoo import output, report
from zoo.cli import options as o
from zoo.report import Table

app = typer.Typer(help="What is kept under ZOO_HOME: show, check, pin and prune it.", no_args_is_help=True)

NameOrHash = Annotated[
    str,
    typer.Argument(metavar="NAME|SHA256", help="A card's name or path, or the beginning of a blob's sha256."),
]
Kind = Annotated[
    str | None,
    typer.Option("--kind", metavar="KIND", help="Only these: blob, checkout, export, references or partial."),
]
OlderThan = Annotated[
    str | None,
    typer.Option("--older-than", metavar="TIME", help="Remove what was not used for so long, like 30d."),
]
MaxSize = Annotated[
    str | None,
    typer.Option(
        "--max-size",
        metavar="SIZE",
        help="Remove what was not used for longest until no more than this is left.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed, and why.")]


@app.command("show")
def show(json: o.Json = False, quiet: o.Quiet = False) -> None:
    """Show how much is kept of each kind."""
    from zoo import cache

    out = output.select(json, quiet)
    found = cache.overview()
    rows = tuple(
        (one.kind, str(one.count), report.size(one.size), str(one.pinned or "-"), one.what)
        for one in found.kinds
    )
    pins = (f"pinned: {', '.join(found.pins)}",) if found.pins else ()
    table = Table(("kind", "things", "size", "pinned", "what it is"), rows, found.home)
    out.show(found, table, f"{report.size(found.size)} in all", *pins)


@app.command("list")
def list_entries(kind: Kind = None, json: o.Json = False, quiet: o.Quiet = False) -> None:
    """List everything kept, the largest first: origin, size, last use, and which cards use it."""
    from zoo import cache

    out = output.select(json, quiet)
    found = cache.entries(kind)
    rows = tuple(
        (
            one.kind,
            one.key[:16],
            report.size(one.size),
            one.last_used[:16].replace("T", " "),
            ", ".join(
                word
                for word, holds in (
                    ("pinned", one.pinned),
                    ("in use", one.in_use),
                    ("not whole", not one.whole),
                )
                if holds
            ),
            ", ".join(one.used_by),
            one.origin,
        )
        for one in found
    )
    out.show(found, Table(("kind", "key", "size", "last used (UTC)", "", "cards", "origin"), rows))


@app.command("verify")
def verify(json: o.Json = False, quiet: o.Quiet = False) -> None:
    """Hash every blob and checkout again; damaged ones are removed, to be fetched anew. Exit code 1 where there were any."""
    from zoo import cache

    out = output.select(json, quiet)
    found = cache.verify(out.progress())
    out.show(
        found,
        *(f"{one.kind} {one.key[:16]}: {one.reason}" for one in found.damaged),
        f"{found.checked} checked ({report.size(found.size)}), {len(found.damaged)} damaged",
    )
    raise typer.Exit(1 if found.damaged else 0)


@app.command("prune")
def prune(
    older_than: OlderThan = None,
    max_size: MaxSize = None,
    dry_run: DryRun = False,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Make room: leftovers of broken-off runs, and with limits what was not used for longest. What is pinned or in use stays.

    Exports and answers, which can be computed again, go before blobs and checkouts. Exit code 1 where --max-size is not reached.
    """
    from zoo import pruning, quantities

    out = output.select(json, quiet)
    found = pruning.prune(
        quantities.seconds(older_than, "--older-than") if older_than is not None else None,
        quantities.size(max_size, "--max-size") if max_size is not None else None,
        dry_run,
    )
    columns = ("kind", "key", "size", "why", "origin")
    rows = tuple(
        (one.kind, one.key[:16], report.size(one.size), one.reason, one.origin) for one in found.removed
    )
    kept = tuple(
        (one.kind, one.key[:16], report.size(one.size), one.reason, one.origin) for one in found.kept
    )
    tables = [
        Table(columns, part, title)
        for part, title in ((rows, "would go" if dry_run else "removed"), (kept, "stays"))
        if part
    ]
    would = "would be " if dry_run else ""
    summary = (
        f"{report.size(found.before - found.after)} {would}freed, {report.size(found.after)} {would}left"
    )
    too_much = (
        () if found.fits else (f"that is more than {max_size}: the rest is pinned, in use or measured",)
    )
    out.show(found, *tables, summary, *too_much)
    raise typer.Exit(0 if found.fits else 1)


@app.command("pin")
def pin(what: NameOrHash, json: o.Json = False, quiet: o.Quiet = False) -> None:
    """Keep a card's files, or one blob, whatever is pruned."""
    from zoo import cache

    out = output.select(json, quiet)
    keys = cache.pin(what)
    out.show({"pinned": what, "keys": keys}, f"{what} is pinned: {', '.join(keys)}")


@app.command("unpin")
def unpin(what: NameOrHash, json: o.Json = False, quiet: o.Quiet = False) -> None:
    """Let a card's files, or one blob, be pruned again."""
    from zoo import cache

    out = output.select(json, quiet)
    cache.unpin(what)
    out.show({"unpinned": what}, f"{what} is pinned no more")
