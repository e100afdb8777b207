"""Operators whose results' shapes are data: read, filled, counted, found."""

import tensorflow as tf

from converters.emitters.tensorflow.operators.common import Tensor, litert


@litert("SHAPE")
def shape(x: Tensor, *, out_type: str = "int32") -> Tensor:
    return tf.shape(x, out_type=tf.as_dtype(out_type))


@litert("FILL")
def fill(dims: Tensor, number: Tensor) -> Tensor:
    return tf.fill(dims, tf.reshape(number, ()))


@litert("BROADCAST_TO")
def broadcast_to(x: Tensor, target: Tensor) -> Tensor:
    return tf.broadcast_to(x, target)


@litert("RANGE")
def range_(start: Tensor, limit: Tensor, delta: Tensor) -> Tensor:
    return tf.range(start, limit, delta)


@litert("RANDOM_UNIFORM")
def random_uniform(dims: Tensor, *, seed: int = 0, seed2: int = 0) -> Tensor:
    return tf.raw_ops.RandomUniform(shape=dims, dtype=tf.float32, seed=seed, seed2=seed2)


@litert("WHERE")
def where(condition: Tensor) -> Tensor:
    return tf.where(condition)


@litert("UNIQUE")
def unique(x: Tensor, *, idx_out_type: str = "int32") -> list[Tensor]:
    return list(tf.raw_ops.Unique(x=x, out_idx=tf.as_dtype(idx_out_type)))


@litert("NON_MAX_SUPPRESSION_V4")
def non_max_suppression_v4(
    boxes: Tensor, scores: Tensor, most: Tensor, overlap: Tensor, least: Tensor
) -> list[Tensor]:
    return list(
        tf.raw_ops.NonMaxSuppressionV4(
            boxes=boxes,
            scores=scores,
            max_output_size=most,
            iou_threshold=overlap,
            score_threshold=least,
            pad_to_max_output_size=True,
        )
    )
