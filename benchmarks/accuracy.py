"""Scores a model on its card's labelled data. The model is any callable from named inputs to named outputs."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.metrics import is_top1, max_f_measure, mean_absolute_error, precision_recall, rescale
from registry.card import Card, Evaluation, Input
from registry.errors import InputError, MissingDependencyError, VerificationError
from registry.preprocess import Array, content_box, load_image, preprocess
from registry.progress import Progress, silent
from registry.samples import Sample, samples
from registry.types import Score

Predict = Callable[[dict[str, Array]], dict[str, Array]]
"""The model's inputs by name, in the source's layouts → its outputs by name, in the source's layouts."""

FloatArray = npt.NDArray[np.float32]

Answer = tuple[Sample, tuple[int, int], FloatArray]
"""A sample, its image's height and width, and the model's scored output."""


def score(
    card: Card,
    predict: Predict,
    *,
    data: Path | None = None,
    limit: int | None = None,
    artifact: str = "",
    progress: Progress = silent,
) -> tuple[Score, ...]:
    """The card's metric on its evaluation data, or on the user's own `data` (a folder or .npz file); `limit` samples of it (seed 0).

    `top1` gives one score in 0…1; `saliency` gives `mae` and `max_f`. Raises InputError where card and data do not allow it,
    VerificationError where the model answers with NaN or infinity.
    """
    if card.evaluation is None:
        raise InputError(f"The card of {card.name} declares no `evaluation`, so there is no metric to score.")
    if len(card.inputs) != 1:
        raise InputError(
            f"{card.name} has {len(card.inputs)} inputs; metrics are for models with one image input."
        )
    rule = card.evaluation
    found = samples(rule.data, path=data, limit=limit, classes=rule.classes)
    answers = _answers(card, rule, predict, found, artifact, progress)
    if rule.metric == "top1":
        return _top1(answers, artifact)
    return _saliency(answers, card.inputs[0], artifact)


def _answers(
    card: Card,
    rule: Evaluation,
    predict: Predict,
    found: tuple[Sample, ...],
    artifact: str,
    progress: Progress,
) -> Iterator[Answer]:
    spec = card.inputs[0]
    kept = [output.name for output in card.outputs if output.keep]
    name = rule.output or kept[0]
    if name not in kept:
        raise InputError(
            f"The evaluation of {card.name} reads output `{name}`, which is none of {', '.join(kept)}."
        )
    what = f"{rule.metric} of {artifact or card.name}"
    for done, sample in enumerate(found):
        progress(what, done, len(found))
        image = load_image(sample.image) if isinstance(sample.image, Path) else sample.image
        outputs = predict({spec.name: preprocess(image, spec, sample.name)})
        if name not in outputs:
            raise InputError(f"{artifact or card.name} has no output `{name}`, only {', '.join(outputs)}.")
        answer = np.asarray(outputs[name], np.float32)
        if not np.isfinite(answer).all():
            raise VerificationError(
                f"{artifact or card.name} answers {sample.name} with values that are not finite."
            )
        height, width = (*image.shape, 1, 1)[:2]
        yield sample, (height, width), answer
    progress(what, len(found), len(found))


def _top1(answers: Iterator[Answer], artifact: str) -> tuple[Score, ...]:
    right = total = 0
    for sample, _, answer in answers:
        if sample.label is None:
            raise InputError(
                f"Sample {sample.name} has no label: top1 needs class folders or an .npz with labels."
            )
        scores = answer[0] if answer.ndim > 1 else answer
        if not 0 <= sample.label < scores.size:
            raise InputError(
                f"Sample {sample.name} has label {sample.label}, the model gives {scores.size} scores."
            )
        right += is_top1(scores, sample.label)
        total += 1
    return (Score(artifact=artifact, metric="top1", value=right / total, samples=total),)


def _saliency(answers: Iterator[Answer], spec: Input, artifact: str) -> tuple[Score, ...]:
    errors, precisions, recalls = [], [], []
    for sample, size, answer in answers:
        plane = np.squeeze(answer[0] if answer.ndim == 4 else answer)
        if plane.ndim != 2:
            raise InputError(
                f"saliency needs an output with one channel, [N, 1, H, W], not of shape {answer.shape}."
            )
        mask = sample.mask_array().astype(np.float32)
        mask = mask / (mask.max() or 1)
        predicted = _as_mask(_content(plane, spec, size), (mask.shape[0], mask.shape[1]))
        errors.append(mean_absolute_error(predicted, mask))
        precision, recall = precision_recall(predicted, mask)
        precisions.append(precision)
        recalls.append(recall)
    f = max_f_measure(np.mean(precisions, axis=0), np.mean(recalls, axis=0))
    return (
        Score(artifact=artifact, metric="mae", value=float(np.mean(errors)), samples=len(errors)),
        Score(artifact=artifact, metric="max_f", value=f, samples=len(errors)),
    )


def _content(plane: FloatArray, spec: Input, image: tuple[int, int]) -> FloatArray:
    """The part of the map that shows the image: all of it, but for the margins of an input resized with `keep_aspect`."""
    resize = spec.preprocess.resize
    keep_aspect = resize is not None and resize.keep_aspect
    top, left, height, width = content_box(image, (plane.shape[0], plane.shape[1]), keep_aspect)
    return plane[top : top + height, left : left + width]


def _as_mask(plane: FloatArray, size: tuple[int, int]) -> FloatArray:
    """The map as U²-Net's test script saves it and its authors' evaluation reads it, 0…1.

    Min-max to 8 bits, bilinear to `size`, then divided by its maximum.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingDependencyError("The saliency metric needs Pillow: pip install pillow.") from error
    levels = (rescale(plane) * 255).astype(np.uint8)
    resized = np.asarray(
        Image.fromarray(levels).resize((size[1], size[0]), Image.Resampling.BILINEAR), np.float32
    )
    return resized / (resized.max() or 1)
