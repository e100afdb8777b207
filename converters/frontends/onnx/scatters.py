"""Writing into a tensor at computed places."""

from collections.abc import Sequence

import numpy as np

from converters.frontends.onnx.rewriting import Site, UnknownError, rewrites


@rewrites("TensorScatter", why="a cache's update, row by row")
def tensor_scatter(site: Site) -> Sequence[str]:
    """TensorScatter-24: update[b, …, s, …] goes to place write_indices[b] + s along `axis` (modulo its size where circular)."""
    cache, update = site.shape(0), site.shape(1)
    axis = site.attribute("axis", -2) % len(cache)
    steps = np.arange(update[axis], dtype=np.int64).reshape(
        [-1 if i == axis else 1 for i in range(len(cache))]
    )
    places = site.constant(steps)
    if site.has(2):
        starts = site("Reshape", site.input(2), site.ints(-1, *(1,) * (len(cache) - 1)))
        places = site("Add", places, starts)
    if site.attribute("mode", "linear") == "circular":
        places = site("Mod", places, site.constant(np.int64(cache[axis])))
    full = site("Expand", places, site.ints(*update))
    return [site("ScatterElements", site.input(0), full, site.input(1), axis=axis)]


@rewrites("MaxUnpool", why="zeros with the values at their indices")
def max_unpool(site: Site) -> Sequence[str]:
    """The indices count through the unpooled tensor (MaxUnpool-11)."""
    shape = site.shape(0)
    kernel = site.attribute("kernel_shape")
    strides = site.attribute("strides") or [1] * len(kernel)
    pads = site.attribute("pads") or [0] * (2 * len(kernel))
    inner = [
        (n - 1) * s - pads[i] - pads[i + len(kernel)] + k
        for i, (n, s, k) in enumerate(zip(shape[2:], strides, kernel, strict=True))
    ]
    natural = [*shape[:2], *inner]
    wanted = natural
    if site.has(2):
        given = site.constants.get(site.input(2))
        if given is None:
            raise UnknownError("its output shape is only known at run time")
        wanted = [int(n) for n in given]
    zeros = site("Expand", site.like(0, 0), site.ints(int(np.prod(natural))))
    flat = site("Reshape", site.input(1), site.ints(-1))
    placed = site("ScatterElements", zeros, flat, site("Reshape", site.input(0), site.ints(-1)), axis=0)
    result = site("Reshape", placed, site.ints(*natural))
    if wanted == natural:
        return [result]
    grown = [0] * len(natural) + [a - b for a, b in zip(wanted, natural, strict=True)]
    return [site("Pad", result, site.ints(*grown), site.like(0, 0))]
