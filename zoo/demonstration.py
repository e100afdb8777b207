"""`zoo demo`: the whole route on the model that is shipped with the project, without a network."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.results import Effort
from registry.progress import Progress
from registry.types import GraphStats, Manifest, Measurement, Score
from zoo import naming, pipeline, scoring, timing, verification
from zoo.request import Access, Request

CARD = "digits"


@dataclass(frozen=True)
class Demonstration:
    manifest: Manifest
    stats: GraphStats
    scores: tuple[Score, ...]
    measurements: tuple[Measurement, ...]


def run(out: Path | None, progress: Progress) -> Demonstration:
    """Converts, verifies again from the files, scores and times every variant of `digits`."""
    request = Request(**naming.card_named(CARD, out), access=Access(offline=True))
    manifest = pipeline.run(request, progress).manifest
    folder = request.out
    verification.verify(CARD, folder, None, progress)
    scores = scoring.evaluate(CARD, scoring.Samples(), None, folder, progress)
    asked = timing.Bench((CARD,), timing.specs("cpu"), out=folder)
    times = timing.bench(asked, Effort(rounds=8, processes=2), lambda _: False, progress)
    stats = next(one.stats for one in manifest.artifacts if one.stats is not None)
    return Demonstration(manifest, stats, scores, times.measurements)
