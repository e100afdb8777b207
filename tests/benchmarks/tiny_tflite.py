"""The tiny model under the name that the tests know."""

from benchmarks.tiny import write_tiny_tflite

__all__ = ["write_tiny_tflite"]
