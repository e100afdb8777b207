"""OpenVINO IR: a model file saved as .xml and .bin, in FP32 and with weights compressed to FP16.

Saved in a child process: OpenVINO names nameless nodes by a counter of the process, so only a fresh one gives the same bytes each time.
"""

import errno
import os
import tempfile
from importlib.util import find_spec
from pathlib import Path

import msgspec

from converters.processes import answer, die_with_parent, disk_is_full, run_child
from registry.errors import ConversionError, InputError, MissingDependencyError, StorageError


class _Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the child says: nothing where all went well."""

    unreadable: str = ""
    unwritable: str = ""


def save_ir(
    source: Path, *, fp32: Path | None = None, fp16: Path | None = None, timeout_s: float = 600.0
) -> tuple[tuple[Path, Path], ...]:
    """Reads a model file that OpenVINO reads (.onnx, .xml, .pb, .tflite, SavedModel folder, …) and writes the .xml files given.

    Beside each lies its .bin. With `fp16` the float32 constants are stored as float16 and widened on reading; inputs, outputs and
    arithmetic stay as they were. Same input, same bytes. Written aside and renamed, the .bin first: an .xml that is there is complete.
    Returns (.xml, .bin) per file. Raises InputError, ConversionError, StorageError, MissingDependencyError.
    """
    wanted = [(xml, compress) for xml, compress in ((fp32, False), (fp16, True)) if xml is not None]
    for xml, _ in wanted:
        if xml.suffix != ".xml":
            raise InputError(f"OpenVINO IR is written to a .xml file, not to {xml.name}.")
    if not source.exists():
        raise InputError(f"There is no model file {source}.")
    if find_spec("openvino") is None:
        raise MissingDependencyError("OpenVINO IR needs the package openvino: `pip install openvino`.")
    return tuple(_save(source, xml, timeout_s, compress=compress) for xml, compress in wanted)


def main(arguments: list[str]) -> None:
    """The child: reads `arguments[0]`, saves it as `arguments[1]`; `arguments[2]` is `fp16` or `fp32`."""
    die_with_parent()
    source, xml = Path(arguments[0]), Path(arguments[1])
    told = _read_and_save(source, xml, compress=arguments[2] == "fp16")
    answer(xml.with_suffix(".json"), msgspec.json.encode(told))


def _read_and_save(source: Path, xml: Path, *, compress: bool) -> _Told:
    import openvino

    try:
        # convert_model reads everything but what it writes
        model = (
            openvino.Core().read_model(source) if source.suffix == ".xml" else openvino.convert_model(source)
        )
    except Exception as error:
        return _Told(unreadable=_reason(error))
    model.friendly_name = xml.stem
    try:
        openvino.save_model(model, xml, compress_to_fp16=compress)
        # A full disk goes unnoticed by the writer: only reading tells.
        openvino.Core().read_model(xml)
    except Exception as error:
        return _Told(unwritable=_reason(error))
    return _Told()


def _save(source: Path, xml: Path, timeout_s: float, *, compress: bool) -> tuple[Path, Path]:
    weights = xml.with_suffix(".bin")
    try:
        xml.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=xml.parent, prefix=f".{xml.name}.") as folder:
            part = Path(folder).resolve() / xml.name
            words = [str(source.resolve()), str(part), "fp16" if compress else "fp32"]
            finished = run_child(__name__, words, part.parent, timeout_s=timeout_s)
            said = part.with_suffix(".json")
            told = msgspec.json.decode(said.read_bytes(), type=_Told) if said.exists() else None
            if told is not None and told.unreadable:
                raise ConversionError(f"OpenVINO cannot read {source}: {told.unreadable}")
            if told is None or told.unwritable:
                if disk_is_full(part.parent, finished.log):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                why = told.unwritable if told else f"the process {finished.reason()}"
                raise ConversionError(f"OpenVINO cannot save {source} as {xml.name}: {why}")
            part.with_suffix(".bin").replace(weights)
            part.replace(xml)
    except OSError as error:
        raise StorageError(f"Cannot write {xml}: {error.strerror or error}.") from error
    return xml, weights


def _reason(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[-2:])[:300] if lines else type(error).__name__
