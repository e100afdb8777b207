"""The Edge TPU: what its closed compiler would map of a quantized .tflite, forecast from rules that are data; and the compiler itself."""

from converters.edgetpu.forecast import Forecast, Verdict, forecast

__all__ = ["Forecast", "Verdict", "forecast"]
