"""The one door in: whatever OpenVINO reads, lowered op by op into the LiteRT dialect."""

from converters.frontends.openvino.door import read_model
from converters.frontends.openvino.lower import lower

__all__ = ["lower", "read_model"]
