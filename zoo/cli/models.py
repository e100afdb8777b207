"""`zoo list`, `zoo info` and `zoo fetch`: cards and their files."""

from zoo import output, report
from zoo.cli import options as o
from zoo.cli.convert import Name
from zoo.report import Table


def list_cards(json: o.Json = False, quiet: o.Quiet = False) -> None:
    """List the models there are cards for."""
    from registry import catalog

    out = output.select(json, quiet)
    found = catalog.summaries()
    rows = tuple(
        (
            one.name,
            one.task,
            report.size(one.size) if one.size else "-",
            one.license,
            one.description.split(". ")[0].rstrip("."),
        )
        for one in found
    )
    out.show(found, Table(("name", "task", "weights", "licence of weights", "what it is"), rows))


def info(name: Name, json: o.Json = False, quiet: o.Quiet = False) -> None:
    """Show a card: source, weights, licences, inputs and outputs."""
    from zoo import describe, naming

    out = output.select(json, quiet)
    card = naming.card(name)
    out.show(card, *describe.card(card))


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
