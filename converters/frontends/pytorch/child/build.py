"""From names in a card to a built module, with a sentence for everything that foreign code can do wrong."""

import difflib
import importlib
import importlib.util
import inspect
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from registry import definitions
from registry.card import Entry
from registry.errors import SourceError

_PACKAGES = {
    "cv2": "opencv-python-headless",
    "PIL": "pillow",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}


class ForeignError(SourceError):
    """Foreign code raised: the sentence says what and in which file and line of the checkout."""


def build(entry: Entry, checkout: Path | None) -> torch.nn.Module:
    """Calls `entry.setup`, then builds `entry.module:entry.cls`. Raises SourceError."""
    for call in entry.setup:
        module_name, _, name = call.function.partition(":")
        function = _attribute(_import(module_name, checkout), name, checkout)
        _call(f"setup call `{call.function}`", function, call.args, call.parameters, checkout)
    if entry.module is None or entry.cls is None:
        raise SourceError("The card's entry names no `module` and `class` to build.")
    label = f"`{entry.module}:{entry.cls}`"
    found = _attribute(_import(entry.module, checkout), entry.cls, checkout)
    if isinstance(found, torch.nn.Module):
        return found
    if not callable(found):
        raise SourceError(
            f"{label} is a {type(found).__name__}, neither a class nor a function that builds a model."
        )
    model = _call(label, found, entry.args, entry.parameters, checkout)
    if not isinstance(model, torch.nn.Module):
        raise SourceError(f"{label} gave a {type(model).__name__}, not a torch.nn.Module.")
    return model


def foreign(what: str, error: BaseException, checkout: Path | None) -> ForeignError:
    """`what` raised `error` in foreign code: type, first line of its message, file and line (relative to the checkout)."""
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    message = " ".join(text.split())
    message = message if len(message) <= 300 else message[:297] + "..."
    said = f"{type(error).__name__}: {message}" if message else type(error).__name__
    return ForeignError(f"{what} raised {said}{where(error, checkout)}.")


def where(error: BaseException, checkout: Path | None) -> str:
    """` (file:line)` of the deepest frame inside the checkout; empty where none is."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({_relative(error.filename, checkout) or error.filename}:{error.lineno})"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        inside = _relative(frame.filename, checkout)
        if inside:
            return f" ({inside}:{frame.lineno})"
    return ""


def _import(name: str, checkout: Path | None) -> ModuleType:
    try:
        try:
            return importlib.import_module(name)
        except RuntimeError as error:
            if definitions.MISSING not in str(error):
                raise
            definitions.without_operators()
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if name == missing or name.startswith(f"{missing}."):
            raise SourceError(
                f"There is no module `{name}` in {_place(checkout)}{_near(name, _modules(checkout)) or '.'}"
            ) from error
        raise SourceError(
            f"The source's code imports `{missing}`{where(error, checkout)}, {_how_to_get(missing, checkout)}."
        ) from error
    except (Exception, SystemExit) as error:
        raise foreign(f"Importing `{name}`", error, checkout) from error


def _how_to_get(missing: str, checkout: Path | None) -> str:
    top = missing.split(".")[0]
    if checkout is not None and ((checkout / top).is_dir() or (checkout / f"{top}.py").is_file()):
        return "which is neither in the source nor installed: perhaps an extension that its own build makes"
    return f"which is not installed here: try `pip install {_PACKAGES.get(top, top)}`"


def _attribute(module: ModuleType, name: str, checkout: Path | None) -> Any:
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            known = [
                key
                for key, value in vars(module).items()
                if inspect.isclass(value) or inspect.isfunction(value)
            ]
            raise SourceError(
                f"Module `{module.__name__}` ({_relative(module.__file__ or '', checkout) or _place(checkout)}) has no `{name}`"
                f"{_near(name, known) or '.'}"
            )
        found = getattr(found, part)
    return found


def _call(
    what: str, function: Any, args: tuple[Any, ...], parameters: dict[str, Any], checkout: Path | None
) -> Any:
    try:
        return function(*args, **parameters)
    except (Exception, SystemExit) as error:
        raise foreign(what[0].upper() + what[1:], error, checkout) from error


def _modules(checkout: Path | None) -> list[str]:
    """Importable names of the checkout's own files."""
    if checkout is None:
        return []
    names = []
    for file in sorted(checkout.rglob("*.py"))[:5000]:
        parts = file.relative_to(checkout).with_suffix("").parts
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return [name for name in names if name]


def _near(name: str, known: list[str]) -> str:
    """` (did you mean …?)`: close names, and those whose last part is the same."""
    same_tail = [k for k in known if k.split(".")[-1] == name.split(".")[-1]]
    by_case = {k.lower(): k for k in known}
    close = [by_case[k] for k in difflib.get_close_matches(name.lower(), by_case, n=3, cutoff=0.6)]
    near = list(dict.fromkeys([*same_tail, *close]))[:3]
    return f": did you mean {' or '.join(f'`{k}`' for k in near)}?" if near else ""


def _place(checkout: Path | None) -> str:
    return str(checkout) if checkout is not None else f"the installed packages of {sys.prefix}"


def _relative(file: str, checkout: Path | None) -> str:
    if checkout is None or not file:
        return ""
    path = Path(file)
    return str(path.relative_to(checkout)) if path.is_relative_to(checkout) else ""
