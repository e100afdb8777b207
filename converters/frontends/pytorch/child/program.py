"""Saved PyTorch programs: `.pt2` of torch.export and TorchScript archives."""

import zipfile
from pathlib import Path
from typing import get_args

import torch

from registry.card import DType, Input
from registry.errors import SourceError


def load_program(file: Path, inputs: tuple[Input, ...]) -> tuple[torch.nn.Module, tuple[Input, ...]]:
    """The program as a module, with its inputs: those given, or for `.pt2` the ones it was exported with. Raises SourceError."""
    if not file.is_file():
        raise SourceError(f"The file {file} is not there.")
    if not zipfile.is_zipfile(file):
        raise SourceError(f"{file} is cut short or no saved PyTorch program.")
    return _load_exported(file, inputs) if is_exported_program(file) else _load_torchscript(file, inputs)


def is_exported_program(file: Path) -> bool:
    """Whether torch.export wrote this archive (TorchScript writes a `constants.pkl`, torch.save a `data.pkl` without code)."""
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
    return not any(name.endswith("constants.pkl") for name in names) and any(
        "/models/" in name or "serialized_exported_program" in name for name in names
    )


def _load_exported(file: Path, inputs: tuple[Input, ...]) -> tuple[torch.nn.Module, tuple[Input, ...]]:
    try:
        program = torch.export.load(file)
    except Exception as error:
        raise SourceError(f"{file} cannot be read as a torch.export program: {_said(error)}") from error
    own = _inputs_of(program)
    if (
        inputs
        and [tuple(i.shape) for i in inputs] != [tuple(i.shape) for i in own]
        and not program.range_constraints
    ):
        want = ", ".join(f"{i.name} {list(i.shape)}" for i in own)
        raise SourceError(f"{file.name} was exported for fixed inputs ({want}) and takes no other shapes.")
    return program.module(), inputs or own


def _inputs_of(program: torch.export.ExportedProgram) -> tuple[Input, ...]:
    wanted = set(program.graph_signature.user_inputs)
    found = []
    for node in program.graph.nodes:
        if node.op == "placeholder" and node.name in wanted:
            value = node.meta["val"]
            shape = tuple(int(d) if isinstance(d, int) else int(d.node.hint) for d in value.shape)
            found.append(Input(name=node.name, shape=shape, dtype=_dtype(value.dtype)))
    return tuple(found)


def _dtype(kind: torch.dtype) -> DType:
    name = str(kind).removeprefix("torch.")
    for known in get_args(DType):
        if known == name:
            found: DType = known
            return found
    raise SourceError(f"An input of type {name} cannot be converted.")


def _load_torchscript(file: Path, inputs: tuple[Input, ...]) -> tuple[torch.nn.Module, tuple[Input, ...]]:
    try:
        module = torch.jit.load(str(file), map_location="cpu")
    except Exception as error:
        raise SourceError(
            f"{file} is neither a torch.export program nor a TorchScript archive ({_said(error)}): weights alone need their class."
        ) from error
    if not inputs:
        raise SourceError(
            f"{file.name} is TorchScript, which does not say its input shapes: give them with --input-shape."
        )
    return module, inputs


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0][:120]}"
