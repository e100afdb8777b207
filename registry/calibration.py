"""Calibration samples: images of a folder, arrays of an .npz or .npy, a Hugging Face dataset or packaged data, as the model sees them."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from registry import samples as labelled
from registry.arrays import load
from registry.card import Calibration, Input
from registry.errors import FetchError, InputError, MissingDependencyError
from registry.preprocess import Array, preprocess
from registry.samples import Sample

Arrays = dict[str, Array]


def stream(
    inputs: Sequence[Input], rule: Calibration, path: Path | None, count: int | None
) -> Iterator[Arrays]:
    """Input name → array, one sample after the other, in the card's axes; `path` stands for the card's own data.

    `count` samples, no fewer (None: up to the rule's number), drawn with its seed. Raises InputError where something there cannot be
    used (nothing there, a damaged image, a wrong shape, values outside the input's `range`), FetchError, MissingDependencyError.
    """
    if path is not None and path.suffix in (".npy", ".npz") and not _holds_images(path, inputs):
        yield from _ready(path, inputs, rule, count)
        return
    if len(inputs) != 1:
        raise InputError(
            f"A model with {len(inputs)} inputs is calibrated on an .npz file with an array for each: "
            f"{', '.join(one.name for one in inputs)}."
        )
    for sample in _chosen(_found(rule, path), rule, count, str(path or "the card's calibration data")):
        yield {inputs[0].name: preprocess(sample.array(inputs[0]), inputs[0], sample.name)}


def _found(rule: Calibration, path: Path | None) -> Sequence[Sample]:
    if path is not None:
        if not path.exists():
            raise InputError(f"--calibrate {path}: there is nothing of that name.")
        return labelled.samples(None, path=path)
    if rule.dataset is not None:
        return _from_hugging_face(rule.dataset, rule)
    return labelled.samples(rule.data)


def _chosen(found: Sequence[Sample], rule: Calibration, count: int | None, where: str) -> Sequence[Sample]:
    if count is not None and len(found) < count:
        raise InputError(
            f"{where} holds {len(found)} samples, fewer than the {count} that --samples asks for."
        )
    wanted = min(count or rule.samples, len(found))
    order = np.random.default_rng(rule.seed).choice(len(found), wanted, replace=False)
    return [found[index] for index in sorted(order.tolist())]


def _holds_images(path: Path, inputs: Sequence[Input]) -> bool:
    """Whether an .npz has images to be preprocessed (`images`, in another shape or type than the input's) rather than ready inputs."""
    if path.suffix != ".npz":
        return False
    arrays = _opened(path)
    return "images" in arrays and "images" not in {one.name for one in inputs}


def _opened(path: Path) -> Mapping[str, Array]:
    if not path.is_file():
        raise InputError(f"--calibrate {path}: there is no such file.")
    try:
        return load(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as an array file ({error}).") from error


def _ready(path: Path, inputs: Sequence[Input], rule: Calibration, count: int | None) -> Iterator[Arrays]:
    """Arrays that are inputs already, samples along the first axis: one array for the only input, or one under each input's name."""
    arrays = _opened(path)
    if len(inputs) == 1 and len(arrays) == 1:
        arrays = {inputs[0].name: next(iter(arrays.values()))}
    missing = [one.name for one in inputs if one.name not in arrays]
    if missing:
        raise InputError(f"{path} has no array `{missing[0]}`; it has {', '.join(arrays)}.")
    given = {one.name: _batched(arrays[one.name], one, path) for one in inputs}
    sizes = {len(array) for array in given.values()}
    if len(sizes) != 1 or 0 in sizes:
        raise InputError(
            f"{path} holds {' and '.join(map(str, sorted(sizes)))} samples; each input needs as many, and some."
        )
    total = sizes.pop()
    if count is not None and total < count:
        raise InputError(f"{path} holds {total} samples, fewer than the {count} that --samples asks for.")
    order = np.random.default_rng(rule.seed).choice(total, min(count or rule.samples, total), replace=False)
    for index in sorted(order.tolist()):
        yield {one.name: _checked(given[one.name][index], one, f"{path.name}[{index}]") for one in inputs}


def _batched(array: Array, spec: Input, path: Path) -> Array:
    """[N, *shape]; a first axis of 1 in the input's shape may be missing, or be the samples' own."""
    shape = tuple(spec.shape)
    if array.shape[1:] == shape:
        return array
    if shape[:1] == (1,) and array.shape[1:] == shape[1:]:
        return array[:, None]
    raise InputError(
        f"{path}: an array of shape {array.shape} does not fit input `{spec.name}`; it takes (N, {', '.join(map(str, shape))})."
    )


def _checked(array: Array, spec: Input, name: str) -> Array:
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise InputError(f"{name} gives input `{spec.name}` values that are not finite.")
    if spec.range is not None:
        low, high = spec.range
        slack = 1e-4 * (high - low)
        if float(array.min()) < low - slack or float(array.max()) > high + slack:
            raise InputError(
                f"{name} gives input `{spec.name}` values from {array.min():g} to {array.max():g}, outside of the range "
                f"{low:g} to {high:g} that the model sees: is it normalised as the card's `preprocess` says?"
            )
    return np.ascontiguousarray(array, spec.dtype)


def _from_hugging_face(name: str, rule: Calibration) -> Sequence[Sample]:
    """The images of a dataset (`org/name` or `org/name:split`), from the Hub or its local cache."""
    try:
        import datasets
    except ImportError as error:
        raise MissingDependencyError(
            "Calibrating on a Hugging Face dataset needs the package datasets: pip install datasets."
        ) from error
    repository, _, split = name.partition(":")
    try:
        rows = datasets.load_dataset(repository, split=split or "train")
    except Exception as error:
        raise FetchError(f"The dataset {name} cannot be loaded: {str(error).splitlines()[0]}") from error
    column = next((key for key in ("image", "img", "pixel_values") if key in rows.column_names), None)
    if column is None:
        raise InputError(f"The dataset {name} has no column `image`; it has {', '.join(rows.column_names)}.")
    wanted = min(4 * rule.samples, len(rows))
    return [
        Sample(name=f"{name}[{index}]", image=np.asarray(rows[index][column].convert("RGB")))
        for index in range(wanted)
    ]
