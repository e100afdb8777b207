"""The part of a README that says how the files are used: their tensors, the preparation of inputs, and listings that do both."""

from collections.abc import Sequence

from registry.types import Tensor
from zoo.publish import ports, usage_cpp, usage_kotlin, usage_python
from zoo.publish.escaping import code, listing, markdown, table
from zoo.publish.model import Model
from zoo.publish.preparation import TYPES, levels, recipe, resizing
from zoo.publish.shipped import what
from zoo.report import Table
from zoo.targets import TFLITE

_SHOWN = ("float32", "float16", "dynamic_range", "int8", "weight_only_int8", "weight_only_int4", "int16x8")
_INTEGER = ("full_int8", "full_uint8", "full_int16x8", "edgetpu")
"""Variants for the listings, by preference: one with float inputs, one with integers."""


def ports_of(model: Model) -> list[str]:
    """Inputs and outputs of every .tflite, with what a program needs to know of them; variants that have the same stand together."""
    alike: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for artifact in model.artifacts:
        if artifact.target not in TFLITE:
            continue
        sides = [("in", *_tensor(one.tensor, one.layout)) for one in ports.inputs(model.card, artifact)]
        sides += [("out", *_tensor(one.tensor, "")) for one in ports.outputs(model.card, artifact)]
        alike.setdefault(tuple(sides), []).append(code(artifact.target))
    rows = [(", ".join(variants), *side) for sides, variants in alike.items() for side in sides]
    if not rows:
        return []
    columns = ("variants", "", "tensor", "type", "shape", "axes", "permutation", "scale", "zero point")
    lines = ["## Inputs and outputs", "", *table(Table(columns, tuple(rows)), tuple(range(9))), ""]
    lines += [
        "Axis *i* of a tensor is axis `permutation[i]` of the source model's. With a scale, real = scale * (stored - zero point).",
        "",
    ]
    if any(-1 in one.shape for artifact in model.artifacts for one in artifact.inputs):
        lines += [
            "An axis of size -1 is open: a file begins with 1 there, `resize_tensor_input` sets another size.",
            "",
        ]
    return lines + _preparation(model)


def _tensor(one: Tensor, layout: str) -> tuple[str, ...]:
    scale = (repr(one.scale), str(one.zero_point)) if one.scale else ("", "")
    permutation = (
        "" if list(one.permutation) == sorted(one.permutation) else " ".join(map(str, one.permutation))
    )
    return code(one.name), markdown(one.dtype), " × ".join(map(str, one.shape)), layout, permutation, *scale  # noqa: RUF001


def _preparation(model: Model) -> list[str]:
    lines = []
    if model.card is None:
        return ["How its inputs are prepared is not known: the model was converted without a card.", ""]
    for port in ports.inputs(model.card, model.artifacts[0]):
        one, spec = recipe(port), port.spec
        if spec is None:
            continue
        said = [f"{one.color}, {resizing(one)}"] if one.image else []
        said += (
            ["divided by its largest value"]
            if one.divide_by == "max"
            else [f"divided by {one.divide_by:g}"]
            if one.divide_by != 1
            else []
        )
        said += [f"minus {_numbers(one.mean)}"] if any(one.mean) else []
        said += [f"divided by {_numbers(one.std)}"] if set(one.std) != {1.0} else []
        said += [f"which gives {spec.range[0]:g} to {spec.range[1]:g}"] if spec.range else []
        top = levels(port)
        said += (
            [f"from pictures whose largest level is {top:g}"]
            if top is not None and abs(top - 255) > 8
            else []
        )
        lines.append(f"- {code(spec.name)}: {markdown('; '.join(said) or 'as it is')}")
    meanings = [
        f"- {code(one.name)}: {markdown(one.meaning)}"
        for one in model.card.outputs
        if one.keep and one.meaning
    ]
    return ["Preparation:", "", *lines, "", *(["Meaning:", "", *meanings, ""] if meanings else [])]


def _numbers(values: Sequence[float]) -> str:
    return (
        ", ".join(f"{one:g}" for one in dict.fromkeys(values))
        if len(set(values)) == 1
        else ", ".join(f"{one:g}" for one in values)
    )


def listings(model: Model) -> list[str]:
    """Whole programs for one variant with float inputs and one with integers, where there are both."""
    by_target = {one.target: one for one in model.artifacts}
    chosen = [
        next((by_target[one] for one in family if one in by_target), None) for family in (_SHOWN, _INTEGER)
    ]
    found = [one for one in chosen if one is not None]
    lines = ["## Usage", ""] if found else []
    for artifact in found:
        strange = [one.dtype for one in (*artifact.inputs, *artifact.outputs) if one.dtype not in TYPES]
        if strange:
            lines += [
                f"No program for {code(artifact.target)}: it has tensors of type {markdown(strange[0])}.",
                "",
            ]
            continue
        made = (
            (
                "Python",
                "python",
                usage_python.listing(model.card, artifact),
                "`pip install ai-edge-litert numpy pillow`",
            ),
            (
                "Android",
                "kotlin",
                usage_kotlin.listing(model.card, artifact),
                "Kotlin with LiteRT's Interpreter",
            ),
            ("C++", "cpp", usage_cpp.listing(model.card, artifact), "LiteRT's C++ library"),
        )
        for title, language, text, how in made:
            lines += [
                f"### {title}, {markdown(what(artifact.target))}",
                "",
                f"{how}:",
                "",
                *listing(language, text),
                "",
            ]
    return lines
