"""The targets by name. A module is imported when its target is used."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import cast

from benchmarks.targets.base import Target
from registry.errors import InputError

MEANINGS = {
    "cpu": "LiteRT on the CPU with XNNPACK",
    "cpu:noxnnpack": "LiteRT's own CPU kernels",
    "cpu:fp16": "XNNPACK with float16 arithmetic",
    "gpu": "LiteRT's GPU accelerator, float32 arithmetic",
    "gpu:fp16": "LiteRT's GPU accelerator, float16 arithmetic",
    "gpu:delegate=PATH": "LiteRT with an external delegate library",
    "edgetpu": "LiteRT with libedgetpu (edgetpu:PATH names another library)",
    "npu": "LiteRT's NPU plugins (npu:PATH names the folder of the dispatch library)",
    "openvino": "OpenVINO on the CPU (openvino:GPU, openvino:NPU)",
    "onnxruntime": "ONNX Runtime on the CPU (onnxruntime:CUDA … names another provider)",
    "torch": "PyTorch: the card's own model, or a .pt2",
    "tensorflow": "TensorFlow: a SavedModel",
}
"""What a user may write → what it is. The part before the colon names the module."""

NAMES = tuple(dict.fromkeys(one.partition(":")[0] for one in MEANINGS))


@dataclass(frozen=True)
class Spec:
    """A target as asked: `openvino:GPU` is name `openvino`, option `GPU`."""

    name: str
    option: str = ""

    def __str__(self) -> str:
        return f"{self.name}:{self.option}" if self.option else self.name


def parse(text: str) -> Spec:
    """`gpu:delegate=/lib/x.so` → Spec. Raises InputError for a name that is none."""
    name, _, option = text.strip().partition(":")
    if name not in NAMES:
        raise InputError(f"no target is called `{name}`; there are {', '.join(MEANINGS)}")
    return Spec(name, option)


def module(name: str) -> Target:
    """The target's module."""
    return cast(Target, import_module(f"benchmarks.targets.{name}"))


def takes(name: str, path: Path) -> bool:
    """Whether the target takes files of this kind."""
    return kind(path) in module(name).TAKES


def chosen(name: str, paths: Sequence[Path]) -> list[Path]:
    """Of one model's files those that the target runs: all of the first kind in its TAKES that there is."""
    for ending in module(name).TAKES:
        found = [path for path in paths if kind(path) == ending]
        if found:
            return found
    return []


def kind(path: Path) -> str:
    """A file's ending in small letters; `/saved_model.pb` for a SavedModel folder."""
    return "/saved_model.pb" if (path / "saved_model.pb").is_file() else path.suffix.lower()
