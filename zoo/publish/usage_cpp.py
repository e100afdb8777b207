"""The C++ listing: LiteRT's C++ interpreter, a picture prepared as the card says, outputs as real numbers.

`prepare_…` needs nothing but the standard library; the tests compile it and compare its answer with `registry.preprocess`.
"""

import math

from registry.card import Card
from registry.types import Artifact, Tensor
from zoo.publish import ports
from zoo.publish.literals import comment, identifiers, number, shifted, text
from zoo.publish.preparation import LUMA, Recipe, elements, recipe, resizing

_TYPES = {
    "float32": "float",
    "int8": "int8_t",
    "uint8": "uint8_t",
    "int16": "int16_t",
    "int32": "int32_t",
    "int64": "int64_t",
    "bool": "bool",
    "float16": "uint16_t",
}


def listing(card: Card | None, artifact: Artifact) -> str:
    artifact = ports.sized(artifact)
    recipes = [recipe(port) for port in ports.inputs(card, artifact)]
    names = identifiers(one.name for one in recipes)
    lines = [
        "#include <algorithm>",
        "#include <cmath>",
        "#include <cstdint>",
        "#include <cstring>",
        "#include <memory>",
        "#include <vector>",
        "",
        *preparing(names, recipes),
        '#include "tflite/interpreter.h"',
        '#include "tflite/kernels/register.h"',
        '#include "tflite/model_builder.h"',
        "",
        *_run(names, recipes, artifact),
    ]
    return "\n".join(lines) + "\n"


def preparing(names: list[str], recipes: list[Recipe]) -> list[str]:
    """A function for each input."""
    lines = []
    for name, one in zip(names, recipes, strict=True):
        lines += [*(_of_picture(name, one) if one.image else _of_numbers(name, one)), ""]
    return lines


def _of_picture(name: str, one: Recipe) -> list[str]:
    assert one.image is not None
    width, height = one.image
    lines = [
        f"// {one.color} [{', '.join(map(str, one.shape))}], axes {one.layout}: {resizing(one)}.",
        f"// rgb: {width} x {height} pixels of red, green, blue.",
        f"std::vector<{_TYPES[one.dtype]}> prepare_{name}(const uint8_t* rgb) {{",
        f"  const float mean[] = {{{_floats(one.mean)}}}, std_[] = {{{_floats(one.std)}}};",
    ]
    if one.divide_by == "max":
        lines.append(
            f"  const float largest = std::max<float>(1, *std::max_element(rgb, rgb + {3 * width * height}));"
        )
    lines += [
        "  auto value = [&](int y, int x, int c) -> float {",
        f"    const uint8_t* pixel = rgb + 3 * (y * {width} + x);",
        f"    const float level = {_level(one)};",
        f"    return (level / {'largest' if one.divide_by == 'max' else number(float(one.divide_by)) + 'f'} - mean[c]) / std_[c];",
        "  };",
        f"  std::vector<{_TYPES[one.dtype]}> filled;",
        f"  filled.reserve({elements(one)});",
    ]
    return [*lines, *_loops(one, width, height), "  return filled;", "}"]


def _level(one: Recipe) -> str:
    if one.channels == 1:
        return " + ".join(f"{number(weight)}f * pixel[{index}]" for index, weight in enumerate(LUMA))
    return "pixel[2 - c]" if one.color == "BGR" else "pixel[c]"


def _loops(one: Recipe, width: int, height: int) -> list[str]:
    """Loops in the order of the tensor's axes, the innermost writing one number."""
    ranges = {"H": ("y", height), "W": ("x", width), "C": ("c", one.channels)}
    lines, depth = [], 1
    for axis, size in zip(one.layout, one.shape, strict=True):
        name, count = ranges.get(axis, ("copy", size))
        if axis in ranges or count > 1:
            lines.append(f"{'  ' * depth}for (int {name} = 0; {name} < {count}; ++{name})")
            depth += 1
    value = f"value(y, x, {'c' if 'C' in one.layout else '0'})"
    return [*lines, f"{'  ' * depth}filled.push_back({_stored(one, value)});"]


def _stored(one: Recipe, value: str) -> str:
    if one.limits is None:
        return f"static_cast<{_TYPES[one.dtype]}>({value})"
    low, high = (f"{limit}.0" for limit in one.limits)
    level = f"{value} / {number(one.scale)}" if one.scale else f"double({value})"
    levels = f"std::nearbyint({level}){shifted(one.zero_point if one.scale else 0)}"
    return f"static_cast<{_TYPES[one.dtype]}>(std::clamp({levels}, {low}, {high}))"


def _of_numbers(name: str, one: Recipe) -> list[str]:
    shape = ", ".join(map(str, one.shape))
    kind = "float" if one.dtype.startswith("float") or one.scale else _TYPES[one.dtype]
    said = "" if one.plain else f", divided by {one.divide_by}, minus {list(one.mean)}, over {list(one.std)}"
    same = list(one.permutation) == sorted(one.permutation)
    axes = "in the source's axes" if same else f"axis i is the source's {list(one.permutation)}[i]"
    return [
        f"// {elements(one)} numbers [{shape}], {comment(axes + said)}.",
        f"std::vector<{_TYPES[one.dtype]}> prepare_{name}(const {kind}* values) {{",
        f"  std::vector<{_TYPES[one.dtype]}> filled;",
        f"  for (int i = 0; i < {elements(one)}; ++i) filled.push_back({_stored(one, 'values[i]')});",
        "  return filled;",
        "}",
    ]


def _floats(values: tuple[float, ...]) -> str:
    return ", ".join(f"{number(value)}f" for value in values)


def _run(names: list[str], recipes: list[Recipe], artifact: Artifact) -> list[str]:
    """Inputs and outputs by the name of their tensor."""
    given = ", ".join(f"const {_given(one)}* {name}" for name, one in zip(names, recipes, strict=True))
    lines = [
        f"int run({given}) {{",
        f"  auto model = tflite::FlatBufferModel::BuildFromFile({text(artifact.path, 'cpp')});",
        "  if (!model) return 1;",
        "  tflite::ops::builtin::BuiltinOpResolver resolver;",
        "  std::unique_ptr<tflite::Interpreter> interpreter;",
        "  if (tflite::InterpreterBuilder(*model, resolver)(&interpreter) != kTfLiteOk) return 1;",
        "  if (interpreter->AllocateTensors() != kTfLiteOk) return 1;",
        "  auto tensor = [&](const std::vector<int>& places, const char* name) -> TfLiteTensor* {",
        "    for (int place : places)",
        "      if (!std::strcmp(interpreter->tensor(place)->name, name)) return interpreter->tensor(place);",
        "    return nullptr;",
        "  };",
    ]
    for name, one in zip(names, recipes, strict=True):
        lines += [
            f"  const auto filled_{name} = prepare_{name}({name});",
            f"  std::memcpy(tensor(interpreter->inputs(), {text(one.name, 'cpp')})->data.raw, filled_{name}.data(),",
            f"              filled_{name}.size() * sizeof(filled_{name}[0]));",
        ]
    lines.append("  if (interpreter->Invoke() != kTfLiteOk) return 1;")
    for name, tensor in zip(
        identifiers(f"out {one.name}" for one in artifact.outputs), artifact.outputs, strict=True
    ):
        lines += _answer(name, tensor)
    return [*lines, "  return 0;", "}"]


def _answer(name: str, tensor: Tensor) -> list[str]:
    count, kind, key = math.prod(tensor.shape), _TYPES[tensor.dtype], text(tensor.name, "cpp")
    lines = [
        f"  const auto* {name} = reinterpret_cast<const {kind}*>(tensor(interpreter->outputs(), {key})->data.raw);"
    ]
    if not tensor.scale:
        return [f"{lines[0]}  // {count}: [{', '.join(map(str, tensor.shape))}]"]
    real = f"float(({name}[i]{shifted(-tensor.zero_point)}) * {number(tensor.scale)})"
    return [
        *lines,
        f"  std::vector<float> real_{name}({count});",
        f"  for (int i = 0; i < {count}; ++i) real_{name}[i] = {real};",
    ]


def _given(one: Recipe) -> str:
    if one.image:
        return "uint8_t"
    return "float" if one.dtype.startswith("float") or one.scale else _TYPES[one.dtype]
