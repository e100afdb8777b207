"""What both writers of OpenVINO IR share: a child process that reads a model, makes another of it and saves that, checked and whole."""

import errno
import os
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from converters.processes import answer, die_with_parent, disk_is_full, run_child
from registry.errors import ConversionError, InputError, MissingDependencyError, StorageError

if TYPE_CHECKING:
    from openvino import Model


class _Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the child says: nothing where all went well."""

    unreadable: str = ""
    unmakeable: str = ""
    unwritable: str = ""


class UnmakeableError(Exception):
    """Raised in the child by a `make` that cannot make what it should of a readable model; the text says why."""


def write_ir(
    module: str,
    source: Path,
    xml: Path,
    words: list[str],
    timeout_s: float,
    *,
    prepare: Callable[[Path], None] = lambda _: None,
    packages: tuple[str, ...] = (),
) -> tuple[Path, Path]:
    """Runs `module.main([source, xml, *words])` in a child and moves what it wrote to `xml`, the .bin first: an .xml there is complete.

    `prepare` fills the child's folder before, which is the folder of the .xml it is told to write. Returns (.xml, .bin).
    Raises InputError, ConversionError, StorageError, MissingDependencyError.
    """
    if xml.suffix != ".xml":
        raise InputError(f"OpenVINO IR is written to a .xml file, not to {xml.name}.")
    if not source.exists():
        raise InputError(f"There is no model file {source}.")
    for package in ("openvino", *packages):
        if find_spec(package) is None:
            raise MissingDependencyError(f"{xml.name} needs the package {package}: `pip install {package}`.")
    weights = xml.with_suffix(".bin")
    try:
        xml.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=xml.parent, prefix=f".{xml.name}.") as folder:
            part = Path(folder).resolve() / xml.name
            prepare(part.parent)
            finished = run_child(
                module, [str(source.resolve()), str(part), *words], part.parent, timeout_s=timeout_s
            )
            said = part.with_suffix(".json")
            told = msgspec.json.decode(said.read_bytes(), type=_Told) if said.exists() else None
            if told is not None and told.unreadable:
                raise ConversionError(f"OpenVINO cannot read {source}: {told.unreadable}")
            if told is not None and told.unmakeable:
                raise ConversionError(f"{source} does not become {xml.name}: {told.unmakeable}")
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


def child(source: Path, xml: Path, make: "Callable[[Model], Model]", *, compress: bool = False) -> None:
    """The child: reads `source`, saves `make(model)` as `xml`, and answers. `compress` stores float32 constants as float16."""
    die_with_parent()
    answer(xml.with_suffix(".json"), msgspec.json.encode(_done(source, xml, make, compress)))


def _done(source: Path, xml: Path, make: "Callable[[Model], Model]", compress: bool) -> _Told:
    import openvino

    try:
        # convert_model reads everything but what it writes
        model: Any = (
            openvino.Core().read_model(source) if source.suffix == ".xml" else openvino.convert_model(source)
        )
    except Exception as error:
        return _Told(unreadable=reason(error))
    try:
        made = make(model)
    except UnmakeableError as error:
        return _Told(unmakeable=str(error))
    made.friendly_name = xml.stem
    _name_nameless(made)
    try:
        openvino.save_model(made, xml, compress_to_fp16=compress)
        # A full disk goes unnoticed by the writer: only reading tells.
        openvino.Core().read_model(xml)
    except Exception as error:
        return _Told(unwritable=reason(error))
    return _Told()


def _name_nameless(model: "Model") -> None:
    """Names of their own for nodes that have none, by their place: OpenVINO's come from a counter of the process and all its threads."""
    for place, op in enumerate(model.get_ordered_ops()):
        if op.get_friendly_name() == op.get_name():
            op.set_friendly_name(f"{op.get_type_name()}_{place}")


def reason(error: BaseException) -> str:
    """The last two lines of an exception's text: OpenVINO's and NNCF's say the cause there."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[-2:])[:300] if lines else type(error).__name__
