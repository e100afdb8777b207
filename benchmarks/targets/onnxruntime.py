"""`onnxruntime`: ONNX Runtime on the CPU; `onnxruntime:CUDA`, `onnxruntime:OpenVINO` … name another execution provider."""

import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import inputs
from benchmarks.environment import cpu_model, package_version
from benchmarks.targets.base import Job, RefusedError, timed
from registry.types import Residency

RUNTIME = "onnxruntime"
TAKES: tuple[str, ...] = (".onnx",)
_TYPES = {"float": "float32", "double": "float64", "string": "str"}
"""ONNX Runtime's words where they differ from numpy's."""


def check(option: str) -> str:
    if not package_version("onnxruntime"):
        return "onnxruntime is not installed: pip install onnxruntime"
    if not option:
        return ""
    import onnxruntime

    there = [one.removesuffix("ExecutionProvider") for one in onnxruntime.get_available_providers()]
    return "" if option in there else f"this ONNX Runtime has no provider {option}, only {', '.join(there)}"


def load(job: Job) -> "Bound":
    broken = check(job.option)
    if broken:
        raise RefusedError(broken)
    return Bound(job, job.option or "CPU")


class Bound:
    """A session with bound inputs and outputs, so that an inference copies and allocates nothing in Python."""

    def __init__(self, job: Job, provider: str) -> None:
        import onnxruntime

        self._job, self._provider = job, provider
        options = _options(job.threads)
        self._session, self.load_ms = timed(
            lambda: onnxruntime.InferenceSession(
                str(job.path), options, providers=[f"{provider}ExecutionProvider"]
            )
        )
        taken = self._session.get_providers()[0].removesuffix("ExecutionProvider")
        if taken != provider:
            raise RefusedError(f"ONNX Runtime fell back from {provider} to {taken}")
        wanted = [_wanted(one) for one in self._session.get_inputs()]
        self.shapes = inputs.shapes(wanted, job.batch, job.shapes)
        self._feed = inputs.values(wanted, self.shapes, job.seed)
        for one in wanted:
            fixed = all(
                size in (-1, asked) for size, asked in zip(one.shape, self.shapes[one.name], strict=True)
            )
            if not fixed:
                raise RefusedError(f"input `{one.name}` is fixed to {list(one.shape)}")
        self._binding = self._session.io_binding()
        for name, value in self._feed.items():
            self._binding.bind_cpu_input(name, value)
        for one in self._session.get_outputs():
            self._binding.bind_output(one.name)
        self.backend = f"ONNX Runtime {package_version('onnxruntime')}"
        self.delegate = f"{provider}ExecutionProvider"
        self.device = cpu_model() if provider == "CPU" else provider

    def run(self) -> None:
        self._session.run_with_iobinding(self._binding)

    def outputs(self) -> list[object]:
        return list(self._binding.copy_outputs_to_cpu())

    def residency(self) -> Residency:
        """Who ran which node, from ONNX Runtime's own profile of one inference in a second session."""
        import onnxruntime

        with tempfile.TemporaryDirectory() as folder:
            options = _options(self._job.threads)
            options.enable_profiling = True
            options.profile_file_prefix = str(Path(folder) / "profile")
            session = onnxruntime.InferenceSession(
                str(self._job.path), options, providers=[f"{self._provider}ExecutionProvider"]
            )
            session.run(None, self._feed)
            events = json.loads(Path(session.end_profiling()).read_text())
        nodes = {
            (event["args"].get("node_index", event["name"]), event["args"]["op_name"]): event["args"][
                "provider"
            ]
            for event in events
            if event.get("cat") == "Node" and "provider" in event.get("args", {})
        }
        ours = f"{self._provider}ExecutionProvider"
        left = Counter(kind for (_, kind), provider in nodes.items() if provider != ours)
        if left and len(nodes) == sum(left.values()):
            raise RefusedError(f"no node ran on {self._provider}")
        return Residency(
            ops=len(nodes),
            accelerated=len(nodes) - sum(left.values()),
            partitions=1,
            left=dict(left),
            accelerator=ours,
            proof="the providers in ONNX Runtime's profile of one inference",
        )

    def runtime_memory(self) -> int:
        return 0


def _options(threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.force_spinning_stop", "1")  # others take their turn next
    return options


def _wanted(one: Any) -> inputs.Wanted:
    shape = tuple(size if isinstance(size, int) else -1 for size in one.shape)
    kind = one.type.removeprefix("tensor(").removesuffix(")")
    return inputs.Wanted(one.name, shape, np.dtype(_TYPES.get(kind, kind)))
