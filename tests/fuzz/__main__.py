"""`python -m tests.fuzz --minutes 10`: every target for an equal share of the time; exit 1 where anything was found."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.fuzz.run import run
from tests.fuzz.targets import TARGETS


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument(
        "--target", choices=list(TARGETS), action="append", help="only this one; may be given again"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for the inputs of what was found")
    given = parser.parse_args()
    keep = given.keep or Path(tempfile.mkdtemp(prefix="zoo-fuzz-found-"))
    chosen = given.target or list(TARGETS)
    found = 0
    for target in chosen:
        figures = run(target, given.minutes * 60 / len(chosen), keep, given.seed)
        print(figures.line(), flush=True)
        for cause, count in figures.findings.items():
            print(f"    {count} times {cause}", flush=True)
        found += sum(figures.findings.values())
    print(f"{found} findings" + (f", their inputs in {keep}" if found else ""))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
