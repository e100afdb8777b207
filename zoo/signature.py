"""The inputs and outputs that sample inputs and the source model's answers are named after."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from registry.types import Tensor
from zoo import checking

if TYPE_CHECKING:
    from converters.engine import Built

Ends = tuple[tuple[Tensor, ...], tuple[Tensor, ...]]


def ends(built: "Built | None", file: Path, input_shapes: Mapping[str, tuple[int, ...]]) -> Ends:
    """The graph's, or where none is built those of the source's own file, in the shapes that are asked for; on the source's grids."""
    if built is not None:
        return built.ends
    runtime = checking.load(file)
    shapes = dict(input_shapes)
    if "" in shapes and len(runtime.inputs) == 1:
        shapes[runtime.inputs[0].name] = shapes.pop("")
    fixed = {
        one.name: shapes.get(one.name, tuple(abs(size) for size in one.shape or ())) for one in runtime.inputs
    }
    names_in, names_out = [one.name for one in runtime.inputs], [one.name for one in runtime.outputs]
    return checking.as_source(runtime.inputs, names_in, fixed), checking.as_source(
        runtime.outputs, names_out, {}
    )
