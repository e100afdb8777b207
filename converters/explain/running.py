"""LiteRT on a file as it is with every tensor kept, on its operators one by one, and with an error added somewhere inside."""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import flatbuffers
import numpy as np

from converters.explain.tables import Array, Tables
from converters.quiet import hushed
from registry.errors import ConversionError

_BYTES = 64 << 20
"""Operands and results that one piece of a cut model holds at most."""


class Recording:
    """An interpreter that keeps every tensor. `run` feeds stored values by tensor number; `value` reads any tensor after it."""

    def __init__(
        self, content: bytes, what: str, *, keep: bool = True, delegate: bool = False, threads: int = 2
    ) -> None:
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        self.what = what
        resolver = OpResolverType.AUTO if delegate else OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        try:
            with hushed():
                self.interpreter = Interpreter(
                    model_content=content,
                    experimental_preserve_all_tensors=keep,
                    experimental_op_resolver_type=resolver,
                    num_threads=threads,
                )
                self.interpreter.allocate_tensors()
        except Exception as error:
            raise ConversionError(f"LiteRT does not load {what}: {_line(error)}") from error
        self.details = {one["index"]: one for one in self.interpreter.get_input_details()}

    def run(self, values: Mapping[int, Array]) -> None:
        """Raises ConversionError where LiteRT refuses the values or fails on them."""
        try:
            resized = [
                (index, values[index].shape)
                for index, detail in self.details.items()
                if index in values and tuple(detail["shape"]) != values[index].shape
            ]
            for index, shape in resized:
                self.interpreter.resize_tensor_input(index, shape)
            if resized:
                self.interpreter.allocate_tensors()
                self.details = {one["index"]: one for one in self.interpreter.get_input_details()}
            for index, detail in self.details.items():
                if index in values:
                    self.interpreter.set_tensor(
                        index, np.ascontiguousarray(values[index], dtype=detail["dtype"])
                    )
            self.interpreter.invoke()
        except Exception as error:
            raise ConversionError(f"LiteRT does not run {self.what}: {_line(error)}") from error

    def value(self, index: int) -> Array | None:
        """A copy; None for a tensor that no memory was given (it was never computed, or came out empty)."""
        try:
            return np.array(self.interpreter.get_tensor(index))
        except (ValueError, RuntimeError):
            return None


class Apart:
    """A model in which every operator stands alone: its operands are inputs, its results outputs. One run gives each operator's result
    on operands of one's choice, by the runtime's own kernels."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.constant = _derived(tables)
        self.pieces = [_piece(tables, group, self.constant) for group in self._groups()]
        self.kept: list[Recording | None] = [None] * len(self.pieces)

    def run(self, operand: Callable[[int], Array | None]) -> Iterator[tuple[int, Array]]:
        """(tensor number, what its operator makes of its operands) for every result; `operand` gives stored values by tensor number."""
        for number, (content, results) in enumerate(self.pieces):
            recording = self.kept[number] or Recording(
                content, f"the single operators of {self.tables.path.name}", keep=False
            )
            if len(self.pieces) == 1:
                self.kept[number] = recording
            given = {index: operand(index) for index in recording.details}
            recording.run({index: value for index, value in given.items() if value is not None})
            del given
            for index, twin in results.items():
                value = recording.value(twin)
                if value is not None:
                    yield index, value

    def _groups(self) -> Iterator[list[int]]:
        """Operators in pieces whose operands and results fit into memory."""
        group: list[int] = []
        room = _BYTES
        for one in self.tables.operators:
            if all(index in self.constant for index in one.outputs):
                continue
            size = sum(_bytes(self.tables, index) for index in {*one.inputs, *one.outputs} if index >= 0)
            if group and size > room:
                yield group
                group, room = [], _BYTES
            group.append(one.index)
            room -= size
        if group:
            yield group


class Disturbed:
    """A float model with a place at some of its tensors where an error can be added before anybody reads them."""

    def __init__(self, tables: Tables, places: Sequence[int]) -> None:
        content, self.deltas = _with_places(tables, places)
        self.recording = Recording(content, tables.path.name, keep=False, delegate=True)
        self.outputs = [int(one["index"]) for one in self.recording.interpreter.get_output_details()]
        self.clean: set[int] = set()

    def run(
        self, given: Mapping[int, Array], place: int | None = None, delta: Array | None = None
    ) -> list[Array]:
        """The outputs, with `delta` added at tensor `place`."""
        values = dict(given)
        for index, number in self.deltas.items():
            if index == place and delta is not None:
                values[number] = delta
                self.clean.discard(number)
            elif number not in self.clean:
                values[number] = np.zeros(self.recording.details[number]["shape"], np.float32)
                self.clean.add(number)
        self.recording.run(values)
        return [np.array(self.recording.interpreter.get_tensor(index)) for index in self.outputs]


def _with_places(tables: Tables, places: Sequence[int]) -> tuple[bytes, dict[int, int]]:
    """(the model with an ADD behind each of the tensors, tensor → number of the input that is added to it)."""
    from ai_edge_litert import schema_py_generated as schema

    model, graph = copy.copy(tables.model), copy.copy(tables.model.subgraphs[0])
    graph.tensors, graph.operators = list(graph.tensors), []
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.ADD
    code.version = 1
    model.operatorCodes = [*model.operatorCodes, code]
    sums: dict[int, int] = {}
    deltas: dict[int, int] = {}

    def twin(index: int, ending: str) -> int:
        tensor = copy.copy(graph.tensors[index])
        tensor.name, tensor.buffer = f"{tables.tensors[index].name}/{ending}", 0
        graph.tensors.append(tensor)
        return len(graph.tensors) - 1

    def add(index: int) -> None:
        deltas[index], sums[index] = twin(index, "delta"), twin(index, "disturbed")
        operator = schema.OperatorT()
        operator.opcodeIndex = len(model.operatorCodes) - 1
        operator.inputs = np.array([index, deltas[index]], np.int32)
        operator.outputs = np.array([sums[index]], np.int32)
        operator.builtinOptionsType = schema.BuiltinOptions.AddOptions
        operator.builtinOptions = schema.AddOptionsT()
        graph.operators.append(operator)

    for index in places:
        if index in tables.inputs:
            add(index)
    for source, one in zip(tables.model.subgraphs[0].operators, tables.operators, strict=True):
        renamed = copy.copy(source)
        renamed.inputs = np.array([sums.get(index, index) for index in one.inputs], np.int32)
        graph.operators.append(renamed)
        for index in one.outputs:
            if index in places:
                add(index)
    graph.inputs = np.array([*tables.inputs, *deltas.values()], np.int32)
    graph.outputs = np.array([sums.get(index, index) for index in tables.outputs], np.int32)
    model.subgraphs = [graph, *tables.model.subgraphs[1:]]
    model.signatureDefs, model.metadata, model.metadataBuffer = [], [], []
    return packed(model), deltas


def _piece(tables: Tables, group: list[int], constant: set[int]) -> tuple[bytes, dict[int, int]]:
    """(a .tflite of these operators apart, number of a result → number of its copy there)."""
    model, graph = copy.copy(tables.model), copy.copy(tables.model.subgraphs[0])
    graph.tensors, graph.operators = list(graph.tensors), []
    inputs: dict[int, None] = {}
    results: dict[int, int] = {}
    for one in tables.operators:
        source = tables.model.subgraphs[0].operators[one.index]
        if one.outputs and all(index in constant for index in one.outputs):
            graph.operators.append(source)
            continue
        if one.index not in group:
            continue
        apart = copy.copy(source)
        for index in one.inputs:
            if index >= 0 and index not in constant and not tables.tensors[index].is_variable:
                inputs[index] = None
        for index in one.outputs:
            twin = copy.copy(graph.tensors[index])
            twin.name = f"{tables.tensors[index].name}/apart"
            results[index] = len(graph.tensors)
            graph.tensors.append(twin)
        apart.outputs = np.array([results[index] for index in one.outputs], np.int32)
        graph.operators.append(apart)
    graph.inputs = np.array(list(inputs), np.int32)
    graph.outputs = np.array(list(results.values()), np.int32)
    model.subgraphs = [graph, *tables.model.subgraphs[1:]]
    model.signatureDefs, model.metadata, model.metadataBuffer = [], [], []
    return packed(model), results


def packed(model: Any) -> bytes:
    """The bytes of an object tree."""
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _derived(tables: Tables) -> set[int]:
    """Constants, and what is computed from constants alone (float16 weights behind their DEQUANTIZE)."""
    found = {
        one.index
        for one in tables.tensors
        if one.data is not None or (tables.model.buffers[_buffer(tables, one.index)].data is not None)
    }
    for one in tables.operators:
        if one.inputs and all(index < 0 or index in found for index in one.inputs):
            found.update(one.outputs)
    return found


def _buffer(tables: Tables, index: int) -> int:
    return int(tables.model.subgraphs[0].tensors[index].buffer)


def _bytes(tables: Tables, index: int) -> int:
    return 4 * int(np.prod([max(n, 1) for n in tables.tensors[index].shape], dtype=np.int64))


def _line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:300] if lines else type(error).__name__
