"""`zoo edgetpu` as a user runs it."""

import os
import sys
from pathlib import Path

import pytest

from tests.conftest import corpus
from tests.converters.edgetpu.small import one_operator, written
from tests.zoo.cli.run import modules_after, zoo


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return written(one_operator("LEAKY_RELU", ["int8 1x4"], ["int8 1x4"], {"alpha": 0.1}), tmp_path)


def test_people_get_the_compilers_table_and_what_to_change(model: Path) -> None:
    ended = zoo("edgetpu", model)
    assert ended.code == 0
    assert "Operation not supported" in ended.out
    assert "0 of 1 operators on the Edge TPU in 0 partitions, 1 on the CPU" in ended.out
    assert "first on the CPU: 0 LEAKY_RELU" in ended.out
    assert "to map more: " in ended.out


def test_programs_get_every_operator(model: Path) -> None:
    found = zoo("edgetpu", model, "--json", "--compiler", "16.0", "--all-partitions").document
    assert (found["total"], found["mapped"], found["partitions"], found["parameter_bytes"]) == (1, 0, 0, 0)
    (one,) = found["ops"]
    assert (one["index"], one["op"], one["mapped"]) == (0, "LEAKY_RELU", False)
    assert one["reason"] == "Operation not supported"


def stand_in(folder: Path, *lines: str) -> None:
    """A compiler that makes a file and says `lines`."""
    program = folder / "edgetpu_compiler"
    program.write_text(
        f"#!{sys.executable}\nimport pathlib, sys\n"
        "out, model = pathlib.Path(sys.argv[sys.argv.index('-o') + 1]), pathlib.Path(sys.argv[-1])\n"
        "(out / f'{model.stem}_edgetpu.tflite').write_bytes(b'compiled')\n"
        + f"print({chr(10).join(lines)!r})\n"
    )
    program.chmod(0o755)


def test_the_compiler_where_it_is_installed_has_its_say(model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tools"
    folder.mkdir()
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    version = "Edge TPU Compiler version 16.0.384591198"
    stand_in(folder, version, "LEAKY_RELU                     1          Operation not supported")
    ended = zoo("edgetpu", model, PATH=path)
    assert "edgetpu_compiler 16.0.384591198 maps 0 of 1 operators, as forecast" in ended.out
    stand_in(folder, version, "LEAKY_RELU                     1          Mapped to Edge TPU")
    compiled = zoo("edgetpu", model, "--json", PATH=path).document["compiled"]
    assert (compiled["mapped"], compiled["total"], compiled["failure"]) == (1, 1, "")
    assert {(one["status"], one["forecast"], one["compiled"]) for one in compiled["differences"]} == {
        ("Mapped to Edge TPU", 0, 1),
        ("Operation not supported", 1, 0),
    }
    assert zoo("edgetpu", model, "--json", "--no-compile", PATH=path).document["compiled"] is None


@pytest.mark.parametrize("text", ["not a model", ""])
def test_no_model_is_one_sentence(text: str, tmp_path: Path) -> None:
    path = tmp_path / "none.tflite"
    path.write_text(text)
    assert "none.tflite" in zoo("edgetpu", path).failed(2)


def test_what_was_not_converted_is_one_sentence(tmp_path: Path) -> None:
    assert "--to edgetpu" in zoo("edgetpu", tmp_path).failed(2)
    assert "nobody" in zoo("edgetpu", "nobody").failed(2)


def test_no_runtime_is_imported(model: Path) -> None:
    code, modules = modules_after("edgetpu", model)
    assert code == 0
    assert not modules & {"tensorflow", "openvino", "torch", "onnx"}


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "total"),
    [
        ("pretrainedResnet_quant", 16),
        ("kws_ref_model", 13),
        ("vww_96_int8", 31),
        ("ad01_int8", 10),
        ("str_ww_ref_model", 11),
    ],
)
def test_mlperf_tiny_maps_whole(name: str, total: int) -> None:
    """Convolutions, pools, one dense layer and a softmax of few classes, all int8: nothing that a limit speaks of."""
    found = zoo("edgetpu", corpus(f"mlperf_tiny/{name}.tflite"), "--json").document
    assert (found["mapped"], found["total"], found["partitions"]) == (total, total, 1)


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["dtln/model_quant_1.tflite", "mlperf_tiny/kws_ref_model_float32.tflite"])
def test_weights_alone_do_not_make_a_quantized_model(name: str) -> None:
    """Dynamic range: int8 weights, float activations."""
    found = zoo("edgetpu", corpus(name), "--json").document
    assert found["mapped"] == 0
    assert {one["reason"] for one in found["ops"]} == {"Operation is working on an unsupported data type"}
    assert "not quantized" in found["advice"][0]["what"]
