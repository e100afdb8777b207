"""`timm/…` and `torchvision/…`: cards from the installed packages, and a conversion of each with weights of one's own."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest

from registry import catalog
from registry.errors import InputError, MissingDependencyError, SourceError
from registry.fetch import Fetched
from registry.home import home
from registry.types import Blob
from tests.zoo.cli.run import zoo
from zoo import naming, sources
from zoo.providers import packages, spdx
from zoo.request import Access

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def installed() -> None:
    for package in ("timm", "torchvision", "torch"):
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed (zoo[providers])")


def weights(code: str, path: Path) -> Path:
    """A file of random weights that a child process writes: torch stays out of this one."""
    lines = [
        "from registry import definitions; definitions.import_torchvision()",
        "import torch, timm, torchvision",
        "torch.manual_seed(0)",
        f"torch.save(({code}).state_dict(), {str(path)!r})",
    ]
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True, capture_output=True)
    return path


def test_timm_from_its_name_to_a_verified_model(tmp_path: Path) -> None:
    own = weights("timm.create_model('test_resnet')", tmp_path / "own.pth")
    ended = zoo(
        *(
            "fetch-convert",
            "timm/test_resnet",
            "--weights",
            own,
            "--to",
            "float32,float16",
            "--offline",
            "--json",
        ),
        cwd=tmp_path,
    )
    assert ended.code == 0, ended.err
    manifest = ended.document["manifest"]
    assert ended.document["folder"] == "zoo_models/timm/test_resnet"
    assert (manifest["name"], manifest["card"]["name"]) == ("timm/test_resnet", "test_resnet.r160_in1k")
    assert [one["path"] for one in manifest["artifacts"]] == [
        "test_resnet_float32.tflite",
        "test_resnet_float16.tflite",
    ]
    assert all(check["passed"] for one in manifest["artifacts"] for check in one["checks"])
    assert manifest["inputs"]["source"]["origin"].startswith("package timm==")
    assert zoo("verify", "timm/test_resnet", cwd=tmp_path).code == 0
    here = zoo("info", "timm/test_resnet", "--json", cwd=tmp_path).document["here"]
    assert [one["variant"] for one in here["variants"]] == ["float32", "float16"]


def test_a_card_of_timm() -> None:
    card = naming.card("timm/test_resnet")
    assert card.entry.args == ("test_resnet.r160_in1k",)
    assert card.weights[0].urls == ("hf:timm/test_resnet.r160_in1k@main:model.safetensors",)
    assert card.weights[0].first_use
    (image,) = card.inputs
    assert (image.shape, image.preprocess.mean, image.preprocess.std) == (
        (1, 3, 160, 160),
        (0.5,) * 3,
        (0.5,) * 3,
    )
    assert image.preprocess.resize is not None
    assert (image.preprocess.resize.crop_pct, image.preprocess.resize.method) == (0.95, "bilinear")
    assert card.evaluation is not None
    assert (len(card.evaluation.classes), card.evaluation.classes[1]) == (1000, "goldfish, Carassius auratus")
    assert (card.licenses.code, card.licenses.weights) == ("Apache-2.0", "Apache-2.0")
    assert catalog.provenance(card) == "stranger"
    with pytest.raises(
        InputError, match=r"no weights `none` of test_resnet; there are test_resnet\.r160_in1k"
    ):
        naming.card("timm/test_resnet.none")
    with pytest.raises(InputError, match="did you mean `test_resnet`"):
        naming.card("timm/test_resnets")


def test_a_card_of_torchvision() -> None:
    card = naming.card("torchvision/resnet18")
    assert card.weights[0].sha256_start == "f37072fd"
    assert card.inputs[0].shape == (1, 3, 224, 224)
    assert card.inputs[0].preprocess.mean == (0.485, 0.456, 0.406)
    assert card.evaluation is not None
    assert card.evaluation.classes[0] == "tench"
    second = naming.card("torchvision/resnet50@IMAGENET1K_V2").inputs[0].preprocess.resize
    assert second is not None
    assert second.crop_pct == pytest.approx(224 / 232)
    outputs = naming.card("torchvision/deeplabv3_mobilenet_v3_large").outputs
    assert [(one.name, one.keep) for one in outputs] == [("out", True), ("aux", False)]
    with pytest.raises(InputError, match="there are IMAGENET1K_V1, IMAGENET1K_V2, DEFAULT"):
        naming.card("torchvision/resnet50@V9")
    with pytest.raises(InputError, match="ObjectDetection"):
        naming.card("torchvision/fasterrcnn_resnet50_fpn")


def test_torchvision_segmentation_with_weights_of_ones_own(tmp_path: Path) -> None:
    build = "torchvision.models.get_model('lraspp_mobilenet_v3_large', weights_backbone=None)"
    own = weights(build, tmp_path / "own.pth")
    ended = zoo(
        *("fetch-convert", "torchvision/lraspp_mobilenet_v3_large", "--weights", own, "--to", "float32"),
        *("--input-shape", "1,3,96,96", "--offline", "--json"),
        cwd=tmp_path,
    )
    assert ended.code == 0, ended.err
    (made,) = ended.document["manifest"]["artifacts"]
    assert made["stats"]["custom_ops"] == 0


def test_an_answer_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    first = packages.card("torchvision/resnet18")
    monkeypatch.setattr(packages, "_asked", lambda *_: pytest.fail("asked again"))
    assert packages.card("torchvision/resnet18") == first
    (kept,) = (home() / "providers").iterdir()
    kept.write_bytes(b'{"card": {"schema": 1}}')
    monkeypatch.undo()
    monkeypatch.setenv("ZOO_HOME", str(home()))
    assert packages.card("torchvision/resnet18") == first


def test_a_package_that_is_missing_or_broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(packages, "name", lambda text: text)
    with pytest.raises(MissingDependencyError, match=r"not installed: pip install 'zoo\[providers\]'"):
        packages.card("no-such-package/x")
    monkeypatch.undo()
    (tmp_path / "timm.py").write_text("raise ImportError('half installed')")
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(MissingDependencyError, match=r"The installed timm does not work .*half installed"):
        packages.card("timm/resnet18")


@pytest.mark.parametrize(
    "text", ["timm/", "timm/a b", "timm/hf-hub:org/x", "timm/../x", "torchvision/a@", "timm/a/b"]
)
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(InputError, match="is no name of"):
        packages.name(text)


def test_only_building_by_name_needs_no_agreement() -> None:
    card = naming.card("timm/test_resnet")
    code = Fetched(None, {}, {"source": Blob(sha256="0" * 64, size=1)}, ())
    sources.require_trust(card, code, Access(), lambda _: False)
    for change in (
        {"args": ("hf-hub:org/evil",)},
        {"args": ("local-dir:/tmp/x",)},
        {"args": ("test_resnet", True)},
        {"parameters": {"checkpoint_path": "/etc/passwd"}},
        {"cls": "create_optimizer"},
        {"module": "os", "cls": "system"},
        {"module": "torchvision.models", "cls": "get_model"},
    ):
        other = msgspec.structs.replace(card, entry=msgspec.structs.replace(card.entry, **change))
        with pytest.raises(SourceError, match="you have not agreed"):
            sources.require_trust(other, code, Access(), lambda _: False)
        assert not sources._builds_by_name(other)


@pytest.mark.parametrize(
    ("said", "identifier"),
    [
        ("apache-2.0", "Apache-2.0"),
        ("MIT", "MIT"),
        ("openrail++", "LicenseRef-openrail--"),
        (None, "unknown"),
        ("other", "unknown"),
    ],
)
def test_licence_names(said: str | None, identifier: str) -> None:
    assert spdx.identifier(said) == identifier
