"""Fetching: a card's weights and source code onto this disk, checked, or one sentence that says why not."""

from registry.fetch.card import Fetched, fetch, origin
from registry.fetch.network import Network

__all__ = ["Fetched", "Network", "fetch", "origin"]
