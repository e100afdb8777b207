"""How the artifacts of a manifest were asked for: as commands for people, and as requests that make them again."""

import math
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import msgspec

from registry.card import Card
from registry.types import Blob, CalibrationRecord, Recovery
from zoo.calibrating import AUTO, NNCF, OWN_SCALES
from zoo.request import Access, Calibrating, Request
from zoo.targets import BY_NAME, TARGETS

_OWN_DATA = ("folder ", "file ")
"""How `CalibrationRecord.data` begins where the user gave the samples."""
_FLAGS = ("replace_swish", "replace_hard_swish", "dynamic_batch")


@dataclass(frozen=True)
class Recipe:
    """One conversion: its targets were calibrated alike, or not at all. The rest is the manifest's."""

    name: str
    card: dict[str, Any]
    inputs: dict[str, Blob]
    options: dict[str, Any]
    targets: tuple[str, ...]
    calibration: CalibrationRecord | None = None

    @property
    def samples_of_user(self) -> str:
        """The name of the user's own calibration samples; empty where they come with the card, or are noise."""
        data = self.calibration.data if self.calibration else ""
        return next((data.removeprefix(start) for start in _OWN_DATA if data.startswith(start)), "")


@dataclass(frozen=True)
class Given:
    """What making it again takes from this machine: a model file (where there is no card), calibration samples, access."""

    model: Path | None = None
    samples: Path | None = None
    access: Access = field(default_factory=Access)


class Made(Protocol):
    """What a recipe is read from: a manifest, or a lock's model."""

    @property
    def name(self) -> str: ...

    @property
    def card(self) -> dict[str, Any]: ...

    @property
    def inputs(self) -> dict[str, Blob]: ...

    @property
    def options(self) -> dict[str, Any]: ...


def recipes(made: Made, targets: Iterable[tuple[str, CalibrationRecord | None]]) -> tuple[Recipe, ...]:
    """The fewest conversions that make these targets; what needs no calibration goes with the first."""
    order = {target.name: place for place, target in enumerate(TARGETS)}
    groups: list[tuple[CalibrationRecord | None, list[str]]] = [(None, [])]
    for target, record in sorted(targets, key=lambda one: order.get(one[0], len(order))):
        calibrated = None if record is None or record == OWN_SCALES else record
        group = next((names for known, names in groups if known == calibrated), None)
        if group is None:
            groups.append((calibrated, group := []))
        group.append(target)
    if len(groups) > 1:
        groups[1] = (groups[1][0], [*groups[0][1], *groups[1][1]])
        groups.pop(0)
    return tuple(
        Recipe(made.name, made.card, made.inputs, made.options, tuple(names), record)
        for record, names in groups
        if names
    )


def recovering(made: Made, found: Recovery, calibration: CalibrationRecord | None) -> str:
    """The command line whose search found a recipe."""
    if calibration is not None and calibration.chosen:  # each preparation that is tried chooses for itself
        calibration = msgspec.structs.replace(calibration, method=AUTO, chosen=False)
    asked = Recipe(made.name, made.card, made.inputs, made.options, (found.of,), calibration)
    finer = ["--recover-in", "int16"] if found.int16_layers else []
    return shlex.join([*shlex.split(command(asked)), "--recover", f"{found.tolerance:g}", *finer])


def command(recipe: Recipe) -> str:
    """The command line; the user's own files stand in it by their names."""
    options = recipe.options
    own = {
        key: blob.origin.split(" ", 2)[2]
        for key, blob in recipe.inputs.items()
        if blob.origin.startswith(("local file ", "local folder "))
    }
    if recipe.card:
        words = ["zoo", "fetch-convert", recipe.name]
        for key, file in own.items():
            words += ["--source" if key == "source" else "--weights", file]
    else:
        words = ["zoo", "convert", own.get("model", recipe.name)]
    words += ["--to", ",".join(recipe.targets)]
    for tensor, shape in options.get("input_shapes", {}).items():
        numbers = ",".join(map(str, shape))
        words += ["--input-shape", f"{tensor}:{numbers}" if tensor else numbers]
    for tensor in options.get("keep_nchw", ()):
        words += ["--keep-nchw", tensor]
    if options.get("outputs"):
        words += ["--outputs", ",".join(options["outputs"])]
    words += [f"--{flag.replace('_', '-')}" for flag in _FLAGS if options.get(flag)]
    words += ["--unroll"] if options.get("unroll_loops") else []
    return shlex.join([*words, *_calibration_words(recipe)])


def _calibration_words(recipe: Recipe) -> list[str]:
    if recipe.calibration is None:
        return []
    asked = calibrating(recipe, Path(recipe.samples_of_user) if recipe.samples_of_user else None)
    words = ["--random-calibration"] if asked.random else []
    words += ["--calibrate", str(asked.data)] if asked.data else []
    words += ["--samples", str(asked.samples)]
    words += ["--calibration-method", asked.method] if asked.method else []
    words += ["--per-tensor"] if asked.per_tensor else []
    for option, numbers in (
        ("--input-range", asked.input_range),
        ("--mean", asked.mean),
        ("--std", asked.std),
    ):
        words += [option, ",".join(f"{number:.17g}" for number in numbers)] if numbers else []
    return words


def request(recipe: Recipe, card: Card | None, given: Given, out: Path) -> Request:
    """The conversion, anew, into `out`. Real samples for verification alone are left out: they decide no byte."""
    options = recipe.options
    return Request(
        name=recipe.name,
        out=out,
        card=card,
        model=given.model,
        targets=tuple(BY_NAME[target] for target in recipe.targets),
        input_shapes={tensor: tuple(shape) for tensor, shape in options.get("input_shapes", {}).items()},
        keep_nchw=frozenset(options.get("keep_nchw", ())),
        outputs=tuple(options.get("outputs", ())),
        replace_swish=bool(options.get("replace_swish")),
        replace_hard_swish=bool(options.get("replace_hard_swish")),
        unroll_loops=bool(options.get("unroll_loops")),
        dynamic_batch=bool(options.get("dynamic_batch")),
        force=True,
        access=given.access,
        calibrating=calibrating(recipe, given.samples),
    )


def calibrating(recipe: Recipe, samples: Path | None) -> Calibrating:
    """What was said about calibration, from its record; `samples` is where the user's own lie."""
    record = recipe.calibration
    if record is None:
        return Calibrating()
    said = Calibrating(
        data=samples if recipe.samples_of_user else None,
        samples=record.samples,
        random=record.random,
        method=record.method if record.method != NNCF else None,
        per_tensor=not record.per_channel,
    )
    rule = next(iter(record.preprocessing.values()), None)
    if recipe.card or rule is None or rule.get("range") is None:
        return said
    mean, std = tuple(rule.get("mean", (0.0,))), tuple(rule.get("std", (1.0,)))
    return replace(said, input_range=(0.0, _top(float(rule.get("divide_by", 1.0)))), mean=mean, std=std)


def _top(divide_by: float) -> float:
    """What pixels of 255 become, so that `zoo.calibrating` finds this very `divide_by` again: 1 / (top / 255), to the last bit."""
    near = 255 / divide_by
    tried = (near, math.nextafter(near, math.inf), math.nextafter(near, 0.0))
    return next((top for top in tried if 1 / (top / 255) == divide_by), near)
