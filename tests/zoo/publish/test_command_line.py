"""The commands as processes, with huggingface_hub's client as it is."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.zoo.models import convolution
from tests.zoo.publish.loopback_hub import TOKEN, Hub
from tests.zoo.publish.made import files, summed, tiny
from tests.zoo.publish.test_rebuilding import convert, planned
from zoo import artifacts
from zoo.publish import destination
from zoo.publish.plan import publication


def zoo(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "zoo", *words],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_pull_from_a_hub_and_what_it_says(hub: Hub, tmp_path: Path) -> None:
    destination.open("hf://org/tiny").send(tiny())
    reached = {"HF_ENDPOINT": hub.endpoint, "HF_TOKEN": TOKEN}
    done = zoo("pull", "hf://org/tiny", "--json", cwd=tmp_path, **reached)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["files"], told["fetched"], told["models"]) == (
        5,
        5,
        {"tiny": str(tmp_path / "zoo_models" / "tiny")},
    )
    again = zoo("pull", "hf://org/tiny", cwd=tmp_path, **reached)
    assert "(0 fetched)" in again.stdout
    hub.repositories.clear()
    gone = zoo("pull", "hf://org/tiny", cwd=tmp_path, **reached)
    assert gone.returncode == 2
    assert "Traceback" not in gone.stderr
    assert gone.stderr.splitlines()[-1].startswith("zoo: hf://org/tiny is not there")


def test_rebuild_says_what_differs_by_its_exit_code(tmp_path: Path) -> None:
    model = convolution(tmp_path / "tiny.onnx")
    place = tmp_path / "published"
    destination.open(str(place)).send(summed("tiny", planned(convert(model, tmp_path / "made", "float32"))))
    good = zoo("rebuild", "--check", str(place), "--weights", str(model), "--json", cwd=tmp_path)
    assert good.returncode == 0, good.stderr
    assert [one["difference"] for one in json.loads(good.stdout)["artifacts"]] == [""]
    assert not (tmp_path / "zoo_models").exists()
    (place / "SHA256SUMS").write_text("edited")
    bad = zoo("rebuild", "--check", str(place), "--weights", str(model), cwd=tmp_path)
    assert bad.returncode == 6, bad.stdout
    assert "SHA256SUMS is not the file that the lock names" in bad.stdout


def test_a_model_of_a_pulled_collection_is_found_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    parts = [
        *files("one", {"one_float32.tflite": b"1"}, "one"),
        *files("two", {"two_float32.tflite": b"2"}, "two"),
    ]
    destination.open("both").send(publication("both", list(summed("both", parts).files)))
    assert zoo("pull", "both", cwd=tmp_path).returncode == 0
    assert artifacts.converted("two")[0] == Path("zoo_models/both/two")
    destination.open("more").send(publication("more", list(summed("more", parts).files)))
    assert zoo("pull", "more", cwd=tmp_path).returncode == 0
    with pytest.raises(
        Exception, match="nothing is converted"
    ):  # two collections have it: which one is meant?
        artifacts.converted("two")
