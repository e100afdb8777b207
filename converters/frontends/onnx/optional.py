"""Optional values whose presence is known when the model is read."""

from collections.abc import Sequence

import numpy as np

from converters.frontends.onnx.rewriting import Site, rewrites


@rewrites("OptionalHasElement", why="its operand is a tensor, or left out: the answer is known")
def has_element(site: Site) -> Sequence[str]:
    return [site.constant(np.asarray(site.has(0) and site.input(0) in site.kinds))]


@rewrites("OptionalGetElement", why="its operand is a tensor")
def get_element(site: Site) -> Sequence[str]:
    return [site.input(0)]
