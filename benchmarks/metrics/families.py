"""From a card's metric to the family that computes it."""

from benchmarks.metrics.family import Family
from registry.card import Card, Evaluation
from registry.errors import InputError


def family(card: Card) -> Family:
    """The family of the card's metric; its module (and the library it needs) is loaded only now.

    Raises InputError where the card declares none or its outputs do not fit, MissingDependencyError for a missing library.
    """
    rule = card.evaluation
    if rule is None:
        raise InputError(f"The card of {card.name} declares no `evaluation`, so there is no metric to score.")
    if rule.metric in ("top1", "top5"):
        from benchmarks.metrics.classification import Classification

        return Classification(card, rule)
    if rule.metric == "saliency":
        from benchmarks.metrics.saliency import Saliency

        return Saliency(card, rule)
    if rule.metric in ("cosine", "agreement"):
        return agreement(card, embedding=rule.metric == "cosine")
    return _other(card, rule)


def agreement(card: Card, *, embedding: bool = False) -> Family:
    """The family that needs no labels."""
    from benchmarks.metrics.agreement import Agreement

    return Agreement(card, embedding=embedding)


def _other(card: Card, rule: Evaluation) -> Family:
    if rule.metric == "miou":
        from benchmarks.metrics.segmentation import Segmentation

        return Segmentation(card, rule)
    if rule.metric == "map":
        from benchmarks.metrics.detection import Detection

        return Detection(card, rule)
    if rule.metric == "keypoints":
        from benchmarks.metrics.keypoints import Keypoints

        return Keypoints(card, rule)
    if rule.metric == "psnr":
        from benchmarks.metrics.restoration import Restoration

        return Restoration(card, rule)
    from benchmarks.metrics.text import Text

    return Text(card, rule)
