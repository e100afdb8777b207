"""`zoo convert` as a user runs it: what it imports, what it leaves, what it says when something is wrong."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import corpus
from tests.zoo.cli.run import modules_after, zoo
from tests.zoo.models import convolution


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return convolution(tmp_path / "tiny.onnx")


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_json_is_one_document_and_the_second_run_is_done(model: Path) -> None:
    arguments = ("convert", model, "--to", "float32,float16", "--out", model.parent / "out", "--json")
    first, second = zoo(*arguments), zoo(*arguments)
    assert (first.code, first.err) == (0, "")
    assert not first.document["already_done"]
    assert second.document["already_done"]
    assert second.document["manifest"] == first.document["manifest"]
    names = {"manifest.json", "tiny_float32.tflite", "tiny_float16.tflite"}
    assert names == {name for name in left(model.parent / "out") if not name.startswith(".")}


def test_the_second_run_imports_no_runtime(model: Path) -> None:
    arguments = ("convert", model, "--to", "float32", "--out", model.parent / "out", "--quiet")
    assert zoo(*arguments).code == 0
    code, modules = modules_after(*arguments)
    assert code == 0
    assert modules & {"openvino", "onnx", "onnxruntime", "ai_edge_litert", "torch", "tensorflow"} == set()


def test_people_get_a_table_and_the_folder(model: Path) -> None:
    ended = zoo("convert", model, "--to", "float32", cwd=model.parent)
    assert ended.code == 0
    assert "tiny_float32.tflite" in ended.out
    assert "0 Transposes" in ended.out
    assert "zoo_models/tiny" in ended.out
    assert (model.parent / "zoo_models" / "tiny" / "manifest.json").is_file()


@pytest.mark.parametrize("kind", ["truncated", "unknown op", "shape", "keep", "empty"])
def test_bad_models_are_one_sentence_and_leave_nothing(tmp_path: Path, kind: str) -> None:
    model = convolution(tmp_path / "tiny.onnx")
    more: tuple[str, ...] = ()
    code, part = 2, "tiny.onnx"
    if kind == "truncated":
        model.write_bytes(model.read_bytes()[:-200])
    elif kind == "unknown op":
        convolution(model, op="Nonsense", domain="com.example")
        code, part = 5, "Nonsense"
    elif kind == "shape":
        more, part = ("--input-shape", "1,5,8,8"), "[1,5,8,8]"
    elif kind == "keep":
        more, part = ("--keep-nchw", "nothing"), "`nothing`"
    else:
        model.write_bytes(b"")
    ended = zoo("convert", model, "--to", "float32", "--out", tmp_path / "out", *more)
    assert part in ended.failed(code)
    assert left(tmp_path) == ["tiny.onnx"]


def test_a_file_in_place_of_the_output_folder(model: Path) -> None:
    (model.parent / "out").touch()
    assert "out" in zoo("convert", model, "--to", "float32", "--out", model.parent / "out").failed(8)


def test_an_unwritable_output_folder(model: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("the superuser may write everywhere")
    folder = model.parent / "out"
    folder.mkdir(mode=0o500)
    sentence = zoo("convert", model, "--to", "float32", "--out", folder / "deeper").failed(8)
    assert "cannot be used" in sentence


def test_a_home_that_cannot_be_written_is_named_as_such(model: Path) -> None:
    home = model.parent / "home"
    home.mkdir()
    (home / "references").touch()
    sentence = zoo(
        "convert", model, "--to", "float32", "--out", model.parent / "out", ZOO_HOME=str(home)
    ).failed(8)
    assert "ZOO_HOME" in sentence
    assert not (model.parent / "out").exists()


def test_a_read_only_place() -> None:
    place = Path("/proc/zoo-test")
    if not Path("/proc").is_dir():
        pytest.skip("there is no /proc here")
    assert "cannot be used" in zoo("convert", "digits", "--out", place).failed(8)


def test_a_full_disk(model: Path, tmp_path: Path) -> None:
    room = tmp_path / "room"
    room.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(room)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("no tmpfs can be mounted here (needs privileges)")
    try:
        (room / "ballast").write_bytes(b"0" * 61440)
        sentence = zoo("convert", model, "--to", "float32", "--out", room / "out").failed(8)
        assert "full" in sentence or "No space" in sentence
        assert left(room) == ["ballast"]
    finally:
        subprocess.run(["umount", str(room)], check=True)


def test_a_file_that_cannot_grow_is_one_sentence(model: Path) -> None:
    """Every write beyond 256 bytes fails: what a full disk does, without privileges."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (256, 256))

    out = model.parent / "out"
    done = subprocess.run(
        [sys.executable, "-m", "zoo", "convert", str(model), "--to", "float32", "--out", str(out)],
        capture_output=True,
        text=True,
        preexec_fn=limit,
        timeout=120,
        check=False,
    )
    assert done.returncode == 8, done.stderr
    assert "Traceback" not in done.stderr
    assert not list(out.glob("*.tflite")) if out.exists() else True


def test_a_killed_run_resumes(model: Path) -> None:
    """Killed as soon as the first artifact is there: it is kept, nothing half-written shows, the next run makes the rest."""
    out = model.parent / "out"
    arguments = ["convert", str(model), "--to", "float32,float16,openvino", "--out", str(out)]
    process = subprocess.Popen(
        [sys.executable, "-m", "zoo", *arguments], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while not (out / "manifest.json").exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    described = {one["path"] for one in json.loads((out / "manifest.json").read_bytes())["artifacts"]}
    assert described
    first = (out / "tiny_float32.tflite").stat().st_mtime_ns
    ended = zoo(*arguments, "--json")
    assert ended.code == 0
    made = {one["target"] for one in ended.document["manifest"]["artifacts"]}
    assert made == {"float32", "float16", "openvino", "openvino_fp16"}
    assert (out / "tiny_float32.tflite").stat().st_mtime_ns == first
    assert not (out / ".zoo-staging").exists()


def test_verify_and_inspect_what_was_converted(model: Path) -> None:
    out = model.parent / "out"
    assert zoo("convert", model, "--to", "float32", "--out", out, "--quiet").code == 0
    ended = zoo("verify", out, "--json")
    assert ended.code == 0
    assert ended.document["checks"]["float32"][0]["passed"]
    assert "all 1 comparisons passed" in zoo("verify", out).out
    (out / "tiny_float32.tflite").write_bytes(b"other")
    assert "convert again" in zoo("verify", out).failed(6)


def test_bench_times_what_was_converted(model: Path) -> None:
    out = model.parent / "out"
    assert zoo("convert", model, "--to", "float32", "--out", out, "--quiet").code == 0
    quick = ("--rounds", "2", "--processes", "1")
    document = zoo("bench", out, "--targets", "cpu,cpu:noxnnpack", *quick, "--json").document
    found = {(one["target"], one["delegate"], one["variant"]) for one in document["measurements"]}
    assert found == {("cpu", "XNNPACK", "float32"), ("cpu:noxnnpack", "none", "float32")}
    assert all(one["median_ms"] > 0 for one in document["measurements"])


@pytest.mark.corpus
def test_u2netp_needs_neither_torch_nor_tensorflow(tmp_path: Path) -> None:
    path = corpus("onnx/u2netp.onnx")
    code, modules = modules_after(
        "convert", path, "--to", "float32,float16", "--out", tmp_path / "out", "--quiet"
    )
    assert code == 0
    assert modules & {"torch", "tensorflow", "keras", "onnxsim"} == set()
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_bytes())
    for artifact in manifest["artifacts"]:
        stats = artifact["stats"]
        assert (stats["ops"], stats["transposes"], stats["custom_ops"]) == (259, 0, 0)


def test_bench_of_what_cannot_run_says_why_and_fails(model: Path) -> None:
    out = model.parent / "out"
    assert zoo("convert", model, "--to", "float32", "--out", out, "--quiet").code == 0
    ended = zoo("bench", out, "--targets", "edgetpu:/no/such.so")
    assert ended.code == 7
    assert "not here: there is no delegate library /no/such.so" in ended.out
    (kept,) = zoo("results", "--json").document
    assert (kept["variant"], kept["target"], kept["status"]) == ("float32", "edgetpu:/no/such.so", "missing")
    assert kept["reason"].startswith("there is no delegate library")
    ended = zoo("bench", out, "--targets", "edgetpu:/no/such.so,tensorflow")
    assert ended.code == 1
    assert "refused" in ended.out
    assert "zoo convert" in ended.out


def test_what_a_killed_bench_had_done_is_among_the_results(model: Path, tmp_path: Path) -> None:
    out = model.parent / "out"
    assert zoo("convert", model, "--to", "float32", "--out", out, "--quiet").code == 0
    home = tmp_path / "home"
    arguments = ("bench", str(out), "--rounds", "100000", "--seconds", "600", "--processes", "1", "--quiet")
    running = subprocess.Popen(
        [sys.executable, "-m", "zoo", *arguments], env=os.environ | {"ZOO_HOME": str(home)}
    )
    for _ in range(600):
        journals = list(home.glob("bench/*.jsonl"))
        if journals and journals[0].read_bytes().count(b'"event":"Took"') >= 3:
            break
        time.sleep(0.1)
    running.kill()
    running.wait()
    (kept,) = zoo("results", "--json", ZOO_HOME=str(home)).document
    assert (kept["status"], kept["variant"]) == ("interrupted", "float32")
    assert kept["runs"] > 0
