"""The options that several commands share, and what their texts mean."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from registry.errors import InputError

if TYPE_CHECKING:
    from zoo.request import Calibrating

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Offline = Annotated[bool, typer.Option("--offline", help="Never touch the network.")]
Trust = Annotated[
    bool, typer.Option("--trust", help="Agree to run this repository's code (remembered for its commit).")
]
AllowPickle = Annotated[
    bool,
    typer.Option("--allow-pickle", help="Load weights that need full unpickling, which can run any code."),
]
Weights = Annotated[
    Path | None,
    typer.Option("--weights", metavar="FILE", help="Use this weights file instead of the card's."),
]
Download = Annotated[
    str | None,
    typer.Option("--file", metavar="NAME", help="Of an index's entry with several downloads: which one."),
]
Pins = Annotated[
    Path | None,
    typer.Option(
        "--pins", metavar="FILE", help="Where first-use checksums are kept. Default: zoo-pins.json here."
    ),
]
SourceDir = Annotated[
    Path | None,
    typer.Option("--source", metavar="DIR", help="Use this checkout instead of the card's repository."),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="TARGETS",
        help="Comma-separated: onnx, openvino, openvino_int8, float32, float16, dynamic_range (weight_quant), weight_only_int8, "
        "weight_only_int4, int8, full_int8, full_uint8, int16x8, full_int16x8, edgetpu, saved_model, pb, h5, keras, json. "
        "Default: all that work here.",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="DIR", help="Where artifacts go. Default: zoo_models/NAME."),
]
InputShape = Annotated[
    list[str] | None,
    typer.Option(
        "--input-shape",
        metavar="[NAME:]1,3,224,224",
        help="Shape of an input, in the source's own layout; repeatable.",
    ),
]
KeepNchw = Annotated[
    list[str] | None,
    typer.Option(
        "--keep-nchw", metavar="INPUT", help="Leave this input or output as the source has it; repeatable."
    ),
]
Outputs = Annotated[
    str | None, typer.Option("--outputs", metavar="NAMES", help="Keep only these outputs (comma-separated).")
]
ReplaceSwish = Annotated[bool, typer.Option("--replace-swish", help="Approximate swish by hard-swish.")]
ReplaceHardSwish = Annotated[
    bool, typer.Option("--replace-hard-swish", help="Write hard-swish out in elementary ops.")
]
DynamicBatch = Annotated[
    bool,
    typer.Option("--dynamic-batch", help="Leave the first axis of every input open (.tflite, TensorFlow)."),
]
Unroll = Annotated[
    bool,
    typer.Option("--unroll", help="Write loops and recurrent sequences of fixed length out step by step."),
]
Force = Annotated[bool, typer.Option("--force", help="Convert again even where everything is done.")]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="PATH",
        help="Labelled samples: a folder a class, images beside masks, or an .npz file.",
    ),
]
Samples = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="PATH", help="Real samples to verify on too: a folder of images or an .npz file."
    ),
]
Limit = Annotated[
    int | None, typer.Option("--limit", min=1, help="Use this many samples, drawn with a fixed seed.")
]

Recover = Annotated[
    float | None,
    typer.Option(
        "--recover",
        metavar="TOLERANCE",
        help="Also save int8_mixed: the fewest layers in float32 that keep the card's metric within this of float32's (percentage "
        "points, dB or the figure's own unit; relative RMSE without labels), measured on the card's labelled data or --data.",
    ),
]
RecoverIn = Annotated[
    str, typer.Option("--recover-in", metavar="TYPE", help="What those layers compute in: float32, int16.")
]
Calibrate = Annotated[
    Path | None,
    typer.Option(
        "--calibrate",
        metavar="PATH",
        help="Calibrate integer variants on these: a folder of images, an .npz or .npy. Default: the card's calibration data.",
    ),
]
CalibrationSamples = Annotated[
    int | None, typer.Option("--samples", min=1, help="Calibrate on this many samples, and no fewer.")
]
RandomCalibration = Annotated[
    bool,
    typer.Option("--random-calibration", help="Calibrate integer variants on noise (the manifest says so)."),
]
Method = Annotated[
    str | None,
    typer.Option(
        "--calibration-method",
        metavar="METHOD",
        help="minmax, percentile, mse, or auto (default): the better of mse and minmax.",
    ),
]
PerTensor = Annotated[
    bool, typer.Option("--per-tensor", help="One scale a weight tensor, not one an output channel.")
]
InputRange = Annotated[
    str | None,
    typer.Option(
        "--input-range", metavar="LOW,HIGH", help="Of a model file: what pixels of 0 and 255 become for it."
    ),
]
Mean = Annotated[
    str | None,
    typer.Option(
        "--mean", metavar="NUMBERS", help="Subtracted from pixels in --input-range, a number a channel."
    ),
]
Std = Annotated[
    str | None,
    typer.Option("--std", metavar="NUMBERS", help="They are divided by it then, a number a channel."),
]


class Ends(TypedDict):
    """The part of a `Request` about a model's inputs and outputs."""

    input_shapes: dict[str, tuple[int, ...]]
    keep_nchw: frozenset[str]
    outputs: tuple[str, ...]


class Rewriting(TypedDict):
    """The part of a `Request` about the form of the graph."""

    replace_swish: bool
    replace_hard_swish: bool
    unroll_loops: bool
    dynamic_batch: bool


def ends(input_shape: list[str] | None, keep_nchw: list[str] | None, outputs: str | None) -> Ends:
    """What --input-shape, --keep-nchw and --outputs ask for. Raises InputError for what is no shape."""
    return Ends(
        input_shapes=shapes(input_shape), keep_nchw=frozenset(keep_nchw or ()), outputs=words(outputs)
    )


def rewriting(swish: bool, hard_swish: bool, unroll: bool, dynamic_batch: bool) -> Rewriting:
    """What --replace-swish, --replace-hard-swish, --unroll and --dynamic-batch ask for."""
    return Rewriting(
        replace_swish=swish, replace_hard_swish=hard_swish, unroll_loops=unroll, dynamic_batch=dynamic_batch
    )


def calibrating(
    data: Path | None,
    samples: int | None,
    random: bool,
    method: str | None,
    per_tensor: bool,
    input_range: str | None,
    mean: str | None,
    std: str | None,
) -> "Calibrating":
    """The calibration that the options describe. Raises InputError for what is no range, number or method."""
    from zoo.request import Calibrating

    known = ("auto", "minmax", "percentile", "mse")
    if method is not None and method not in known:
        raise InputError(f"--calibration-method {method}: there are {', '.join(known)}")
    ends = numbers("--input-range", input_range)
    if ends is not None and (len(ends) != 2 or ends[0] >= ends[1]):
        raise InputError(
            f"--input-range {input_range}: two numbers are needed, the lower one first, like 0,1"
        )
    spread = numbers("--std", std)
    if spread is not None and min(spread) <= 0:
        raise InputError(f"--std {std}: standard deviations are above zero")
    low_high = (ends[0], ends[1]) if ends is not None else None
    return Calibrating(data, samples, random, method, per_tensor, low_high, numbers("--mean", mean), spread)


def numbers(option: str, text: str | None) -> tuple[float, ...] | None:
    """`0.5,1` → (0.5, 1.0). Raises InputError."""
    if text is None:
        return None
    try:
        return tuple(float(word) for word in text.split(","))
    except ValueError:
        raise InputError(f"{option} {text}: numbers with commas are needed, like 0.485,0.456,0.406") from None


def shapes(given: list[str] | None, option: str = "--input-shape") -> dict[str, tuple[int, ...]]:
    """`NAME:1,3,224,224` → {NAME: (1, 3, 224, 224)}; without a name the key is empty: the model's only input.

    Names may hold colons, so the last one counts. Raises InputError for anything that is no shape.
    """
    found = {}
    for text in given or []:
        name, _, numbers = text.rpartition(":")
        try:
            shape = tuple(int(number) for number in numbers.split(","))
        except ValueError:
            shape = ()
        if not shape or min(shape) < 1:
            raise InputError(
                f"{option} {text}: a shape is positive whole numbers with commas, like 1,3,224,224"
            )
        if name in found:
            raise InputError(
                f"{option} {text}: {f'input {name}' if name else 'the only input'} has two shapes"
            )
        found[name] = shape
    return found


def words(text: str | None) -> tuple[str, ...]:
    """A comma-separated list; empty where nothing is given."""
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())
