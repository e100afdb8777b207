"""One facts file in, the cards of its collection out."""

from dataclasses import dataclass, field
from typing import Any

from registry.importing import facts, lfs, omz, onnx, pinto

Data = dict[str, Any]


@dataclass(frozen=True)
class Imported:
    """The cards of one collection by name (those with a leading `_` are bases), and why what is left out is left out."""

    namespace: str
    cards: dict[str, Data] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    index: bytes | None = None
    """JSON in the place of cards, where the collection has no checksums."""


def cards_of(text: bytes, where: str) -> Imported:
    """All cards that a facts file gives. Raises InputError where it is none."""
    repository, known = facts.read(text, where)
    if isinstance(known, facts.Pinto):
        return Imported("pinto", index=pinto.index(known))
    if isinstance(known, facts.Omz):
        return Imported("omz", *omz.cards(known))
    if isinstance(known, facts.Onnx):
        return Imported("onnx", *onnx.cards(known))
    collection = lfs.OPENCV if repository == "opencv/opencv_zoo" else lfs.ARM
    return Imported(collection.namespace, *lfs.cards(known, collection))
