"""`zoo publish` from a conversion to a folder that others can trust: contents, metadata, gate, and what is refused."""

import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from registry import catalog
from registry.errors import InputError, VerificationError
from registry.progress import silent
from registry.types import Measurement, Residency, Sample, Score
from tests.zoo.cli.run import zoo
from tests.zoo.models import convolution
from tests.zoo.publish.loopback_hub import Hub
from zoo import keeping, pipeline, scores_file, targets, workspace
from zoo.publish import publishing
from zoo.publish.gate import LicenceError
from zoo.publish.publishing import Asked
from zoo.request import Calibrating, Request

pytest.importorskip("openvino")
pytest.importorskip("ai_edge_litert")

HOSTILE = "<script>alert(1)</script> [x](javascript:alert(1)) | `code` \\x1b[31mred \\u202e ```"
CARD = f"""
schema: 1
name: net
task: image-segmentation
description: "A network. {HOSTILE}"
licenses: {{code: MIT, weights: Apache-2.0, dataset: unknown}}
source: {{url: "https://example.org/net"}}
weights: [{{file: net.onnx, path: net.onnx}}]
entry: {{model: net.onnx}}
inputs:
  - name: image
    shape: [1, 3, 8, 8]
    layout: NCHW
    color: RGB
    range: [-2.12, 2.65]
    preprocess: {{resize: {{}}, divide_by: 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}}
outputs:
  - {{name: features, meaning: "a|b <b>c</b>"}}
evaluation: {{metric: miou, output: features, classes: [sky, "sea <i>", land, "x\\ny"]}}
"""


@dataclass(frozen=True)
class Converted:
    """Models under `zoo_models` of a folder, with scores and a measurement; `home` is their ZOO_HOME."""

    folder: Path
    home: Path


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Converted:
    folder = tmp_path_factory.mktemp("publish")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZOO_HOME", str(folder / "home"))
        patch.chdir(folder)
        model = convolution(folder / "net.onnx")
        card = folder / "net.yaml"
        card.write_text(CARD)
        out = folder / "zoo_models" / "net"
        asked = Request(
            name="net",
            out=out,
            card=catalog.load_file(card),
            targets=targets.parse("float32,float16,full_int8,onnx,openvino"),
            calibrating=Calibrating(random=True),
        )
        pipeline.run(asked)
        model.unlink()
        for name, license_ in (("secret", "unknown"), ("frozen", "CC-BY-ND-4.0")):
            renamed(Path(shutil.copytree(out, out.with_name(name))), name, license_)
        for name in ("net", "secret", "frozen"):
            _measure(out.with_name(name))
    return Converted(folder, folder / "home")


def renamed(folder: Path, name: str, license_: str) -> None:
    """The same files as those of another model."""
    document = json.loads((folder / "manifest.json").read_text())
    document["name"] = document["card"]["name"] = name
    document["card"]["licenses"]["weights"] = license_
    (folder / "manifest.json").write_text(json.dumps(document))


def _measure(folder: Path) -> None:
    manifest = workspace.read_manifest(folder)
    kept = [
        Score(
            artifact=one.target,
            metric="miou",
            value=0.5,
            low=0.4,
            high=0.6,
            samples=7,
            sha256=one.sha256,
            data="d" * 64,
            verdict="no measurable loss",
        )
        for one in manifest.artifacts
    ]
    scores_file.write(folder, manifest, kept)
    first = next(one for one in manifest.artifacts if one.target == "float32")
    measured = Measurement(
        run_id="run",
        artifact=first.path,
        sha256=first.sha256,
        size=first.size,
        model=manifest.name,
        variant="float32",
        target="cpu",
        device="A <b>CPU</b>",
        backend="LiteRT 2",
        delegate="XNNPACK",
        threads=1,
        samples=(Sample(0, 1.25), Sample(1, 1.25)),
        median_ms=1.25,
        p5_ms=1.0,
        p95_ms=1.5,
        p99_ms=1.5,
        min_ms=1.0,
        mean_ms=1.25,
        std_ms=0.1,
        low_ms=1.2,
        high_ms=1.3,
        runs=2,
        throughput=800.0,
        load_ms=1.0,
        first_ms=2.0,
        peak_memory=1000,
        residency=Residency(ops=3, accelerated=3, partitions=1, accelerator="XNNPACK"),
    )
    with keeping.opened() as store:
        store.add(measured)


@pytest.fixture(autouse=True)
def _here(converted: Converted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_HOME", str(converted.home))
    monkeypatch.chdir(converted.folder)


def publish(*names: str, to: Path, dry_run: bool = False, **given: Any) -> publishing.Published:
    return publishing.publish(Asked(names=names, to=str(to), offline=True, **given), dry_run, silent)


@pytest.fixture(scope="module")
def net(converted: Converted, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A publication of one model."""
    folder = tmp_path_factory.mktemp("one") / "net"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZOO_HOME", str(converted.home))
        patch.chdir(converted.folder)
        publish("net", to=folder)
    return folder


def test_every_file_is_in_the_sums_and_every_sum_is_right(net: Path) -> None:
    lines = dict(line.split("  ")[::-1] for line in (net / "SHA256SUMS").read_text().splitlines())
    files = {path.relative_to(net).as_posix() for path in net.rglob("*") if path.is_file()}
    assert files == set(lines) | {"SHA256SUMS", "zoo.lock"}
    assert all(
        hashlib.sha256((net / path).read_bytes()).hexdigest() == digest for path, digest in lines.items()
    )
    assert {
        "README.md",
        "bom.cdx.json",
        "manifest.json",
        "labels.txt",
        "scores.json",
        "results.jsonl",
    } <= files


def test_the_manifest_is_of_the_published_files_and_knows_the_converted_ones(
    net: Path, converted: Converted
) -> None:
    before = {
        one.target: one for one in workspace.read_manifest(converted.folder / "zoo_models" / "net").artifacts
    }
    made = workspace.read_manifest(net)
    assert workspace.intact(net, list(made.artifacts)) == list(made.artifacts)
    for one in made.artifacts:
        if one.path.endswith(".tflite"):
            assert one.built == before[one.target].sha256 != one.sha256
        else:
            assert not one.built
            assert one.sha256 == before[one.target].sha256
    assert {one.sha256 for one in scores_file.read(net)} == {one.sha256 for one in made.artifacts}
    text = (net / "manifest.json").read_text()
    assert str(converted.folder) not in text
    assert "\\u001b" not in text
    assert "\u202e" not in text


def test_the_readme_is_a_model_card(net: Path) -> None:
    from huggingface_hub import ModelCard
    from huggingface_hub.repocard_data import model_index_to_eval_results

    loaded = ModelCard.load(net / "README.md")
    data = loaded.data
    assert (data.pipeline_tag, data.license, data.library_name) == (
        "image-segmentation",
        "apache-2.0",
        "tflite",
    )
    assert {"tflite", "onnx", "openvino", "quantized", "full-int8"} <= set(data.tags)
    made = {one.target: one.sha256 for one in workspace.read_manifest(net).artifacts}
    assert {one.metric_name for one in data.eval_results} == {f"miou, {target}" for target in made}
    for one in data.eval_results:
        assert (one.metric_type, one.metric_value, one.source_url) == ("mean_iou", 0.5, "scores.json")
        assert one.metric_args["artifact_sha256"] == made[one.metric_name.removeprefix("miou, ")]
    assert model_index_to_eval_results(data.to_dict()["model-index"])[0] == "net"


def test_base_models_come_with_their_relation(tmp_path: Path) -> None:
    from huggingface_hub import ModelCard

    done = publish("net", to=tmp_path / "net", base_models=("net=org/model",))
    data = ModelCard.load(tmp_path / "net" / "README.md").data
    assert (data.base_model, data.base_model_relation) == ("org/model", "quantized")
    assert not any("base_model" in note for note in done.notes)
    with pytest.raises(InputError, match="a repository of the Hub is wanted"):
        publish("net", to=tmp_path / "other", base_models=("https://example.org/x",))


def test_nothing_of_a_strangers_text_is_markup(net: Path) -> None:
    from markdown_it import MarkdownIt

    text = (net / "README.md").read_text()
    assert "\x1b" not in text
    assert "\u202e" not in text
    body = text.split("\n---\n", 1)[1]
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(body)
    every = [one for token in tokens for one in (token, *(token.children or ()))]
    assert not [one.content for one in every if one.type in ("html_block", "html_inline")]
    links = [str(one.attrs.get("href", "")) for one in every if one.type == "link_open"]
    assert links
    assert all(link.startswith("https://") for link in links)
    fences = [one.info for one in every if one.type == "fence"]
    assert fences == ["python", "kotlin", "cpp"] * 2 + ["sh"]
    columns = [len(row.split(" | ")) for row in body.splitlines() if row.startswith("| ") and "_net_" in row]
    assert len(set(columns)) <= 1


def test_the_readmes_python_runs_and_answers_as_the_model_does(net: Path, tmp_path: Path) -> None:
    from PIL import Image

    image = np.random.default_rng(0).integers(0, 256, (30, 20, 3), np.uint8)
    Image.fromarray(image).save(tmp_path / "picture.png")
    listings = (net / "README.md").read_text().split("```python\n")[1:]
    assert len(listings) == 2
    answers = [_answers(listing.split("```")[0], tmp_path / "picture.png", net) for listing in listings]
    assert answers[0].shape == answers[1].shape == (1, 8, 8, 4)
    assert np.corrcoef(answers[0].ravel(), answers[1].ravel())[0, 1] > 0.9
    manifest = workspace.read_manifest(net)
    expected = _run(net / "net_float32.tflite", catalog_image(manifest.card, image))
    np.testing.assert_array_equal(answers[0], expected)


def _answers(listing: str, picture: Path, folder: Path) -> Any:
    """The listing as a program of its own, in the publication's folder."""
    program = folder.parent / "listing.py"
    program.write_text(
        listing + f"\n    np.save({str(folder.parent / 'answer.npy')!r}, answers['features'])\n"
    )
    done = subprocess.run(
        [sys.executable, program, picture],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "features (1, 8, 8, 4) float32" in done.stdout
    return np.load(folder.parent / "answer.npy")


def catalog_image(card: dict[str, Any], image: Any) -> Any:
    from registry.card import Card
    from registry.preprocess import preprocess

    return preprocess(image, msgspec.convert(card, Card).inputs[0]).transpose(0, 2, 3, 1)


def _run(path: Path, values: Any) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path))
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], np.ascontiguousarray(values))
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


def test_labels_have_one_line_a_class(net: Path) -> None:
    assert (net / "labels.txt").read_text().splitlines() == ["sky", "sea <i>", "land", "x y"]


def test_the_bill_of_materials_is_valid(net: Path) -> None:
    validation = pytest.importorskip("cyclonedx.validation.json")
    from cyclonedx.schema import SchemaVersion

    text = (net / "bom.cdx.json").read_text()
    assert validation.JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    found = json.loads(text)
    model = found["metadata"]["component"]
    assert model["type"] == "machine-learning-model"
    assert model["licenses"][0]["license"]["id"] == "Apache-2.0"
    hashes = {
        one["name"]: one["hashes"][0]["content"]
        for one in found["components"]
        if "hashes" in one and one["bom-ref"].startswith("artifact:")
    }
    manifest = workspace.read_manifest(net)
    for one in manifest.artifacts:
        if one.path.endswith((".tflite", ".onnx")):
            assert hashes[one.path] == one.sha256
    refs = {one["bom-ref"]: one for one in found["components"]}
    assert refs["input:net.onnx"]["hashes"][0]["content"] == manifest.inputs["net.onnx"].sha256
    metrics = model["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    assert metrics[0]["confidenceInterval"] == {"lowerBound": "0.4", "upperBound": "0.6"}
    assert [one["name"] for one in model["pedigree"]["ancestors"]] == ["net.onnx"]


def test_the_same_again_sends_nothing(net: Path) -> None:
    done = publish("net", to=net)
    assert {one.action for one in done.sent.items} == {"keep"}


def test_a_dry_run_lists_everything_and_writes_nothing(tmp_path: Path) -> None:
    done = publish("net", to=tmp_path / "there", dry_run=True)
    assert not (tmp_path / "there").exists()
    document = done.document()
    assert document["dry_run"]
    listed = {one["path"]: one for one in document["files"]}
    made = publish("net", to=tmp_path / "there")
    for path, one in listed.items():
        file = tmp_path / "there" / path
        assert one["why"]
        if path != "zoo.lock":
            assert (one["size"], one["sha256"]) == (
                file.stat().st_size,
                hashlib.sha256(file.read_bytes()).hexdigest(),
            )
    assert len(listed) == len(made.sent.items)


def test_the_gate_names_every_model_that_it_stops(tmp_path: Path) -> None:
    with pytest.raises(LicenceError) as raised:
        publish("net", "secret", "frozen", to=tmp_path / "there")
    assert "secret's weights (`unknown`)" in str(raised.value)
    assert "frozen's weights (`CC-BY-ND-4.0`)" in str(raised.value)
    assert "net's" not in str(raised.value)
    assert not (tmp_path / "there").exists()


def test_what_the_publisher_says_is_written_down(tmp_path: Path) -> None:
    publish("frozen", to=tmp_path / "frozen", may_publish=("frozen",))
    said = "states that they may publish it all the same"
    assert said in (tmp_path / "frozen" / "README.md").read_text()
    bom = json.loads((tmp_path / "frozen" / "bom.cdx.json").read_text())
    statements = [
        one["value"]
        for one in bom["metadata"]["component"]["properties"]
        if one["name"] == "zoo:license:statement"
    ]
    assert len(statements) == 1
    assert said in statements[0]


def test_a_collection_has_an_index(tmp_path: Path) -> None:
    from huggingface_hub import ModelCard

    there = tmp_path / "many"
    publish("net", "secret", to=there, accepted=("secret=MIT",))
    index = json.loads((there / "index.json").read_text())
    assert [one["name"] for one in index["models"]] == ["net", "secret"]
    first = {one["target"]: one for one in index["models"][0]["artifacts"]}
    assert (first["float32"]["column"], first["full_int8"]["column"]) == ("FP32", "full INT8")
    assert first["float32"]["latency"]["median_ms"] == 1.25
    for one in first.values():
        assert one["scores"][0]["value"] == 0.5
        if one["path"].endswith(".tflite"):
            assert hashlib.sha256((there / one["path"]).read_bytes()).hexdigest() == one["sha256"]
    assert index["models"][1]["licenses"]["weights"] == "MIT"
    page = (there / "README.md").read_text()
    assert "| model | task | licence | FP32 | FP16 | full INT8 | OV | ONNX |" in page
    assert "/ 0.5000 / 1.25 |" in page
    data = ModelCard.load(there / "README.md").data
    assert (data.license, data.license_name) == ("other", "several")
    for name in ("net", "secret"):
        assert (there / name / "SHA256SUMS").is_file()
        assert ModelCard.load(there / name / "README.md").data.pipeline_tag == "image-segmentation"


def test_a_file_that_was_changed_is_not_published(tmp_path: Path, converted: Converted) -> None:
    folder = copied(converted, tmp_path)
    (folder / "net_float16.tflite").write_bytes(b"something else")
    with pytest.raises(VerificationError, match=r"net_float16\.tflite is not the file"):
        publish(str(folder), to=tmp_path / "there")


def test_what_failed_its_check_or_had_none_is_left_out(tmp_path: Path, converted: Converted) -> None:
    folder = copied(converted, tmp_path)
    document = json.loads((folder / "manifest.json").read_text())
    for one in document["artifacts"]:
        if one["target"] == "float16":
            one["checks"][0]["passed"] = False
        if one["target"] == "onnx":
            one["checks"] = []
    (folder / "manifest.json").write_text(json.dumps(document))
    done = publish(str(folder), to=tmp_path / "there")
    paths = {one.path for one in done.publication.files}
    assert "net_float32.tflite" in paths
    assert not paths & {"net_float16.tflite", "net.onnx"}
    assert any("float16 is left out, its output `features` failed the check" in note for note in done.notes)
    assert any("onnx is left out, it was never checked" in note for note in done.notes)


def test_a_publication_is_published_again_with_the_same_files(net: Path, tmp_path: Path) -> None:
    publish(str(net), to=tmp_path / "again")
    for path in net.glob("*.tflite"):
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()
    before, after = (workspace.read_manifest(one) for one in (net, tmp_path / "again"))
    assert [one.built for one in after.artifacts] == [one.built for one in before.artifacts]


@pytest.mark.parametrize(
    "name", ["../up", "a/../b", "/a", "a//b", "a/", "a/.b", "a\\b", ".hidden", "nul\u0000", "a:b", ""]
)
def test_a_hostile_name_of_a_model_is_refused(name: str, tmp_path: Path, converted: Converted) -> None:
    folder = copied(converted, tmp_path)
    document = json.loads((folder / "manifest.json").read_text())
    document["name"] = name
    (folder / "manifest.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match="cannot be a folder"):
        publish(str(folder), to=tmp_path / "there")


def test_an_artifact_outside_of_its_folder_is_refused(tmp_path: Path, converted: Converted) -> None:
    folder = copied(converted, tmp_path)
    outside = tmp_path / "outside.onnx"
    outside.write_bytes((folder / "net.onnx").read_bytes())
    document = json.loads((folder / "manifest.json").read_text())
    for one in document["artifacts"]:
        if one["target"] == "onnx":
            one["path"] = "../outside.onnx"
    (folder / "manifest.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match="outside"):
        publish(str(folder), to=tmp_path / "there")
    assert not (tmp_path / "there").exists()


def copied(converted: Converted, into: Path) -> Path:
    return Path(shutil.copytree(converted.folder / "zoo_models" / "net", into / "net-folder"))


def test_licence_files_of_the_users_checkout_go_along(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    (checkout / "LICENSES").mkdir(parents=True)
    (checkout / "LICENSE.txt").write_text("MIT")
    (checkout / "NOTICE").write_text("notice")
    (checkout / "LICENSES" / "MIT.txt").write_text("MIT")
    (checkout / "license.py").symlink_to("/etc/hostname")
    (checkout / "main.py").write_text("")
    done = publish("net", to=tmp_path / "there", sources=(str(checkout),))
    found = {one.path for one in done.publication.files if one.path.startswith("licenses/")}
    assert found == {"licenses/LICENSE.txt", "licenses/NOTICE", "licenses/LICENSES/MIT.txt"}
    assert "licenses/LICENSE.txt" in (tmp_path / "there" / "README.md").read_text()


def test_the_command_line(tmp_path: Path) -> None:
    there = tmp_path / "there"
    listed = zoo("publish", "net", "--to", there, "--dry-run", "--offline", "--json")
    assert listed.code == 0, listed.err
    assert {"manifest.json", "README.md", "zoo.lock"} <= {one["path"] for one in listed.document["files"]}
    assert not there.exists()
    refused = zoo("publish", "secret", "--to", there, "--offline").failed(2)
    assert refused.startswith("not published: the licence of secret's weights")
    assert zoo("publish", "nothing-here", "--to", there).failed(2).startswith("nothing is converted in")
    assert "net has no variant int4; there are" in zoo(
        "publish", "net", "--to", there, "--variant", "int4"
    ).failed(2)
    done = zoo(
        "publish", "secret", "--to", there, "--accept-license", "secret", "--offline", "--variant", "float32"
    )
    assert done.code == 0, done.err
    assert "net_float32.tflite" in done.out
    assert (there / "net_float32.tflite").is_file()
    assert not (there / "net_float16.tflite").exists()


def test_on_the_hub_figures_lead_to_their_file_there(hub: Hub) -> None:
    from huggingface_hub import ModelCard

    done = publishing.publish(Asked(names=("net",), to="hf://org/net", offline=True), False, silent)
    found = hub.repositories["org/net"].files()
    assert done.sent.where == "hf://org/net"
    assert {one.path for one in done.publication.files} <= set(found)
    data = ModelCard(found["README.md"].decode()).data
    assert {one.source_url for one in data.eval_results} == {
        "https://huggingface.co/org/net/blob/main/scores.json"
    }


def test_the_gate_stands_before_the_network(hub: Hub) -> None:
    with pytest.raises(LicenceError):
        publishing.publish(Asked(names=("frozen",), to="hf://org/frozen"), False, silent)
    assert not hub.log
