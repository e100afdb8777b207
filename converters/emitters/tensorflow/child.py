"""The process in which TensorFlow lives: does one `Job`, tells how far it is. Nothing else imports this module."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from converters.emitters.tensorflow.emit import Job, Told
from converters.processes import die_with_parent
from registry.errors import ConversionError, StorageError, ZooError


def main(arguments: list[str]) -> None:
    """`arguments`: the file that holds the `Job`, and the file to write each `Told` to."""
    die_with_parent()
    job = msgspec.json.decode(Path(arguments[0]).read_bytes(), type=Job)
    file = Path(arguments[1])

    def tell(told: Told) -> None:
        part = file.with_suffix(".part")
        part.write_bytes(msgspec.json.encode(told))
        part.replace(file)

    try:
        _emit(job, tell)
    except Exception as error:
        known = _as_zoo_error(error)
        tell(Told(error=type(known).__name__, message=str(known)))
    # Every file is closed; TensorFlow would take two more seconds to tidy up.
    os._exit(0)


def _emit(job: Job, tell: Callable[[Told], None]) -> None:
    import keras
    import tensorflow as tf

    from converters.emitters.tensorflow.flatten import flattened
    from converters.emitters.tensorflow.frozen import write_frozen
    from converters.emitters.tensorflow.keras_files import write_keras
    from converters.emitters.tensorflow.keras_model import keras_model
    from converters.emitters.tensorflow.operators import OPERATORS
    from converters.emitters.tensorflow.prepare import prepare
    from converters.emitters.tensorflow.saved_model import write_saved_model

    model = prepare(Path(job.tflite), OPERATORS)
    built: Any = None
    for done, (target, path) in enumerate(job.targets.items()):
        tell(Told(done=done, target=target))
        if target == "saved_model":
            write_saved_model(model, Path(path))
        elif target == "pb":
            write_frozen(model, Path(path))
        else:
            built = built or keras_model(flattened(model, OPERATORS))
            write_keras(built, target, Path(path))
    tools = {"tensorflow": str(tf.__version__), "keras": str(keras.__version__)}
    tell(Told(done=len(job.targets), tools=tools))


def _as_zoo_error(error: Exception) -> ZooError:
    """Any error as one sentence."""
    if isinstance(error, ZooError):
        return error
    if isinstance(error, OSError) and error.strerror:
        return StorageError(
            f"the TensorFlow model could not be written: {error.strerror} (`{error.filename}`)"
        )
    if isinstance(error, MemoryError):
        return StorageError(
            "the memory does not suffice to write the TensorFlow model; free some and try again"
        )
    reason = " ".join(str(error).split())[:300]
    return ConversionError(f"TensorFlow failed on the model: {type(error).__name__}: {reason}")
