from pathlib import Path

import msgspec
import pytest

from registry import catalog
from registry.types import Artifact, Manifest, Score
from tests.zoo.cli.run import modules_after, zoo
from zoo import keeping, scores_file

HEAVY = {
    *(
        "torch",
        "tensorflow",
        "keras",
        "openvino",
        "onnx",
        "onnxruntime",
        "onnxsim",
        "ai_edge_litert",
        "ai_edge_quantizer",
    ),
    *("numpy", "scipy", "PIL", "requests", "huggingface_hub"),
}


@pytest.mark.parametrize(
    "arguments", [["list"], ["--help"], ["doctor"], ["info", "digits"], ["convert", "--help"]]
)
def test_light_commands_import_nothing_heavy(arguments: list[str]) -> None:
    code, modules = modules_after(*arguments)
    assert code == 0
    assert modules & HEAVY == set()


def test_info_of_what_was_converted_and_measured_imports_nothing_heavy(tmp_path: Path) -> None:
    folder = tmp_path / "zoo_models" / "digits"
    made = Artifact(target="float32", path="digits_float32.tflite", sha256="0" * 64, size=1)
    manifest = Manifest(name="digits", card={}, inputs={}, options={}, tools={}, artifacts=(made,))
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_bytes(msgspec.json.encode(manifest))
    score = Score("float32", "top1", 0.9, 10, sha256=made.sha256)
    scores_file.write(folder, manifest, [score])
    keeping.opened().close()
    code, modules = modules_after("info", "digits", cwd=tmp_path)
    assert code == 0
    assert modules & HEAVY == set()
    shown = zoo("info", "digits", "--json", cwd=tmp_path).document["here"]
    assert [one["value"] for one in shown["scores"]] == [0.9]


def test_list_in_json_is_one_document() -> None:
    ended = zoo("list", "--json")
    assert (ended.code, ended.err) == (0, "")
    assert [one["name"] for one in ended.document] == catalog.names()


def test_list_for_people_names_every_card() -> None:
    ended = zoo("list")
    assert all(name in ended.out for name in catalog.names())
    assert not any(line != line.rstrip() for line in ended.out.splitlines())


def test_quiet_says_nothing() -> None:
    ended = zoo("list", "--quiet")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_info_shows_the_card() -> None:
    document = zoo("info", "digits", "--json").document
    assert document["name"] == "digits"
    assert document["inputs"][0]["shape"] == [1, 1, 8, 8]
    shown = zoo("info", "digits").out
    assert "digits_net:DigitsNet()" in shown
    assert document["weights"][0]["sha256"] in shown


def test_info_takes_a_card_of_ones_own(tmp_path: Path) -> None:
    card = tmp_path / "mine.yaml"
    text = Path(catalog.__file__).parent.joinpath("cards", "digits.yaml").read_text()
    card.write_text(text.replace("name: digits", "name: mine"))
    assert zoo("info", card, "--json").document["name"] == "mine"


def test_doctor_names_every_target() -> None:
    document = zoo("doctor", "--json").document
    routes = {one["name"]: one for one in document["routes"]}
    assert {"target: float32", "target: saved_model", "source: PyTorch class", "zoo bench"} <= set(routes)
    assert all(one["works"] or one["reason"] for one in routes.values())
    places = {one["name"]: one for one in document["places"]}
    assert {"cpu", "gpu", "edgetpu", "npu", "openvino", "onnxruntime", "torch", "tensorflow"} <= set(places)
    assert all(one["works"] != bool(one["reason"]) for one in places.values())
    assert places["cpu"]["version"]
    assert "target: float32" in zoo("doctor").out


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["info", "digit"], "Did you mean `digits`"),
        (["info", "nothing-like-it"], "no card named `nothing-like-it`"),
        (["list", "--nope"], "--nope"),
        (["nope"], "nope"),
        (["convert"], "NAME|FILE"),
        (["convert", "missing.onnx"], "missing.onnx does not exist"),
        (["convert", "digits", "--to", "float32,flaot16"], "`flaot16`"),
        (["convert", "digits", "--to", ""], "names no target"),
        (["convert", "digits", "--input-shape", "1,x"], "--input-shape 1,x"),
        (["convert", "digits", "--input-shape", "image:0,1"], "--input-shape image:0,1"),
        (["bench", "nothing-like-it"], "nothing is converted"),
        (["bench", "digits", "--threads", "0"], "--threads 0"),
        (["verify", "nothing-like-it"], "nothing is converted"),
        (["eval", "nothing-like-it"], "no card named"),
    ],
)
def test_wrong_usage_is_one_sentence_and_2(arguments: list[str], part: str, tmp_path: Path) -> None:
    assert part.lower() in zoo(*arguments, cwd=tmp_path).failed(2).lower()
    assert list(tmp_path.iterdir()) == []


def test_a_failure_in_json_is_one_document() -> None:
    ended = zoo("info", "nothing-like-it", "--json")
    assert ended.document["exit_code"] == ended.code == 2
    assert "nothing-like-it" in ended.document["error"]


@pytest.mark.parametrize("name", ["weights.pth", "model.pt", "model.txt", "folder.onnx"])
def test_files_that_are_no_models_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.mkdir() if name.startswith("folder") else path.touch()
    assert name in zoo("convert", path, cwd=tmp_path).failed(2)
