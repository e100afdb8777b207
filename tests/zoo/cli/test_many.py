"""`zoo fetch-convert` of many models as a user runs it: bad ones among them, a second run, Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.zoo import cards
from tests.zoo.cli.run import zoo

BAD = """
import subprocess, sys, time
from pathlib import Path
import torch

HERE = Path(__file__).parent

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.convolution = torch.nn.Conv2d(3, 4, 3)
        if not (HERE / "repaired").exists():
            sleeper = [sys.executable, "-c", "import time; time.sleep(600)", str(HERE)]
            subprocess.Popen(sleeper, start_new_session=True)
            held = []
            while True:
                {bad}
                time.sleep(0.01)

    def forward(self, image):
        return self.convolution(image)
"""
HANGING = BAD.format(bad="pass")
HUNGRY = BAD.format(bad="held.append(torch.ones(1 << 22))")


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def sleeper(model: Path) -> int | None:
    """The process that a bad model in this folder has started: foreign code can tell by nothing but its arguments."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if (
            b"import time; time.sleep(600)" in words
            and str(model).encode() in words
            and alive(int(process.name))
        ):
            return int(process.name)
    return None


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def read(events: Path) -> list[dict[str, Any]]:
    lines = events.read_text().splitlines(keepends=True) if events.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "cards"
    place.mkdir()
    return place


@pytest.mark.slow
def test_three_bad_ones_do_not_keep_the_others_and_a_second_run_does_only_those(folder: Path) -> None:
    good = ["first", "second", "third"]
    for seed, name in enumerate(good):
        cards.of_convolution(folder, name, seed)
    cards.of_convolution(folder, "broken")
    whole = (folder / "broken.onnx").read_bytes()
    (folder / "broken.onnx").write_bytes(whole[: len(whole) // 2])
    cards.of_class(folder, "hanging", HANGING)
    cards.of_class(folder, "hungry", HUNGRY)
    listed = folder / "list.txt"
    listed.write_text(
        "# good and bad\nhanging.yaml\nfirst.yaml\nbroken.yaml\nhungry.yaml # too much\n\nsecond.yaml\nthird.yaml\n"
    )
    out, events = folder.parent / "out", folder.parent / "events.jsonl"
    command = (
        "fetch-convert",
        "--from",
        listed,
        "--jobs",
        "2",
        "--out",
        out,
        "--to",
        "float32,float16",
        "--trust",
        "--memory",
        "1GB",
    )

    first = zoo(*command, "--timeout", "40s", "--events", events)
    assert first.code == 1
    for words in (
        "3 done",
        "1 failed",
        "1 timed out",
        "1 out of memory",
        "was stopped after 40 s",
        "more than the 1.00 GB",
    ):
        assert words in first.out
    ended = {one["model"]: one for one in read(events) if one["event"] == "ended"}
    assert {name: one["status"] for name, one in ended.items()} == {
        **dict.fromkeys(good, "done"), "broken": "failed", "hanging": "timed_out", "hungry": "out_of_memory",
    }  # fmt: skip
    assert (ended["broken"]["exit_code"], ended["first"]["exit_code"]) == (2, 0)
    assert {one["variant"]: one["status"] for one in ended["first"]["variants"]} == {
        "float32": "done",
        "float16": "done",
    }
    assert ended["hungry"]["memory"] > 10**9
    for name in good:
        assert json.loads((out / name / "manifest.json").read_text())["name"] == name
        assert (out / name / f"{name}_float16.tflite").is_file()
    for name in ("hanging", "hungry"):
        assert sleeper(folder / name) is None
        (folder / name / "repaired").touch()
    (folder / "broken.onnx").write_bytes(whole)

    second = zoo(*command, "--timeout", "5m", "--json")
    assert second.code == 0, second.out
    assert {one["model"]: one["status"] for one in second.document["models"]} == {
        **dict.fromkeys(good, "already_done"), **dict.fromkeys(("broken", "hanging", "hungry"), "done"),
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupting_ends_all_and_keeps_what_is_done(folder: Path, how: signal.Signals) -> None:
    cards.of_convolution(folder, "good")
    cards.of_class(folder, "hanging", HANGING)
    out, events = folder.parent / "out", folder.parent / "events.jsonl"
    command = [
        sys.executable,
        "-m",
        "zoo",
        "fetch-convert",
        str(folder / "good.yaml"),
        str(folder / "hanging.yaml"),
    ]
    options = ["--jobs", "2", "--out", str(out), "--to", "float32", "--trust", "--events", str(events)]
    process = subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        until(
            lambda: (
                sleeper(folder / "hanging") is not None
                and any(one["event"] == "ended" for one in read(events))
            )
        )
        process.send_signal(how)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (out / "good" / "good_float32.tflite").is_file()
    worker = next(
        one["pid"] for one in read(events) if one["event"] == "started" and one["model"] == "hanging"
    )
    if how is signal.SIGKILL:  # nobody is left to end what foreign code started; the worker itself goes
        until(lambda: not alive(worker))
        left = sleeper(folder / "hanging")
        if left is not None:
            os.kill(left, signal.SIGKILL)
        return
    assert not alive(worker)
    assert sleeper(folder / "hanging") is None
    last = [one for one in read(events) if one["event"] == "ended"][-1]
    assert (last["model"], last["status"]) == ("hanging", "interrupted")
    assert process.returncode == (130 if how is signal.SIGINT else 143)
    if how is signal.SIGINT:
        assert "the same command goes on where it stopped" in errors


@pytest.mark.slow
def test_refused_variants_say_why_and_are_no_failure(folder: Path) -> None:
    card = cards.of_convolution(folder, "one")
    ended = zoo("fetch-convert", card, "--jobs", "1", "--out", folder / "out", "--json")
    assert ended.code == 0
    told = {one["variant"]: one for one in ended.document["models"][0]["variants"]}
    assert told["float32"]["status"] == "done"
    assert told["int8"]["status"] == "refused"
    assert "calibrat" in told["int8"]["reason"]


def test_one_name_is_the_single_command_until_a_limit_is_given(folder: Path) -> None:
    card = cards.of_convolution(folder, "one")
    single = zoo("fetch-convert", card, "--out", folder / "out", "--to", "float32", "--json")
    assert (single.code, single.document["already_done"]) == (0, False)
    watched = zoo(
        "fetch-convert", card, "--out", folder / "root", "--to", "float32", "--json", "--memory", "4GB"
    )
    assert watched.document["models"][0]["status"] == "done"
    assert (folder / "root" / "one" / "one_float32.tflite").is_file()


def test_events_on_stdout_are_all_that_is_there(folder: Path) -> None:
    card = cards.of_convolution(folder, "one")
    ended = zoo("fetch-convert", card, "--out", folder / "out", "--to", "float32", "--events", "-")
    told = [json.loads(line) for line in ended.out.splitlines()]
    assert (ended.code, told[0]["event"], told[-1]["event"]) == (0, "begun", "finished")
    assert told[-1]["counts"] == {"done": 1}
    assert any(one["event"] == "variant" and one["variant"] == "float32" for one in told)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "no model is named"),
        (["--task", "cooking"], "no card has this task; there are"),
        (["digits", "u2netp", "--weights", "x.pth"], "--weights is about one model"),
        (["digits", "u2netp", "--memory", "lots"], "--memory lots: an amount of bytes"),
        (["digits", "u2netp", "--timeout", "soon"], "--timeout soon: a length of time"),
        (["--from", "missing.txt"], "the list missing.txt cannot be read"),
        (["digits", "--events", "-", "--json"], "both write to stdout"),
        (["digits", "--events", "."], "a folder stands there"),
    ],
)
def test_bad_usage_is_one_sentence(arguments: list[str], words: str, tmp_path: Path) -> None:
    sentence = zoo("fetch-convert", *arguments, cwd=tmp_path).failed(2)
    assert words in sentence
    assert not list(tmp_path.glob("zoo_models"))


def test_an_unknown_name_fails_alone(folder: Path) -> None:
    card = cards.of_convolution(folder, "one")
    ended = zoo("fetch-convert", card, "no-such-model", "--out", folder / "out", "--to", "float32", "--json")
    assert ended.code == 1
    statuses = {one["model"]: (one["status"], one["exit_code"]) for one in ended.document["models"]}
    assert statuses == {"one": ("done", 0), "no-such-model": ("failed", 2)}
