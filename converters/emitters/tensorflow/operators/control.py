"""Control flow. A subgraph comes as a function of tensors that knows the shapes of its inputs."""

from typing import Any

import tensorflow as tf

from converters.emitters.tensorflow.operators.common import Tensor, litert
from converters.emitters.tensorflow.table import Subgraph


@litert("IF")
def if_(
    condition: Tensor, *values: Tensor, then_subgraph_index: Subgraph, else_subgraph_index: Subgraph
) -> list[Tensor]:
    results = tf.cond(
        tf.reshape(condition, ()), lambda: then_subgraph_index(*values), lambda: else_subgraph_index(*values)
    )
    return list(results)


@litert("WHILE")
def while_(*values: Tensor, cond_subgraph_index: Subgraph, body_subgraph_index: Subgraph) -> list[Tensor]:
    """A dimension that the body changes is open from the start."""
    shapes = [tf.TensorShape(shape) for shape in body_subgraph_index.shapes]

    def known(tensors: Any) -> list[Tensor]:
        return [
            y if y.shape.is_subtype_of(shape) else tf.ensure_shape(y, shape)
            for y, shape in zip(tensors, shapes, strict=True)
        ]

    results = tf.while_loop(
        lambda *state: tf.reshape(cond_subgraph_index(*state)[0], ()),
        lambda *state: known(body_subgraph_index(*state)),
        known(map(tf.convert_to_tensor, values)),
        shape_invariants=shapes,
    )
    return list(results)
