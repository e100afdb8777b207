"""Cards out of what is known of public collections: pure functions from a facts file to YAML texts, the same every time."""

from registry.importing.collection import Imported, cards_of
from registry.importing.writing import write

__all__ = ["Imported", "cards_of", "write"]
