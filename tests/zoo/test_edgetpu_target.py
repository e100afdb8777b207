"""The target `edgetpu`: made, forecast, compiled where the compiler is, refused where shapes are open."""

import json
import os
import sys
from pathlib import Path

from tests.zoo.cli.run import zoo
from tests.zoo.models import convolution


def test_made_forecast_and_compiled(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    program = tools / "edgetpu_compiler"
    program.write_text(
        f"#!{sys.executable}\nimport pathlib, sys\n"
        "out, model = pathlib.Path(sys.argv[sys.argv.index('-o') + 1]), pathlib.Path(sys.argv[-1])\n"
        "(out / f'{model.stem}_edgetpu.tflite').write_bytes(b'compiled')\n"
        "print('Edge TPU Compiler version 16.0.384591198')\n"
        "print('CONV_2D                        1          Operation not supported')\n"
    )
    program.chmod(0o755)
    model, out = convolution(tmp_path / "tiny.onnx"), tmp_path / "out"
    arguments = ("convert", model, "--to", "edgetpu", "--random-calibration", "--out", out, "--quiet")
    ended = zoo(*arguments, PATH=f"{tools}{os.pathsep}{os.environ['PATH']}")
    assert ended.code == 0, ended.err
    assert (out / "tiny_edgetpu.tflite").read_bytes() == b"compiled"
    notes = " ".join(json.loads((out / "manifest.json").read_text())["notes"])
    assert "are forecast to map" in notes
    assert "unlike the forecast" in notes
    found = zoo("edgetpu", out, "--json").document
    assert found["mapped"] == found["total"] > 0
    assert found["too_new_ops"] == []


def test_open_shapes_are_refused(tmp_path: Path) -> None:
    model, out = convolution(tmp_path / "tiny.onnx"), tmp_path / "out"
    arguments = ("--to", "edgetpu", "--dynamic-batch", "--random-calibration", "--out", out)
    ended = zoo("convert", model, *arguments)
    assert ended.code != 0
    assert "Traceback" not in ended.err
    assert not list(out.glob("*.tflite"))
