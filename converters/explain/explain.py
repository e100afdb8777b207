"""A quantized .tflite beside the float one, on real samples: every layer's error, whole and its own, and what is alarming about it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

from converters.explain.alarms import Alarm, Facts, alarms
from converters.explain.alignment import Alignment, align
from converters.explain.layers import Layer, layer_of
from converters.explain.running import Apart, Recording
from converters.explain.sums import TensorSum
from converters.explain.tables import Array, Tables, TensorRow, read_tables
from registry.errors import InputError
from registry.progress import Progress, silent

Sample = Mapping[str, Array]
"""The float file's inputs by name, as it takes them."""


class OutputError(msgspec.Struct, frozen=True, kw_only=True):
    """One output of the model over all samples."""

    name: str
    sqnr_db: float
    relative_rmse: float


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """Layers by harm, the worst first."""

    quantized: str
    reference: str
    samples: int
    outputs: tuple[OutputError, ...]
    alarms: tuple[Alarm, ...]
    layers: tuple[Layer, ...]
    unmatched: tuple[str, ...] = ()
    """Results of the quantized file that stand for none of the float file."""


def explain(
    quantized: Path, reference: Path, samples: Sequence[Sample], progress: Progress = silent
) -> Explained:
    """Both files run in LiteRT without delegates on `samples`, every tensor kept; then what the worst layers do to the outputs.

    Raises InputError where the files do not belong together or a sample does not fit, ConversionError where LiteRT refuses a file.
    """
    from converters.explain import harm

    compared = Comparison(quantized, reference).over(samples, progress)
    guilty = harm.worst(compared.facts().layers)
    return compared.explained(harm.measure(compared, guilty, samples[: harm.SAMPLES], progress))


class Comparison:
    """Both files open side by side; `over` adds samples."""

    def __init__(self, quantized: Path, reference: Path) -> None:
        self.ours, self.theirs = read_tables(quantized), read_tables(reference)
        self.alignment = _together(self.ours, self.theirs)
        self.actual = Recording(_bytes(quantized), quantized.name)
        self.expected = Recording(_bytes(reference), reference.name)
        self.apart = Apart(self.ours)
        self.totals = {
            index: TensorSum(self.ours.tensors[index].grid if self.ours.tensors[index].is_quantized else None)
            for index in self.alignment.tensors
        }
        for one in self.ours.operators:
            if one.op == "SOFTMAX" and one.outputs[0] in self.totals:
                self.totals[one.outputs[0]].watches_rows = True
        self.samples = 0

    def over(self, samples: Iterable[Sample], progress: Progress = silent) -> "Comparison":
        for sample in samples:
            progress("comparing layer by layer", self.samples)
            self.add(sample)
            self.samples += 1
        if not self.samples:
            raise InputError("There are no samples to compare on.")
        return self

    def add(self, sample: Sample) -> None:
        fed = given(self.theirs, sample)
        self.expected.run(fed)
        self.actual.run(self._quantized(fed))
        compared = set()
        for tensor in self._activations():
            stored = self.actual.value(tensor.index)
            wanted = self._wanted(tensor)
            if stored is not None and wanted is not None and wanted.shape == stored.shape:
                compared.add(tensor.index)
                self.totals[tensor.index].add(wanted, stored)
        self._alone(compared)

    def _wanted(self, tensor: TensorRow) -> Array | None:
        """The float model's values of a tensor of the quantized one; None where it has none or they are no floats."""
        partner = self.alignment.tensors.get(tensor.index)
        wanted = self.expected.value(partner) if partner is not None else None
        return wanted if wanted is not None and wanted.dtype == np.float32 else None

    def own(self, fed: Mapping[int, Array], chosen: set[int]) -> Iterator[tuple[int, Array]]:
        """(tensor, stored values) that the chosen results' operators make of the float model's operands; both files run on `fed`."""
        self.expected.run(fed)
        self.actual.run(self._quantized(fed))
        compared = {one.index for one in self._activations() if self._wanted(one) is not None}
        for index in self.ours.inputs:
            stored = self.actual.value(index) if index in chosen & compared else None
            if stored is not None:
                yield index, stored
        yield from ((index, stored) for index, stored in self._apart(compared) if index in chosen & compared)

    def _apart(self, compared: set[int]) -> Iterator[tuple[int, Array]]:
        """Results of every operator all of whose operands are known from the float model, on these."""

        def operand(index: int) -> Array | None:
            tensor = self.ours.tensors[index]
            wanted = self._wanted(tensor) if index in compared else None
            return self.actual.value(index) if wanted is None else as_stored(tensor, wanted)

        known = {i for one in self.ours.operators for i in one.outputs if self._knows(one.inputs, compared)}
        return ((index, stored) for index, stored in self.apart.run(operand) if index in known)

    def _alone(self, compared: set[int]) -> None:
        for index, stored in self._apart(compared):
            wanted = self._wanted(self.ours.tensors[index]) if index in compared else None
            if wanted is not None and stored.shape == wanted.shape:
                value = real(self.ours.tensors[index], stored)
                if not (np.isfinite(wanted).all() and np.isfinite(value).all()):
                    value = np.where(np.isfinite(wanted), np.nan_to_num(value), np.float32(0))
                    wanted = np.nan_to_num(wanted, posinf=0, neginf=0)
                self.totals[index].alone.add(wanted, value)

    def _knows(self, inputs: tuple[int, ...], compared: set[int]) -> bool:
        return all(
            index < 0
            or index in compared
            or index in self.apart.constant
            or not _is_real(self.ours.tensors[index])
            for index in inputs
        )

    def _activations(self) -> Iterable[TensorRow]:
        written = {index for one in self.ours.operators for index in one.outputs} | set(self.ours.inputs)
        return (self.ours.tensors[i] for i in sorted(written) if i not in self.apart.constant)

    def _quantized(self, fed: Mapping[int, Array]) -> dict[int, Array]:
        """The float file's inputs as the quantized file takes them."""
        found = {}
        for index in self.ours.inputs:
            partner = self.alignment.tensors[index]
            tensor = self.ours.tensors[index]
            found[index] = as_stored(tensor, fed[partner])
        return found

    def facts(self) -> Facts:
        """All that the alarms look at."""
        results = [(None, index) for index in self.ours.inputs if self.ours.tensors[index].is_quantized]
        results += [(one, index) for one in self.ours.operators for index in one.outputs]  # type: ignore[misc]
        rows = [
            layer_of(
                one, self.ours.tensors[index], self.totals[index], self.ours, self.theirs, self.alignment
            )
            for one, index in results
            if index in self.totals and self.totals[index].error.count
        ]
        return Facts(self.ours, self.theirs, self.alignment, self.totals, tuple(rows))

    def explained(self, harm: Mapping[int, float] | None = None) -> Explained:
        """`harm`: tensor's number → relative RMSE at the outputs, where it was measured."""
        facts = self.facts()
        measured = harm or {}
        rows = [msgspec.structs.replace(row, harm=measured.get(row.tensor)) for row in facts.layers]
        rows.sort(key=lambda row: (row.harm is None, -_finite(row.order), row.index))
        outputs = tuple(
            OutputError(
                name=name,
                sqnr_db=self.totals[index].error.sqnr_db,
                relative_rmse=self.totals[index].error.relative_rmse,
            )
            for name, index in zip(self.ours.output_names, self.ours.outputs, strict=True)
            if index in self.totals
        )
        unmatched = tuple(
            self.ours.tensors[index].name
            for one in self.ours.operators
            for index in one.outputs
            if index not in self.alignment.tensors and index not in self.apart.constant
        )
        return Explained(
            quantized=self.ours.path.name,
            reference=self.theirs.path.name,
            samples=self.samples,
            outputs=outputs,
            alarms=alarms(facts),
            layers=tuple(rows),
            unmatched=unmatched,
        )


def given(tables: Tables, sample: Sample) -> dict[int, Array]:
    """A sample under the file's tensor numbers. Raises InputError for a missing input or another shape."""
    found = {}
    for index, name in zip(tables.inputs, tables.input_names, strict=True):
        tensor = tables.tensors[index]
        array = sample.get(name, sample.get(tensor.name))
        if array is None and len(sample) == len(tables.inputs) == 1:
            array = next(iter(sample.values()))
        if array is None:
            raise InputError(
                f"A sample has no array for input `{name}` of {tables.path.name}; it has {', '.join(sample)}."
            )
        signature = tables.model.subgraphs[0].tensors[index].shapeSignature
        shape = tuple(signature) if signature is not None and len(signature) else tensor.shape
        if len(array.shape) != len(shape) or any(
            n not in (-1, m) for n, m in zip(shape, array.shape, strict=True)
        ):
            raise InputError(
                f"Input `{name}` of {tables.path.name} takes shape {[int(n) for n in shape]}, the sample has {list(array.shape)}."
            )
        found[index] = array
    return found


def real(tensor: TensorRow, stored: Array) -> Array:
    """What stored values stand for, float32."""
    return tensor.grid.real(stored) if tensor.grid is not None and tensor.is_quantized else stored


def as_stored(tensor: TensorRow, values: Array) -> Array:
    """Real values as the tensor stores them."""
    dtype = np.dtype(tensor.dtype)
    if tensor.grid is not None and tensor.is_quantized:
        return tensor.grid.stored(values, dtype)
    return values.astype(dtype)


def _together(ours: Tables, theirs: Tables) -> Alignment:
    alignment = align(ours, theirs)
    lost = [ours.tensors[index] for index in ours.inputs if index not in alignment.tensors]
    if lost:
        raise InputError(
            f"{ours.path.name} and {theirs.path.name} do not belong together: input `{lost[0].name}` {list(lost[0].shape)} of the one "
            f"is none of the other's ({', '.join(theirs.input_names)})."
        )
    if not set(ours.outputs) & set(alignment.tensors):
        raise InputError(
            f"{ours.path.name} and {theirs.path.name} do not belong together: no output of the one is one of the other's."
        )
    return alignment


def _is_real(tensor: TensorRow) -> bool:
    return tensor.is_float or tensor.is_quantized


def _finite(value: float) -> float:
    return value if np.isfinite(value) else np.finfo(np.float64).max


def _bytes(path: Path) -> bytes:
    return path.read_bytes()
