"""Why a quantized .tflite differs from its float model: layer by layer, with the alarms that users know from hard experience."""

from converters.explain.explain import Explained, explain

__all__ = ["Explained", "explain"]
