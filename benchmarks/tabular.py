"""Results as flat rows: CSV for spreadsheets, Parquet for data frames."""

import csv
import io
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import msgspec

from benchmarks.results_store import device, moment
from registry.errors import MissingDependencyError
from registry.types import Measurement

_COLUMNS: dict[str, Callable[[Measurement], Any]] = {
    "measured_at": moment,
    "model": lambda one: one.model,
    "variant": lambda one: one.variant,
    "target": lambda one: one.target,
    "device": device,
    "threads": lambda one: one.threads,
    "batch": lambda one: one.batch,
    "shapes": lambda one: "; ".join(
        f"{name}: {'x'.join(map(str, shape))}" for name, shape in one.shapes.items()
    ),
    **{
        name: attrgetter(name)
        for name in (
            *(
                "median_ms",
                "low_ms",
                "high_ms",
                "p5_ms",
                "p95_ms",
                "p99_ms",
                "min_ms",
                "mean_ms",
                "std_ms",
                "runs",
            ),
            *(
                "throughput",
                "load_ms",
                "first_ms",
                "overhead_ms",
                "size",
                "peak_memory",
                "base_memory",
                "memory",
            ),
            *("backend", "delegate"),
        )
    },
    "residency": lambda one: str(one.residency),
    "ops": lambda one: one.residency.ops,
    "accelerated_ops": lambda one: one.residency.accelerated,
    "partitions": lambda one: one.residency.partitions,
    "valid": lambda one: one.valid,
    "invalid_reason": lambda one: one.invalid_reason,
    "status": lambda one: one.status,
    "artifact": lambda one: one.artifact,
    "sha256": lambda one: one.sha256,
    "run_id": lambda one: one.run_id,
}


def to_csv(found: Sequence[Measurement]) -> bytes:
    """One row a measurement; the environment and the rounds as JSON in the last two columns."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow((*_COLUMNS, "environment", "samples"))
    for one in found:
        whole = (msgspec.json.encode(part).decode() for part in (one.environment, one.samples))
        writer.writerow((*(value(one) for value in _COLUMNS.values()), *whole))
    return stream.getvalue().encode()


def to_parquet(found: Sequence[Measurement]) -> bytes:
    """The same, with the environment as a map and the rounds as a list of structs. Raises MissingDependencyError without pyarrow."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError:
        raise MissingDependencyError(
            "Parquet needs the package pyarrow: `pip install pyarrow` (or the extra zoo[parquet])"
        ) from None
    sample = pa.struct(
        [("round", pa.int64()), ("ms", pa.float64()), ("runs", pa.int64()), ("process", pa.int64())]
    )
    columns = {name: pa.array([value(one) for one in found]) for name, value in _COLUMNS.items()}
    columns["environment"] = pa.array(
        [list(one.environment.items()) for one in found], pa.map_(pa.string(), pa.string())
    )
    columns["samples"] = pa.array(
        [
            [
                {"round": part.round, "ms": part.ms, "runs": part.runs, "process": part.process}
                for part in one.samples
            ]
            for one in found
        ],
        pa.list_(sample),
    )
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    return bytes(sink.getvalue().to_pybytes())
