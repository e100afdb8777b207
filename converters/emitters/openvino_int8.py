"""OpenVINO IR in 8 bits: NNCF's post-training quantization of the source model, on the samples that the other integer variants see."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from converters.emitters.openvino_child import UnmakeableError, child, reason, write_ir
from registry.errors import InputError

if TYPE_CHECKING:
    from openvino import Model

Arrays = Mapping[str, npt.NDArray[Any]]


def quantize_ir(
    source: Path, xml: Path, samples: Iterable[Arrays], timeout_s: float = 3600.0
) -> tuple[Path, Path]:
    """Reads a model file that OpenVINO reads, quantizes it on `samples` (source input name → array) and writes `xml` and its .bin.

    Weights per channel, activations per tensor, biases corrected: NNCF's defaults (https://arxiv.org/abs/2002.08679). NNCF loads torch
    where it is installed, which is another reason for the child. Raises InputError, ConversionError, StorageError,
    MissingDependencyError.
    """
    return write_ir(
        __name__,
        source,
        xml,
        [],
        timeout_s,
        prepare=lambda folder: _keep(samples, folder),
        packages=("nncf",),
    )


def main(arguments: list[str]) -> None:
    """The child: quantizes `arguments[0]` into `arguments[1]` on the samples beside the latter."""
    source, xml = Path(arguments[0]), Path(arguments[1])
    child(source, xml, lambda model: _quantized(model, xml.parent))


def _quantized(model: "Model", folder: Path) -> "Model":
    import nncf

    count = len(list(folder.glob("sample*.npz")))
    names = [one.get_any_name() for one in model.inputs]
    try:
        found: Model = nncf.quantize(
            model,
            nncf.Dataset(list(range(count)), lambda number: _sample(folder, number, names)),
            subset_size=count,
            preset=nncf.QuantizationPreset.MIXED,
        )
    except Exception as error:
        raise UnmakeableError(f"NNCF: {reason(error)}") from error
    if not any(op.get_type_name() == "FakeQuantize" for op in found.get_ops()):
        raise UnmakeableError("it has no operator that NNCF quantizes")
    return found


def _keep(samples: Iterable[Arrays], folder: Path) -> None:
    """Writes the samples one by one: they are never all in memory. Raises InputError where there are none."""
    count = 0
    for arrays in samples:
        np.savez(folder / f"sample{count}.npz", allow_pickle=False, **arrays)
        count += 1
    if not count:
        raise InputError("There is no calibration sample.")


def _sample(folder: Path, number: int, names: list[str]) -> dict[int, Any]:
    """One sample by the position of the model's inputs: by their names, or in order where the names are others."""
    with np.load(folder / f"sample{number}.npz") as packed:
        arrays = {name: packed[name] for name in packed.files}
    ordered = [arrays[name] for name in names] if set(names) <= set(arrays) else list(arrays.values())
    return dict(enumerate(ordered))
