"""The state of one conversion: what is still to be made, what is finished, and the manifest that grows with it."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from registry.errors import VerificationError
from registry.progress import Progress
from registry.types import Artifact, Blob, CalibrationRecord, Check, GraphStats, Manifest, Tensor
from zoo import answering, checking, hashing, remarks, signature, tooling, workspace
from zoo.checking import Reference
from zoo.references import Sets
from zoo.request import Request
from zoo.sources import Confirm
from zoo.targets import QUANTIZED, TARGETS, Target
from zoo.telling import Tell, unheard
from zoo.workspace import Workspace

if TYPE_CHECKING:
    from concurrent.futures import Future

    from converters.engine import Built
    from registry.fetch import Fetched


@dataclass(frozen=True)
class Trial:
    """A staged artifact that has been run, before it is judged. `answers` are under the names of `outputs`."""

    target: Target
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    answers: Sets
    parents: tuple[str, ...] = ()
    stats: GraphStats | None = None
    calibration: CalibrationRecord | None = None
    seconds: float = 0.0


@dataclass
class Run:
    """One conversion under way. Stages read and fill it; artifacts enter the manifest through `settle` alone."""

    request: Request
    workspace: Workspace
    progress: Progress
    confirm: Confirm
    wanted: tuple[Target, ...]
    tell: Tell = unheard
    inputs: dict[str, Blob] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    finished: dict[str, Artifact] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    fetched: "Fetched | None" = None
    model: Path | None = None
    """The file that the engine reads: the user's own, the card's, or the exported ONNX."""
    adapted: Path | None = None
    """A copy of that file with the shapes and outputs the user asked for, for everything but the engine."""
    ahead: "Future[Reference | None] | None" = None
    """The source model's answers on their way, computed beside the building of the graph."""
    reference: Reference | None = None
    noise_measured: bool = False
    quality: dict[str, float] = field(default_factory=dict)
    """SQNR in dB of the int8 artifact's float outputs on some of the calibration samples, once there are any."""
    built: "Built | None" = None
    _calibration: CalibrationRecord | None = None

    def wants(self, *names: str) -> bool:
        """Whether any of these targets still has to be made."""
        return any(target.name in names and target.name not in self.finished for target in self.wanted)

    def staged(self, target: Target) -> list[Path]:
        """Where a target's files are made: in the staging folder, under their final names."""
        return [self.workspace.staging / f"{self.request.stem}{ending}" for ending in target.files]

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def refuse(self, variant: str, reason: str, note: str) -> None:
        """A variant that nobody asked for by name and that this model cannot have."""
        self.note(note)
        self.tell(variant, "refused", reason)

    def resume(self) -> None:
        """Takes over what an earlier run finished from the same inputs, card and options with the same tools."""
        old = self.workspace.manifest()
        if old is None:
            return
        if (old.inputs, old.card, old.options) != (self.inputs, self.card, self.options):
            wanted = {target.name for target in self.wanted}
            left = [one.path for one in old.artifacts if one.target not in wanted]
            if left:
                self.note(
                    f"of an earlier conversion of other inputs or options, no longer described: {', '.join(left)}"
                )
            return
        again = {target.name for target in self.wanted} if self.request.force else set()
        current = [
            one
            for one in old.artifacts
            if one.target not in again
            and one.tools == self.tools(one.target)
            and one.calibration == self._calibration_now(one)
        ]
        for artifact in workspace.intact(self.request.out, current):
            self.finished[artifact.target] = artifact
            if any(target.name == artifact.target for target in self.wanted):
                self.tell(artifact.target, "already_done")
        for text in old.notes:
            self.note(text)

    def settle(self, trials: Sequence[Trial]) -> None:
        """Publishes what passes; what does not gets its second look."""
        self.look_again([trial for trial in trials if not self.finish_if_right(trial)])

    def look_again(self, failed: Sequence[Trial]) -> None:
        """A check may fail because the source model itself is ill-conditioned: its own rounding is measured, once, and allowed for.

        What still fails stays out.
        """
        if failed:
            self._measure_noise()
        for trial in failed:
            if not self.finish_if_right(trial):
                bad = next(check for check in self._checks(trial) if not check.passed)
                self.failed[trial.target.name] = _failure(trial.target, bad)
                self.tell(trial.target.name, "failed", self.failed[trial.target.name])

    def finish_if_right(self, trial: Trial) -> bool:
        """Puts a staged artifact in its place and into the manifest, if all its checks pass."""
        checks = self._checks(trial)
        if not all(check.passed for check in checks):
            return False
        paths = self.staged(trial.target)
        parts = hashing.blobs(paths)
        made = Artifact(
            target=trial.target.name,
            path=paths[0].name,
            sha256=workspace.artifact_hash(parts),
            size=sum(part.size for part in parts),
            inputs=trial.inputs,
            outputs=trial.outputs,
            parents=trial.parents,
            tools=self.tools(trial.target.name),
            checks=checks,
            stats=trial.stats,
            calibration=trial.calibration,
            seconds=round(trial.seconds, 3),
        )
        self.workspace.publish(paths[::-1], self.manifest({**self.finished, made.target: made}))
        self.finished[made.target] = made
        self.tell(made.target, "done")
        if made.target in QUANTIZED and (remark := remarks.quiet(made, self.quality)):
            self.note(remark)
        return True

    def _checks(self, trial: Trial) -> tuple[Check, ...]:
        allowed = checking.tolerance(self.request.card, trial.target.name)
        return checking.compare(trial.answers, trial.outputs, self.answers, allowed)

    def _measure_noise(self) -> None:
        """How far float32 rounding alone moves the source model's answers; kept with them."""
        if self.answers.noise or self.noise_measured or self.model is None:
            return
        self.noise_measured = True
        self.progress("measuring the source model's own rounding")
        found = checking.noise(self.adapted or self.model, self.answers, *self.grids)
        self.reference = replace(self.answers, noise=found)
        answering.keep_noise(self.reference.noise, self.key)

    @property
    def source(self) -> Path:
        """The model file."""
        if self.model is None:
            raise RuntimeError("the model is asked for before it is there")
        return self.model

    @property
    def as_asked(self) -> Path:
        """The model file with the shapes and outputs that were asked for."""
        return self.adapted or self.source

    @property
    def graph(self) -> "Built":
        if self.built is None:
            raise RuntimeError("the graph is asked for before it is built")
        return self.built

    @property
    def ends(self) -> signature.Ends:
        """What samples and answers are named after."""
        return signature.ends(self.built, self.as_asked, self.request.input_shapes)

    @property
    def grids(self) -> signature.Ends:
        """The same of a source whose file may store integers; of another nothing."""
        return self.ends if self.as_asked.suffix == ".tflite" else ((), ())

    @property
    def answers(self) -> Reference:
        if self.reference is None:
            raise RuntimeError("the source model's answers are asked for before they are there")
        return self.reference

    @property
    def exported(self) -> bool:
        """Whether the model comes through PyTorch's exporter."""
        card, model = self.request.card, self.request.model
        return (card is not None and card.entry.model is None) or (
            model is not None and model.suffix == ".pt2"
        )

    @property
    def key(self) -> str:
        """The hash of what decides the source model's answers."""
        return key(self.inputs, self.card, self.options)

    def complain(self) -> None:
        """Raises VerificationError where an artifact failed its check."""
        if self.failed:
            first, *others = self.failed.items()
            more = f"; so do {', '.join(name for name, _ in others)}" if others else ""
            raise VerificationError(f"{first[1]}{more}; nothing of that was kept.")

    def manifest(self, finished: dict[str, Artifact] | None = None) -> Manifest:
        """What the output folder holds once `finished` (those there are, by default) are in it."""
        by_target = self.finished if finished is None else finished
        made = tuple(by_target[target.name] for target in TARGETS if target.name in by_target)
        tools: dict[str, str] = {}
        for artifact in made:
            tools |= artifact.tools
        return Manifest(
            name=self.request.name,
            card=self.card,
            inputs=self.inputs,
            options=self.options,
            tools=tools,
            artifacts=made,
            notes=tuple(self.notes),
        )

    @functools.cached_property
    def card(self) -> dict[str, Any]:
        """The card as the manifest holds it; empty for a model file."""
        return dict(msgspec.json.decode(msgspec.json.encode(self.request.card))) if self.request.card else {}

    @functools.cached_property
    def options(self) -> dict[str, Any]:
        """What besides the inputs decides the artifacts and their checks. Targets do not: each is made or not."""
        request = self.request
        return {
            "input_shapes": {name: list(shape) for name, shape in sorted(request.input_shapes.items())},
            "keep_nchw": sorted(request.keep_nchw),
            "outputs": list(request.outputs),
            "replace_swish": request.replace_swish,
            "replace_hard_swish": request.replace_hard_swish,
            "unroll_loops": request.unroll_loops,
            "dynamic_batch": request.dynamic_batch,
            "data": hashing.blob(request.data).sha256 if request.data else "",
            "limit": request.limit or 0,
        }

    def _calibration_now(self, artifact: Artifact) -> CalibrationRecord | None:
        """What an artifact would be calibrated on today; its samples are read and hashed for it."""
        from zoo import calibrating

        wanted = any(target.name == artifact.target for target in self.wanted)
        if artifact.calibration is None or artifact.calibration == calibrating.OWN_SCALES or not wanted:
            return artifact.calibration
        if calibrating.impossible(self.request):
            return None
        if self._calibration is None:
            found = calibrating.samples(self.request, artifact.inputs)
            for _ in found:
                pass
            self._calibration = found.record
        old = artifact.calibration
        if old.method == calibrating.NNCF:
            return calibrating.by_nncf(self._calibration)
        if old.chosen and self._calibration.method == calibrating.AUTO:  # the same samples choose the same
            return msgspec.structs.replace(self._calibration, method=old.method, chosen=True)
        return self._calibration

    def tools(self, target: str) -> dict[str, str]:
        return tooling.versions(target, self.exported)


def key(inputs: dict[str, Blob], card: dict[str, Any], options: dict[str, Any]) -> str:
    """The hash of what decides the source model's answers; a manifest has all of it."""
    return hashing.digest([{name: blob.sha256 for name, blob in inputs.items()}, card, options])


def _failure(target: Target, check: Check) -> str:
    reason = f": {check.reason}" if check.reason else ""
    return (
        f"{target.name}: output `{check.output}` differs from the source model on {check.inputs} by max absolute "
        f"{check.max_absolute:.3g}, max relative {check.max_relative:.3g}, cosine {check.cosine:.6f}, "
        f"SNR {check.snr_db:.1f} dB{reason}"
    )
