"""`npu`: LiteRT's NPU accelerator through a vendor's dispatch library; `npu:PATH` names the folder of that library.

Without a working plugin LiteRT runs `NPU` on the CPU and says nothing, and `is_fully_accelerated()` is true there too. What tells is
the compiler plugin's own account of the ops it took (or the dispatch ops of a file that was compiled before).
"""

import importlib.util
import re
from functools import partial
from pathlib import Path

from benchmarks.environment import package_version
from benchmarks.flatbuffer import file_facts
from benchmarks.targets import compiled
from benchmarks.targets.base import Job, RefusedError, Session
from benchmarks.targets.said import standard_error
from registry.types import Residency

RUNTIME = "ai_edge_litert.compiled_model"
TAKES: tuple[str, ...] = (".tflite",)
DISPATCH = "DISPATCH_OP"
"""The custom op that a compiler plugin leaves in a file compiled ahead (litert/core/dispatch_op_schema)."""
_PATTERN = "libLiteRtDispatch_*.so"
_TOOK = re.compile(r"selected (?P<on>\d+) ops, from a total of (?P<all>\d+) ops")
_PLUGIN = re.compile(r"Failed to load plugin.*?\n└ (?P<why>[^\n]+)", re.DOTALL)


def check(option: str) -> str:
    if not package_version("ai-edge-litert"):
        return "ai-edge-litert is not installed: pip install ai-edge-litert"
    if not libraries(option):
        where = option or "the ai-edge-litert package"
        return f"no {_PATTERN} in {where}: install the vendor's SDK package, or name the folder as npu:PATH"
    return ""


def libraries(option: str) -> list[Path]:
    """The dispatch libraries of the wheel, or those in the folder that the user named."""
    if option:
        return sorted(Path(option).glob(_PATTERN))
    spec = importlib.util.find_spec("ai_edge_litert")
    if spec is None or spec.origin is None:
        return []
    return sorted((Path(spec.origin).parent / "vendors").glob(f"*/dispatch/{_PATTERN}"))


def load(job: Job) -> Session:
    from ai_edge_litert.environment import Environment, EnvironmentOptions
    from ai_edge_litert.hardware_accelerator import HardwareAccelerator
    from ai_edge_litert.options import Options

    broken = check(job.option)
    if broken:
        raise RefusedError(broken)
    library = libraries(job.option)[0]
    with standard_error() as said:
        try:
            environment = Environment.create(
                options=EnvironmentOptions(dispatch_library_path=str(library.parent))
            )
            session = compiled.Compiled(
                job,
                Options(hardware_accelerators=HardwareAccelerator.NPU),
                delegate=library.stem.removeprefix("libLiteRtDispatch_"),
                device="NPU",
                environment=environment,
            )
        except RuntimeError as error:
            raise RefusedError(f"the NPU accelerator refuses the model: {_last(str(error))}") from error
    session.placed = partial(_residency, job.path, said.text, session.delegate)
    return session


def _residency(path: Path, text: str, delegate: str) -> Residency:
    facts = file_facts(path)
    if facts.custom[DISPATCH]:
        on, total, proof = facts.custom[DISPATCH], facts.ops, "dispatch ops in the file"
    else:
        took = _TOOK.search(text)
        if took is None:
            plugin = _PLUGIN.search(text)
            why = plugin["why"] if plugin else "no compiler plugin took an op"
            raise RefusedError(f"LiteRT would run it on the CPU: {why}")
        on, total, proof = int(took["on"]), int(took["all"]), took[0]
    return Residency(ops=total, accelerated=on, partitions=1, accelerator=delegate, proof=proof)


def _last(text: str) -> str:
    return next(
        (line.strip("└ ").strip() for line in reversed(text.splitlines()) if line.strip()), "no reason"
    )
