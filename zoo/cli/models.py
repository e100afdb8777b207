"""`zoo list`, `zoo search`, `zoo info` and `zoo fetch`: cards and their files."""

from typing import Annotated

import typer

from zoo import output, report
from zoo.cli import filters as f
from zoo.cli import options as o
from zoo.cli.convert import Name
from zoo.report import Table


def list_cards(
    task: f.Task = "",
    license_: f.License = "",
    max_size: f.MaxSize = None,
    input_size: f.InputSize = None,
    format_: f.Format = "",
    verified: f.Verified = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """List the models there are cards for."""
    from zoo import describe, finding

    out = output.select(json, quiet)
    found = finding.cards(f.wanted(task, license_, max_size, input_size, format_, verified))
    out.show([finding.document(one) for one in found], *describe.cards(found))


def search(
    text: Annotated[
        list[str], typer.Argument(metavar="TEXT...", help="What is looked for; spelling may be close.")
    ],
    task: f.Task = "",
    license_: f.License = "",
    max_size: f.MaxSize = None,
    input_size: f.InputSize = None,
    format_: f.Format = "",
    verified: f.Verified = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Search the cards' names, tasks, descriptions and outputs; the best answer comes first."""
    from zoo import describe, finding
    from zoo.providers import offers

    out = output.select(json, quiet)
    found = finding.cards(f.wanted(task, license_, max_size, input_size, format_, verified), " ".join(text))
    out.show([finding.document(one) for one in found], *describe.cards(found))
    others = offers.known_names(text)
    if not found and not others:
        out.note("names that need no card are not searched before they are listed: `zoo registry providers`")
    if others:
        shown = ", ".join(others[:5])
        more = f" and {len(others) - 5} more: `zoo registry providers`" if len(others) > 5 else ""
        out.note(f"names of providers, which need no card: {shown}{more}")


def info(name: Name, json: o.Json = False, quiet: o.Quiet = False) -> None:
    """Show everything known of a model: its card, and what was converted, measured and scored here."""
    from zoo import describe, knowledge

    out = output.select(json, quiet)
    found = knowledge.of(name)
    out.show(knowledge.document(found), *describe.card(found.card), *describe.here(found))


def fetch(
    name: Name,
    weights: o.Weights = None,
    source: o.SourceDir = None,
    offline: o.Offline = False,
    file: o.Download = None,
    pins: o.Pins = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Fetch a card's code and weights into the store and check their hashes; of `pinto/NNN` a download, pinned on first use."""
    from registry import indexes
    from zoo import browsing, naming, sources
    from zoo.request import Access

    out = output.select(json, quiet)
    entry = indexes.entry(name)
    if entry is not None:
        got = browsing.fetch(entry, file, pins, offline, out.progress())
        row = (
            got.file,
            report.size(got.blob.size),
            got.blob.sha256,
            "pinned now" if got.first else "as pinned",
            str(got.path),
        )
        out.show(got, Table(("file", "size", "sha256", "pin", "path"), (row,), name))
        return
    card = naming.card(name)
    found = sources.fetch(card, Access(weights=weights, source=source, offline=offline), out.progress())
    rows = tuple((key, report.size(blob.size), blob.sha256, blob.origin) for key, blob in found.blobs.items())
    out.show(
        {"name": card.name, "files": found.blobs, "notes": found.notes},
        Table(("file", "size", "sha256", "origin"), rows, card.name),
    )
