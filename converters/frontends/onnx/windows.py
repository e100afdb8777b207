"""Operators on windows: deformable convolution, padding around the edge."""

from collections.abc import Sequence

import numpy as np
from onnx import TensorProto

from converters.frontends.onnx.rewriting import Site, rewrites


@rewrites("DeformConv", why="OpenVINO has the operator under a name of its own")
def deformable_convolution(site: Site) -> Sequence[str]:
    """OpenVINO's DeformableConvolution-8 by its own ONNX domain; the bias is added behind."""
    inputs = [site.input(0), site.input(2), site.input(1)]
    if site.has(4):
        inputs.append(site.input(4))
    kernel = site.attribute("kernel_shape") or list(site.shape(1)[2:])
    count = len(kernel)
    result = site(
        "DeformableConv2D",
        *inputs,
        domain="org.openvinotoolkit",
        strides=site.attribute("strides") or [1] * count,
        pads=site.attribute("pads") or [0] * (2 * count),
        dilations=site.attribute("dilations") or [1] * count,
        group=site.attribute("group", 1),
        deformable_groups=site.attribute("offset_group", 1),
    )
    if not site.has(3):
        return [result]
    return [site("Add", result, site("Reshape", site.input(3), site.ints(1, -1, *(1,) * count)))]


@rewrites(
    "Pad", why="an axis that goes on at its other end", when=lambda site: site.attribute("mode") == "wrap"
)
def wrap(site: Site) -> Sequence[str]:
    """Along each axis of size n the elements (i mod n) for i from -before to n + after (Pad-19)."""
    shape = site.shape(0)
    pads = site("Cast", site.input(1), to=TensorProto.INT64)
    axes = site.constants.get(site.input(3)) if site.has(3) else np.arange(len(shape))
    x = site.input(0)
    if axes is None:
        axes = np.arange(len(shape))
    for number, axis in enumerate(int(a) % len(shape) for a in axes):
        before, after = (
            site("Gather", pads, site.constant(np.int64(place))) for place in (number, number + len(axes))
        )
        size = site.constant(np.int64(shape[axis]))
        reach = site("Range", site("Neg", before), site("Add", size, after), site.constant(np.int64(1)))
        x = site("Gather", x, site("Mod", reach, size), axis=axis)
    return [x]
