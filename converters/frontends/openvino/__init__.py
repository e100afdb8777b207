"""The one door in: whatever OpenVINO reads, lowered op by op into the LiteRT dialect."""

from converters.frontends.openvino.door import read_model
from converters.frontends.openvino.lower import lower
from converters.frontends.openvino.names import input_name, shortest_name

__all__ = ["input_name", "lower", "read_model", "shortest_name"]
