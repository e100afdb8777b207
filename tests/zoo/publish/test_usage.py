"""The listings do what they say: Python is run, C++ compiled and run, and both are held against registry.preprocess."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from registry.card import Card
from registry.preprocess import preprocess
from registry.stored import to_stored
from registry.types import Artifact, Tensor
from zoo.publish import ports, usage_cpp, usage_kotlin, usage_python
from zoo.publish.literals import identifiers, text
from zoo.publish.preparation import recipe

pytest.importorskip("PIL")
pytest.importorskip("ai_edge_litert")

IMAGENET: dict[str, Any] = {"divide_by": 255, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
PREPARATIONS: list[dict[str, Any]] = [
    {"resize": {}, **IMAGENET},
    {"resize": {"antialias": False}, "divide_by": 127.5, "mean": [1.0]},
    {"resize": {"method": "nearest"}},
    {"resize": {"method": "area"}, "divide_by": "max", "mean": [0.5], "std": [0.5]},
    {"resize": {"method": "bicubic", "keep_aspect": True, "fill": 114}, "divide_by": 255},
    {"resize": {"keep_aspect": True, "place": "corner", "whole_levels": True}, "std": [2.0, 3.0, 4.0]},
    {"resize": {"crop_pct": 0.875, "method": "bicubic", "whole_levels": True}, **IMAGENET},
    {"resize": {"crop_pct": 1.0}, "divide_by": 255},
    {"resize": {"antialias": "gaussian", "edge": "zero"}, **IMAGENET, "divide_by": "max"},
]
SIZES = [(8, 12), (16, 24), (31, 9), (9, 31), (5, 5)]


def card(shape: tuple[int, ...], layout: str | None, **given: Any) -> Card:
    return msgspec.convert(
        {
            "schema": 1,
            "name": "tiny",
            "task": "image-classification",
            "description": "A test.",
            "licenses": {"code": "MIT", "weights": "MIT"},
            "source": {"url": "https://example.org/"},
            "entry": {"model": "tiny.onnx"},
            "inputs": [{"name": "image", "shape": shape, "layout": layout, **given}],
            "outputs": [{"name": "image"}],
        },
        Card,
    )


def artifact(
    shape: tuple[int, ...],
    permutation: tuple[int, ...],
    dtype: str = "float32",
    scale: float = 0.0,
    zero: int = 0,
) -> Artifact:
    """An identity: what is prepared comes out again."""
    tensor = Tensor(
        name="image",
        shape=tuple(shape[axis] for axis in permutation),
        dtype=dtype,
        permutation=permutation,
        source_name="image",
        scale=scale,
        zero_point=zero,
    )
    return Artifact(
        target="float32", path="x.tflite", sha256="0" * 64, size=1, inputs=(tensor,), outputs=(tensor,)
    )


def prepared(one: Card, made: Artifact, image: Any) -> Any:
    """What the Python listing makes of a picture; the interpreter is left out of it."""
    listing = usage_python.listing(one, made)
    start, rest = listing.split("interpreter = Interpreter(", 1)
    body = (
        rest[rest.index("\n\n\n") :]
        if "\n\n\ndef pixels" not in rest
        else rest[rest.index("\n\n\ndef pixels") :]
    )
    scope: dict[str, Any] = {}
    exec(start + body.split('if __name__ == "__main__"')[0], scope)
    return scope["prepare_image"](image)


def wanted(one: Card, made: Artifact, image: Any) -> Any:
    ready = preprocess(image, one.inputs[0]).transpose(made.inputs[0].permutation)
    return to_stored(ready, made.inputs[0])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("rule", PREPARATIONS)
def test_python_prepares_as_the_registry_does(rule: dict[str, Any], size: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    for color in ("RGB", "BGR"):
        one = card((1, 3, 8, 12), "NCHW", preprocess=rule, color=color)
        made = artifact((1, 3, 8, 12), (0, 2, 3, 1))
        np.testing.assert_array_equal(prepared(one, made, image), wanted(one, made, image))


@pytest.mark.parametrize("stored", [("int8", 0.02, -14), ("uint8", 0.0039, 0), ("int16", 1e-4, 0)])
def test_python_stores_integers_as_the_registry_does(stored: tuple[str, float, int]) -> None:
    image = np.random.default_rng(1).integers(0, 256, (20, 20, 3), np.uint8)
    one = card((1, 8, 8, 3), "NHWC", preprocess=PREPARATIONS[0])
    made = artifact((1, 8, 8, 3), (0, 1, 2, 3), *stored)
    found = prepared(one, made, image)
    assert found.dtype == stored[0]
    np.testing.assert_array_equal(found, wanted(one, made, image))


@pytest.mark.parametrize(
    ("shape", "layout", "permutation"),
    [
        ((1, 1, 8, 8), "NCHW", (0, 2, 3, 1)),
        ((2, 3, 8, 8), "NCHW", (0, 1, 2, 3)),
        ((8, 8), "HW", (0, 1)),
        ((3, 8, 8), "CHW", (1, 2, 0)),
    ],
)
@pytest.mark.parametrize("channels", [0, 1, 3, 4])
def test_python_takes_every_layout_and_picture(
    shape: tuple[int, ...], layout: str, permutation: tuple[int, ...], channels: int
) -> None:
    size = (11, 13, channels) if channels else (11, 13)
    image = np.random.default_rng(2).integers(0, 256, size, np.uint8)
    one = card(shape, layout, preprocess={"resize": {}, "divide_by": 255})
    made = artifact(shape, permutation)
    np.testing.assert_array_equal(prepared(one, made, image), wanted(one, made, image))


def test_python_reads_files_as_the_registry_does(tmp_path: Path) -> None:
    from PIL import Image

    random = np.random.default_rng(3)
    one = card((1, 1, 8, 8), "NCHW", preprocess={"resize": {}, "divide_by": 255})
    colored = card((1, 3, 8, 8), "NCHW", preprocess={"resize": {}, "divide_by": 255})
    for mode, channels in (("L", 0), ("RGB", 3), ("RGBA", 4), ("LA", 2)):
        file = tmp_path / f"{mode}.png"
        size = (9, 10, channels) if channels else (9, 10)
        Image.fromarray(random.integers(0, 256, size, np.uint8), mode).save(file)
        for each, shape in ((one, (1, 1, 8, 8)), (colored, (1, 3, 8, 8))):
            made = artifact(shape, (0, 2, 3, 1))
            np.testing.assert_array_equal(prepared(each, made, str(file)), wanted(each, made, file))


def test_python_prepares_numbers(tmp_path: Path) -> None:
    one = card((1, 5, 4), None, preprocess={"divide_by": 2, "mean": [1.0], "std": [0.5]})
    made = artifact((1, 5, 4), (0, 2, 1), "int8", 0.1, 3)
    values = np.random.default_rng(4).standard_normal((5, 4)).astype(np.float32)
    np.testing.assert_array_equal(prepared(one, made, values), wanted(one, made, values))
    np.save(tmp_path / "x.npy", values)
    np.testing.assert_array_equal(prepared(one, made, str(tmp_path / "x.npy")), wanted(one, made, values))


CPP_CASES = [
    ((1, 3, 8, 12), "NCHW", (0, 2, 3, 1), "RGB", IMAGENET, ("float32", 0.0, 0)),
    ((1, 3, 8, 12), "NCHW", (0, 1, 2, 3), "BGR", {"divide_by": "max"}, ("float32", 0.0, 0)),
    ((1, 1, 8, 12), "NCHW", (0, 2, 3, 1), "gray", {"divide_by": 255}, ("uint8", 0.0039, 3)),
    ((2, 3, 8, 12), "NCHW", (0, 2, 3, 1), "RGB", IMAGENET, ("int8", 0.02, -14)),
]


@pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++")
@pytest.mark.parametrize(("shape", "layout", "permutation", "color", "rule", "stored"), CPP_CASES)
def test_cpp_prepares_as_the_registry_does(
    tmp_path: Path,
    shape: tuple[int, ...],
    layout: str,
    permutation: tuple[int, ...],
    color: str,
    rule: dict[str, Any],
    stored: tuple[str, float, int],
) -> None:
    one = card(shape, layout, preprocess=rule, color=color)
    made = artifact(shape, permutation, *stored)
    image = np.random.default_rng(5).integers(0, 256, (8, 12, 3), np.uint8)
    recipes = [recipe(port) for port in ports.inputs(one, made)]
    code = "\n".join(usage_cpp.preparing(identifiers(["image"]), recipes))
    (tmp_path / "rgb").write_bytes(image.tobytes())
    (tmp_path / "main.cc").write_text(
        "#include <algorithm>\n#include <cmath>\n#include <cstdint>\n#include <cstdio>\n#include <vector>\n"
        f'{code}\nint main() {{ std::vector<uint8_t> rgb({image.size}); FILE* f = fopen("rgb", "rb");'
        " if (fread(rgb.data(), 1, rgb.size(), f) != rgb.size()) return 1; const auto filled = prepare_image(rgb.data());"
        ' f = fopen("out", "wb"); fwrite(filled.data(), sizeof(filled[0]), filled.size(), f); fclose(f); }\n'
    )
    subprocess.run(
        ["g++", "-std=c++17", "-Wall", "-Werror", "main.cc", "-o", "main"],
        cwd=tmp_path,
        check=True,
        timeout=300,
    )
    subprocess.run([tmp_path / "main"], cwd=tmp_path, check=True, timeout=60)
    found = np.frombuffer((tmp_path / "out").read_bytes(), stored[0]).reshape(made.inputs[0].shape)
    expected = wanted(one, made, image)
    if stored[0] == "float32":
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)
    else:  # a rounding of float32 may tip a level
        assert np.abs(found.astype(int) - expected.astype(int)).max() <= 1
        assert np.mean(found != expected) < 0.01


@pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++")
def test_the_whole_cpp_listing_is_cpp(tmp_path: Path) -> None:
    """Against declarations of what it uses of LiteRT's headers: tflite/interpreter.h and others as of LiteRT 2.1."""
    include = tmp_path / "tflite" / "kernels"
    include.mkdir(parents=True)
    (tmp_path / "tflite" / "interpreter.h").write_text(
        "#pragma once\n#include <memory>\n#include <vector>\nenum TfLiteStatus { kTfLiteOk };\n"
        "union TfLitePtrUnion { char* raw; }; struct TfLiteTensor { const char* name; TfLitePtrUnion data; };\n"
        "namespace tflite { struct Interpreter { TfLiteStatus AllocateTensors(); TfLiteStatus Invoke();"
        " TfLiteTensor* tensor(int); const std::vector<int>& inputs() const; const std::vector<int>& outputs() const; }; }\n"
    )
    (tmp_path / "tflite" / "model_builder.h").write_text(
        "#pragma once\n#include <memory>\nnamespace tflite { struct FlatBufferModel {"
        " static std::unique_ptr<FlatBufferModel> BuildFromFile(const char*); }; }\n"
    )
    (include / "register.h").write_text(
        '#pragma once\n#include "tflite/interpreter.h"\n#include "tflite/model_builder.h"\n'
        "namespace tflite { namespace ops { namespace builtin { struct BuiltinOpResolver {}; } }"
        " struct InterpreterBuilder { InterpreterBuilder(const FlatBufferModel&, const ops::builtin::BuiltinOpResolver&);"
        " TfLiteStatus operator()(std::unique_ptr<Interpreter>*); }; }\n"
    )
    hostile = Tensor(
        name='a"\\\n`$x', shape=(1, 4), dtype="int8", permutation=(0, 1), scale=0.5, zero_point=3
    )
    plain = artifact((1, 3, 8, 8), (0, 2, 3, 1))
    made = msgspec.structs.replace(plain, inputs=(*plain.inputs, hostile), outputs=(hostile, *plain.outputs))
    (tmp_path / "main.cc").write_text(usage_cpp.listing(None, made))
    (tmp_path / "card.cc").write_text(usage_cpp.listing(card((1, 3, 8, 8), "NCHW"), plain))
    check = [
        "g++",
        "-std=c++17",
        "-Wall",
        "-Wno-unused-variable",
        "-Werror",
        "-fsyntax-only",
        f"-I{tmp_path}",
    ]
    subprocess.run([*check, "main.cc", "card.cc"], cwd=tmp_path, check=True, timeout=300)


@pytest.mark.parametrize("name", ["plain", 'a"b\\c\n```', "ü\u202e", "\x1b[31m$x"])
def test_a_name_cannot_leave_its_literal(name: str) -> None:
    assert eval(text(name, "python")) == name
    for language in ("python", "kotlin", "cpp"):
        literal = text(name, language)  # type: ignore[arg-type]
        assert literal.isascii()
        assert literal.isprintable()
        assert "`" not in literal
        assert "$" not in literal


def test_kotlin_names_tensors_scales_and_zero_points() -> None:
    made = artifact((1, 3, 8, 12), (0, 2, 3, 1), "uint8", 0.5, 7)
    listing = usage_kotlin.listing(card((1, 3, 8, 12), "NCHW", preprocess=PREPARATIONS[0]), made)
    assert 'interpreter.getInputIndex("image")' in listing
    assert "val place = Rect(0, 0, 12, 8)" in listing
    assert "Bitmap.createBitmap(12, 8, Bitmap.Config.ARGB_8888)" in listing
    assert "floatArrayOf(0.485f, 0.456f, 0.406f)" in listing
    assert "/ 0.5) + 7" in listing
    assert "(out0.get().toInt() and 0xff) - 7) * 0.5" in listing
    assert listing.count("{") == listing.count("}")


def test_identifiers_differ_and_are_no_keywords() -> None:
    found = identifiers(["class", "a b", "a-b", "1", "", "model"])
    assert len(set(found)) == len(found)
    assert all(one.isidentifier() for one in found)
    assert found[0] == "class_"


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"resize": {"keep_aspect": True, "fill": 114}}, "val left = (12 - w) / 2"),
        ({"resize": {"keep_aspect": True, "fill": 114}}, "Color.rgb(114, 114, 114)"),
        ({"resize": {"keep_aspect": True, "place": "corner"}}, "val left = 0"),
        (
            {"resize": {"crop_pct": 0.875}},
            "val w = if (rows) 13 else maxOf(12, 9 * bitmap.width / bitmap.height)",
        ),
        ({"resize": {"method": "nearest"}}, "Paint(0)"),
        ({}, "require(bitmap.width == 12 && bitmap.height == 8)"),
    ],
)
def test_kotlin_places_the_picture(rule: dict[str, Any], said: str) -> None:
    made = artifact((1, 3, 8, 12), (0, 2, 3, 1))
    assert said in usage_kotlin.listing(card((1, 3, 8, 12), "NCHW", preprocess=rule), made)


def test_a_layout_that_is_no_letters_goes_into_no_program() -> None:
    shape, layout = (1, 3, 8, 8, 1, 1, 1, 1), '"""\nx()#'
    made = artifact(shape, tuple(range(8)))
    for listing in (usage_python.listing, usage_kotlin.listing, usage_cpp.listing):
        assert "x()" not in listing(card(shape, layout), made)
