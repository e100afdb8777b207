"""What operators a .tflite holds, read from the file."""

from collections import Counter
from pathlib import Path


def operator_counts(path: Path) -> Counter[str]:
    """Builtin operator → how often, over all subgraphs. Raises whatever the schema's reader raises for a damaged file."""
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0)
    names = {
        number: name for name, number in vars(schema.BuiltinOperator).items() if not name.startswith("_")
    }
    codes = [names[max(code.builtinCode, code.deprecatedBuiltinCode)] for code in model.operatorCodes]
    return Counter(codes[op.opcodeIndex] for subgraph in model.subgraphs for op in subgraph.operators or [])
