"""Doors out: the graph as .tflite, TensorFlow, Keras, OpenVINO IR."""
