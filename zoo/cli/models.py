"""`zoo list`, `zoo info` and `zoo fetch`: cards and their files."""

from zoo import output, report
from zoo.cli import options as o
from zoo.cli.convert import Name
from zoo.report import Table


def list_cards(cards: o.Cards = None, json: o.Json = False, quiet: o.Quiet = False) -> None:
    """List the models there are cards for."""
    from zoo import naming

    out = output.select(json, quiet)
    found = naming.all_cards(cards)
    rows = tuple(
        (card.name, card.task, card.licenses.code, card.licenses.weights, card.description) for card in found
    )
    out.show(
        [
            {"name": card.name, "task": card.task, "description": card.description, "licenses": card.licenses}
            for card in found
        ],
        Table(("name", "task", "code", "weights", "what it is"), rows),
    )


def info(name: Name, cards: o.Cards = None, json: o.Json = False, quiet: o.Quiet = False) -> None:
    """Show a card: source, weights, licences, inputs and outputs."""
    from zoo import naming

    out = output.select(json, quiet)
    card = naming.card(name, cards)
    out.show(card, *naming.describe(card))


def fetch(
    name: Name,
    weights: o.Weights = None,
    source: o.SourceDir = None,
    offline: o.Offline = False,
    cards: o.Cards = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Fetch a card's code and weights into the store and check their hashes."""
    from zoo import naming, sources
    from zoo.request import Access

    out = output.select(json, quiet)
    card = naming.card(name, cards)
    found = sources.fetch(card, Access(weights=weights, source=source, offline=offline), out.progress())
    rows = tuple(
        (key, report.size(blob.size), blob.sha256, blob.origin) for key, blob in found.inputs.items()
    )
    out.show(
        {
            "name": card.name,
            "files": found.inputs,
            "paths": {key: str(path) for key, path in found.paths.items()},
        },
        Table(("file", "size", "sha256", "origin"), rows, card.name),
    )
