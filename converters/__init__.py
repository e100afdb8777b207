"""The conversion engine: any common model in, one channels-last graph in the LiteRT dialect, every variant out."""

import sys

# OpenVINO reports each import and conversion to its makers over the network, in processes of its own. Without this module it does not;
# nothing here may touch the network unasked.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
