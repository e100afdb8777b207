"""Crashes and hangs are results."""

import os
import time

from tests.converters.isolated import Lost, map_isolated


def work(argument: str) -> str:
    if argument == "crash":
        os.abort()
    if argument == "hang":
        time.sleep(60)
    return argument.upper()


def test_a_crash_and_a_hang_lose_only_themselves():
    results = dict(map_isolated(work, ["a", "crash", "b", "hang", "c"], workers=2, timeout=4))
    assert {name: results[name] for name in "abc"} == {"a": "A", "b": "B", "c": "C"}
    assert isinstance(results["crash"], Lost)
    assert "SIGABRT" in results["crash"]
    assert isinstance(results["hang"], Lost)
