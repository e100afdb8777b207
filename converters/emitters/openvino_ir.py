"""OpenVINO IR: a model file saved as .xml and .bin, in FP32 and with weights compressed to FP16."""

from pathlib import Path

from converters.emitters.openvino_child import child, write_ir


def save_ir(
    source: Path, *, fp32: Path | None = None, fp16: Path | None = None, timeout_s: float = 600.0
) -> tuple[tuple[Path, Path], ...]:
    """Reads a model file that OpenVINO reads (.onnx, .xml, .pb, .tflite, SavedModel folder, …) and writes the .xml files given.

    Beside each lies its .bin. With `fp16` the float32 constants are stored as float16 and widened on reading; inputs, outputs and
    arithmetic stay as they were. Same input, same bytes. Returns (.xml, .bin) per file. Raises InputError, ConversionError,
    StorageError, MissingDependencyError.
    """
    wanted = ((fp32, "fp32"), (fp16, "fp16"))
    return tuple(
        write_ir(__name__, source, xml, [kind], timeout_s) for xml, kind in wanted if xml is not None
    )


def main(arguments: list[str]) -> None:
    """The child: reads `arguments[0]`, saves it as `arguments[1]`; `arguments[2]` is `fp16` or `fp32`."""
    child(Path(arguments[0]), Path(arguments[1]), lambda model: model, compress=arguments[2] == "fp16")
