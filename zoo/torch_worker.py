"""The benchmark's child process for a card's own PyTorch model: `python -m zoo.torch_worker`.

The benchmarks do not know the engine that builds such a model, so this process brings the two together.
"""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import worker
from benchmarks.inputs import Wanted
from benchmarks.targets import torch as target
from benchmarks.targets.base import Job

if TYPE_CHECKING:
    from converters.frontends.pytorch import ExportSpec


def load(job: Job) -> target.Eager:
    """Builds the class, loads the weights. Raises SourceError for whatever its code or weights do."""
    from converters.frontends.pytorch.child import build, isolate, weights

    spec = read(job.path)
    if spec.entry is None:
        raise RuntimeError(f"{job.path} names no class")
    target.prepare(job.threads)
    isolate.admit(spec.checkout, spec.paths)
    start = time.perf_counter_ns()
    model = build.build(spec.entry, spec.checkout).float()
    if spec.weights is not None:
        weights.load_weights(model, spec.weights, spec.entry.state_dict, allow_pickle=spec.allow_pickle)
    load_ms = (time.perf_counter_ns() - start) / 1e6
    wanted = [Wanted(one.name, tuple(one.shape), np.dtype(one.dtype)) for one in spec.inputs]
    return target.Eager(job, model.eval(), wanted, load_ms, fixed=False)


def read(path: Path) -> "ExportSpec":
    """What `zoo.subjects` wrote."""
    from converters.frontends.pytorch.spec import ExportSpec, decode

    return decode(path.read_bytes(), ExportSpec)


if __name__ == "__main__":
    worker.main(load)
