"""Conversions of a broad set of architectures: success, operators, Transposes, error, size, seconds, memory; beside a peer also latency.

`python -m benchmarks.architectures DIR [--only NAME…] [--peer ONNX2TF] [--again] [--json FILE]`. ONNX files are made in DIR once and kept
there; so is every row, so that a run that was ended goes on where it was (`--again` measures anew). Needs `pip install zoo[all,bench]`.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from benchmarks.architecture_export import exported
from benchmarks.architecture_run import Outcome
from benchmarks.contest import Row, contest, summary
from registry.errors import ZooError

HEADER = f"{'architecture':30} {'status':8} {'ops':>5} {'transposes':>10} {'elements':>9} {'error':>8} {'kB':>7} {'s':>5} {'MB':>5}"
PEER_HEADER = (
    f"{'peer':>10} {'ops':>5} {'transposes':>10} {'elements':>9} {'kB':>7} {'s':>5} {'MB':>5} {'latency':>8}"
)


def rows(
    folder: Path,
    only: Sequence[str] = (),
    peer: Path | None = None,
    again: bool = False,
    seconds: float = 2.0,
) -> Iterator[Row]:
    """One architecture after the other; a row that DIR holds already (with a peer's side, where one is asked for) is read."""
    kept = folder / "rows"
    kept.mkdir(parents=True, exist_ok=True)
    for number, (one, path) in enumerate(exported(folder, only)):
        record = kept / f"{one.name}.json"
        if record.exists() and not again:
            row = msgspec.json.decode(record.read_bytes(), type=Row)
            if row.peer is not None or peer is None:
                yield row
                continue
        if isinstance(path, str):
            yield Row(name=one.name, kind=one.kind, ours=Outcome(status="absent", reason=path))
            continue
        row = contest(one.name, one.kind, path, one.classes, peer, number % 2 == 0, seconds)
        record.write_bytes(msgspec.json.format(msgspec.json.encode(row), indent=1))
        yield row


def line(row: Row) -> str:
    """A row of the table."""
    one = row.ours
    cells = f"{one.ops:5} {one.transposes:10} {one.transposed_elements:9} {one.error:8.1e} {_cost(one)}"
    flag = " !" if row.kind == "convolutional" and one.transposes else ""
    text = f"{row.name:30} {one.status:8} {cells}"
    if row.peer is not None:
        two = row.peer
        counts = f"{two.ops:5} {two.transposes:10} {two.transposed_elements:9} {_cost(two)}"
        text += f" {two.status:>10} {counts} {row.latency_ratio:8.2f}"
        if two.reason:
            text += f" (peer: {two.reason[:60]})"
    return f"{text}{flag} {one.reason}".rstrip()


def _cost(one: Outcome) -> str:
    return f"{one.size / 1e3:7.0f} {one.seconds:5.1f} {one.peak_memory / 1e6:5.0f}"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="where ONNX files and rows are kept")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--peer", type=Path, metavar="ONNX2TF", help="an onnx2tf executable")
    parser.add_argument("--again", action="store_true", help="measure rows that are there already")
    parser.add_argument(
        "--seconds", type=float, default=2.0, help="timed runs of each file beside the peer's"
    )
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    if arguments.peer and not arguments.peer.is_file():
        parser.error(f"{arguments.peer} is no executable; give onnx2tf's, e.g. ENVIRONMENT/bin/onnx2tf")
    found: list[Row] = []
    print(f"{HEADER} {PEER_HEADER}" if arguments.peer else HEADER)
    try:
        for row in rows(arguments.folder, arguments.only, arguments.peer, arguments.again, arguments.seconds):
            found.append(row)
            print(line(row), flush=True)
    except ZooError as error:
        print(error, file=sys.stderr)
        return 2
    print(*summary(found), sep="\n")
    if arguments.json:
        arguments.json.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
