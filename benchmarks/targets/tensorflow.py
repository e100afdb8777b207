"""`tensorflow`: a SavedModel's serving signature as a graph, on the CPU or on `tensorflow:GPU`."""

import os
from collections import Counter
from typing import Any

import numpy as np

from benchmarks import inputs
from benchmarks.environment import cpu_model, package_version
from benchmarks.targets.base import Job, RefusedError, timed
from registry.types import Residency

RUNTIME = "tensorflow"
TAKES: tuple[str, ...] = ("/saved_model.pb",)
_NO_WORK = ("Placeholder", "Const", "NoOp", "Identity", "ReadVariableOp")


def check(option: str) -> str:
    if not (package_version("tensorflow") or package_version("tensorflow-cpu")):
        return 'tensorflow is not installed: pip install "zoo[tensorflow]"'
    return (
        "" if option in ("", "CPU", "GPU") else f"tensorflow:{option} is none of tensorflow, tensorflow:GPU"
    )


def load(job: Job) -> "Signature":
    broken = check(job.option)
    if broken:
        raise RefusedError(broken)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    return Signature(job, job.option or "CPU")


class Signature:
    """One signature called with tensors that are made ahead; the outputs are taken as arrays, so the work is done when `run` returns."""

    def __init__(self, job: Job, device: str) -> None:
        import tensorflow as tf

        if job.threads:
            tf.config.threading.set_intra_op_parallelism_threads(job.threads)
            tf.config.threading.set_inter_op_parallelism_threads(1)
        if device == "GPU" and not tf.config.list_physical_devices("GPU"):
            raise RefusedError("this TensorFlow finds no GPU")
        if device == "CPU":
            tf.config.set_visible_devices([], "GPU")
        loaded, self.load_ms = timed(lambda: tf.saved_model.load(str(job.path)))
        self._loaded = loaded  # the signature holds its variables by weak references only
        if not loaded.signatures:
            raise RefusedError("the SavedModel has no signature")
        known = loaded.signatures
        self._call: Any = known.get("serving_default") or next(iter(known.values()))
        specs = self._call.structured_input_signature[1]
        wanted = [_wanted(name, spec) for name, spec in specs.items()]
        self.shapes = inputs.shapes(wanted, job.batch, job.shapes)
        for one in wanted:
            pairs = zip(one.shape, self.shapes[one.name], strict=True)
            if any(size not in (-1, asked) for size, asked in pairs):
                raise RefusedError(f"input `{one.name}` is fixed to {list(one.shape)}")
        self._asked = device
        with tf.device(f"/{device}:0"):
            drawn = inputs.values(wanted, self.shapes, job.seed)
            self._given = {name: tf.constant(value) for name, value in drawn.items()}
        self._found: list[Any] = []
        self.backend = f"TensorFlow {tf.__version__}"
        self.delegate = "none"
        self.device = cpu_model() if device == "CPU" else "GPU"

    def run(self) -> None:
        self._found = [one.numpy() for one in self._call(**self._given).values()]

    def outputs(self) -> list[object]:
        return list(self._found)

    def residency(self) -> Residency:
        """Where the outputs lie; with no GPU visible there is no other place than the CPU."""
        devices = {one.device.rsplit("/", 1)[-1] for one in self._call(**self._given).values()}
        if any(f"device:{self._asked}" not in one for one in devices):
            raise RefusedError(f"TensorFlow left the outputs on {', '.join(sorted(devices))}")
        kinds = Counter(one.type for one in self._call.graph.get_operations())
        ops = sum(count for kind, count in kinds.items() if kind not in _NO_WORK)
        return Residency(
            ops=0,
            accelerated=0,
            partitions=0,
            proof=f"graph of {ops} ops; outputs on {', '.join(sorted(devices))}",
        )

    def runtime_memory(self) -> int:
        return 0


def _wanted(name: str, spec: Any) -> inputs.Wanted:
    shape = tuple(-1 if size is None else int(size) for size in spec.shape)
    return inputs.Wanted(name, shape, np.dtype(spec.dtype.as_numpy_dtype))
