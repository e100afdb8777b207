"""TFLite metadata: read back by the schema's field numbers, and the files compute what they computed."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.tiny import write_matrix_product, write_tiny_tflite
from registry.errors import ConversionError
from zoo.publish import metadata
from zoo.publish.metadata_schema import LabelFile, ModelFacts, TensorFacts

pytest.importorskip("ai_edge_litert")

FACTS = ModelFacts(
    name="net",
    description="Ein Netz für Bilder",
    version="1",
    author="somebody",
    license="MIT",
    inputs=(
        TensorFacts(
            name="image",
            description="RGB",
            dimensions=("batch", "height", "width", "channel"),
            image=(12, 8),
            color="RGB",
            mean=(123.5, 116.25, 103.5),
            std=(58.5, 57.0, 57.5),
            range=(-2.0, 2.5),
        ),
    ),
    outputs=(TensorFacts("scores", "one a class", files=(LabelFile("labels.txt", "axis labels", "names"),)),),
)
LABELS = {"labels.txt": "cat\nödög\n".encode()}


class Table:
    """A flatbuffer table read by field numbers: vtable at `at - int32`, its fields from the third uint16 on."""

    def __init__(self, data: bytes, at: int) -> None:
        from flatbuffers import number_types, table

        self._types, self.data = number_types, data
        self.table = table.Table(bytearray(data), at)

    def place(self, field: int) -> int:
        offset = self.table.Offset(4 + 2 * field)
        return int(self.table.Pos + offset) if offset else 0

    def number(self, field: int, kind: str) -> Any:
        return self.table.Get(getattr(self._types, f"{kind}Flags"), self.place(field))

    def text(self, field: int) -> str:
        return str(self.table.String(self.place(field)).decode())

    def child(self, field: int) -> "Table":
        return Table(self.data, self.table.Indirect(self.place(field)))

    def children(self, field: int) -> list["Table"]:
        return [Table(self.data, self.table.Indirect(at)) for at in self._elements(field)]

    def texts(self, field: int) -> list[str]:
        return [self.table.String(at).decode() for at in self._elements(field)]

    def floats(self, field: int) -> list[float]:
        return [float(self.table.Get(self._types.Float32Flags, at)) for at in self._elements(field)]

    def _elements(self, field: int) -> list[int]:
        offset = self.place(field) - self.table.Pos
        start, count = self.table.Vector(offset), self.table.VectorLen(offset)
        return [start + 4 * index for index in range(count)]


def metadata_of(path: Path) -> Table:
    """The root of the one metadata buffer of a file."""
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0)
    entries = [one for one in model.metadata if one.name == metadata.ENTRY]
    assert len(entries) == 1
    data = bytes(model.buffers[entries[0].buffer].data)
    assert data[4:8] == b"M001"
    return Table(data, int.from_bytes(data[:4], "little"))


def answer(path: Path) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path))
    interpreter.allocate_tensors()
    given = interpreter.get_input_details()[0]
    values = np.random.default_rng(0).standard_normal(given["shape"]).astype(np.float32)
    interpreter.set_tensor(given["index"], values)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


def test_every_field_comes_back(tmp_path: Path) -> None:
    source, made = write_tiny_tflite(tmp_path / "a.tflite"), tmp_path / "b.tflite"
    metadata.write(source, made, FACTS, LABELS)
    root = metadata_of(made)
    assert [root.text(field) for field in (0, 1, 2, 4, 5, 7)] == [
        "net",
        "Ein Netz für Bilder",
        "1",
        "somebody",
        "MIT",
        "1.0.0",
    ]
    (graph,) = root.children(3)
    (given,), (answers,) = graph.children(2), graph.children(3)
    assert (given.text(0), given.text(1)) == ("image", "RGB")
    assert given.texts(2) == ["batch", "height", "width", "channel"]
    content = given.child(3)
    assert content.number(0, "Uint8") == 2  # ImageProperties
    image = content.child(1)
    assert image.number(0, "Int8") == 1  # RGB
    assert [image.child(1).number(field, "Uint32") for field in (0, 1)] == [12, 8]
    (unit,) = given.children(4)
    assert unit.number(0, "Uint8") == 1  # NormalizationOptions
    assert (unit.child(1).floats(0), unit.child(1).floats(1)) == ([123.5, 116.25, 103.5], [58.5, 57.0, 57.5])
    assert (given.child(5).floats(0), given.child(5).floats(1)) == ([2.5], [-2.0])
    assert answers.child(3).number(0, "Uint8") == 1  # FeatureProperties
    (file,) = answers.children(6)
    assert (file.text(0), file.number(2, "Int8")) == ("labels.txt", 2)  # TENSOR_AXIS_LABELS


def test_the_label_file_is_in_the_archive_uncompressed(tmp_path: Path) -> None:
    made = tmp_path / "b.tflite"
    metadata.write(write_tiny_tflite(tmp_path / "a.tflite"), made, FACTS, LABELS)
    with zipfile.ZipFile(made) as archive:
        assert archive.read("labels.txt") == LABELS["labels.txt"]
        assert [one.compress_type for one in archive.infolist()] == [zipfile.ZIP_STORED]


def test_the_file_computes_the_same_and_its_buffers_stay_aligned(tmp_path: Path) -> None:
    from ai_edge_litert import schema_py_generated as schema

    source, made = write_matrix_product(tmp_path / "a.tflite", 3, 50, 70), tmp_path / "b.tflite"
    metadata.write(source, made, FACTS, LABELS)
    np.testing.assert_array_equal(answer(made), answer(source))
    content = made.read_bytes()
    model = schema.Model.GetRootAs(content, 0)
    weights = schema.ModelT.InitFromPackedBuf(content, 0).buffers[1].data
    assert content.index(bytes(weights)) % 16 == 0
    assert model.Subgraphs(0).OperatorsLength() == 1


def test_metadata_that_is_there_is_replaced(tmp_path: Path) -> None:
    one, two, three = (tmp_path / f"{name}.tflite" for name in "abc")
    metadata.write(write_tiny_tflite(one), two, FACTS, LABELS)
    metadata.write(two, three, FACTS, LABELS)
    assert three.read_bytes() == two.read_bytes()


def test_what_is_no_tflite_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "a.tflite"
    whole = write_tiny_tflite(bad).read_bytes()
    for content, said in ((b"not a model at all", r"is no \.tflite file"), (whole[:60], "is a damaged")):
        bad.write_bytes(content)
        with pytest.raises(ConversionError, match=said):
            metadata.write(bad, tmp_path / "b.tflite", FACTS, LABELS)
        assert not (tmp_path / "b.tflite").exists()
