"""Other tools' outputs: what is read from each, and one clear sentence for what is damaged."""

from contextlib import suppress

import msgspec
import pytest

from benchmarks.foreign import benchmark_result
from benchmarks.foreign.reading import read
from benchmarks.foreign.said import Subject, measurement
from registry.errors import InputError
from tests.benchmarks import noisy
from tests.benchmarks.foreign import logs

SUBJECT = Subject(
    artifact="tiny.tflite", sha256="a" * 64, size=0, model="tiny", variant="int8", device="Pixel 8"
)


def test_android_log() -> None:
    (said,) = read(logs.ANDROID.encode(), "log")
    assert (said.file, said.size, said.size_step) == ("tiny_int8.tflite", 3_064_090, 10)
    assert (said.target, said.threads, said.runs, said.warm_runs) == ("cpu", 4, 25, 3)
    assert (said.mean, said.median, said.least, said.p95) == (145.528, 141.253, 140.071, 187.533)
    assert (said.load, said.first) == (92.5, 235.158)
    assert said.peak_memory == round(73.5 * 2**20)
    assert str(said.residency) == "30 of 32 ops in 3 XNNPack partitions"


def test_old_log_without_a_median() -> None:
    (said,) = read(logs.OLD.encode(), "log")
    assert (said.target, said.median, said.mean, said.runs) == ("gpu", None, 119.375, 100)
    assert said.peak_memory == round(21.5 * 2**20)
    assert said.residency.proof == "benchmark_model: the GPU delegate executes the graph completely"
    made = measurement(said, SUBJECT, b"log")
    assert made.median_ms == 119.375
    assert "the mean stands in its place" in made.environment["median"]
    assert made.high_ms == pytest.approx(119.375 + 1.96 * 1.0 / 10)
    assert made.device == "Pixel 8"


def test_several_runs_in_one_log() -> None:
    first, second = read((logs.ANDROID + logs.OLD).encode(), "log")
    assert (first.file, second.file) == ("tiny_int8.tflite", "tiny.tflite")
    assert second.residency.ops == 0
    bare = [
        line for line in logs.OLD.splitlines() if "Inference timings" in line or "Memory footprint" in line
    ]
    assert [one.mean for one in read("\n".join(bare * 3).encode(), "log")] == [119.375] * 3


def test_carriage_returns_and_utf16() -> None:
    windows = logs.OLD.replace("\n", "\r\n")
    assert read(windows.encode(), "log") == read(logs.OLD.encode(), "log")
    assert read(windows.encode("utf-16"), "log") == read(logs.OLD.encode(), "log")
    assert read(logs.OLD.replace("models", "modèles").encode("latin-1"), "log")[0].mean == 119.375


def test_benchmark_model_csv_and_report() -> None:
    (said,) = read(logs.CSV.encode(), "benchmark_result.csv")
    assert (said.size, said.mean, said.deviation, said.load) == (4_276_350, 90.8659, 0.25, 5.388)
    (said,) = read(logs.REPORT.encode(), "report.json")
    assert (said.mean, said.load) == (1.68792, 1007.529)


def test_litert_benchmark() -> None:
    (said,) = read(logs.LITERT.encode(), "log")
    assert (said.file, said.median, said.mean, said.runs, said.threads) == ("tiny.tflite", 0.055, 0.06, 50, 2)
    (said,) = read(logs.LITERT_CPP.encode(), "log")
    assert (said.median, said.mean, said.deviation, said.runs) == (None, 85.23, 3.21, 50)
    assert said.peak_memory == round(130.5 * 2**20)
    (said,) = read(logs.LITERT_JSON.encode(), "result.json")
    assert (said.target, said.median, said.runs) == ("gpu", 0.06, 50)
    assert "does not say which of them ran" in said.facts["residency"]


def test_benchmark_app() -> None:
    (said,) = read(logs.OPENVINO.encode(), "text")
    assert (said.file, said.target, said.threads, said.batch) == ("tiny.xml", "openvino:CPU", 2, 2)
    assert (said.median, said.mean, said.least) == pytest.approx((0.21829, 0.69608, 0.1555))
    assert (said.runs, said.load, said.first) == (2784, 189.93, 5.54)
    (said,) = read(logs.OPENVINO_ASYNC.encode(), "text")
    assert said.target == "openvino:CPU:4requests"
    (said,) = read(logs.OPENVINO_JSON.encode(), "benchmark_report.json")
    assert (said.file, said.target, said.median, said.runs) == ("tiny.onnx", "openvino:GPU", 0.22, 2784)
    (said,) = read(logs.OPENVINO_CSV.encode(), "benchmark_report.csv")
    assert (said.target, said.median, said.load) == ("openvino:CPU:2requests", 0.28, 129.07)


def test_benchmark_result_there_and_back() -> None:
    one = noisy.measurement(warm_runs=7)
    document = msgspec.json.decode(msgspec.json.encode(benchmark_result.to_documents([one])))
    assert set(document[0]) == {"name", "latency_metrics", "memory_metrics", "misc_metrics"}
    assert document[0]["memory_metrics"]["overall_footprint_kb"] == "1953"  # int64 is text in proto's JSON
    (said,) = read(msgspec.json.encode(document), "results.json")
    assert said.median == pytest.approx(one.median_ms, rel=1e-6)
    assert (said.size, said.runs, said.warm_runs) == (one.size, one.runs, 7)
    message = benchmark_result._message(one).SerializeToString()
    (raw,) = read(message, "result.pb")
    assert (raw.median, raw.first, raw.size) == (said.median, said.first, said.size)


def test_benchmark_result_in_camel_case() -> None:
    (said,) = read(b'{"latencyMetrics": {"avgMs": 2.5}, "miscMetrics": {"numRuns": 3}}', "results.json")
    assert (said.mean, said.median, said.runs) == (2.5, None, 3)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "log is empty"),
        (logs.ANDROID[:900].encode(), "log: benchmark_model stopped before its result"),
        (logs.REFUSED.encode(), "stopped before its result: ERROR: Following operations are not supported"),
        (logs.CSV[:-60].encode(), "log, line 2: a row of benchmark_model's CSV is not whole"),
        (logs.REPORT[:-20].encode(), "is JSON that is cut off or damaged"),
        (logs.REPORT.replace('"OK"', '"ERROR"').encode(), "benchmark_model reports ERROR"),
        (logs.LITERT[:420].encode(), "stopped within its results"),
        (logs.LITERT_JSON.replace('"median_ms": 0.06,', "").encode(), "is not whole"),
        (logs.OPENVINO[:700].encode(), "stopped before its latencies"),
        (
            b"[Step 1/11] Parsing\n[ ERROR ] Cannot read the model tiny.xml\n",
            "latencies: Cannot read the model",
        ),
        (
            logs.OPENVINO_JSON.replace('"latency (ms)": "0.22"', '"error": "no device"').encode(),
            "reports an error",
        ),
        (logs.OPENVINO_CSV.replace("6696", "many").encode(), "report is not whole"),
        (b'{"latency_metrics": {"avg_ms": "fast"}}', "is no BenchmarkResult"),
        (b'{"somebody": "else"}', "is no BenchmarkResult"),
        (b"[1, 2]", "is no BenchmarkResult"),
        (bytes(range(256)), "neither text nor a BenchmarkResult message"),
        (b"\x1a\x05\x0d\x00\x00", "neither text nor a BenchmarkResult message"),
        (b"to be or not to be", "is no result that can be read here"),
    ],
)
def test_damage_is_one_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        read(content, "log")
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "whole",
    [
        logs.ANDROID,
        logs.OLD,
        logs.CSV,
        logs.REPORT,
        logs.LITERT,
        logs.LITERT_JSON,
        logs.OPENVINO,
        logs.OPENVINO_JSON,
        logs.OPENVINO_CSV,
    ],
)
def test_any_cut_is_read_or_explained(whole: str) -> None:
    """Wherever the file ends: a result, or a sentence; nothing else."""
    for end in range(0, len(whole), 7):
        with suppress(InputError):
            for said in read(whole[:end].encode(), "log"):
                assert measurement(said, SUBJECT, b"").median_ms > 0


def test_another_size_is_another_artifact() -> None:
    (said,) = read(logs.ANDROID.encode(), "log")
    fits = msgspec.structs.replace(SUBJECT, size=3_064_085)
    assert measurement(said, fits, b"").sha256 == fits.sha256
    with pytest.raises(InputError, match="it was another artifact; say which with --artifact"):
        measurement(said, msgspec.structs.replace(SUBJECT, size=3_100_000), b"")


def test_the_same_output_is_the_same_run() -> None:
    said = read((logs.OLD * 2).encode(), "log")
    made = [measurement(one, SUBJECT, b"content", index) for index, one in enumerate(said)]
    again = [measurement(one, SUBJECT, b"content", index) for index, one in enumerate(said)]
    assert made == again
    assert made[0].run_id != made[1].run_id
