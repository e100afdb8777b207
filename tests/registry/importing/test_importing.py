"""Facts in, cards out: on small facts of each collection, and on all where they are here."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from registry import card_check, catalog
from registry.errors import InputError
from registry.importing import cards_of, write
from tests.conftest import corpus

COMMIT = "7ef5b91f75115a5eec5a67921453d7faaff8f78b"
LICENSE = "https://raw.githubusercontent.com/openvinotoolkit/open_model_zoo/master/LICENSE"


def omz_file(name: str, original: Any = None, size: int = 10) -> dict[str, Any]:
    return {
        "name": name,
        "bytes": size,
        "sha384": "a" * 96,
        "url": f"https://mirror.example.org/{name}",
        "original": original,
    }


def omz_model(name: str, *files: dict[str, Any], **changes: Any) -> dict[str, Any]:
    given = {
        "name": name, "group": "public", "task": "detection", "framework": "onnx", "licence": "https://example.org/LICENSE",
        "inputs": [["data", [1, 3, 8, 8], "NCHW"]], "files": list(files), "to_onnx": None, "mo_args": [], "source_edits": 0,
    }  # fmt: skip
    return given | changes


INTEL = omz_model(
    "detector-0001",
    *[omz_file(f"{precision}/detector-0001{end}") for precision in ("FP32", "FP16", "FP16-INT8") for end in (".xml", ".bin")],
    group="intel", framework="dldt", licence=LICENSE,
)  # fmt: skip


def omz(*models: dict[str, Any]) -> bytes:
    source = "openvinotoolkit/open_model_zoo models/**/model.yml"
    return json.dumps({"source": source, "commit": COMMIT, "note": "", "models": [INTEL, *models]}).encode()


def loaded(facts: bytes, to: Path, name: str) -> Any:
    imported = cards_of(facts, "facts.json")
    write(imported, to)
    return catalog.load_file(to / imported.namespace / f"{name}.yaml")


def test_an_ir_has_both_files_and_its_int8_form_extends_it(tmp_path: Path) -> None:
    card = loaded(omz(), tmp_path, "detector-0001")
    assert [one.file for one in card.weights] == ["detector-0001.xml", "detector-0001.bin"]
    assert card.weights[0].urls == ("https://mirror.example.org/FP32/detector-0001.xml",)
    assert (card.entry.model, card.task) == ("detector-0001.xml", "object-detection")
    assert (card.licenses.weights, card.licenses.dataset, card.licenses.link) == (
        "Apache-2.0",
        "unknown",
        LICENSE,
    )
    assert (card.inputs[0].shape, card.inputs[0].layout, card.outputs) == ((1, 3, 8, 8), "NCHW", ())
    integer = loaded(omz(), tmp_path, "detector-0001-int8")
    assert integer.inputs == card.inputs
    assert integer.weights[0].urls == ("https://mirror.example.org/FP16-INT8/detector-0001.xml",)


def test_a_ready_model_with_mirror_original_and_preprocessing(tmp_path: Path) -> None:
    drive = {"$type": "google_drive", "id": "1AbC"}
    model = omz_model(
        "net", omz_file("net.onnx", drive),
        mo_args=["--input_model=DL/net.onnx", "--mean_values=data[127.5,127.5,127.5]", "--scale_values=[255]", "--reverse_input_channels"],
    )  # fmt: skip
    card = loaded(omz(model), tmp_path, "net")
    assert card.weights[0].urls == ("https://mirror.example.org/net.onnx", "gdrive:1AbC")
    assert (card.licenses.weights, card.licenses.link) == ("unknown", "https://example.org/LICENSE")
    (image,) = card.inputs
    assert (image.color, image.range, image.preprocess.mean, image.preprocess.std) == (
        "RGB",
        (-0.5, 0.5),
        (127.5,) * 3,
        (255.0,),
    )


def test_a_model_in_an_archive_and_one_that_a_script_makes(tmp_path: Path) -> None:
    inside = omz_model(
        "packed",
        omz_file("packed.tar.gz"),
        framework="tf",
        mo_args=["--input_model=DL/packed/graph.pb"],
        source_edits=1,
    )
    made = omz_model(
        "made", omz_file("weights.h5"), framework="tf", mo_args=["--saved_model_dir=CONV/made.savedmodel"]
    )
    facts = omz(inside, made)
    card = loaded(facts, tmp_path, "packed")
    assert (card.weights[0].unpack, card.entry.model, card.entry.needs) == (True, "packed/graph.pb", None)
    card = loaded(facts, tmp_path, "made")
    assert card.entry.model == "weights.h5"
    assert "made.savedmodel" in card.entry.needs


def test_a_class_is_named_with_what_it_needs(tmp_path: Path) -> None:
    call = {
        "model-name": ["Net"], "import-module": ["net"], "model-param": ["width_mult=0.25", "phase='test'"],
        "weights": ["$dl_dir/net.pth"], "input-names": ["data"], "output-names": ["boxes,scores"],
    }  # fmt: skip
    whole = omz_model(
        "whole",
        omz_file("other.bin"),
        omz_file("net.pth"),
        omz_file("net.py"),
        framework="pytorch",
        to_onnx=call,
    )
    edited = whole | {
        "name": "edited",
        "source_edits": 2,
        "to_onnx": call | {"import-module": ["model"], "model-param": ['weights=r"$dl_dir/x"']},
    }
    facts = omz(whole, edited)
    card = loaded(facts, tmp_path, "whole")
    assert (card.entry.module, card.entry.cls, card.entry.parameters) == (
        "net",
        "Net",
        {"width_mult": 0.25, "phase": "test"},
    )
    assert card.entry.needs is None
    assert [one.file for one in card.weights] == ["net.pth", "other.bin"], (
        "the weights that are loaded come first"
    )
    assert [one.file for one in card.source.files] == ["net.py"]
    assert [one.name for one in card.outputs] == ["boxes", "scores"]
    needs = loaded(facts, tmp_path, "edited").entry.needs
    assert "models/public/edited/model.py" in needs
    assert "2 edits" in needs
    assert "(weights)" in needs


def test_what_nobody_says_is_not_a_card() -> None:
    call = {"model-name": ["f"], "import-module": ["m"], "input-names": ["x"], "output-names": ["y"]}
    open_ended = omz_model(
        "open", omz_file("m.py"), framework="pytorch", to_onnx=call, inputs=[["x", None, "NS"]]
    )
    imported = cards_of(omz(open_ended), "facts.json")
    assert set(imported.skipped) == {"open"}
    assert "open" not in imported.cards


def onnx(**changes: Any) -> bytes:
    model = {
        "model": "Net", "path": "vision/classification/net/model/Net-7.onnx", "opset": 7, "sha256": "b" * 64, "bytes": 5,
        "tags": ["vision", "classification", "net"], "inputs": [["x", ["N", 3, 8, 8], "tensor(uint8)"]],
        "outputs": [["y", ["N", 10], "tensor(float)"]],
    }  # fmt: skip
    source = {
        "source": "onnx/models MANIFEST",
        "commit": COMMIT,
        "download": "https://example.org/<commit>/<path> (Git LFS)",
        "licence": "",
    }
    return json.dumps(source | {"models": [model | changes]}).encode()


def test_an_onnx_file_with_its_ends(tmp_path: Path) -> None:
    card = loaded(onnx(), tmp_path, "net-7")
    assert card.weights[0].urls == (
        f"https://example.org/{COMMIT}/vision/classification/net/model/Net-7.onnx",
    )
    assert (card.inputs[0].shape, card.inputs[0].dtype, card.inputs[0].layout) == (
        (1, 3, 8, 8),
        "uint8",
        "NCHW",
    )
    assert (card.outputs[0].name, card.outputs[0].shape) == ("y", None)
    assert (card.licenses.code, card.licenses.weights) == ("Apache-2.0", "unknown")


@pytest.mark.parametrize(
    "given",
    [
        ["x", ["N", 3, "H", "W"], "tensor(float)"],
        ["x", [1, 2], "tensor(string)"],
        ["x", None, "tensor(float)"],
    ],
)
def test_ends_that_cannot_be_said_are_left_to_the_file(given: list[Any], tmp_path: Path) -> None:
    card = loaded(onnx(inputs=[given]), tmp_path, "net-7")
    assert (card.inputs, card.outputs) == ((), ())


def test_files_of_one_name_are_told_apart_and_others_left_out(tmp_path: Path) -> None:
    paths = [
        "models/object_detection/ssd/tflite_int8/ssd.tflite",
        "models/object_detection/ssd/tflite_fp32/ssd.tflite",
        "models/x/saved_model.pb",
    ]
    facts = {
        "source": "ARM-software/ML-zoo",
        "commit": COMMIT,
        "download": "https://example.org/<commit>/<path>",
    }
    facts["files"] = [{"path": path, "sha256": "c" * 64, "bytes": 3} for path in paths]  # type: ignore[assignment]
    imported = cards_of(json.dumps(facts).encode(), "facts.json")
    assert set(imported.cards) == {"_arm", "ssd-int8", "ssd-fp32"}
    assert set(imported.skipped) == {"models/x/saved_model.pb"}


def test_a_second_run_changes_nothing_and_leaves_other_cards(tmp_path: Path) -> None:
    own = tmp_path / "omz" / "own.yaml"
    assert write(
        cards_of(
            omz(omz_model("gone", omz_file("gone.onnx"), mo_args=["--input_model=DL/gone.onnx"])), "facts"
        ),
        tmp_path,
    )
    own.write_text("# by hand\n")
    assert [path.name for path in write(cards_of(omz(), "facts"), tmp_path)] == ["gone.yaml"]
    assert own.exists()
    assert not (tmp_path / "omz" / "gone.yaml").exists()
    assert write(cards_of(omz(), "facts"), tmp_path) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"{", "is no facts file"),
        (b'{"source": "a/b"}', "is about `a/b`: there is an importer for openvinotoolkit/open_model_zoo"),
        (
            b'{"source": "onnx/models", "models": []}',
            "is no facts file: Object missing required field `commit`",
        ),
        (b"[]", "is no facts file"),
    ],
)
def test_what_is_no_facts_file(text: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        cards_of(text, "facts.json")


def test_a_wrong_card_is_written_nowhere(tmp_path: Path) -> None:
    facts = onnx().replace(b"b" * 64, b"nonsense")
    with pytest.raises(InputError, match="64 hexadecimal digits"):
        write(cards_of(facts, "facts.json"), tmp_path)
    assert not list(tmp_path.rglob("*.yaml"))


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["open_model_zoo", "onnx_models", "opencv_zoo", "arm_ml_zoo"])
def test_the_shipped_cards_are_those_of_the_facts(name: str) -> None:
    path = corpus("..").resolve() / "registry_facts" / f"{name}.json"
    if not path.exists():
        pytest.skip("the collections' facts are not here")
    imported = cards_of(path.read_bytes(), path.name)
    folder = Path(card_check.__file__).parent / "cards" / imported.namespace
    shipped = {file.stem: yaml.load(file.read_bytes(), yaml.CSafeLoader) for file in folder.glob("*.yaml")}
    assert set(shipped) == set(imported.cards)
    assert shipped["face-detection-0200" if name == "open_model_zoo" else f"_{imported.namespace}"]
    different = [
        name for name, data in imported.cards.items() if json.dumps(shipped[name]) != json.dumps(data)
    ]
    assert not different
