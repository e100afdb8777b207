"""The options by which `zoo list` and `zoo search` choose cards."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from zoo.finding import Filter

Task = Annotated[str, typer.Option("--task", metavar="TASK", help="Of this task (Hugging Face's names).")]
License = Annotated[
    str,
    typer.Option(
        "--license",
        metavar="ID",
        help="Weights under this SPDX licence; `permissive`: any that asks for notices alone, code too; `unknown`.",
    ),
]
MaxSize = Annotated[
    str | None, typer.Option("--max-size", metavar="SIZE", help="Weights of at most this size, like 20MB.")
]
InputSize = Annotated[
    str | None,
    typer.Option(
        "--input-size",
        metavar="SIZE",
        help="Image inputs of 224, 240x320 (height, width) or a range like 128-320.",
    ),
]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="FORM",
        help="The source model is pytorch, onnx, openvino, tensorflow, keras or tflite; or this variant (int8, …) was converted here.",
    ),
]
Verified = Annotated[
    bool | None,
    typer.Option(
        "--verified/--unverified", help="Only those converted and verified here, or only the others."
    ),
]


def wanted(
    task: str,
    license_: str,
    max_size: str | None,
    input_size: str | None,
    format_: str,
    verified: bool | None,
) -> "Filter":
    """The filter that the options describe. Raises InputError."""
    from zoo import finding

    return finding.Filter(
        task=task,
        license=license_,
        max_size=finding.size("--max-size", max_size) if max_size else None,
        input_size=finding.input_size("--input-size", input_size) if input_size else None,
        format=format_,
        verified=verified,
    )
