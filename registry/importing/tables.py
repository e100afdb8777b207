"""What the importer looks up: licence texts by their address, tasks by the collections' own words."""

from functools import cache
from importlib.resources import files
from typing import Any

from registry import card_yaml


@cache
def _table(name: str) -> dict[str, Any]:
    file = files("registry") / "importing" / f"{name}.yaml"
    data, _ = card_yaml.parse(file.read_bytes(), file.name)
    return dict(data)


def license_of(link: str) -> str:
    """The SPDX id of the licence text at this address, `unknown` where the table does not know it."""
    return str(_table("licenses").get(link, "unknown"))


def task_of(collection: str, *words: str) -> str:
    """The pipeline_tag for the first of these words (from narrow to wide) that the collection's table has; `other` where none is."""
    table = _table("tasks")[collection]
    return str(next((table[word] for word in words if word in table), "other"))
