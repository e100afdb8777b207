"""Whether the runner and its verdicts can be believed here: `python -m benchmarks.trust MODEL.tflite…`.

The same file is measured against itself, which must come out as no measurable difference (at least 95 of 100), and against itself with
5 % of each inference waited away after it, which must be told apart (at least 90 of 100). Then neighbours load every core, which must
be noticed. What was disturbed counts only with `--even-disturbed`; how much was is always said.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from benchmarks import runner
from benchmarks.comparison import verdict
from benchmarks.environment import usable_cores
from benchmarks.results import Effort, Plan
from registry.types import Measurement

DRAG = 0.05
ALIKE, APART = 0.95, 0.90
"""Shares that must be right."""
TARGET = "cpu"


@dataclass(frozen=True)
class Tally:
    """One model: of `alike` and `apart` comparisons those that came out right, and of all measurements those that were disturbed."""

    model: str
    alike: int
    alike_right: int
    apart: int
    apart_right: int
    measurements: int
    disturbed: int


def tally(path: Path, comparisons: int, effort: Effort, even_disturbed: bool) -> Tally:
    """Measures three copies a comparison, all in one run: two as they are, one slowed down. No copy is used in two comparisons alike."""
    copies = [
        Plan(path=str(path), target=TARGET, artifact=f"{path.stem}-{number}{kind}", sha256=kind, drag=drag)
        for number in range(comparisons)
        for kind, drag in (("a", 0.0), ("b", 0.0), ("slow", DRAG))
    ]
    found = runner.measure(copies, effort).measurements
    by_name = {one.artifact: one for one in found}
    alike, apart = [], []
    for number in range(comparisons):
        first, second, slow = (by_name.get(f"{path.stem}-{number}{kind}") for kind in ("a", "b", "slow"))
        if first and second and slow:
            alike.append(kind_of(first, second, even_disturbed))
            apart.append(kind_of(first, slow, even_disturbed))
    return Tally(
        model=path.name,
        alike=sum(one != "incomparable" for one in alike),
        alike_right=alike.count("same"),
        apart=sum(one != "incomparable" for one in apart),
        apart_right=apart.count("slower"),
        measurements=len(found),
        disturbed=sum(not one.valid for one in found),
    )


def kind_of(first: Measurement, second: Measurement, even_disturbed: bool) -> str:
    if even_disturbed:
        first, second = (msgspec.structs.replace(one, valid=True) for one in (first, second))
    return verdict(first, second).kind


@contextmanager
def neighbours(count: int) -> Iterator[None]:
    """So many processes that do nothing but compute."""
    busy = [subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for one in busy:
            one.kill()
            one.wait()


def noticed(path: Path, effort: Effort) -> str:
    """What is said of a run beside neighbours on every core; empty where nothing is."""
    with neighbours(usable_cores()):
        found = runner.measure([Plan(path=str(path), target=TARGET, artifact=path.name)], effort)
    return found.measurements[0].invalid_reason if found.measurements else "not measured"


def report(found: Sequence[Tally], said: str) -> tuple[list[str], bool]:
    """The totals as lines, and whether all is as it must be."""
    alike, right = sum(one.alike for one in found), sum(one.alike_right for one in found)
    apart, told = sum(one.apart for one in found), sum(one.apart_right for one in found)
    disturbed, all_of = sum(one.disturbed for one in found), sum(one.measurements for one in found)
    passed = alike > 0 and right >= ALIKE * alike and apart > 0 and told >= APART * apart and bool(said)
    lines = [
        f"the same file: no measurable difference in {right} of {alike}",
        f"5 % slower: told apart in {told} of {apart}",
        f"disturbed by others: {disturbed} of {all_of} measurements",
        f"neighbours on every core: {said or 'NOT NOTICED'}",
        "all as it must be" if passed else "NOT as it must be",
    ]
    return lines, passed


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.trust", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("models", nargs="+", type=Path, metavar="MODEL.tflite")
    parser.add_argument("--comparisons", type=int, default=10, help="of each kind for each model (10)")
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=32)
    parser.add_argument("--even-disturbed", action="store_true", help="count what was disturbed too")
    given = parser.parse_args()
    effort = Effort(rounds=given.rounds, processes=given.processes)
    found = []
    for path in given.models:
        one = tally(path, given.comparisons, effort, given.even_disturbed)
        found.append(one)
        print(
            f"{one.model:44} alike {one.alike_right:3} of {one.alike:3}   5 % slower {one.apart_right:3} of {one.apart:3}   "
            f"disturbed {one.disturbed:3} of {one.measurements:3}",
            flush=True,
        )
    lines, passed = report(found, noticed(given.models[0], effort))
    print("\n".join(lines))
    sys.exit(not passed)


if __name__ == "__main__":
    main()
