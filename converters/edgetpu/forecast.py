"""What `edgetpu_compiler` would map of a .tflite, operator by operator and in its words, without it.

The order of the checks is the compiler's, as its logs show: the whole model first (readable versions, static
shapes), then each operator on its own (rank, data types, support, limits), then partitions: only the first is compiled, unless all
are asked for.
"""

from dataclasses import dataclass
from pathlib import Path

from converters.edgetpu import conditions
from converters.edgetpu.facts import activations, data_inputs, facts
from converters.edgetpu.model import Model, Operator, read
from converters.edgetpu.partition import partitions
from converters.edgetpu.rules import Failure, Rules, Word, load
from registry.errors import InputError


@dataclass(frozen=True)
class Verdict:
    """One operator: `index` in the file's list, the compiler's words, its first result's name, what to change if it is not mapped."""

    index: int
    op: str
    mapped: bool
    reason: str
    name: str
    custom: str = ""
    advice: str = ""


@dataclass(frozen=True)
class Advice:
    """What to change, for which operators."""

    what: str
    ops: tuple[int, ...]
    source: str


@dataclass(frozen=True)
class Forecast:
    """`partitions` counts the pieces that are compiled, `possible_partitions` those that the graph falls into.

    `parameter_bytes` are the mapped operators' constants; `on_chip_bytes` of them stay in the chip's memory, `streamed_bytes` are
    sent again for each inference. `failure` is what the compiler says where it refuses the whole model, `too_new_ops` the operators
    it cannot read.
    """

    compiler: str
    total: int
    mapped: int
    partitions: int
    possible_partitions: int
    parameter_bytes: int
    on_chip_bytes: int
    streamed_bytes: int
    first_break: int | None
    too_new_ops: tuple[str, ...]
    failure: str
    advice: tuple[Advice, ...]
    ops: tuple[Verdict, ...]


def forecast(path: Path, compiler: str = "16.0", all_partitions: bool = False) -> Forecast:
    """The forecast for a .tflite file.

    Raises InputError for a file that is none, is damaged, or was compiled for the Edge TPU already, and for a compiler without rules.
    """
    rules = load()
    if compiler != rules.compiler:
        raise InputError(
            f"there are rules for compiler {rules.compiler}, not for {compiler}; leave out --compiler"
        )
    model = read(path)
    if model.is_compiled:
        raise InputError(
            f"`{path}` was compiled for the Edge TPU already; give the .tflite that it was made from"
        )
    return judge(model, rules, all_partitions)


def judge(model: Model, rules: Rules, all_partitions: bool = False) -> Forecast:
    """The forecast for a model by these rules."""
    too_new = tuple(one for one in model.operators if _is_too_new(one, rules))
    failed = _failure(model, rules, too_new)
    found = [_alone(model, one, rules) for one in model.operators]
    pieces = [] if failed else partitions(model.operators, [word == "mapped" for word, _, _ in found])
    chosen = pieces if all_partitions else pieces[:1]
    kept = {index for piece in chosen for index in piece}
    verdicts = tuple(
        _verdict(model, one, index in kept, word, advice, failed, rules)
        for index, (one, (word, advice, _)) in enumerate(zip(model.operators, found, strict=True))
    )
    total, cached = _memory(model, [model.operators[index] for index in sorted(kept)], rules)
    return Forecast(
        compiler=rules.compiler,
        total=len(verdicts),
        mapped=len(kept),
        partitions=len(chosen),
        possible_partitions=len(pieces),
        parameter_bytes=total,
        on_chip_bytes=cached,
        streamed_bytes=total - cached,
        first_break=next((one.index for one in verdicts if not one.mapped), None),
        too_new_ops=tuple(dict.fromkeys(f"{one.op} v{one.version}" for one in too_new)),
        failure=failed[0] if failed else "",
        advice=_advice(model, found, failed, too_new, rules),
        ops=verdicts,
    )


def _verdict(
    model: Model,
    one: Operator,
    mapped: bool,
    word: Word,
    advice: str,
    failed: tuple[str, Failure] | None,
    rules: Rules,
) -> Verdict:
    if _is_too_new(one, rules):
        reason = rules.words["version"]
    elif word == "mapped" and not mapped:
        reason = failed[0] if failed else rules.words["subgraph"]
    else:
        reason = rules.words[word]
    name = model.tensors[one.outputs[0]].name if one.outputs and one.outputs[0] >= 0 else ""
    return Verdict(one.index, one.op, mapped, reason, name, one.custom, advice)


def _alone(model: Model, one: Operator, rules: Rules) -> tuple[Word, str, str]:
    """What the compiler says of an operator by itself, the advice, and where that is known from."""
    flowing = activations(model, one)
    if any(size > 1 for tensor in flowing for size in tensor.shape[: -rules.innermost]):
        return "rank", "only the three innermost dimensions may exceed 1: use batch 1", "models-intro"
    known = rules.operators.get(one.op)
    instead = rules.instead.get(one.op)
    strange = {tensor.dtype for tensor in flowing} - rules.mapped_types
    if strange and not (known and one.op == "QUANTIZE"):
        if instead:
            return "dtype", instead.advice, instead.source
        return "dtype", f"its tensors must be int8 or uint8, not {min(strange)}", "models-intro"
    if known is None:
        if instead:
            return "unsupported", instead.advice, instead.source
        return "unsupported", "compute it before or after the model", "models-intro"
    own = facts(model, one, rules.mapped_types)
    for limit in known.limits:
        if conditions.holds(limit.condition, own):
            return limit.say, limit.advice, limit.source
    return "mapped", "", known.source


def _failure(model: Model, rules: Rules, too_new: tuple[Operator, ...]) -> tuple[str, Failure] | None:
    """The words of what fails the compile as a whole, and what is known about it."""
    failures = rules.failures
    if too_new:
        one = too_new[0]
        return failures.version.words.format(op=one.op, version=one.version), failures.version
    for one in model.operators:
        if one.custom and one.custom not in rules.custom:
            return failures.custom.words.format(op=one.custom), failures.custom
    if _is_dynamic(model, rules):
        return failures.dynamic.words, failures.dynamic
    return None


def _is_too_new(one: Operator, rules: Rules) -> bool:
    return one.op != "CUSTOM" and (
        one.code > rules.versions.newest_builtin or one.version > rules.newest(one.op)
    )


def _is_dynamic(model: Model, rules: Rules) -> bool:
    if any(size < 0 for tensor in model.tensors for size in tensor.shape):
        return True
    for one in model.operators:
        for place in rules.static.get(one.op, ()):
            if (
                place < len(one.inputs)
                and one.inputs[place] >= 0
                and not model.tensors[one.inputs[place]].is_constant
            ):
                return True
    return False


def _memory(model: Model, mapped: list[Operator], rules: Rules) -> tuple[int, int]:
    """(bytes of the constants, of which stay on the chip): operators in order, each whole where it still fits."""
    left = rules.memory.on_chip_bytes
    seen: set[int] = set()
    total = cached = 0
    for one in mapped:
        own = {i for i in data_inputs(one) if model.tensors[i].is_constant} - seen
        size = sum(model.tensors[i].nbytes for i in own)
        seen |= own
        total += size
        if size <= left:
            left -= size
            cached += size
    return total, cached


def _advice(
    model: Model,
    found: list[tuple[Word, str, str]],
    failed: tuple[str, Failure] | None,
    too_new: tuple[Operator, ...],
    rules: Rules,
) -> tuple[Advice, ...]:
    """What to change, the earliest operator first."""
    if model.operators and not any(
        tensor.dtype in rules.mapped_types for one in model.operators for tensor in activations(model, one)
    ):
        return (Advice(rules.unquantized.advice, (), rules.unquantized.source),)
    if failed:
        return (Advice(failed[1].advice, tuple(one.index for one in too_new), failed[1].source),)
    places: dict[tuple[str, str], list[int]] = {}
    for index, (word, advice, source) in enumerate(found):
        if word != "mapped":
            places.setdefault((advice, source), []).append(index)
    return tuple(Advice(what, tuple(ops), source) for (what, source), ops in places.items())
