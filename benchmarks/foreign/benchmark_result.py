"""LiteRT's BenchmarkResult message: measurements out as its JSON, its JSON and its bytes in.

Source: tensorflow/lite/tools/benchmark/proto/benchmark_result.proto (package tflite.tools.benchmark, proto2).
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from benchmarks.foreign.said import Said
from registry.errors import InputError
from registry.types import Measurement

TOOL = "BenchmarkResult"
_LATENCY = (
    *("avg_ms", "min_ms", "max_ms", "stddev_ms", "median_ms", "p5_ms", "p95_ms", "init_ms"),
    *("first_inference_ms", "average_warm_up_ms"),
)
_MEMORY = (("init_footprint_kb", "INT64"), ("overall_footprint_kb", "INT64"), ("peak_mem_mb", "FLOAT"))
_MISC = (
    ("model_size_mb", "FLOAT"),
    ("num_runs", "INT32"),
    ("num_warmup_runs", "INT32"),
    ("model_throughput_in_mb_per_sec", "FLOAT"),
)


def to_documents(found: Sequence[Measurement]) -> list[dict[str, Any]]:
    """One message a measurement, under the names that its fields have in the proto; what is not known is left out.

    Footprints are what the process grew by, in KiB; the peak is of the whole process, in MiB; the model's size is in decimal MB, as
    the tool has it. Longest run and warm-up average are not kept here and left out.
    """
    from google.protobuf.json_format import MessageToDict

    return [MessageToDict(_message(one), preserving_proto_field_name=True) for one in found]


def from_json(document: object, name: str) -> list[Said]:
    """One message or a list of them, camelCase or as in the proto. Raises InputError for what is none."""
    from google.protobuf.json_format import ParseDict, ParseError

    every = document if isinstance(document, list) else [document]
    try:
        return [_said(ParseDict(one, _class()()), name) for one in every]
    except (ParseError, AttributeError, TypeError) as error:
        raise InputError(f"{name} is no {TOOL}: {_first_line(error)}") from None


def from_bytes(content: bytes, name: str) -> list[Said]:
    """What --result_file_path writes. Raises InputError for what is none."""
    from google.protobuf.message import DecodeError

    message = _class()()
    try:
        message.ParseFromString(content)
    except DecodeError:
        raise InputError(f"{name} is neither text nor a {TOOL} message") from None
    return [_said(message, name)]


def _message(one: Measurement) -> Any:
    message = _class()(
        name=f"{one.model or one.artifact} {one.variant} on {one.target}, {one.threads} threads".replace(
            "  ", " "
        )
    )
    known = {
        "avg_ms": one.mean_ms,
        "min_ms": one.min_ms,
        "stddev_ms": one.std_ms,
        "median_ms": one.median_ms,
        "p5_ms": one.p5_ms,
        "p95_ms": one.p95_ms,
        "init_ms": one.load_ms,
        "first_inference_ms": one.first_ms,
    }
    for field, value in known.items():
        if value:
            setattr(message.latency_metrics, field, value)
    if one.memory and one.base_memory:
        message.memory_metrics.overall_footprint_kb = one.memory // 1024
    if one.peak_memory:
        message.memory_metrics.peak_mem_mb = one.peak_memory / 2**20
    message.misc_metrics.model_size_mb = one.size / 1e6
    message.misc_metrics.num_runs = one.runs
    if one.warm_runs:
        message.misc_metrics.num_warmup_runs = one.warm_runs
    return message


def _said(message: Any, name: str) -> Said:
    times, memory, misc = message.latency_metrics, message.memory_metrics, message.misc_metrics

    def known(part: Any, field: str) -> float | None:
        return float(getattr(part, field)) if part.HasField(field) else None

    if known(times, "avg_ms") is None and known(times, "median_ms") is None:
        raise InputError(f"{name} is no {TOOL}, or one without a latency")
    size = known(misc, "model_size_mb")
    return Said(
        instrument=TOOL,
        size=round(size * 1e6) if size else None,
        size_step=max(2, round((size or 0) * 1e6 * 2**-23)),
        mean=known(times, "avg_ms"),
        median=known(times, "median_ms"),
        least=known(times, "min_ms"),
        most=known(times, "max_ms"),
        deviation=known(times, "stddev_ms"),
        p5=known(times, "p5_ms"),
        p95=known(times, "p95_ms"),
        runs=misc.num_runs,
        warm_runs=misc.num_warmup_runs,
        load=known(times, "init_ms") or 0.0,
        first=known(times, "first_inference_ms") or 0.0,
        peak_memory=round((known(memory, "peak_mem_mb") or (memory.overall_footprint_kb / 1024)) * 2**20),
        facts={"name": message.name} if message.name else {},
    )


@cache
def _class() -> Any:
    """The message's class, built from the fields above: no generated file, no compiler."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    field_type = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="zoo/benchmark_result.proto", package="tflite.tools.benchmark", syntax="proto2"
    )

    def add(name: str, fields: Sequence[tuple[str, str]]) -> None:
        message = file.message_type.add(name=name)
        for number, (field, kind) in enumerate(fields, 1):
            made = message.field.add(name=field, number=number, label=field_type.LABEL_OPTIONAL)
            if kind.isupper():
                made.type = getattr(field_type, f"TYPE_{kind}")
            else:
                made.type, made.type_name = field_type.TYPE_MESSAGE, f".tflite.tools.benchmark.{kind}"

    add("LatencyMetrics", [(field, "FLOAT") for field in _LATENCY])
    add("MemoryMetrics", _MEMORY)
    add("MiscMetrics", _MISC)
    metrics = [(f"{one}_metrics", f"{one.title()}Metrics") for one in ("latency", "memory", "misc")]
    add("BenchmarkResult", [("name", "STRING"), *metrics])
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(
        pool.FindMessageTypeByName("tflite.tools.benchmark.BenchmarkResult")
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
