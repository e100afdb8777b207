"""ONNX models that OpenVINO's reader refuses or misreads, in words that it reads right."""
