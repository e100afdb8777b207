"""The Python listing: a whole program on ai-edge-litert, numpy and Pillow that prepares a picture as the card says and runs the model.

Its arithmetic is that of `registry.preprocess`, operation by operation; the tests run the listing and compare.
"""

from registry.card import Card, Resize
from registry.types import Artifact
from zoo.publish import ports
from zoo.publish.describing import LABELS
from zoo.publish.literals import identifiers, number, shifted, text
from zoo.publish.preparation import LUMA, Recipe, recipe

_RESAMPLING = {"nearest": "NEAREST", "bilinear": "BILINEAR", "bicubic": "BICUBIC", "area": "BOX"}


def listing(card: Card | None, artifact: Artifact) -> str:
    """The program. It is run with one file an input; `run` takes and gives arrays as well."""
    artifact = ports.sized(artifact)
    recipes = [recipe(port) for port in ports.inputs(card, artifact)]
    outputs = ports.outputs(card, artifact)
    names = identifiers(one.name for one in recipes)
    pictures = any(one.image for one in recipes)
    lines = ["import sys", "", "import numpy as np", "from ai_edge_litert.interpreter import Interpreter"]
    lines += ["from PIL import Image"] if pictures else []
    lines += [
        "",
        f"interpreter = Interpreter(model_path={text(artifact.path, 'python')})",
        "interpreter.allocate_tensors()",
    ]
    lines += _places("inputs", "input") + _places("outputs", "output")
    if pictures:
        lines += ["", "", *_PIXELS]
    for resize in dict.fromkeys(one.resize for one in recipes if one.image and one.resize):
        lines += ["", "", *_plane(resize, _plane_name(resize, recipes))]
    for name, one in zip(names, recipes, strict=True):
        lines += ["", "", *(_of_picture(name, one, recipes) if one.image else _of_numbers(name, one))]
    lines += ["", "", *_run(names, recipes, outputs)]
    lines += ["", "", 'if __name__ == "__main__":', "    answers = run(*sys.argv[1:])"]
    lines += [
        "    for name, values in answers.items():",
        "        print(name, values.shape, values.dtype)",
        *_top(card, outputs),
    ]
    return "\n".join(lines) + "\n"


def _places(name: str, side: str) -> list[str]:
    return [f'{name} = {{one["name"]: one["index"] for one in interpreter.get_{side}_details()}}']


_PIXELS = [
    "def pixels(image, channels):",
    '    """float32 [H, W, channels] of a file, or of an array [H, W] or [H, W, 3] in the units of its file."""',
    "    if isinstance(image, str):",
    "        with Image.open(image) as file:",
    '            image = np.asarray(file.convert("L" if file.mode in ("1", "L", "LA") else "RGB"))',
    "    values = np.asarray(image, np.float32)",
    "    values = values[..., None] if values.ndim == 2 else values[..., :3]",
    "    if channels == 3:",
    "        return np.repeat(values, 3, 2) if values.shape[2] == 1 else values",
    f"    return (values @ np.float32({list(LUMA)}))[..., None] if values.shape[2] == 3 else values",
]


def _plane_name(resize: Resize, recipes: list[Recipe]) -> str:
    different = list(dict.fromkeys(one.resize for one in recipes if one.image and one.resize))
    return "resized" if len(different) == 1 else f"resized_{different.index(resize) + 1}"


def _plane(resize: Resize, name: str) -> list[str]:
    """One channel [H, W] to another size: `registry.preprocess.resize_plane`."""
    head = [f"def {name}(plane, height, width):"]
    if resize.as_scikit:
        mode = "grid-constant" if resize.edge == "zero" else "nearest"
        smooth = f'    real = ndimage.gaussian_filter(real, np.maximum(0, (factors - 1) / 2), mode="{mode}")'
        return [
            *head,
            "    from scipy import ndimage",
            "",
            "    real = plane.astype(np.float64)",
            "    factors = np.divide(real.shape, (height, width))",
            *([smooth] if resize.antialias == "gaussian" else []),
            f'    return np.asarray(ndimage.zoom(real, 1 / factors, order=1, mode="{mode}", grid_mode=True), np.float32)',
        ]
    levels = ["    plane = np.clip(np.rint(plane), 0, 255).astype(np.uint8)"] if resize.whole_levels else []
    head += [*levels, "    source = Image.fromarray(np.ascontiguousarray(plane))"]
    method = f"Image.Resampling.{_RESAMPLING[resize.method]}"
    if resize.antialias or resize.method in ("nearest", "area"):
        return [*head, f"    return np.asarray(source.resize((width, height), {method}), np.float32)"]
    return [
        *head,
        "    steps = (source.width / width, 0.0, 0.0, 0.0, source.height / height, 0.0)",
        f"    turned = source.transform((width, height), Image.Transform.AFFINE, steps, {method})",
        "    return np.asarray(turned, np.float32)",
    ]


def _of_picture(name: str, one: Recipe, recipes: list[Recipe]) -> list[str]:
    assert one.image is not None
    width, height = one.image
    lines = [
        f"def prepare_{name}(image):",
        f'    """{one.dtype} [{", ".join(map(str, one.shape))}], axes {one.layout}."""',
        f"    values = pixels(image, {one.channels})" + ("[..., ::-1]" if one.color == "BGR" else ""),
        *_fitted(one, height, width, recipes),
    ]
    divisor = (
        "np.float32(values.max() or 1)"
        if one.divide_by == "max"
        else f"np.float32({number(float(one.divide_by))})"
    )
    lines += _normalized(one, divisor)
    axes = [axis for axis in one.layout if axis in "HWC"]
    if "C" not in axes:
        lines.append("    values = values[..., 0]")
    order = ["HWC".index(axis) for axis in axes]
    if order != sorted(order):
        lines.append(f"    values = values.transpose({order})")
    unit = [size if axis in "HWC" else 1 for axis, size in zip(one.layout, one.shape, strict=True)]
    lines.append(f"    values = values.reshape({unit})")
    if tuple(unit) != one.shape:
        lines.append(f"    values = np.broadcast_to(values, {list(one.shape)})")
    return lines + _stored(one)


def _fitted(one: Recipe, height: int, width: int, recipes: list[Recipe]) -> list[str]:
    """The picture in the input's size: `registry.preprocess.content_box` and what follows from it."""
    rule = one.resize
    if rule is None:
        return [
            f"    if values.shape[:2] != ({height}, {width}):",
            f'        raise ValueError(f"the picture is {{values.shape[1]}} x {{values.shape[0]}}, not {width} x {height}")',
        ]
    plane = _plane_name(rule, recipes)
    every = f"np.stack([{plane}(values[..., c], {{h}}, {{w}}) for c in range({one.channels})], axis=-1)"
    clip = ["        values = np.clip(values, 0, 255)"] if rule.method == "bicubic" else []
    if rule.crop_pct is not None:
        return [*_cropped(rule.crop_pct, every, height, width), *[line[4:] for line in clip]]
    if not rule.keep_aspect:
        call = every.format(h=height, w=width)
        return [f"    if values.shape[:2] != ({height}, {width}):", f"        values = {call}", *clip]
    corner = ("0", "0") if rule.place == "corner" else (f"({height} - h) // 2", f"({width} - w) // 2")
    return [
        f"    if values.shape[:2] != ({height}, {width}):",
        f"        scale = min({height} / values.shape[0], {width} / values.shape[1])",
        f"        h, w = max(1, min({height}, round(values.shape[0] * scale))), max(1, min({width}, round(values.shape[1] * scale)))",
        f"        top, left = {corner[0]}, {corner[1]}",
        f"        whole = np.full(({height}, {width}, {one.channels}), {number(rule.fill)}, np.float32)",
        f"        whole[top : top + h, left : left + w] = {every.format(h='h', w='w')}",
        "        values = whole",
        *clip,
    ]


def _cropped(crop_pct: float, every: str, height: int, width: int) -> list[str]:
    """The shorter side to its size, then the middle."""
    wanted = int(height / crop_pct), int(width / crop_pct)
    return [
        f"    rows, columns = values.shape[0] / {wanted[0]}, values.shape[1] / {wanted[1]}",
        "    if rows >= columns:",
        f"        w, h = {wanted[1]}, max({height}, int({wanted[1]} * values.shape[0] / values.shape[1]))",
        "    else:",
        f"        h, w = {wanted[0]}, max({width}, int({wanted[0]} * values.shape[1] / values.shape[0]))",
        f"    top, left = round((h - {height}) / 2), round((w - {width}) / 2)",
        f"    values = {every.format(h='h', w='w')}[top : top + {height}, left : left + {width}]",
    ]


def _of_numbers(name: str, one: Recipe) -> list[str]:
    shape, source = (", ".join(map(str, sizes)) for sizes in (one.shape, one.source_shape))
    lines = [
        f"def prepare_{name}(values):",
        f'    """{one.dtype} [{shape}] of numbers [{source}], or of their .npy file."""',
        "    values = np.load(values, allow_pickle=False) if isinstance(values, str) else np.asarray(values)",
    ]
    if one.dtype.startswith("float") or one.scale or not one.plain:
        lines.append("    values = values.astype(np.float32)")
    lines.append(f"    values = values.reshape({list(one.source_shape)})")
    if not one.plain:
        divisor = (
            "np.float32(values.max() or 1)"
            if one.divide_by == "max"
            else f"np.float32({number(float(one.divide_by))})"
        )
        lines += _normalized(one, divisor)
    if list(one.permutation) != sorted(one.permutation):
        lines.append(f"    values = values.transpose({list(one.permutation)})")
    return lines + _stored(one)


def _normalized(one: Recipe, divisor: str) -> list[str]:
    """(x / divide_by - mean) / std, without the steps that change nothing."""
    value = "values" if one.divide_by == 1 else f"values / {divisor}"
    if any(one.mean):
        value = f"({value} - {_array(one.mean)})"
    if set(one.std) != {1.0}:
        value = f"{value if '/' not in value or value[0] == '(' else f'({value})'} / {_array(one.std)}"
    return [f"    values = {value}"] if value != "values" else []


def _array(values: tuple[float, ...]) -> str:
    return f"np.float32([{', '.join(map(number, values))}])"


def _stored(one: Recipe) -> list[str]:
    """The numbers as the tensor has them: `registry.stored.to_stored`, and what `registry.preprocess` does for integers."""
    if one.limits is None:
        return [
            f"    return np.ascontiguousarray(values, np.{one.dtype if one.dtype != 'bool' else 'bool_'})"
        ]
    levels = "np.rint(values)"
    if one.scale:
        levels = f"np.rint(values.astype(np.float64) / {number(one.scale)})" + shifted(one.zero_point)
    return [f"    return np.clip({levels}, {one.limits[0]}, {one.limits[1]}).astype(np.{one.dtype})"]


def _run(names: list[str], recipes: list[Recipe], outputs: tuple[ports.OutputPort, ...]) -> list[str]:
    lines = [f"def run({', '.join(names)}):", '    """Every output by its name, as real numbers."""']
    for name, one in zip(names, recipes, strict=True):
        lines.append(
            f"    interpreter.set_tensor(inputs[{text(one.name, 'python')}], prepare_{name}({name}))"
        )
    lines += ["    interpreter.invoke()", "    answers = {}"]
    for port in outputs:
        tensor, key = port.tensor, text(port.tensor.name, "python")
        value = f"interpreter.get_tensor(outputs[{key}])"
        if tensor.scale:
            real = f"({value}.astype(np.float64){shifted(-tensor.zero_point)}) * {number(tensor.scale)}"
            value = f"({real}).astype(np.float32)"
        shape = ", ".join(map(str, tensor.shape))
        lines.append(f"    answers[{key}] = {value}  # [{shape}]")
    return [*lines, "    return answers"]


def _top(card: Card | None, outputs: tuple[ports.OutputPort, ...]) -> list[str]:
    """What the answer of a classifier means."""
    if card is None or card.evaluation is None or card.evaluation.metric not in ("top1", "top5"):
        return []
    for port in outputs:
        if port.labels and not port.numbers:
            key = text(port.tensor.name, "python")
            return [
                f'    labels = open("{LABELS}", encoding="utf-8").read().splitlines()',
                f"    print(labels[int(answers[{key}].reshape(-1, {len(port.labels)})[0].argmax())])",
            ]
    return []
