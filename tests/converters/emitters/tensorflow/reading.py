"""Run the artifacts in a fresh process, as a stranger with stock TensorFlow would; LiteRT in this one.

Started as a script: `reading.py artifacts.json inputs.npz outputs.npz`; each artifact is run on the inputs, in their order, and its
outputs are saved as `<artifact>/<output number>`.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = list[npt.NDArray[Any]]


def run_artifacts(artifacts: Mapping[str, tuple[str, Path]], inputs: Arrays, folder: Path) -> dict[str, Any]:
    """Artifacts by name (kind, path) → {name: {"inputs": names, "outputs": names, "values": arrays}}."""
    np.savez(folder / "inputs.npz", *inputs)
    listed = {name: [kind, str(path)] for name, (kind, path) in artifacts.items()}
    (folder / "artifacts.json").write_text(json.dumps(listed))
    environment = {
        **os.environ,
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "KERAS_BACKEND": "tensorflow",
    }
    command = [
        sys.executable,
        __file__,
        *(str(folder / n) for n in ("artifacts.json", "inputs.npz", "outputs.npz")),
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.returncode} {done.stdout[-500:]} {done.stderr[-3000:]}"
    names = json.loads(done.stdout.strip().splitlines()[-1])
    with np.load(folder / "outputs.npz") as values:
        for name, entry in names.items():
            entry["values"] = [values[f"{name}/{i}"] for i in range(len(entry["outputs"]))]
    return dict(names)


def run_litert(path: Path, inputs: Arrays) -> Arrays:
    """The outputs of a .tflite in the graph's order (reference behaviour: no delegate)."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    interpreter = Interpreter(
        model_path=str(path), experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    )
    interpreter.allocate_tensors()
    for details, value in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(details["index"], value)
    interpreter.invoke()
    return [np.array(interpreter.get_tensor(d["index"])) for d in interpreter.get_output_details()]


def relative_error(value: npt.NDArray[Any], reference: npt.NDArray[Any]) -> float:
    """max|a-b| / max|b|; infinite for another shape or type, or what is not finite."""
    if value.shape != reference.shape or value.dtype != reference.dtype:
        return float("inf")
    if reference.dtype == bool or reference.size == 0:
        return float(np.any(value != reference))
    a, b = value.astype(np.float64), reference.astype(np.float64)
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return float("inf")
    return float(np.abs(a - b).max() / max(np.abs(b).max(), 1e-30)) if np.any(a != b) else 0.0


def _run(kind: str, path: str, inputs: Arrays) -> tuple[list[str], list[str], list[Any]]:
    import keras
    import tensorflow as tf

    if kind == "saved_model":
        signature = tf.saved_model.load(path).signatures["serving_default"]
        keys = list(signature.structured_input_signature[1])
        result = signature(
            **{key: tf.constant(x) for key, x in zip(_ordered(path, keys), inputs, strict=True)}
        )
        return _ordered(path, keys), sorted(result), [result[key] for key in sorted(result)]
    if kind == "pb":
        graph = tf.Graph()
        with graph.as_default():
            definition = tf.compat.v1.GraphDef.FromString(Path(path).read_bytes())
            tf.import_graph_def(definition, name="")
            used = {name.split(":")[0].lstrip("^") for node in definition.node for name in node.input}
            ins = [node.name for node in definition.node if node.op == "Placeholder"]
            outs = [node.name for node in definition.node if node.op == "Identity" and node.name not in used]
            feeds = {f"{name}:0": x for name, x in zip(ins, inputs, strict=True)}
            with tf.compat.v1.Session() as session:
                return ins, outs, session.run([f"{name}:0" for name in outs], feeds)
    if kind == "json":
        model = keras.models.model_from_json(Path(path).read_text())
        model.load_weights(path.removesuffix(".json") + ".weights.h5")
    else:
        model = keras.models.load_model(path, safe_mode=True)
    # A compiled call for one of the formats: TensorFlow's graph optimiser then takes part, as in `model.predict`.
    call = tf.function(model) if kind == "keras" else model
    result = call(inputs if len(inputs) > 1 else inputs[0])
    results = list(result) if isinstance(result, (list, tuple)) else [result]
    return [tensor.name for tensor in model.inputs], list(model.output_names), results


def _ordered(path: str, keys: list[str]) -> list[str]:
    """Signature inputs have no order: the tests name them so that sorting gives it."""
    return sorted(keys)


def main() -> None:
    artifacts = json.loads(Path(sys.argv[1]).read_text())
    with np.load(sys.argv[2]) as file:
        inputs = [file[key] for key in file.files]
    names, values = {}, {}
    for name, (kind, path) in artifacts.items():
        ins, outs, results = _run(kind, path, inputs)
        names[name] = {"inputs": ins, "outputs": outs}
        values |= {f"{name}/{i}": np.asarray(result) for i, result in enumerate(results)}
    np.savez(sys.argv[3], **values)
    print(json.dumps(names))


if __name__ == "__main__":
    main()
