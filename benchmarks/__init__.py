"""Timing and scoring of converted models."""

import sys

# OpenVINO's telemetry forks a process that talks to the network while a model is timed, and that can outlive the worker. None makes
# its import fail, which OpenVINO takes for "not installed".
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
