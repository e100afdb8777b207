"""The compiler's log, and a stand-in for the compiler itself."""

import stat
import sys
from pathlib import Path

import pytest

from converters.edgetpu import forecast
from converters.edgetpu.compiler import compare, compile_model
from converters.edgetpu.log import Status, parse
from registry.errors import ConversionError, MissingDependencyError
from tests.converters.edgetpu.small import one_operator, written

PARTLY = """\
Edge TPU Compiler version 16.0.384591198
Started a compilation timeout timer of 180 seconds.

Model compiled successfully in 577 ms.

Input model: detector.tflite
Input size: 8.58MiB
Output model: detector_edgetpu.tflite
Output size: 8.70MiB
On-chip memory used for caching model parameters: 3.00KiB
On-chip memory remaining for caching model parameters: 7.67MiB
Off-chip memory used for streaming uncached model parameters: 0.00B
Number of Edge TPU subgraphs: 1
Total number of operations: 18
Operation log: detector_edgetpu.log

Model successfully compiled but not all operations are supported by the Edge TPU. A percentage of the model will instead run on the CPU.
Number of operations that will run on Edge TPU: 2
Number of operations that will run on CPU: 16

Operator                       Count      Status

QUANTIZE                       1          Mapped to Edge TPU
QUANTIZE                       1          More than one subgraph is not supported
CONV_2D                        1          Mapped to Edge TPU
CONV_2D                        4          More than one subgraph is not supported
LEAKY_RELU                     11         Operation not supported
Compilation child process completed within timeout period.
Compilation succeeded!
"""
FILE = """\
Edge TPU Compiler version 15.0.340273435
Input: face.tflite
Output: cocompile/face_edgetpu.tflite

Operator                       Count      Status

RESHAPE                        4          Mapped to Edge TPU
RESHAPE                        2          Tensor has unsupported rank (up to 3 innermost dimensions mapped)
DEQUANTIZE                     2          Operation is working on an unsupported data type
"""
UNREADABLE = """\
Edge TPU Compiler version 16.0.384591198
ERROR: Didn't find op for builtin opcode 'EXP' version '2'. An older version of this builtin might be supported.

ERROR: Registration failed.

Invalid model: model_2.tflite
Model could not be parsed
"""
LARGE = """\
Edge TPU Compiler version 16.0.384591198
Started a compilation timeout timer of 180 seconds.
ERROR: Restored original execution plan after delegate application failure.
Compilation failed: Compilation failed due to large activation tensors in model.
Compilation child process completed within timeout period.
Compilation failed!
"""


def test_the_output_of_a_compile():
    log = parse(PARTLY)
    assert log.version == "16.0.384591198"
    assert (log.total, log.mapped, log.partitions) == (18, 2, 1)
    assert (log.on_chip_bytes, log.remaining_bytes, log.streamed_bytes) == (3072, round(7.67 * 2**20), 0)
    assert log.statuses[-1] == Status("LEAKY_RELU", 11, "Operation not supported")
    assert not log.failure


def test_a_log_file():
    log = parse(FILE)
    assert (log.version, log.total, log.mapped, log.partitions) == ("15.0.340273435", 8, 4, None)
    assert log.statuses[1].status == "Tensor has unsupported rank (up to 3 innermost dimensions mapped)"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (UNREADABLE, "builtin opcode 'EXP' version '2'"),
        (LARGE, "due to large activation tensors in model"),
        ("", ""),
    ],
)
def test_failures(text: str, reason: str):
    log = parse(text)
    assert reason in log.failure
    assert (log.statuses, log.total) == ((), None)


def stand_in(folder: Path, script: str) -> None:
    """A program called edgetpu_compiler: Python with `out` and `model` from the command line."""
    program = folder / "edgetpu_compiler"
    program.write_text(
        f"#!{sys.executable}\nimport pathlib, sys, time\n"
        "out, model = pathlib.Path(sys.argv[sys.argv.index('-o') + 1]), pathlib.Path(sys.argv[-1])\n" + script
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tools = tmp_path / "tools"
    tools.mkdir()
    monkeypatch.setenv("PATH", str(tools))
    return written(one_operator("RELU", ["int8 1x4"], ["int8 1x4"], {}), tmp_path)


AGREES = "RELU                           1          Mapped to Edge TPU"
MAKES = "(out / f'{model.stem}_edgetpu.tflite').write_bytes(b'compiled'); print('''%s''')"


def test_compiled_and_compared(model: Path, tmp_path: Path):
    stand_in(tmp_path / "tools", MAKES % AGREES)
    made = compile_model(model, tmp_path / "model_edgetpu.tflite")
    assert made.path.read_bytes() == b"compiled"
    assert compare(forecast(model), made.log) == ()
    assert not list(tmp_path.glob(".edgetpu-*"))


def test_a_log_in_a_file_will_do(model: Path, tmp_path: Path):
    """Without `-s`, or where a wrapper swallows what is printed."""
    stand_in(
        tmp_path / "tools",
        "(out / f'{model.stem}_edgetpu.tflite').write_bytes(b'compiled')\n"
        f"(out / f'{{model.stem}}_edgetpu.log').write_text({AGREES!r})",
    )
    made = compile_model(model, tmp_path / "model_edgetpu.tflite")
    assert compare(forecast(model), made.log) == ()


def test_a_difference_is_named(model: Path, tmp_path: Path):
    stand_in(tmp_path / "tools", MAKES % AGREES.replace("Mapped to Edge TPU", "Operation not supported"))
    made = compile_model(model, tmp_path / "model_edgetpu.tflite")
    found = compare(forecast(model), made.log)
    assert [(one.status, one.forecast, one.compiled) for one in found] == [
        ("Mapped to Edge TPU", 1, 0),
        ("Operation not supported", 0, 1),
    ]


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        (f"print({UNREADABLE!r})", "made nothing of `model.tflite`: Didn't find op for builtin opcode 'EXP'"),
        ("print('Internal compiler error. Aborting!'); sys.exit(1)", "Internal compiler error"),
        ("sys.exit(3)", "it said nothing"),
        ("(out / f'{model.stem}_edgetpu.tflite').write_bytes(b'')", "it said nothing"),
    ],
)
def test_nothing_made(script: str, complaint: str, model: Path, tmp_path: Path):
    stand_in(tmp_path / "tools", script)
    with pytest.raises(ConversionError, match=complaint):
        compile_model(model, tmp_path / "model_edgetpu.tflite")
    assert not (tmp_path / "model_edgetpu.tflite").exists()


def test_the_time_limit(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("converters.edgetpu.compiler._GRACE_S", 0.2)
    stand_in(tmp_path / "tools", "time.sleep(60)")
    with pytest.raises(ConversionError, match=r"took it more than 0 s"):
        compile_model(model, tmp_path / "model_edgetpu.tflite", timeout_s=0.1)


def test_without_the_compiler(model: Path, tmp_path: Path):
    with pytest.raises(MissingDependencyError, match="edgetpu_compiler is not on PATH"):
        compile_model(model, tmp_path / "model_edgetpu.tflite")
