"""What is installed here, which targets work and why the others do not.

What can be made is read from package metadata; where models can be timed is tried, each target in a process of its own.
"""

import platform
import shutil
import sys
from dataclasses import dataclass
from importlib import metadata

from zoo import targets
from zoo.report import Table

EXTRAS = {
    "openvino": "tflite",
    "ai-edge-litert": "tflite",
    "ai-edge-quantizer": "tflite",
    "onnx": "tflite",
    "onnxruntime": "tflite",
    "pillow": "tflite",
    "scipy": "tflite",
    "torch": "torch",
    "onnxscript": "torch",
    "onnxsim": "torch",
    "tensorflow": "tensorflow",
    "timm": "providers",
    "torchvision": "providers",
}
"""Package → the extra of this project that brings it."""

_SAME = {
    "tensorflow": ("tensorflow-cpu", "tf-nightly"),
    "onnxruntime": ("onnxruntime-gpu",),
    "ai-edge-litert": ("ai-edge-litert-nightly",),
}
"""Other distributions of the same thing."""


@dataclass(frozen=True)
class Finding:
    """Whether something works here; `reason` says why not and what to do."""

    name: str
    works: bool
    version: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Diagnosis:
    python: str
    machine: str
    packages: tuple[Finding, ...]
    routes: tuple[Finding, ...]
    places: tuple[Finding, ...] = ()
    """Where `zoo bench` can run models; `version` is what the one-op model that was tried ran on."""
    sandbox: tuple[Finding, ...] = ()
    """What confines foreign code; `version` says what it holds."""

    @property
    def healthy(self) -> bool:
        return all(one.works for one in self.routes)


def version(package: str) -> str | None:
    """The installed version of a package or of one that stands in for it; None where there is none."""
    for name in (package, *_SAME.get(package, ())):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def missing(packages: tuple[str, ...]) -> str:
    """Why packages that are not here stop something, and what installs them; empty where all are here."""
    absent = [name for name in packages if version(name) is None]
    if not absent:
        return ""
    extras = sorted({EXTRAS[name] for name in absent if name in EXTRAS})
    how = f'pip install "zoo[{",".join(extras)}]"' if extras else f"pip install {' '.join(absent)}"
    return f"{', '.join(absent)} not installed: {how}"


def diagnose() -> Diagnosis:
    """Everything `zoo doctor` says."""
    packages = tuple(
        Finding(name, version(name) is not None, version(name) or "", missing((name,))) for name in EXTRAS
    )
    routes = [
        Finding("python", sys.version_info >= (3, 11), platform.python_version()),
        Finding("source: PyTorch class", *_works(("torch", "onnx", "onnxscript"))),
        Finding("source: model file", *_works(("openvino",))),
        Finding(
            "source: git repository",
            shutil.which("git") is not None,
            "",
            "" if shutil.which("git") else "install git",
        ),
    ]
    routes += [Finding(f"target: {target.name}", *_works(target.packages)) for target in targets.TARGETS]
    routes += [
        Finding("zoo bench", *_works(("ai-edge-litert",))),
        Finding("zoo eval", *_works(("ai-edge-litert", "pillow"))),
    ]
    machine = f"{platform.system()} {platform.machine()}, {processors()} processors"
    return Diagnosis(platform.python_version(), machine, packages, tuple(routes), places(), sandbox())


def places() -> tuple[Finding, ...]:
    """Each target of `zoo bench`, tried."""
    from benchmarks import probe
    from benchmarks.targets import catalog

    told = probe.works([catalog.parse(name) for name in catalog.MEANINGS if "=" not in name])
    return tuple(Finding(str(spec), not reason, where, reason) for spec, (where, reason) in told.items())


def sandbox() -> tuple[Finding, ...]:
    """Each layer that confines foreign code, tried."""
    from zoo import confinement

    told = confinement.layers()
    return tuple(
        Finding(name, works, what if works else "", "" if works else why)
        for name, (works, what, why) in told.items()
    )


def tables(diagnosis: Diagnosis) -> tuple[Table, ...]:
    return (
        Table(
            ("package", "version", "extra"),
            tuple((one.name, one.version or "-", EXTRAS[one.name]) for one in diagnosis.packages),
            f"Python {diagnosis.python} on {diagnosis.machine}",
        ),
        Table(
            ("route", "works", "why not"),
            tuple((one.name, "yes" if one.works else "NO", one.reason) for one in diagnosis.routes),
        ),
        Table(
            ("zoo bench --targets", "works", "on, or why not"),
            tuple(
                (one.name, "yes" if one.works else "NO", one.version or one.reason)
                for one in diagnosis.places
            ),
        ),
        Table(
            ("sandbox of foreign code", "works", "what holds, or why not"),
            tuple(
                (one.name, "yes" if one.works else "NO", one.version or one.reason)
                for one in diagnosis.sandbox
            ),
        ),
    )


def _works(packages: tuple[str, ...]) -> tuple[bool, str, str]:
    reason = missing(packages)
    return not reason, "", reason


def processors() -> int:
    """Those that this process may run on."""
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
