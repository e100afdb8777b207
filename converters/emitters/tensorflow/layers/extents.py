"""Operators whose results' shapes are data, as far as Keras has them: its symbolic tensors take no computed shape."""

from keras import ops

from converters.emitters.tensorflow.layers.site import Array, Site, Tensor, litert, numbers
from registry.errors import ConversionError


@litert("SHAPE")
def shape(site: Site, x: Tensor, *, out_type: str = "int32") -> Tensor:
    """An extent that only the run knows is the sum of as many ones."""
    extents = []
    for axis, extent in enumerate(x.shape):
        line = x[tuple(slice(None) if i == axis else slice(0, 1) for i in range(len(x.shape)))]
        ones = ops.ones_like(line, dtype=out_type)
        counted = ops.reshape(ops.sum(ones), (1,))
        extents.append(counted if extent is None else ops.full_like(counted, extent))
    return ops.cast(ops.concatenate(extents, axis=0), out_type)


@litert("FILL")
def fill(site: Site, dims: Array, number: Tensor) -> Tensor:
    return ops.broadcast_to(ops.reshape(number, ()), numbers(dims, "the shape of FILL"))


@litert("BROADCAST_TO")
def broadcast_to(site: Site, x: Tensor, target: Array) -> Tensor:
    return ops.broadcast_to(x, numbers(target, "the shape of BROADCAST_TO"))


@litert("RANGE", "WHERE", "UNIQUE", "NON_MAX_SUPPRESSION_V4", "RANDOM_UNIFORM")
def data_sized(site: Site, *operands: Tensor | Array) -> Tensor:
    """Raises ConversionError: stock Keras has no operation of such a kind."""
    raise ConversionError(
        f"{site.node.op} `{site.node.output.name}` has no counterpart among the operations of stock Keras; "
        f"leave out h5, keras and json (saved_model and pb hold it)"
    )
