"""A Keras model as .keras, .h5, or JSON with weights: all load with stock Keras in safe mode."""

import json
import zipfile
from pathlib import Path
from typing import Any

from converters.emitters.tensorflow.emit import weights_path


def write_keras(model: Any, target: str, path: Path) -> None:
    """Write the Keras `model` as `target` (`keras`, `h5` or `json`) to `path`. Raises OSError as writing does."""
    if target == "json":
        path.write_text(model.to_json(), encoding="utf-8")
        model.save_weights(weights_path(path))
    else:
        model.save(path)
    if target == "h5":
        _whole_configuration(model, path)
    elif target == "keras":
        _without_time(path)


def _whole_configuration(model: Any, path: Path) -> None:
    """Let the .h5 name the module of each layer, as .keras does.

    The legacy writer leaves it out, and the reader then looks among the layers alone and does not find operations
    (`Unknown layer: 'Transpose'`). Where it is given, the reader takes it (keras/src/models/functional.py, process_layer).
    """
    import h5py

    configuration = {"class_name": "Functional", "config": json.loads(model.to_json())["config"]}
    with h5py.File(path, "r+") as file:
        file.attrs["model_config"] = json.dumps(configuration).encode("utf-8")


def _without_time(path: Path) -> None:
    """Take the time of saving out of the .keras archive (its entries' times and `metadata.json`), so that two runs agree."""
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    metadata = json.loads(contents["metadata.json"])
    contents["metadata.json"] = json.dumps({**metadata, "date_saved": "1980-01-01@00:00:00"}).encode("utf-8")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in contents.items():
            archive.writestr(zipfile.ZipInfo(name), data)
