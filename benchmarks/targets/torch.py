"""`torch`: PyTorch on the CPU, or on `torch:cuda`. A `.pt2` loads here; a card's class comes through `zoo.torch_worker`."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks import inputs
from benchmarks.environment import cpu_model, package_version
from benchmarks.targets.base import Job, RefusedError, timed
from registry.types import Residency

RUNTIME = "torch"
TAKES: tuple[str, ...] = (".torch", ".pt2")
"""`.torch` is a card's model as `zoo` describes it to its worker."""


def check(option: str) -> str:
    if not package_version("torch"):
        return 'torch is not installed: pip install "zoo[torch]"'
    if option in ("", "cpu"):
        return ""
    import torch

    if option.split(":")[0] != "cuda":
        return f"torch:{option} is none of torch, torch:cuda"
    return "" if torch.cuda.is_available() else "this PyTorch finds no CUDA device"


def load(job: Job) -> "Eager":
    import torch

    broken = check(job.option)
    if broken:
        raise RefusedError(broken)
    prepare(job.threads)
    try:
        program, load_ms = timed(lambda: torch.export.load(job.path))
    except Exception as error:
        raise RefusedError(f"torch.export cannot read it: {str(error).splitlines()[0]}") from error
    names = set(program.graph_signature.user_inputs)
    nodes = [one for one in program.graph.nodes if one.op == "placeholder" and one.name in names]
    wanted = [_wanted(one.name, one.meta["val"]) for one in nodes]
    return Eager(job, program.module(), wanted, load_ms)


def prepare(threads: int) -> None:
    """Sets the threads of this process; 0 leaves them as they are."""
    import torch

    if threads:
        torch.set_num_threads(threads)


class Eager:
    """A module in inference mode. Outputs are taken to the CPU where they are elsewhere, so that the work is done when `run` returns."""

    def __init__(
        self,
        job: Job,
        module: Callable[..., Any],
        wanted: Sequence[inputs.Wanted],
        load_ms: float,
        fixed: bool = True,
    ) -> None:
        import torch

        self._device = job.option or "cpu"
        self._module: Any = module
        if self._device != "cpu":
            self._module, moved = timed(lambda: self._module.to(self._device))
            load_ms += moved
        self.load_ms = load_ms
        self.shapes = inputs.shapes(wanted, job.batch, job.shapes)
        for one in wanted if fixed else ():
            asked = self.shapes[one.name]
            if any(size not in (-1, wish) for size, wish in zip(one.shape, asked, strict=True)):
                raise RefusedError(f"input `{one.name}` is fixed to {list(one.shape)}")
        drawn = inputs.values(wanted, self.shapes, job.seed)
        self._given = [torch.from_numpy(drawn[one.name]).to(self._device) for one in wanted]
        self._found: Any = None
        self.backend = f"PyTorch {package_version('torch')}"
        self.delegate = "none"
        self.device = cpu_model() if self._device == "cpu" else torch.cuda.get_device_name(self._device)
        self._inference_mode = torch.inference_mode
        self._wait = (lambda: None) if self._device == "cpu" else torch.cuda.synchronize

    def run(self) -> None:
        with self._inference_mode():
            self._found = self._module(*self._given)
        self._wait()

    def outputs(self) -> list[object]:
        import torch

        leaves = torch.utils._pytree.tree_leaves(self._found)
        return [one.cpu().numpy() for one in leaves if isinstance(one, torch.Tensor)]

    def residency(self) -> Residency:
        """Eager PyTorch runs every op where its tensors are; the parameters and the outputs say where that is."""
        import torch

        leaves = [
            one for one in torch.utils._pytree.tree_leaves(self._found) if isinstance(one, torch.Tensor)
        ]
        places = {one.device.type for one in [*getattr(self._module, "parameters", list)(), *leaves]}
        wrong = places - {self._device.split(":")[0]}
        if wrong:
            raise RefusedError(f"part of the model is on {', '.join(sorted(wrong))}, not on {self._device}")
        where = ", ".join(sorted(places))
        return Residency(
            ops=0, accelerated=0, partitions=0, proof=f"eager: parameters and outputs are on {where}"
        )

    def runtime_memory(self) -> int:
        import torch

        return int(torch.cuda.max_memory_allocated()) if self._device != "cpu" else 0


def _wanted(name: str, value: Any) -> inputs.Wanted:
    shape = tuple(size if isinstance(size, int) else -1 for size in value.shape)
    return inputs.Wanted(name, shape, np.dtype(str(value.dtype).removeprefix("torch.")))
