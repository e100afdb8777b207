"""From a weights file to a model's state dict: safe unpickling, one key, a prefix to strip, renames, and a strict fit."""

import pickle
import pickletools
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from registry.card import StateDict
from registry.errors import SourceError

_SHOWN = 4


def load_weights(model: torch.nn.Module, file: Path, how: StateDict, *, allow_pickle: bool) -> list[str]:
    """Loads `file` into `model`, strictly, and returns notes. float16 weights end as the model's own float32. Raises SourceError."""
    notes = []
    content = read(file, allow_pickle=allow_pickle)
    if isinstance(content, torch.nn.Module):
        notes.append(f"{file.name} holds a whole pickled model; its state dict was taken")
        content = content.state_dict()
    tensors = rename(select(content, how.key, file), how)
    _check_fit(model, tensors, file)
    stored = sorted({str(t.dtype).removeprefix("torch.") for t in tensors.values() if t.is_floating_point()})
    if stored and stored != ["float32"]:
        notes.append(f"weights stored as {', '.join(stored)}, computed as float32")
    model.load_state_dict(tensors, strict=False)  # the fit is checked above, with a clearer sentence
    return notes


def read(file: Path, *, allow_pickle: bool) -> Any:
    """What the file holds, on the CPU. Code inside is refused unless `allow_pickle`. Raises SourceError."""
    if not file.is_file():
        raise SourceError(f"The weights file {file} is not there.")
    if file.suffix == ".safetensors":
        return _read_safetensors(file)
    try:
        return torch.load(file, map_location="cpu", weights_only=not allow_pickle)
    except pickle.UnpicklingError as error:
        raise _unpickling_failed(file, error) from error
    except EOFError as error:
        raise SourceError(f"The weights file {file} is cut short: fetch it again.") from error
    except MemoryError:
        raise
    except Exception as error:
        if "TorchScript" in str(error):
            raise SourceError(
                f"{file} is a TorchScript program, not a state dict: convert that file itself, without a class."
            ) from error
        cut = not zipfile.is_zipfile(file) or "zip" in str(error)
        why = "is cut short or no PyTorch weights file" if cut else "cannot be read"
        raise SourceError(f"The weights file {file} {why} ({_first_line(error)}): fetch it again.") from error


def select(content: Any, key: str | None, file: Path) -> Mapping[str, torch.Tensor]:
    """The state dict under `key` (dots lead inwards where no key has them), or `content` itself. Raises SourceError."""
    found = content
    if key is not None:
        for part in [key] if isinstance(found, Mapping) and key in found else key.split("."):
            if not isinstance(found, Mapping) or part not in found:
                raise SourceError(f"{file.name} has no key `{key}`: it holds {_names(found)}.")
            found = found[part]
    if isinstance(found, torch.nn.Module):
        found = found.state_dict()
    if not isinstance(found, Mapping):
        raise SourceError(f"{file.name} holds a {type(found).__name__}, not a state dict.")
    bad = [str(name) for name, value in found.items() if not isinstance(value, torch.Tensor)]
    if bad:
        nested = [name for name in bad if isinstance(found[name], Mapping)]
        hint = f": name one of its keys ({_listed(nested)}) as `entry.state_dict.key`" if nested else ""
        raise SourceError(f"{file.name} is not a state dict: {_listed(bad)} {_are(bad)} no tensor{hint}.")
    return {str(name): value for name, value in found.items()}


def rename(tensors: Mapping[str, torch.Tensor], how: StateDict) -> dict[str, torch.Tensor]:
    """Strips the prefix, drops what `how.drop` names, replaces substrings, in this order. Raises SourceError where two names meet."""
    renamed: dict[str, torch.Tensor] = {}
    for name, value in tensors.items():
        new = name.removeprefix(how.strip_prefix)
        if any(new.startswith(prefix) for prefix in how.drop):
            continue
        for old, replacement in how.rename.items():
            new = new.replace(old, replacement)
        if new in renamed:
            raise SourceError(f"Renaming makes two parameters of the weights one: `{new}` (from `{name}`).")
        renamed[new] = value
    return renamed


def _check_fit(model: torch.nn.Module, tensors: Mapping[str, torch.Tensor], file: Path) -> None:
    wanted = model.state_dict()
    # Counters of training steps: absent in old files, and without effect on inference.
    missing = [k for k in wanted if k not in tensors and not k.endswith("num_batches_tracked")]
    unexpected = [k for k in tensors if k not in wanted]
    problems = [
        f"{len(names)} {what} ({_listed(names)})"
        for what, names in (("missing", missing), ("unexpected", unexpected))
        if names
    ]
    shapes = [k for k in wanted if k in tensors and tuple(wanted[k].shape) != tuple(tensors[k].shape)]
    if shapes:
        first = shapes[0]
        problems.append(
            f"{len(shapes)} of another shape (`{first}`: {_dims(tensors[first])} in the file, {_dims(wanted[first])} in the model)"
        )
    if problems:
        raise SourceError(
            f"The weights {file.name} do not fit the model: {', '.join(problems)}; "
            "check the class, its parameters and `entry.state_dict` (key, strip_prefix, rename, drop)."
        )


def _read_safetensors(file: Path) -> dict[str, torch.Tensor]:
    try:
        from safetensors.torch import load_file
    except ModuleNotFoundError as error:
        raise SourceError(
            f"{file.name} needs the package `safetensors`: `pip install safetensors`."
        ) from error
    try:
        return dict(load_file(file))
    except Exception as error:
        raise SourceError(
            f"The weights file {file} is cut short or damaged ({_first_line(error)}): fetch it again."
        ) from error


def _unpickling_failed(file: Path, error: Exception) -> SourceError:
    text = str(error)
    if "truncated" in text or "Ran out of input" in text:
        return SourceError(f"The weights file {file} is cut short: fetch it again.")
    name = _bare_pickle_calls(file)
    foreign = any(
        sign in text for sign in ("invalid load key", "Invalid magic number", "Unsupported operand")
    )
    if foreign and not name:
        return SourceError(f"{file} is no PyTorch weights file ({_first_line(error)}): fetch it again.")
    for marker in ("GLOBAL ", "Unsupported class "):
        if not name and marker in text:
            name = text.split(marker, 1)[1].split()[0].strip("`'\".,")
            break
    what = f"calls `{name}`" if name else "holds more than tensors"
    return SourceError(
        f"The weights file {file} is a pickle that {what} when it is read, so loading it could run any code: "
        "if you trust where it comes from, say --allow-pickle."
    )


def _bare_pickle_calls(file: Path) -> str:
    """The first function or class that a plain pickle (one that torch.save did not write) names; empty where there is none."""
    strings: list[str] = []
    try:
        with file.open("rb") as stream:
            for opcode, argument, _ in pickletools.genops(stream):
                if opcode.name == "GLOBAL":
                    return str(argument).replace(" ", ".")
                if opcode.name == "STACK_GLOBAL":
                    return ".".join(strings[-2:])
                if isinstance(argument, str):
                    strings.append(argument)
    except Exception:  # not a pickle at all
        return ""
    return ""


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120]


def _names(content: Any) -> str:
    return (
        _listed([str(key) for key in content])
        if isinstance(content, Mapping)
        else f"a {type(content).__name__}"
    )


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(f"`{name}`" for name in names[:_SHOWN]) + more


def _are(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _dims(tensor: torch.Tensor) -> str:
    return "x".join(str(d) for d in tensor.shape) or "a scalar"
