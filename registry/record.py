"""The base of the frozen types that flow."""

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of every frozen type that goes into JSON: nothing is written that is at its default."""
