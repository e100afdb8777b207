"""A .tflite unpacked, once it is known to hold no more parts than it has room for.

In a flatbuffer many entries may point at one table. A file of a megabyte can so claim 10^11 tensors, and unpacking makes each of them.
"""

from collections.abc import Iterator
from typing import Any

_OFFSET = 4
"""Bytes of an entry of a vector of tables."""
_SHARED = 16
"""How often a text may be pointed at, on average over the file."""


def unpack(schema: Any, data: bytes | memoryview) -> Any:
    """The `ModelT` in `data` (`schema`: LiteRT's generated module). Raises ValueError for a bomb, whatever the reader raises for damage."""
    model = schema.Model.GetRootAs(data, 0)
    entries, text = 0, 0
    for count, length in _parts(model):
        entries += count
        text += length
        if entries * _OFFSET > len(data) or text > _SHARED * len(data):
            raise ValueError("it claims more parts than it has room for")
    return schema.ModelT.InitFromPackedBuf(data, 0)


def _parts(model: Any) -> Iterator[tuple[int, int]]:
    """(entries of vectors of tables, bytes of text) of each part."""
    yield model.SubgraphsLength() + model.OperatorCodesLength() + model.BuffersLength(), 0
    yield model.MetadataLength() + model.SignatureDefsLength(), 0
    for number in range(model.SignatureDefsLength()):
        signature = model.SignatureDefs(number)
        yield signature.InputsLength() + signature.OutputsLength(), len(signature.SignatureKey() or b"")
    for number in range(model.SubgraphsLength()):
        subgraph = model.Subgraphs(number)
        yield subgraph.TensorsLength() + subgraph.OperatorsLength(), len(subgraph.Name() or b"")
        for index in range(subgraph.TensorsLength()):
            tensor = subgraph.Tensors(index)
            sparsity = tensor.Sparsity()
            yield sparsity.DimMetadataLength() if sparsity else 0, len(tensor.Name() or b"")
