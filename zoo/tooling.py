"""The tools an artifact is made with: packages and this project's own code, by version."""

import functools
from pathlib import Path

from zoo import doctor, hashing
from zoo.targets import BY_NAME

_EXPORT = ("torch", "onnx", "onnxscript", "onnxsim")


@functools.cache
def versions(target: str, exported: bool) -> dict[str, str]:
    """The version of everything that decides a target's bytes; `exported`: the model came through PyTorch's exporter."""
    packages = BY_NAME[target].packages if target in BY_NAME else ()
    found = {name: doctor.version(name) or "missing" for name in (*packages, *(_EXPORT if exported else ()))}
    found["zoo"] = f"{doctor.version('zoo') or 'unknown'}+{_engine()}"
    return dict(sorted(found.items()))


@functools.cache
def _engine() -> str:
    """The hash of the converters' code: a changed engine makes other artifacts, whatever its version says."""
    import converters

    return hashing.code(Path(converters.__file__).parent).sha256[:12]
