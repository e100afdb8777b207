"""The search for a mix: the techniques that change the whole model first, then layer after layer by harm."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from converters.verify.compare import INCOMPARABLE
from registry.errors import ConversionError
from registry.progress import Progress
from registry.recipe import Recovery, Tried
from zoo.losses import Ends, Judge, Judged
from zoo.mixing import Way
from zoo.references import Array

BUDGET = 48
"""Mixes of layers that are measured at most."""
IN = {"float32": "in float32", "int16": "on 16-bit activations"}
_WORTH = 0.1
"""A technique is kept where it takes this part of the loss away: less is chance."""


@dataclass(frozen=True)
class Candidate:
    """A file that was written and measured."""

    way: Way
    path: Path
    ends: Ends
    judged: Judged
    floats: tuple[str, ...] = ()
    wide: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return self.path.stat().st_size


@dataclass(frozen=True)
class Best:
    """What was found; `before` is the plain variant."""

    candidate: Candidate
    before: Candidate
    seconds: float

    @property
    def path(self) -> Path:
        return self.candidate.path

    @property
    def ends(self) -> Ends:
        return self.candidate.ends


class Search:
    """Writes candidates of `variant` into `folder` and has them judged."""

    def __init__(
        self,
        variant: str,
        tolerance: float,
        judge: Judge,
        folder: Path,
        progress: Progress,
        finer: str = "float32",
    ) -> None:
        self.variant, self.tolerance, self.judge, self.finer = variant, tolerance, judge, finer
        self.folder, self.progress = folder, progress
        self.tried: list[Tried] = []
        folder.mkdir()

    def run(self, ways: Iterable[Way], samples: Sequence[dict[str, Array]]) -> Best:
        """The simplest that is inside the tolerance: a technique alone if one suffices, else the fewest finer layers on top of the
        technique that helps most. `samples` are the float32 file's inputs. Raises ConversionError where no mix is inside.
        """
        started = time.perf_counter()
        before: Candidate | None = None
        best: Candidate | None = None
        for way in ways:
            one = self.candidate(way, required=before is None)
            before = before or one
            if best is None or one.judged.loss < (1 - _WORTH) * best.judged.loss:
                best = one
            if one.judged.loss <= self.tolerance:
                best = one
                break
        assert best is not None
        assert before is not None
        if best.judged.loss > self.tolerance:
            best = self.mixed(best, samples)
        return Best(best, before, time.perf_counter() - started)

    def candidate(
        self, way: Way, floats: tuple[str, ...] = (), wide: tuple[str, ...] = (), required: bool = False
    ) -> Candidate:
        """A mix, written and judged; one that LiteRT does not take is the worst there is, unless it is `required`."""
        path = self.folder / f"{len(self.tried):03}.tflite"
        kept = f" with {len(floats or wide)} layers {IN[self.finer]}"
        names = f" with {' and '.join(way.techniques)}" if way.techniques else ""
        ends: Ends = ((), ())
        try:
            ends = way.emit(path, floats, wide)
            judged = self.judge.judge(path, ends, f"{self.variant}{names}{kept if floats or wide else ''}")
        except ConversionError:
            if required:
                raise
            path.touch()
            judged = Judged(INCOMPARABLE, INCOMPARABLE)
        found = Candidate(way, path, ends, judged, floats, wide)
        self.tried.append(
            Tried(
                techniques=way.techniques,
                float32=len(floats),
                int16=len(wide),
                loss=judged.loss,
                size=found.size,
            )
        )
        return found

    def mixed(self, start: Candidate, samples: Sequence[dict[str, Array]]) -> Candidate:
        """The fewest layers in float32 (or on 16-bit activations), those that do most harm first."""
        from converters.quantize.search import fewest

        made: dict[frozenset[str], Candidate] = {frozenset(): start}
        order = self.by_harm(start, samples)

        def loss(kept: frozenset[str]) -> float:
            if kept not in made:
                layers = tuple(one for one in order if one in kept)
                floats, wide = (layers, ()) if self.finer == "float32" else ((), layers)
                made[kept] = self.candidate(start.way, floats, wide)
            return made[kept].judged.loss

        found = fewest(order, loss, self.tolerance, BUDGET)
        best = made[frozenset(found.kept)]
        if not found.reached:
            raise ConversionError(
                f"--recover {self.tolerance:g}: no mix of layers brings {self.variant} so close to float32; the best of "
                f"{len(found.trials)}, with {len(found.kept)} of {len(order)} layers {IN[self.finer]}, still loses {found.loss:.4g} "
                f"{f'{self.judge.unit} of ' if self.judge.unit else ''}{self.judge.metric}"
            )
        return best

    def by_harm(self, start: Candidate, samples: Sequence[dict[str, Array]]) -> tuple[str, ...]:
        """The layers whose own error is known, the most harmful first, by the name of their result in the float32 file."""
        from converters.explain import explain
        from converters.explain.alignment import CROSSINGS

        reference = self.folder / "float32.tflite"
        start.way.reference(reference)
        explained = explain(start.path, reference, samples, self.progress)
        layers = [one for one in explained.layers if one.index >= 0 and one.float_name]
        computed = {one.float_name for one in layers if one.op not in CROSSINGS}
        return tuple(dict.fromkeys(one.float_name for one in layers if one.float_name in computed))

    def recipe(self, found: Best, float32: Path, key: str) -> Recovery:
        """All that is to be told of what was found; the three files are timed side by side."""
        after, before = found.candidate, found.before
        return Recovery(
            of=self.variant,
            tolerance=self.tolerance,
            metric=self.judge.metric,
            unit=self.judge.unit,
            data=self.judge.data,
            samples=self.judge.samples,
            float32_layers=after.floats,
            int16_layers=after.wide,
            techniques=after.way.techniques,
            float_value=self.judge.float_value,
            value_before=before.judged.value,
            value_after=after.judged.value,
            loss_before=before.judged.loss,
            loss_after=after.judged.loss,
            size_float32=float32.stat().st_size,
            size_before=before.size,
            size_after=after.size,
            latency_ms=self.timed(float32, before.path, after.path),
            without_form=self.without_form(after),
            tried=tuple(self.tried),
            key=key,
        )

    def timed(self, float32: Path, before: Path, after: Path) -> dict[str, tuple[float, float, float]]:
        """Median latency and its 95 % interval in milliseconds, all in turns of one run: LiteRT, XNNPACK, one thread."""
        from benchmarks import runner
        from benchmarks.results import Effort, Plan

        files = {"float32": float32, self.variant: before, f"{self.variant}_mixed": after}
        plans = [Plan(path=str(path), target="cpu", artifact=name) for name, path in files.items()]
        done = runner.measure(plans, Effort(rounds=16, processes=2), progress=self.progress)
        found = {one.artifact: (one.median_ms, one.low_ms, one.high_ms) for one in done.measurements}
        roles = zip(("float32", "before", "after"), files, strict=True)
        return {role: found[name] for role, name in roles if name in found}

    def without_form(self, found: Candidate) -> tuple[str, ...]:
        """The layers of an int8 file that compute with floats though nobody asked for it."""
        from converters.explain.alignment import CROSSINGS
        from converters.quantize.check import float_operators

        if self.variant != "int8":
            return ()
        left = float_operators(found.path, float_borders=True)
        return tuple(one.name for one in left if one.op not in CROSSINGS and one.name not in found.floats)
