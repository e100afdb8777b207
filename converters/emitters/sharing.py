"""A flatbuffer's builder that writes nothing twice: equal strings, vectors of numbers and tables are one, pointed at from everywhere.

A flatbuffer is a directed acyclic graph, not a tree: several offsets may lead to one place, as those of vtables do with every builder and
those of strings with `CreateSharedString` (FlatBuffers' documentation). In a .tflite file this takes away most of what quantization adds:
the zero points of per-channel weights are 8 bytes of zero a channel.
"""

from typing import Any

import flatbuffers


class SharingBuilder(flatbuffers.Builder):  # type: ignore[misc]  # it has no types
    """Used by the schema's generated `Pack` methods as any builder is. The same calls give the same bytes."""

    # The names of methods and parameters are the base's.
    # ruff: noqa: N802, N803

    def __init__(self, memory: Any) -> None:
        """`memory`: writable bytes (a bytearray, an mmap), to be filled from their end."""
        super().__init__(0)
        self.Bytes, self.head = memory, len(memory)
        self.current_vtable: list[int] | None = None
        self.strings: dict[bytes, int] = {}
        self.vectors: dict[tuple[int, bytes], int] = {}
        self.tables: dict[Any, int] = {}
        self.before = 0
        """How far the buffer was filled before the vector or table that is being built and its padding."""
        self.alignment = 0
        """Of the vector that is being built; 0 outside of one."""
        self.last = 0
        """Distance of its end from the buffer's."""
        self.references: list[tuple[int, int]] = []
        """Where an offset of the vector or table that is being built stands and where it leads, counted from the buffer's end."""

    def CreateString(self, s: str | bytes, encoding: str = "utf-8", errors: str = "strict") -> int:
        key = s.encode(encoding, errors) if isinstance(s, str) else s
        if key not in self.strings:
            self.strings[key] = super().CreateString(key)
        return self.strings[key]

    def PrependUOffsetTRelative(self, off: int) -> None:
        super().PrependUOffsetTRelative(off)
        self.references.append((self.Offset(), off))

    def StartVector(self, elemSize: int, numElems: int, alignment: int) -> int:
        self.before, self.alignment, self.references = self.Offset(), alignment, []
        self.last = int(super().StartVector(elemSize, numElems, alignment))
        return self.last

    def EndVector(self, numElems: int | None = None) -> int:
        made = int(super().EndVector(numElems))
        alignment, self.alignment = self.alignment, 0
        if not alignment or self.references:
            return made
        content = bytes(self.Bytes[self.head : len(self.Bytes) - self.last])
        found = self.vectors.setdefault((alignment, content), made)
        if found != made:
            self.head = len(self.Bytes) - self.before
        return found

    def end_place(self) -> int:
        """Ends a vector whose elements were not written, but left free: it is nobody else's."""
        self.alignment = 0
        return int(super().EndVector())

    def StartObject(self, numfields: int) -> None:
        self.before, self.references = self.Offset(), []
        super().StartObject(numfields)

    def EndObject(self) -> int:
        end = self.Offset()
        content = bytearray(self.Bytes[self.head : len(self.Bytes) - self.objectEnd])
        for place, _ in self.references:
            content[end - place : end - place + 4] = bytes(4)
        fields = tuple(field and end - field + 1 for field in self.current_vtable or ())
        key = (fields, bytes(content), tuple(where for _, where in self.references))
        if key in self.tables:
            self.nested, self.current_vtable, self.head = False, None, len(self.Bytes) - self.before
            return self.tables[key]
        self.tables[key] = int(super().EndObject())
        return self.tables[key]
