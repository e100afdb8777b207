"""Text and speech recognition: word and character accuracy, by jiwer."""

from typing import Any

import numpy as np

from benchmarks.metrics.family import Answer, Stacked, scored_output
from benchmarks.metrics.figure import Array, Figure, FloatArray, Row, Stats, Weights, ratio_of, share
from registry.card import Card, Evaluation
from registry.card_evaluation import Text as Rule
from registry.errors import InputError, MissingDependencyError


class Text(Stacked):
    """What the model reads, held against what is written. Accuracy is 1 - error rate: edits divided by the labels' length (Levenshtein)."""

    label = "text"

    def __init__(self, card: Card, rule: Evaluation) -> None:
        self.outputs: tuple[str, ...] = (scored_output(card),)
        if rule.text is None:
            raise InputError(f"The evaluation of {card.name} needs `text`.")
        self._rule = rule.text
        self._jiwer = _jiwer()

    def figures(self, stats: Stats) -> tuple[Figure, ...]:
        return (
            Figure("word_accuracy", _accuracy("word_errors", "words")),
            Figure("character_accuracy", _accuracy("character_errors", "characters")),
            share("exact", "exact"),
        )

    def observe(self, answer: Answer) -> Row:
        truth, name = answer.sample.text, answer.sample.name
        if truth is None or not truth.strip():
            raise InputError(f"Sample {name} has no text to be compared with.")
        read = decode(answer.outputs[self.outputs[0]], self._rule, self.outputs[0])
        if self._rule.ignore_case:
            truth, read = truth.lower(), read.lower()
        words, characters = (
            self._jiwer.process_words(truth, read),
            self._jiwer.process_characters(truth, read),
        )
        return {
            "word_errors": _edits(words),
            "words": words.hits + words.substitutions + words.deletions,
            "character_errors": _edits(characters),
            "characters": characters.hits + characters.substitutions + characters.deletions,
            "exact": read.split() == truth.split(),
        }


def decode(output: FloatArray, rule: Rule, name: str) -> str:
    """The text of one sample's output.

    CTC by its best path: the largest class of each step, repetitions merged, blanks dropped (Graves et al. 2006). Raises InputError for a
    class that the alphabet has no character for.
    """
    whole = rule.axes == "NT" or output.ndim < 2
    numbers = np.rint(output).astype(np.int64).ravel() if whole else _steps(output, rule, name).argmax(1)
    if rule.decode == "ctc":
        changed = np.concatenate(([True], numbers[1:] != numbers[:-1]))
        numbers = numbers[changed & (numbers != rule.blank)]
        numbers = numbers - (numbers > rule.blank)
    elif rule.end is not None and (numbers == rule.end).any():
        numbers = numbers[: int(np.argmax(numbers == rule.end))]
    if numbers.size and not 0 <= numbers.min() <= numbers.max() < len(rule.alphabet):
        raise InputError(
            f"Output `{name}` holds class {numbers.max()}, the card's `text.alphabet` has {len(rule.alphabet)} characters."
        )
    return "".join(rule.alphabet[number] for number in numbers.tolist())


def _steps(output: FloatArray, rule: Rule, name: str) -> Array:
    """[T, C]."""
    axes = rule.axes if output.ndim == 3 else rule.axes.replace("N", "")
    if output.ndim != len(axes):
        raise InputError(f"Output `{name}` has shape {output.shape}, `text.axes` says {rule.axes}.")
    if "N" in axes:
        output, axes = np.take(output, 0, axes.index("N")), axes.replace("N", "")
    return output if axes == "TC" else output.T


def _accuracy(errors: str, total: str) -> "_Value":
    return _Value(errors, total)


class _Value:
    """1 - Σ errors / Σ total."""

    def __init__(self, errors: str, total: str) -> None:
        self._ratio = ratio_of(errors, total)

    def __call__(self, stats: Stats, weights: Weights) -> FloatArray:
        return 1 - self._ratio(stats, weights)


def _edits(found: Any) -> int:
    return int(found.substitutions + found.deletions + found.insertions)


def _jiwer() -> Any:
    try:
        import jiwer
    except ImportError as error:
        raise MissingDependencyError(
            'Word and character accuracy need jiwer: pip install "zoo[eval]".'
        ) from error
    return jiwer
