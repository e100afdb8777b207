"""The route from a card or a model file to every artifact, as one list of stages."""

from collections.abc import Callable
from dataclasses import dataclass

from registry.errors import InputError, MissingDependencyError
from registry.progress import Progress, silent
from registry.types import Manifest
from zoo import calibrating, doctor, guard, stages, targets, writing
from zoo.request import Request
from zoo.run import Run
from zoo.sources import Confirm
from zoo.targets import CALIBRATED, INTEGER, OPENVINO, RECOVERED, TENSORFLOW, TFLITE, Target
from zoo.telling import Tell, unheard
from zoo.workspace import open_workspace


@dataclass(frozen=True)
class Stage:
    """A step of the route, done where one of the targets it `serves` is wanted and not finished."""

    work: Callable[[Run], None]
    serves: tuple[str, ...]


ALL = targets.names(targets.TARGETS)
ROUTE = (
    Stage(stages.export, ALL),
    Stage(stages.answer_ahead, (*TFLITE, *TENSORFLOW)),
    Stage(stages.build, (*TFLITE, *TENSORFLOW, "openvino_int8")),
    Stage(stages.answer, ALL),
    Stage(writing.onnx, ("onnx",)),
    Stage(writing.tflite, TFLITE),
    Stage(writing.openvino, OPENVINO),
    Stage(writing.tensorflow, TENSORFLOW),
)


@dataclass(frozen=True)
class Result:
    manifest: Manifest
    already_done: bool


def run(
    request: Request,
    progress: Progress = silent,
    confirm: Confirm = lambda _: False,
    tell: Tell = unheard,
) -> Result:
    """Fetches, converts and verifies what is not there yet; the manifest of all that is.

    Raises a ZooError for everything a user can do something about; what is finished by then stays.
    """
    guard.tell(work=f"converting {request.model or request.name}", conversion="yes")
    with open_workspace(request.out) as workspace:
        state = Run(request, workspace, progress, confirm, wanted=(), tell=tell)
        stages.fetch(state)
        state.wanted = _wanted(state)
        state.resume()
        already_done = not state.wants(*ALL)
        for stage in ROUTE:
            if state.wants(*stage.serves):
                stage.work(state)
        state.complain()
        return Result(state.manifest(), already_done)


def _wanted(state: Run) -> tuple[Target, ...]:
    """The targets asked for; where none are, all that work here (the others are noted).

    Raises MissingDependencyError and InputError for a target that was asked for and cannot be made.
    """
    asked = state.request.targets
    wanted = []
    for target in asked or (one for one in targets.TARGETS if one.name not in RECOVERED):
        why_not = _impossible(target, state)
        packages = doctor.missing((*target.packages, *_source_packages(state)))
        if not why_not and not packages:
            wanted.append(target)
        elif asked is None:
            reason = why_not or packages
            state.refuse(target.name, reason, f"{target.name} was not made: {reason}")
        elif why_not:
            raise InputError(f"--to {target.asked_as}: {why_not}.")
        else:
            raise MissingDependencyError(f"--to {target.asked_as}: {packages}.")
    return tuple(wanted)


def _impossible(target: Target, state: Run) -> str:
    """Why this source cannot become this target; empty where it can."""
    if target.name in RECOVERED:
        return "it is searched for: ask for it with --recover TOLERANCE"
    if target.name in CALIBRATED and not (target.name in INTEGER and calibrating.says_grids(state.model)):
        uncalibrated = calibrating.impossible(state.request)
        if uncalibrated:
            return uncalibrated
    places = {(state.request.out / f"{state.request.stem}{ending}").resolve() for ending in target.files}
    if state.request.model is not None and state.request.model.resolve() in places:
        return "it would be written over the model itself"
    if state.exported or (state.model is not None and state.model.suffix == ".onnx"):
        return ""
    if target.name == "onnx":
        return "only PyTorch and ONNX models become ONNX"
    asked = state.request.input_shapes or state.request.outputs
    if target.name in OPENVINO and asked:
        return "with --input-shape or --outputs only PyTorch and ONNX models become OpenVINO IR"
    return ""


def _source_packages(state: Run) -> tuple[str, ...]:
    """What reading and running the source model takes."""
    if state.exported:
        return ("torch", "onnx", "onnxruntime")
    suffix = state.model.suffix if state.model else ""
    return {".onnx": ("onnxruntime",), **dict.fromkeys((".pb", ".keras", ".h5", ""), ("tensorflow",))}.get(
        suffix, ()
    )
