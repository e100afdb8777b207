"""Cards as YAML text, each read back before it counts, and a folder brought to exactly these cards."""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from registry import card_yaml
from registry.card_reading import Reader
from registry.disk import storage, write_atomic
from registry.importing.collection import Imported

WIDTH = 140
_LONG = 110
"""Characters from which on a list or mapping goes over several lines."""
HEADER = "# Written by `zoo registry import`: change the importer's tables, not this file.\n"


class _Dumper(yaml.SafeDumper):
    """Lists indented under their key, as hand-written cards have them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:
        node = super().represent_mapping(tag, mapping, flow_style)
        node.flow_style = node.flow_style and _length(key for pair in node.value for key in pair) < _LONG
        return node

    def represent_sequence(
        self, tag: str, sequence: Any, flow_style: bool | None = None
    ) -> yaml.SequenceNode:
        node = super().represent_sequence(tag, sequence, flow_style)
        node.flow_style = node.flow_style and (len(node.value) == 1 or _length(node.value) < _LONG)
        return node


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    """Quoted wherever a card's YAML (1.2) would read something else than this text, besides where PyYAML (1.1) would."""
    style = "'" if card_yaml.plain(value) != value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def _length(nodes: Iterable[yaml.Node]) -> int:
    return sum(len(str(node.value)) for node in nodes)


def text(data: dict[str, Any]) -> str:
    """A card's YAML under a line that says who wrote it."""
    return HEADER + dumped(data)


def dumped(data: dict[str, Any]) -> str:
    """A card's YAML: short lists and mappings on one line, the rest in blocks."""
    written = yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH, default_flow_style=None
    )
    again, _ = card_yaml.parse(written.encode(), str(data.get("name", "a base")))
    if again != data:
        raise RuntimeError(f"the YAML of {data.get('name')} does not say the same as its data")
    return written


def write(imported: Imported, to: Path) -> list[Path]:
    """Brings `to/<namespace>` to exactly these cards; what is right stays, and only cards that an importer wrote are removed.

    A collection's index goes to `to/<namespace>.json`.

    Returns the paths of the cards that changed. Every card is checked. Raises InputError and StorageError.
    """
    if imported.index is not None:
        path = to / f"{imported.namespace}.json"
        old = _read(path)
        write_atomic(path, imported.index)
        return [] if old == imported.index.decode() else [path]
    folder = to / imported.namespace
    wanted = {folder / f"{name}.yaml": text(data) for name, data in imported.cards.items()}
    _check(wanted)
    changed = [path for path, content in wanted.items() if _read(path) != content]
    for path in changed:
        write_atomic(path, wanted[path].encode())
    for path in sorted(folder.glob("*.yaml")):
        if path not in wanted and (_read(path) or "").startswith(HEADER):
            with storage(path):
                path.unlink()
            changed.append(path)
    return changed


def _check(wanted: dict[Path, str]) -> None:
    """Reads every card as a user's run will. Raises InputError; nothing is in its place yet."""
    with tempfile.TemporaryDirectory(prefix="zoo-import-") as scratch:
        for path, content in wanted.items():
            (Path(scratch) / path.name).write_text(content, encoding="utf-8")
        reader = Reader()
        for path in wanted:
            if not path.name.startswith("_"):
                reader.card(Path(scratch) / path.name)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
