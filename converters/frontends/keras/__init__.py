"""Keras files (`.keras`, whole-model `.h5`) → SavedModel, in a child process: Keras reads its own files, OpenVINO what comes of it."""

import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

import msgspec

from converters.processes import run_child
from registry.errors import ConversionError, InputError, MissingDependencyError

SUFFIXES = (".keras", ".h5")
_CHILD = "converters.frontends.keras.child"


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the child says: nothing where all went well, else what is wrong with the file (`unfit`) or with the model."""

    unfit: str = ""
    failed: str = ""


def keras_to_saved_model(model: Path, folder: Path, *, timeout_s: float = 600.0) -> Path:
    """Writes the SavedModel `folder`; its signature carries Keras's names of inputs and outputs.

    Raises InputError for a file that holds no whole model or is damaged, ConversionError for a model that Keras cannot build without its
    author's code, MissingDependencyError without TensorFlow.
    """
    if find_spec("tensorflow") is None:
        raise MissingDependencyError("Reading Keras files needs TensorFlow: `pip install zoo[tensorflow]`.")
    with tempfile.TemporaryDirectory(prefix="zoo-keras-") as name:
        work = Path(name).resolve()
        words = [str(model.resolve()), str(work / "saved_model"), str(work / "told.json")]
        environment = {"TF_CPP_MIN_LOG_LEVEL": "2", "KERAS_BACKEND": "tensorflow"}
        finished = run_child(_CHILD, words, work, timeout_s=timeout_s, extra_environment=environment)
        if not (work / "told.json").exists():
            raise ConversionError(f"the process that reads `{model}` with Keras {finished.reason()}")
        told = msgspec.json.decode((work / "told.json").read_bytes(), type=Told)
        if told.unfit:
            raise InputError(f"`{model}` {told.unfit}")
        if told.failed:
            raise ConversionError(f"Keras cannot build the model of `{model}`: {told.failed}")
        shutil.move(work / "saved_model", folder)
    return folder
