"""Graph → TensorFlow: SavedModel, frozen .pb, and Keras as .keras, .h5, or JSON with weights."""

from converters.emitters.tensorflow.emit import TARGETS, emit_tensorflow, weights_path

__all__ = ["TARGETS", "emit_tensorflow", "weights_path"]
