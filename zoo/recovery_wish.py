"""What `--recover` asks for, and what of it can be refused before anything is converted."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from registry.errors import InputError
from zoo import calibrating
from zoo.recovery_search import IN
from zoo.request import Calibrating, Request
from zoo.targets import RECOVERED, TARGETS

VARIANTS = {"int8": "int8_mixed", "dynamic_range": "dynamic_range_mixed"}
"""What can be recovered → what it becomes."""

OWN_GRIDS = "holds its own scales, so its float32 file is no better than its integers: recover the float model it was made from"


@dataclass(frozen=True)
class Wish:
    """What is asked: the conversion (a name or folder), the variant, and how much its metric may lose against float32.

    `tolerance` is in the metric's unit: percentage points of shares, dB, else the figure's own; without labels it is the relative RMSE.
    """

    text: str
    tolerance: float
    variant: str = "int8"
    data: Path | None = None
    limit: int | None = None
    out: Path | None = None
    calibrating: Calibrating = field(default_factory=Calibrating)
    force: bool = False
    finer: str = "float32"
    """What the layers that are kept compute in: `float32`, or `int16` activations with 8-bit weights."""


def check(variant: str, tolerance: float, finer: str) -> None:
    """Raises InputError for what cannot be recovered, is no tolerance or no type."""
    if variant not in VARIANTS:
        raise InputError(f"--recover: {variant} cannot be recovered; {' and '.join(VARIANTS)} can")
    if not 0 <= tolerance < float("inf"):
        raise InputError(f"--recover {tolerance:g}: a tolerance is a finite number of 0 or more")
    if finer not in IN:
        raise InputError(f"--recover-in {finer}: there are {' and '.join(IN)}")
    if finer == "int16" and variant != "int8":
        raise InputError(f"--recover-in int16: {variant} has no integer activations; int8 has")


def wishes(request: Request, tolerance: float | None, finer: str) -> tuple[Wish, ...]:
    """What `--recover` asks of a conversion: int8, or what of int8 and dynamic_range is named in `--to`.

    Raises InputError for what can be seen to fail before anything is converted.
    """
    if tolerance is None:
        return ()
    named = {one.name for one in request.targets or ()}
    chosen = [one for one, mixed in VARIANTS.items() if one in named or mixed in named] or ["int8"]
    for variant in chosen:
        check(variant, tolerance, finer)
    if "int8" in chosen:
        if calibrating.says_grids(request.model):
            raise InputError(f"--recover: {request.name} {OWN_GRIDS}")
        missing = calibrating.impossible(request)
        if missing:
            raise InputError(f"--recover: {missing}.")
    return tuple(
        Wish(
            str(request.out),
            tolerance,
            variant,
            request.data,
            request.limit,
            request.out,
            request.calibrating,
            request.force,
            finer,
        )
        for variant in chosen
    )


def basis(request: Request) -> Request:
    """The conversion that a recovery starts from: with float32, and with its data left for the metric alone."""
    asked = request.targets
    if asked is not None:
        wanted = {one.name for one in asked} - set(RECOVERED) | {"float32"}
        asked = tuple(one for one in TARGETS if one.name in wanted)
    return replace(request, targets=asked, data=None, limit=None)
