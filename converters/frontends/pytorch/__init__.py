"""From PyTorch to ONNX, in a child process: foreign code never runs in the user's own."""

from converters.frontends.pytorch.export import export, export_program_file
from converters.frontends.pytorch.spec import ExportReport, ExportSpec, TensorInfo

__all__ = ["ExportReport", "ExportSpec", "TensorInfo", "export", "export_program_file"]
