"""A living mirror to the first place: in a card's file the addresses change places, everything else stays as it is written."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from registry import card_yaml
from registry.disk import write_atomic
from registry.links.visit import ROT, Visit


def promote(path: Path, visits: Mapping[str, Visit]) -> bool:
    """Reorders the `urls` of one file where the first rots and another lives; whether it changed. Raises StorageError."""
    old = path.read_text(encoding="utf-8")
    new = reordered(old, visits)
    if new == old:
        return False
    write_atomic(path, new.encode())
    return True


def reordered(text: str, visits: Mapping[str, Visit]) -> str:
    """The text of a card with what lives first, then what is not settled, then what rots; each in the order that it had."""
    changes: list[tuple[int, int, str]] = []
    for addresses in _lists(text):
        urls = [str(node.value) for node in addresses]
        better = sorted(urls, key=lambda url: _rank(visits.get(url)))
        if _rank(visits.get(urls[0])) < 2 or _rank(visits.get(better[0])) > 0:
            continue
        written = {
            url: text[node.start_mark.index : node.end_mark.index]
            for url, node in zip(urls, addresses, strict=True)
        }
        changes += [
            (node.start_mark.index, node.end_mark.index, written[url])
            for node, url in zip(addresses, better, strict=True)
        ]
    new = text
    for start, end, address in sorted(changes, reverse=True):
        new = new[:start] + address + new[end:]
    card_yaml.parse(new.encode(), "the card with its addresses reordered")
    return new


def _rank(visit: Visit | None) -> int:
    """0 lives, 1 is not settled, 2 rots."""
    if visit is None:
        return 1
    return 0 if visit.status == "alive" else 2 if visit.status in ROT else 1


def _lists(text: str) -> Iterator[list[yaml.ScalarNode]]:
    """The lists of addresses in a card: those of `weights`, and of `source.files`."""
    document = yaml.compose(text, Loader=yaml.SafeLoader)
    parts = [*_items(_value(document, "weights")), *_items(_value(_value(document, "source"), "files"))]
    for part in parts:
        addresses = [node for node in _items(_value(part, "urls")) if isinstance(node, yaml.ScalarNode)]
        if len(addresses) > 1:
            yield addresses


def _value(node: Any, key: str) -> Any:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((value for name, value in pairs if name.value == key), None)


def _items(node: Any) -> list[Any]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []
