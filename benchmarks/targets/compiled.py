"""A model in LiteRT's CompiledModel, which `cpu:fp16`, `gpu` and `npu` share."""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from benchmarks import inputs
from benchmarks.environment import package_version
from benchmarks.targets.base import Job, RefusedError, timed
from registry.types import Residency


def _unproved() -> Residency:
    return Residency(ops=0, accelerated=0, partitions=0, proof="CompiledModel does not tell its CPU plan")


class Compiled:
    """A compiled model with buffers. `run` writes the inputs, runs and reads the outputs: running alone is asynchronous on a GPU.

    `placed` answers for `residency`: the target that knows sets it.
    """

    def __init__(
        self,
        job: Job,
        options: Any,
        *,
        delegate: str,
        device: str,
        environment: Any = None,
    ) -> None:
        from ai_edge_litert.compiled_model import CompiledModel

        self._model, self.load_ms = timed(
            lambda: CompiledModel.from_file(str(job.path), options=options, environment=environment)
        )
        self.backend = f"LiteRT {package_version('ai-edge-litert')}"
        self.delegate, self.device = delegate, device
        self.placed: Callable[[], Residency] = _unproved
        signature = next(iter(self._model.get_signature_list()))
        details = self._model.get_input_tensor_details(signature)
        wanted = [
            inputs.Wanted(name, tuple(int(n) for n in one["shape"]), np.dtype(one["dtype"]))
            for name, one in details.items()
        ]
        self.shapes = inputs.shapes(wanted, job.batch, job.shapes)
        for index, one in enumerate(wanted):
            if self.shapes[one.name] != one.shape:
                self._resize(index, one.name)
        drawn = inputs.values(wanted, self.shapes, job.seed)
        self._given = [np.ascontiguousarray(drawn[one.name]) for one in wanted]
        self._inputs = self._model.create_input_buffers(0)
        self._outputs = self._model.create_output_buffers(0)
        told = self._model.get_output_tensor_details(signature).values()
        self._found = [(prod(one["shape"]), np.dtype(one["dtype"]), tuple(one["shape"])) for one in told]
        self._read: list[Any] = []

    def _resize(self, index: int, name: str) -> None:
        try:
            self._model.resize_input_tensor(index, self.shapes[name], strict=False)
        except (RuntimeError, ValueError) as error:
            raise RefusedError(
                f"the file does not take shape {list(self.shapes[name])} for input `{name}`"
            ) from error

    def run(self) -> None:
        for buffer, value in zip(self._inputs, self._given, strict=True):
            buffer.write(value)
        self._model.run_by_index(0, self._inputs, self._outputs)
        self._read = [
            buffer.read(count, dtype)
            for buffer, (count, dtype, _) in zip(self._outputs, self._found, strict=True)
        ]

    def outputs(self) -> list[object]:
        return [one.reshape(shape) for one, (_, _, shape) in zip(self._read, self._found, strict=True)]

    def residency(self) -> Residency:
        return self.placed()

    def runtime_memory(self) -> int:
        return 0
