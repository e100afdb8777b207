"""The whole way: parent, child, foreign code, exporter, comparison."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from converters.frontends.pytorch import ExportSpec, export, export_program_file
from registry.card import Call, Entry, Input, Output, StateDict
from registry.errors import InputError, SourceError, StorageError
from tests.converters.frontends.pytorch.checkouts import write_checkout

pytestmark = pytest.mark.slow

IMAGE = Input(name="image", shape=(1, 3, 8, 8))
VECTOR = Input(name="x", shape=(1, 4))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkout(tmp_path_factory.mktemp("foreign"))


def spec_of(checkout: Path, module: str, cls: str, given: Input = VECTOR, **more: object) -> ExportSpec:
    return ExportSpec(entry=Entry(module=module, cls=cls), inputs=(given,), checkout=checkout, **more)  # type: ignore[arg-type]


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_class_with_weights_names_kept_outputs_and_reference(tmp_path: Path, checkout: Path) -> None:
    import onnxruntime
    import torch

    weights = tmp_path / "w.pth"
    torch.manual_seed(5)
    conv, norm = torch.nn.Conv2d(3, 6, 3), torch.nn.BatchNorm2d(6)
    state = {f"module.conf.{k}": v.half() for k, v in conv.state_dict().items()}
    state |= {f"module.norm.{k}": v for k, v in norm.state_dict().items()}
    torch.save({"epoch": 3, "state_dict": {**state, "module.head.weight": torch.zeros(1)}}, weights)
    x = np.random.default_rng(1).standard_normal((2, 1, 3, 8, 8)).astype(np.float32)
    np.savez(tmp_path / "in.npz", **{"real/image": x[0], "seeded/image": x[1]})
    spec = ExportSpec(
        entry=Entry(
            module="tiny",
            cls="make_tiny",
            parameters={"width": 6},
            state_dict=StateDict(
                key="state_dict", strip_prefix="module.", rename={"conf.": "conv."}, drop=("head.",)
            ),
        ),
        inputs=(IMAGE,),
        outputs=(
            Output(name="map", shape=(1, 6, 8, 8)),
            Output(name="aside", keep=False),
            Output(name="mean", shape=(1, 6)),
        ),
        checkout=checkout,
        weights=weights,
        reference_inputs=tmp_path / "in.npz",
        reference_outputs=tmp_path / "out" / "ref.npz",
    )
    said: list[str] = []
    out = tmp_path / "out" / "tiny.onnx"
    report = export(spec, out, progress=lambda what, done=0, total=None: said.append(what))

    assert report.exporter == "torchscript"
    assert report.rejected == dict.fromkeys(
        ("dynamo", "openvino"), "not tried: torchscript agreed with PyTorch first"
    )
    assert [(t.name, t.shape, t.dtype) for t in report.outputs] == [
        ("map", (1, 6, 8, 8), "float32"),
        ("mean", (1, 6), "float32"),
    ]
    assert [(t.name, t.shape) for t in report.inputs] == [("image", (1, 3, 8, 8))]
    assert report.parameters == 6 * 27 + 6 + 12
    assert any("float16" in note for note in report.notes)
    assert set(report.difference) == {"map", "mean"}
    assert max(report.difference.values()) < 2e-6
    assert report.noise == {}  # not worth measuring at such differences
    assert said[0] == "starting PyTorch"
    assert "building the model" in said
    assert left(out.parent) == ["ref.npz", "tiny.onnx"]

    # The reference against the definition written out: weights really are those of the file.
    with np.load(tmp_path / "out" / "ref.npz") as reference:
        assert sorted(reference.files) == ["real/map", "real/mean", "seeded/map", "seeded/mean"]
        half = {k: v.half().float() for k, v in conv.state_dict().items()}
        y = torch.nn.functional.conv2d(torch.from_numpy(x[0]), half["weight"], half["bias"], padding=1)
        wanted = torch.relu(y / (1 + 1e-5) ** 0.5).numpy()
        np.testing.assert_allclose(reference["real/map"], wanted, atol=1e-5)
        session = onnxruntime.InferenceSession(str(out), providers=["CPUExecutionProvider"])
        found = session.run(["map", "mean"], {"image": x[1]})
        np.testing.assert_allclose(found[0], reference["seeded/map"], atol=1e-5)
        np.testing.assert_allclose(found[1], reference["seeded/mean"], atol=1e-5)

    again = tmp_path / "again.onnx"
    export(spec, again)
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(out.read_bytes()).digest()


def test_foreign_code_is_isolated(tmp_path: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Own `registry` and `utils` of the checkout win, its onnx.py does not; no secrets, no HOME, no network; setup is called."""
    monkeypatch.setenv("SECRET_TOKEN", "x")
    entry = Entry(
        module="guarded",
        cls="Guarded",
        setup=(Call(function="guarded:setup", args=(3,), parameters={"name": "x"}),),
    )
    spec = ExportSpec(entry=entry, inputs=(VECTOR,), checkout=checkout, paths=("lib",), measure_noise=False)
    report = export(spec, tmp_path / "m.onnx")
    assert "printed by foreign code" in report.log
    assert report.noise == {}


def test_other_exporter_where_the_first_fails(tmp_path: Path, checkout: Path) -> None:
    report = export(spec_of(checkout, "hard", "Untraceable"), tmp_path / "m.onnx")
    assert report.exporter == "dynamo"
    assert "not under a trace" in report.rejected["torchscript"]
    assert str(tmp_path).encode() not in (tmp_path / "m.onnx").read_bytes()
    assert str(checkout).encode() not in (tmp_path / "m.onnx").read_bytes()


def test_encoder_layers_are_exported_as_their_parts(tmp_path: Path) -> None:
    """In eval mode torch computes such a layer by one operator (its fast path), which TorchScript's exporter has no form for."""
    sizes = {"d_model": 8, "nhead": 2, "dim_feedforward": 16, "batch_first": True}
    entry = Entry(module="torch.nn", cls="TransformerEncoderLayer", parameters=sizes)
    spec = ExportSpec(entry=entry, inputs=(Input(name="x", shape=(1, 4, 8)),))
    assert export(spec, tmp_path / "m.onnx").exporter == "torchscript"


@pytest.mark.parametrize("exporter", ["auto", "openvino"])
def test_openvino_reads_pytorch_where_no_exporter_can(tmp_path: Path, checkout: Path, exporter: str) -> None:
    spec = spec_of(
        checkout,
        "hard",
        "Ranked",
        exporter=exporter,
        outputs=(Output(name="kth", shape=(1,)), Output(name="whole", keep=False), Output(name="double")),
    )
    report = export(spec, tmp_path / "m.onnx")
    assert (report.exporter, report.opset) == ("openvino", 0)
    assert left(tmp_path) == ["m.bin", "m.xml"]
    assert [one.name for one in report.inputs] == ["x"]
    assert [(one.name, one.shape) for one in report.outputs] == [("kth", (1,)), ("double", (1, 4))]
    assert max(report.difference.values()) < 1e-6
    assert set(report.rejected) == ({"torchscript", "dynamo"} if exporter == "auto" else set())
    assert str(tmp_path).encode() not in (tmp_path / "m.xml").read_bytes()


def test_wrong_export_is_caught_by_comparison(tmp_path: Path, checkout: Path) -> None:
    spec = spec_of(checkout, "hard", "Different", exporter="torchscript")
    with pytest.raises(
        SourceError,
        match=r"Neither an ONNX exporter.*`hard:Different`.*torchscript: .*differs from PyTorch by 5.0e-01",
    ):
        export(spec, tmp_path / "m.onnx")
    assert left(tmp_path) == []


def test_time_limit(tmp_path: Path, checkout: Path) -> None:
    with pytest.raises(SourceError, match=r"`hard:Sleeps` was stopped after .* time limit"):
        export(spec_of(checkout, "hard", "Sleeps"), tmp_path / "m.onnx", timeout_s=6)
    assert left(tmp_path) == []


def test_killed_for_memory(tmp_path: Path, checkout: Path) -> None:
    with pytest.raises(
        SourceError, match="`hard:Dies` was killed by the system, most likely because memory ran out"
    ):
        export(spec_of(checkout, "hard", "Dies"), tmp_path / "m.onnx")
    assert left(tmp_path) == []


def test_wrong_output_count_says_shapes(tmp_path: Path, checkout: Path) -> None:
    spec = spec_of(checkout, "tiny", "Tiny", IMAGE, outputs=(Output(name="map"),))
    with pytest.raises(
        SourceError, match=r"gives 3 outputs \(1x4x8x8, 1x4x8x8, 1x4\), the card names 1 \(map\)"
    ):
        export(spec, tmp_path / "m.onnx")


def test_torch_export_program(tmp_path: Path) -> None:
    import torch

    program = torch.export.export(torch.nn.Linear(4, 2), (torch.zeros(1, 4),))
    torch.export.save(program, tmp_path / "p.pt2")
    report = export_program_file(tmp_path / "p.pt2", tmp_path / "m.onnx", outputs=(Output(name="y"),))
    assert report.exporter == "dynamo"
    assert [(t.name, t.shape) for t in report.inputs + report.outputs] == [("input", (1, 4)), ("y", (1, 2))]


def test_torchscript_program(tmp_path: Path) -> None:
    import torch

    torch.jit.trace(torch.nn.Linear(4, 2), torch.zeros(1, 4)).save(str(tmp_path / "p.pt"))
    report = export_program_file(tmp_path / "p.pt", tmp_path / "m.onnx", inputs=(VECTOR,))
    assert report.exporter == "torchscript"
    assert [t.name for t in report.outputs] == ["output"]


def test_specs_that_cannot_be(tmp_path: Path, checkout: Path) -> None:
    with pytest.raises(InputError, match="either a class"):
        export(ExportSpec(inputs=(IMAGE,)), tmp_path / "m.onnx")
    with pytest.raises(InputError, match="input shapes"):
        export(ExportSpec(entry=Entry(module="tiny", cls="Tiny"), checkout=checkout), tmp_path / "m.onnx")
    with pytest.raises(InputError, match="is not there"):
        export(spec_of(tmp_path / "nowhere", "tiny", "Tiny", IMAGE), tmp_path / "m.onnx")
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="Cannot write"):
        export(spec_of(checkout, "tiny", "Tiny", IMAGE), tmp_path / "file" / "m.onnx")
