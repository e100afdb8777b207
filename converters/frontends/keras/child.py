"""The process in which Keras reads a file and exports it. Nothing else imports this module."""

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import msgspec

from converters.frontends.keras import Told
from converters.processes import answer, die_with_parent

_DROPPED: dict[str, dict[str, Any]] = {
    "DepthwiseConv2D": {"groups": 1},
    "Conv2DTranspose": {"groups": 1},
    "SeparableConv2D": {"groups": 1},
    **{name: {"time_major": False} for name in ("LSTM", "GRU", "SimpleRNN", "RNN")},
}
"""Options that Keras 2 wrote into its files and Keras 3 does not know, with the value that means nothing."""


def main(arguments: list[str]) -> None:
    """`arguments`: the Keras file, the SavedModel to write, the file for what is to be told."""
    die_with_parent()
    source, target, told = (Path(word) for word in arguments)
    answer(told, msgspec.json.encode(_converted(source, target)))
    # Every file is closed; TensorFlow would take two more seconds to tidy up.
    os._exit(0)


def _converted(source: Path, target: Path) -> Told:
    try:
        config = _config(source)
    except Exception as error:
        return Told(unfit=f"is damaged or no Keras file ({type(error).__name__}); fetch or save it again")
    if config is None:
        return Told(unfit="holds weights without their model; save the whole model (model.save)")
    if _holds_code(config):
        return Told(
            failed="it holds a Lambda layer, whose code could do anything; replace it by stock layers"
        )
    import keras

    try:
        model = keras.models.load_model(source, custom_objects=_legacy(), compile=False)
    except Exception as error:
        return Told(failed=_line(error))
    try:
        _export(model, target)
    except Exception as error:
        return Told(failed=_line(error))
    return Told()


def _config(source: Path) -> Any:
    """The architecture, as JSON holds it; None where the file has weights alone."""
    if zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as archive:
            return json.loads(archive.read("config.json"))
    import h5py

    with h5py.File(source) as file:
        found = file.attrs.get("model_config")
        return None if found is None else json.loads(found)


def _holds_code(config: Any) -> bool:
    """Whether a layer is Python code of its own."""
    if isinstance(config, dict):
        return config.get("class_name") == "Lambda" or any(_holds_code(value) for value in config.values())
    return isinstance(config, list) and any(_holds_code(value) for value in config)


def _legacy() -> dict[str, Any]:
    """Stock layers that pass over Keras 2's options."""
    import keras

    def tolerant(name: str, dropped: dict[str, Any]) -> Any:
        stock = getattr(keras.layers, name)

        def from_config(cls: Any, config: dict[str, Any]) -> Any:
            kept = {key: value for key, value in config.items() if dropped.get(key, not value) != value}
            return stock.from_config(kept)

        return type(name, (stock,), {"from_config": classmethod(from_config)})

    return {name: tolerant(name, dropped) for name, dropped in _DROPPED.items()}


def _export(model: Any, target: Path) -> None:
    import keras
    import tensorflow as tf

    if not model.inputs:
        raise ValueError("the shapes of its inputs are not in the file; save it after it has been called")
    names = list(model.output_names)

    def serve(*arrays: Any) -> dict[str, Any]:
        given = list(arrays) if len(arrays) > 1 else arrays[0]
        return dict(zip(names, tf.nest.flatten(model(given, training=False)), strict=True))

    archive = keras.export.ExportArchive()
    archive.track(model)
    signature = [tf.TensorSpec(t.shape, t.dtype, name=t.name) for t in model.inputs]
    archive.add_endpoint("serve", serve, input_signature=signature)
    archive.write_out(str(target), verbose=False)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
