"""The TensorFlow child: loads artifacts the stock way and runs sample sets on them. Nothing else imports this module."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import msgspec
import tensorflow as tf

from converters.processes import answer, die_with_parent
from converters.verify.samples import Array, Arrays, Sets, load_sets, save_sets
from converters.verify.tensorflow_runs import TensorFlowJob, TensorFlowTask, TensorFlowTold
from converters.verify.tensors import TensorSpec, first_line

_MANY = 16
_SKIPPED_ENDS = {"Placeholder", "Const", "NoOp", "Assert"}


class _Loaded(msgspec.Struct, frozen=True):
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    run: Callable[[Mapping[str, Any]], Arrays]


def main(arguments: list[str]) -> None:
    """`arguments`: the job file and the file to write what happened to."""
    die_with_parent()
    job = msgspec.json.decode(Path(arguments[0]).read_bytes(), type=TensorFlowJob)
    sets = load_sets(Path(job.inputs)) if job.inputs else {}
    told = [_serve(task, sets) for task in job.tasks]
    answer(Path(arguments[1]), msgspec.json.encode(told))


def _serve(task: TensorFlowTask, sets: Sets) -> TensorFlowTold:
    try:
        loaded = _load(Path(task.path), task.outputs, len(sets))
        answers = {name: loaded.run(_feeds(loaded.inputs, arrays)) for name, arrays in sets.items()}
    except Exception as error:
        return TensorFlowTold(version=tf.__version__, reason=f"{type(error).__name__}: {first_line(error)}")
    save_sets(Path(task.answers), answers)
    return TensorFlowTold(inputs=loaded.inputs, outputs=loaded.outputs, version=tf.__version__)


def _load(path: Path, outputs: tuple[str, ...], samples: int) -> _Loaded:
    if path.is_dir():
        return _load_saved_model(path)
    if path.suffix == ".pb":
        return _load_frozen(path, outputs)
    if path.suffix == ".json":
        model = keras.models.model_from_json(path.read_text())
        model.load_weights(path.with_suffix(".weights.h5"))
        return _keras(model, samples)
    return _keras(keras.models.load_model(path, compile=False, safe_mode=True), samples)


def _load_saved_model(path: Path) -> _Loaded:
    model = tf.saved_model.load(str(path))
    signatures = model.signatures
    if not signatures:
        raise ValueError("the SavedModel has no signature")
    name = "serving_default" if "serving_default" in signatures else next(iter(signatures))
    function = signatures[name]
    inputs = tuple(_spec(key, value) for key, value in function.structured_input_signature[1].items())
    outputs = tuple(_spec(key, value) for key, value in function.structured_outputs.items())

    def run(feeds: Mapping[str, Any], _keep: Any = model) -> Arrays:
        return {key: value.numpy() for key, value in function(**feeds).items()}

    return _Loaded(inputs, outputs, run)


def _load_frozen(path: Path, names: tuple[str, ...]) -> _Loaded:
    definition = tf.compat.v1.GraphDef()
    definition.ParseFromString(path.read_bytes())
    wrapped = tf.compat.v1.wrap_function(lambda: tf.graph_util.import_graph_def(definition, name=""), [])
    graph = wrapped.graph
    feeds = [op.outputs[0] for op in graph.get_operations() if op.type == "Placeholder"]
    fetches = _ends(graph) if not names else [graph.get_tensor_by_name(_tensor_name(name)) for name in names]
    function = wrapped.prune(feeds, fetches)
    inputs = tuple(_spec(_plain(t.name), t) for t in feeds)
    outputs = tuple(_spec(_plain(t.name), t) for t in fetches)

    def run(given: Mapping[str, Any]) -> Arrays:
        found = function(*(given[spec.name] for spec in inputs))
        return {spec.name: value.numpy() for spec, value in zip(outputs, found, strict=True)}

    return _Loaded(inputs, outputs, run)


def _ends(graph: Any) -> list[Any]:
    """The outputs of nodes that no other node consumes."""
    ends = [op for op in graph.get_operations() if op.outputs and not any(t.consumers() for t in op.outputs)]
    return [t for op in ends if op.type not in _SKIPPED_ENDS for t in op.outputs]


def _keras(model: Any, samples: int) -> _Loaded:
    """Layer by layer as Keras does by itself; for many samples traced once, which is as exact and ten times as fast on small models."""
    inputs = tuple(_spec(t.name, t) for t in model.inputs)
    names = list(model.output_names)
    outputs = tuple(_spec(name, t) for name, t in zip(names, model.outputs, strict=True))

    call = tf.function(model) if samples > _MANY else model

    def run(given: Mapping[str, Any]) -> Arrays:
        found = call(
            [given[spec.name] for spec in inputs] if len(inputs) > 1 else given[inputs[0].name],
            training=False,
        )
        return {name: value.numpy() for name, value in zip(names, tf.nest.flatten(found), strict=True)}

    return _Loaded(inputs, outputs, run)


def _feeds(inputs: tuple[TensorSpec, ...], arrays: Mapping[str, Array]) -> dict[str, Any]:
    by_plain = {_comparable(name): array for name, array in arrays.items()}
    feeds = {}
    for spec in inputs:
        array = arrays.get(spec.name, by_plain.get(_comparable(spec.name)))
        if array is None and len(inputs) == 1 and len(arrays) == 1:
            array = next(iter(arrays.values()))
        if array is None:
            raise ValueError(f"no array for input `{spec.name}` (there is {', '.join(arrays)})")
        feeds[spec.name] = tf.constant(array, dtype=spec.dtype)
    return feeds


def _spec(name: str, value: Any) -> TensorSpec:
    static = tf.TensorShape(value.shape)
    shape = None if static.rank is None else tuple(-1 if d is None else int(d) for d in static)
    return TensorSpec(name=name, shape=shape, dtype=tf.as_dtype(value.dtype).name)


def _plain(name: str) -> str:
    return name.removesuffix(":0")


def _tensor_name(name: str) -> str:
    return name if ":" in name else f"{name}:0"


def _comparable(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", _plain(name).removeprefix("serving_default_").lower()).strip("_")
