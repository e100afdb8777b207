"""Every .tflite, .pb, .h5 and .onnx of the corpus through `zoo convert`: it comes out right, or is refused with the right reason.

Right is what the source's own runtime answers (ONNX Runtime, TensorFlow, LiteRT) within 1e-5 of the largest magnitude; where float32 cannot
say the answer so closely (ROUGH), within what the source's own rounding makes of it. `make corpus` runs all formats, the suite float32.
"""

import os
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT, corpus
from tests.zoo.cli.run import zoo

CORPUS = Path(os.environ.get("ZOO_CORPUS", ROOT.parent / "shared" / "corpus"))
KINDS = (".tflite", ".pb", ".h5", ".onnx")
FILES = sorted(str(path.relative_to(CORPUS)) for path in CORPUS.rglob("*") if path.suffix in KINDS)

SHAPES = {"espcn_pb": "1,24,32,1", "fsrcnn_pb": "1,24,32,1", "_dynamic.onnx": "1,3,96,160"}
"""Part of a file's name → the shape of its input, which the file leaves open."""

REFUSED = {
    "dtln/model.h5": "holds weights without their model",
    "mnist_onnx/pytorch_superresolution_with_pre_post_processing_op18.onnx": "DecodeImage of domain `com.microsoft.extensions`",
    "silero_vad/silero_vad.onnx": "operator that OpenVINO cannot read: .*ReduceMean",
}

ROUGH = frozenset(
    {
        "dtln/model_quant_1.tflite",  # products of activations that are quantized on the fly
        "dtln/model_quant_2.tflite",
        "mlperf_tiny/kws_ref_model_float32.tflite",
        "onnx/blazeface_landmark.onnx",  # an output of 1e-5
        "onnx/extremec3.onnx",  # logits of 6e6
        "onnx/u2netp.onnx",  # biases up to 1361 that cancel
        "u2netp/u2netp_float16.tflite",
        *(name for name in FILES if name.startswith("yunet/")),  # scores of 1e-5 on noise
    }
)
ROUNDING = re.compile("within the source model's own float32 rounding|the output is all but zero")
TOLERANCE = 1e-5


@pytest.mark.corpus
def test_there_is_a_corpus() -> None:
    corpus("INDEX.md")
    assert {Path(name).suffix for name in FILES} == set(KINDS)
    assert set(REFUSED) | ROUGH <= set(FILES)


def _shape(name: str) -> list[str]:
    return [word for part, shape in SHAPES.items() if part in name for word in ("--input-shape", shape)]


def _comes_out_right(name: str, targets: str, out: Path) -> None:
    ended = zoo(
        "convert", CORPUS / name, "--to", targets, "--out", out, *_shape(name), "--json", cwd=out.parent
    )
    assert ended.code == 0, ended.err
    artifacts = ended.document["manifest"]["artifacts"]
    assert {one["target"] for one in artifacts} == set(targets.split(","))
    for one in artifacts:
        assert one["checks"], one["target"]
        for check in one["checks"]:
            near = check["max_relative"] <= TOLERANCE
            assert near or (name in ROUGH and ROUNDING.match(check["reason"])), (one["target"], check)
        assert one["target"] != "float32" or one["stats"]["custom_ops"] == 0


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in FILES if name not in REFUSED])
def test_it_comes_out_right(name: str, tmp_path: Path) -> None:
    _comes_out_right(name, "float32", tmp_path / "out")


@pytest.mark.corpus
@pytest.mark.exhaustive
@pytest.mark.parametrize("name", [name for name in FILES if name not in REFUSED])
def test_it_comes_out_right_in_every_format(name: str, tmp_path: Path) -> None:
    _comes_out_right(name, "float32,saved_model,pb,h5,keras", tmp_path / "out")


@pytest.mark.corpus
@pytest.mark.parametrize("name", [name for name in FILES if name in REFUSED])
def test_it_is_refused_with_the_reason(name: str, tmp_path: Path) -> None:
    ended = zoo("convert", CORPUS / name, "--to", "float32", "--out", tmp_path / "out")
    assert ended.code in (2, 5)
    assert re.search(REFUSED[name], ended.failed(ended.code))
    assert not list(tmp_path.glob("out/*.tflite"))
