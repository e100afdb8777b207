"""`npu`: LiteRT's NPU accelerator through a vendor's dispatch library; `npu:PATH` names the folder of that library;
`npu:backend=CPU` has Intel's plugin compile for the CPU, which shows that the plumbing works where there is no NPU.

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
_APPLIED = re.compile(r"(?P<count>\d+) compiler plugins were applied successfully")
_BACKEND = "backend="
_PLUGIN = re.compile(r"Failed to load plugin.*?\n└ (?P<why>[^\n]+)", re.DOTALL)


def check(option: str) -> str:
    if not package_version("ai-edge-litert"):
        return "ai-edge-litert is not installed: pip install ai-edge-litert"
    if option.startswith(_BACKEND) and option.removeprefix(_BACKEND) not in ("CPU", "GPU", "NPU"):
        return f"npu:{option}: the backend is one of CPU, GPU, NPU"
    if not libraries(option):
        where = option or "the ai-edge-litert package"
        return f"no {_PATTERN} in {where}: install the vendor's SDK package, or name the folder as npu:PATH"
    return ""


def libraries(option: str) -> list[Path]:
    """The dispatch libraries of the wheel, or those in the folder that the user named."""
    if option and not option.startswith(_BACKEND):
        return sorted(Path(option).glob(_PATTERN))
    spec = importlib.util.find_spec("ai_edge_litert")
    if spec is None or spec.origin is None:
        return []
    return sorted((Path(spec.origin).parent / "vendors").glob(f"*/dispatch/{_PATTERN}"))


def load(job: Job) -> Session:
    from ai_edge_litert.environment import Environment, EnvironmentOptions
    from ai_edge_litert.hardware_accelerator import HardwareAccelerator
    from ai_edge_litert.options import IntelOpenVinoGraphBackend, IntelOpenVinoOptions, Options

    broken = check(job.option)
    if broken:
        raise RefusedError(broken)
    library = libraries(job.option)[0]
    options = Options(hardware_accelerators=HardwareAccelerator.NPU)
    device = "NPU"
    if job.option.startswith(_BACKEND):
        device = job.option.removeprefix(_BACKEND)
        backend = IntelOpenVinoGraphBackend[device]
        options = Options(
            HardwareAccelerator.NPU, intel_openvino_options=IntelOpenVinoOptions(graph_backend=backend)
        )
    session: compiled.Compiled | None = None
    with standard_error() as said:
        try:
            paths = EnvironmentOptions(dispatch_library_path=str(library.parent))
            session = compiled.Compiled(
                job,
                options,
                delegate=library.stem.removeprefix("libLiteRtDispatch_"),
                device=device,
                environment=Environment.create(options=paths),
            )
        except RuntimeError as error:
            why = _last(str(error))
    if session is None:
        plugin = _PLUGIN.search(said.text)
        raise RefusedError(f"the NPU accelerator refuses the model: {plugin['why'] if plugin else why}")
    session.placed = partial(_residency, job.path, said.text, session.delegate)
    return session


def _residency(path: Path, text: str, delegate: str) -> Residency:
    facts = file_facts(path)
    if facts.custom[DISPATCH]:
        on, total, proof = facts.custom[DISPATCH], facts.ops, "dispatch ops in the file"
    else:
        took, applied = _TOOK.search(text), _APPLIED.search(text)
        if took is None or applied is None or applied["count"] == "0":
            plugin = _PLUGIN.search(text)
            why = plugin["why"] if plugin else "no compiler plugin took an op"
            raise RefusedError(f"LiteRT would run it on the CPU: {why}")
        on, total, proof = int(took["on"]), int(took["all"]), f"{took[0]}; {applied[0]}"
    return Residency(ops=total, accelerated=on, partitions=1, accelerator=delegate, proof=proof)


def _last(text: str) -> str:
    return next(
        (line.strip("└ ").strip() for line in reversed(text.splitlines()) if line.strip()), "no reason"
    )
