"""The Kotlin listing for Android: LiteRT's Interpreter, a Bitmap prepared as the card says, outputs as real numbers."""

from registry.card import Card
from registry.types import Artifact, Tensor
from zoo.publish import ports
from zoo.publish.literals import comment, identifiers, number, shifted, text
from zoo.publish.preparation import LUMA, Recipe, elements, recipe, resizing

DEPENDENCY = "com.google.ai.edge.litert:litert:1.4.0"
_IMPORTS = [f"import android.graphics.{name}" for name in ("Bitmap", "Canvas", "Color", "Paint", "Rect")]
_BYTES = {"float32": 4, "float16": 2, "int8": 1, "uint8": 1, "bool": 1, "int16": 2, "int32": 4, "int64": 8}
_READ = {
    "float32": "getFloat()",
    "int8": "get()",
    "uint8": "get()",
    "int16": "getShort()",
    "int32": "getInt()",
    "int64": "getLong()",
}


def listing(card: Card | None, artifact: Artifact) -> str:
    """A class around the model: one argument an input, a FloatArray an output."""
    artifact = ports.sized(artifact)
    recipes = [recipe(port) for port in ports.inputs(card, artifact)]
    names = identifiers(one.name for one in recipes)
    lines = [
        f"// build.gradle.kts: implementation({text(DEPENDENCY, 'kotlin')})",
        *(_IMPORTS if any(one.image for one in recipes) else []),
        "import java.io.File",
        "import java.nio.ByteBuffer",
        "import java.nio.ByteOrder",
        "import org.tensorflow.lite.Interpreter",
        "",
        f"class Model(file: File) : AutoCloseable {{  // {comment(artifact.path)}",
        "    private val interpreter = Interpreter(file)",
        "    private fun buffer(bytes: Int) = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder())",
        "    override fun close() = interpreter.close()",
        "",
        *_run(names, recipes, artifact.outputs),
    ]
    for name, one in zip(names, recipes, strict=True):
        lines += ["", *(_of_picture(name, one) if one.image else _of_numbers(name, one))]
    return "\n".join([*lines, "}"]) + "\n"


def _run(names: list[str], recipes: list[Recipe], outputs: tuple[Tensor, ...]) -> list[str]:
    given = ", ".join(
        f"{name}: {'Bitmap' if one.image else 'FloatArray'}" for name, one in zip(names, recipes, strict=True)
    )
    lines = [
        f"    fun run({given}): Map<String, FloatArray> {{",
        "        val inputs = arrayOfNulls<Any>(interpreter.inputTensorCount)",
    ]
    for name, one in zip(names, recipes, strict=True):
        lines.append(
            f"        inputs[interpreter.getInputIndex({text(one.name, 'kotlin')})] = prepare_{name}({name})"
        )
    lines.append("        val outputs = HashMap<Int, Any>()")
    for index, tensor in enumerate(outputs):
        count = _count(tensor)
        place = f"interpreter.getOutputIndex({text(tensor.name, 'kotlin')})"
        lines += [
            f"        val out{index} = buffer({count * _BYTES[tensor.dtype]})",
            f"        outputs[{place}] = out{index}",
        ]
    lines += ["        interpreter.runForMultipleInputsOutputs(inputs, outputs)", "        return mapOf("]
    for index, tensor in enumerate(outputs):
        shape = ", ".join(map(str, tensor.shape))
        real = f"FloatArray({_count(tensor)}) {{ {_read(tensor, f'out{index}')} }}"
        lines.append(
            f"            {text(tensor.name, 'kotlin')} to out{index}.let {{ it.rewind(); {real} }},  // [{shape}]"
        )
    return [*lines, "        )", "    }"]


def _count(tensor: Tensor) -> int:
    count = 1
    for size in tensor.shape:
        count *= size
    return count


def _read(tensor: Tensor, buffer: str) -> str:
    value = f"{buffer}.{_READ.get(tensor.dtype, 'get()')}"
    if tensor.dtype == "uint8":
        value = f"({value}.toInt() and 0xff)"
    elif tensor.dtype != "float32":
        value = f"{value}.toInt()" if tensor.dtype in ("int8", "int16") else value
    if tensor.scale:
        return f"(({value}{shifted(-tensor.zero_point)}) * {number(tensor.scale)}).toFloat()"
    return value if tensor.dtype == "float32" else f"{value}.toFloat()"


def _of_picture(name: str, one: Recipe) -> list[str]:
    assert one.image is not None
    width, height = one.image
    lines = [
        f"    /** {one.color} [{', '.join(map(str, one.shape))}], axes {one.layout}: {resizing(one)}. */",
        f"    private fun prepare_{name}(bitmap: Bitmap): ByteBuffer {{",
        "        // A Canvas samples at points; where this says another resampling, hand a Bitmap over that was resized so.",
        *_fitted(one, width, height),
        f"        val scaled = Bitmap.createBitmap({width}, {height}, Bitmap.Config.ARGB_8888)",
        "        val canvas = Canvas(scaled)",
        f"        canvas.drawColor(Color.rgb({', '.join([str(round(one.resize.fill if one.resize else 0))] * 3)}))",
        f"        canvas.drawBitmap(bitmap, null, place, Paint({'0' if _nearest(one) else 'Paint.FILTER_BITMAP_FLAG'}))",
        f"        val pixels = IntArray({width * height})",
        f"        scaled.getPixels(pixels, 0, {width}, 0, 0, {width}, {height})",
    ]
    if one.divide_by == "max":
        lines.append(
            "        val largest = pixels.maxOf { maxOf(it shr 16 and 255, it shr 8 and 255, it and 255) }.coerceAtLeast(1).toFloat()"
        )
    lines += [
        f"        val mean = floatArrayOf({_floats(one.mean)})",
        f"        val std = floatArrayOf({_floats(one.std)})",
        "        fun value(pixel: Int, c: Int): Float {",
        *_channel(one),
        f"            return (level / {_divisor(one)} - mean[c]) / std[c]",
        "        }",
        f"        val filled = buffer({elements(one) * _BYTES[one.dtype]})",
    ]
    return [*lines, *_loops(one, width, height), "        filled.rewind()", "        return filled", "    }"]


def _fitted(one: Recipe, width: int, height: int) -> list[str]:
    """Where in the input the picture is drawn: `registry.preprocess.content_box`."""
    rule = one.resize
    if rule is None:
        return [
            f"        require(bitmap.width == {width} && bitmap.height == {height})",
            f"        val place = Rect(0, 0, {width}, {height})",
        ]
    if rule.crop_pct is not None:
        tall, wide = int(height / rule.crop_pct), int(width / rule.crop_pct)
        return [
            f"        val rows = bitmap.height / {tall}.0 >= bitmap.width / {wide}.0",
            f"        val w = if (rows) {wide} else maxOf({width}, {tall} * bitmap.width / bitmap.height)",
            f"        val h = if (rows) maxOf({height}, {wide} * bitmap.height / bitmap.width) else {tall}",
            f"        val left = -Math.rint((w - {width}) / 2.0).toInt()",
            f"        val top = -Math.rint((h - {height}) / 2.0).toInt()",
            "        val place = Rect(left, top, left + w, top + h)",
        ]
    if not rule.keep_aspect:
        return [f"        val place = Rect(0, 0, {width}, {height})"]
    left, top = ("0", "0") if rule.place == "corner" else (f"({width} - w) / 2", f"({height} - h) / 2")
    return [
        f"        val scale = minOf({height}.0 / bitmap.height, {width}.0 / bitmap.width)",
        f"        val w = Math.rint(bitmap.width * scale).toInt().coerceIn(1, {width})",
        f"        val h = Math.rint(bitmap.height * scale).toInt().coerceIn(1, {height})",
        f"        val left = {left}",
        f"        val top = {top}",
        "        val place = Rect(left, top, left + w, top + h)",
    ]


def _nearest(one: Recipe) -> bool:
    return one.resize is not None and one.resize.method == "nearest"


def _divisor(one: Recipe) -> str:
    return "largest" if one.divide_by == "max" else f"{number(float(one.divide_by))}f"


def _floats(values: tuple[float, ...]) -> str:
    return ", ".join(f"{number(value)}f" for value in values)


def _channel(one: Recipe) -> list[str]:
    red, green, blue = (f"(pixel shr {shift} and 255)" for shift in (16, 8, 0))
    if one.channels == 1:
        terms = " + ".join(
            f"{number(weight)}f * {part}" for weight, part in zip(LUMA, (red, green, blue), strict=True)
        )
        return [f"            val level = {terms}"]
    order = (blue, green, red) if one.color == "BGR" else (red, green, blue)
    return [
        f"            val level = (when (c) {{ 0 -> {order[0]}; 1 -> {order[1]}; else -> {order[2]} }}).toFloat()"
    ]


def _loops(one: Recipe, width: int, height: int) -> list[str]:
    """Loops in the order of the tensor's axes, the innermost writing one number."""
    ranges = {"H": ("y", height), "W": ("x", width), "C": ("c", one.channels)}
    lines, depth = [], 2
    for axis, size in zip(one.layout, one.shape, strict=True):
        name, count = ranges.get(axis, ("copy", size))
        if axis in ranges or count > 1:
            lines.append(f"{'    ' * depth}for ({name} in 0 until {count})")
            depth += 1
    channel = "c" if "C" in one.layout else "0"
    return [*lines, f"{'    ' * depth}filled.{_put(one, f'value(pixels[y * {width} + x], {channel})')}"]


def _put(one: Recipe, value: str) -> str:
    if one.limits is None:
        return f"putFloat({value})" if one.dtype == "float32" else f"putLong({value}.toLong())"
    low, high = one.limits
    level = (
        f"Math.rint({value} / {number(one.scale)}){shifted(one.zero_point)}"
        if one.scale
        else f"Math.rint({value}.toDouble())"
    )
    whole = f"({level}).coerceIn({low}.0, {high}.0).toInt()"
    return {"int16": f"putShort({whole}.toShort())", "int32": f"putInt({whole})"}.get(
        one.dtype, f"put({whole}.toByte())"
    )


def _of_numbers(name: str, one: Recipe) -> list[str]:
    """Numbers come in the artifact's own axes, normalised."""
    shape = ", ".join(map(str, one.shape))
    return [
        f"    /** [{shape}], {comment(_how(one))}. */",
        f"    private fun prepare_{name}(values: FloatArray): ByteBuffer {{",
        f"        require(values.size == {elements(one)})",
        f"        val filled = buffer({elements(one) * _BYTES[one.dtype]})",
        f"        for (value in values) filled.{_put(one, 'value')}",
        "        filled.rewind()",
        "        return filled",
        "    }",
    ]


def _how(one: Recipe) -> str:
    axes = (
        "in the source's axes"
        if list(one.permutation) == sorted(one.permutation)
        else f"axis i is the source's {list(one.permutation)}[i]"
    )
    if one.plain:
        return axes
    return f"{axes}, divided by {one.divide_by}, minus {list(one.mean)}, over {list(one.std)}"
