"""The alarms that users of quantized models know from hard experience, each a rule over the facts of a comparison."""

from converters.explain.alarms import ranges, results, structure, weights
from converters.explain.alarms.rule import Alarm, Facts, alarms
from converters.explain.alarms.structure import slower_than_float

FAMILIES = (results, weights, ranges, structure)
"""Importing a family registers its rules."""

__all__ = ["Alarm", "Facts", "alarms", "slower_than_float"]
