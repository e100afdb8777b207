"""The engine's operators, for `zoo ops`."""

from typing import TYPE_CHECKING

from registry.errors import MissingDependencyError

if TYPE_CHECKING:
    from converters.frontends.openvino.operators import Operator


def table() -> "tuple[Operator, ...]":
    """Every OpenVINO operator type and what becomes of it. Raises MissingDependencyError without OpenVINO."""
    try:
        from converters.frontends.openvino.operators import operators

        return operators()
    except ImportError as error:
        raise MissingDependencyError(
            "The operators are read from OpenVINO, which is not installed: `pip install zoo[tflite]`."
        ) from error


def markdown() -> str:
    """The same as a page. Raises MissingDependencyError without OpenVINO."""
    table()
    from converters.frontends.openvino.operators import markdown

    return markdown()
