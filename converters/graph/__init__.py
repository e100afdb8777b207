"""The graph: values, nodes and their order. Knows nothing of any framework."""

from converters.graph.graph import Attr, Graph, Node, Quantization, Value, constant

__all__ = ["Attr", "Graph", "Node", "Quantization", "Value", "constant"]
