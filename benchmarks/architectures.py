"""Conversions of a broad set of architectures: success, operators, Transposes, error, delegation, seconds.

`python -m benchmarks.architectures DIR [--only NAME…] [--json FILE]`; ONNX files are made in DIR once and kept there.
Needs `pip install zoo[torch,bench]`.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from benchmarks.architecture_export import exported
from benchmarks.architecture_run import Outcome, measure
from registry.errors import ZooError

HEADER = f"{'architecture':30} {'status':8} {'ops':>5} {'transposes':>10} {'moved kB':>9} {'error':>8} {'parts':>5} {'s':>6}"


def outcomes(folder: Path, only: Sequence[str] = ()) -> Iterator[Outcome]:
    """One architecture after the other, converted and compared."""
    for one, path in exported(folder, only):
        if isinstance(path, str):
            yield Outcome(name=one.name, kind=one.kind, status="absent", reason=path)
        else:
            yield measure(one.name, one.kind, path, one.classes)


def line(one: Outcome) -> str:
    """A row of the table."""
    cells = f"{one.ops:5} {one.transposes:10} {one.transposed_bytes / 1e3:9.0f} {one.error:8.1e} {one.partitions:5}"
    flag = " !" if one.kind == "convolutional" and one.transposes else ""
    return f"{one.name:30} {one.status:8} {cells} {one.seconds:6.1f}{flag} {one.reason}".rstrip()


def summary(found: Sequence[Outcome]) -> str:
    """Totals over what was converted."""
    done = [one for one in found if one.status == "ok"]
    free = sum(not one.transposes for one in done)
    marked = [one.name for one in done if one.kind == "convolutional" and one.transposes]
    return (
        f"{len(done)} of {len(found)} ok, {free} of them free of Transposes; {sum(o.ops for o in done)} ops, "
        f"{sum(o.transposes for o in done)} Transposes moving {sum(o.transposed_bytes for o in done) / 1e6:.1f} MB, "
        f"{sum(o.custom_ops for o in done)} custom ops; convolutional with Transposes: {', '.join(marked) or 'none'}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="where ONNX files are kept")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    found: list[Outcome] = []
    print(HEADER)
    try:
        for one in outcomes(arguments.folder, arguments.only):
            found.append(one)
            print(line(one), flush=True)
    except ZooError as error:
        print(error, file=sys.stderr)
        return 2
    print(summary(found))
    if arguments.json:
        arguments.json.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
