"""What was measured, as files of a publication: scores and measurements under the hashes of the published files, and the plot."""

from dataclasses import replace
from typing import TypeVar

import msgspec

from benchmarks import exchange
from registry.errors import MissingDependencyError
from registry.types import Measurement, Score
from zoo.comparing import RESULTS
from zoo.publish.model import Model
from zoo.publish.plan import Planned, of_bytes
from zoo.scores_file import SCORES, Scores

PLOT = "comparison.png"
_Result = TypeVar("_Result", Score, Measurement)


def files(model: Model) -> tuple[Model, list[Planned]]:
    """The model with its scores under the published hashes, and the files. What was measured of a file as it was converted holds for
    the published one, which computes the same with the same operators; `built` in the environment names the bytes that were run."""
    published = {(one.target, one.built): one.sha256 for one in model.artifacts if one.built}
    scores = tuple(_renamed(one, one.artifact, published) for one in model.scores)
    found: list[Planned] = []
    if scores:
        document = msgspec.json.format(msgspec.json.encode(Scores(model.name, scores)), indent=2) + b"\n"
        found.append(of_bytes(SCORES, document, "accuracy, with intervals and paired tests"))
    if model.measurements:
        measured = [_renamed(one, one.variant, published) for one in model.measurements]
        content = exchange.write(measured, ())
        found.append(of_bytes(RESULTS, content, "every round of every measurement, for zoo compare"))
    plot = _plot(model)
    if plot:
        found.append(of_bytes(PLOT, plot, "latency and size against accuracy"))
    return replace(model, scores=scores), found


def _renamed(one: _Result, target: str, published: dict[tuple[str, str], str]) -> _Result:
    """A score or measurement of a converted file as that of the published one. Two targets may have been the same bytes."""
    sha256 = published.get((target, one.sha256))
    if sha256 is None:
        return one
    environment = one.environment | {"built": one.sha256}
    return msgspec.structs.replace(one, sha256=sha256, environment=environment)


def _plot(model: Model) -> bytes | None:
    """None where nothing was measured, or nothing can draw."""
    from benchmarks import plots

    if model.comparison is None:
        return None
    shown = model.comparison
    try:
        return plots.draw(shown.standings.rows, shown.curves, shown.title, shown.subtitle(), "png")
    except MissingDependencyError:
        return None
