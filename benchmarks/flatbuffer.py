"""What a .tflite holds, read from the file."""

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class FileFacts:
    """Builtin operator → how often over all subgraphs, custom ops by name, elements that its TRANSPOSEs move (a run-time dimension
    counts as 1), bytes."""

    operators: Counter[str]
    custom: Counter[str]
    transposed_elements: int
    size: int

    @property
    def ops(self) -> int:
        return sum(self.operators.values())

    @property
    def transposes(self) -> int:
        return self.operators["TRANSPOSE"]

    @property
    def custom_ops(self) -> int:
        return self.operators["CUSTOM"]


def file_facts(path: Path) -> FileFacts:
    """The facts of a file. Raises whatever the schema's reader raises for a damaged one."""
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0)
    names = {
        number: name for name, number in vars(schema.BuiltinOperator).items() if not name.startswith("_")
    }
    codes = [names[max(code.builtinCode, code.deprecatedBuiltinCode)] for code in model.operatorCodes]
    counts: Counter[str] = Counter()
    custom: Counter[str] = Counter()
    moved = 0
    for subgraph in model.subgraphs:
        for op in subgraph.operators or []:
            counts[codes[op.opcodeIndex]] += 1
            if codes[op.opcodeIndex] == "CUSTOM":
                custom[(model.operatorCodes[op.opcodeIndex].customCode or b"").decode(errors="replace")] += 1
            if codes[op.opcodeIndex] == "TRANSPOSE":
                shape = subgraph.tensors[op.outputs[0]].shape
                moved += math.prod(max(int(n), 1) for n in shape) if shape is not None else 1
    return FileFacts(counts, custom, moved, path.stat().st_size)
