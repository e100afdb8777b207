"""The main job on the model that is shipped: card to every artifact, verified, scored and timed."""

import json
from pathlib import Path

import pytest

from tests.zoo.cli.run import zoo
from zoo import targets

pytest.importorskip("torch")
pytest.importorskip("nncf")


@pytest.mark.slow
def test_fetch_convert_verify_and_eval(tmp_path: Path) -> None:
    out = tmp_path / "out"
    ended = zoo(
        "fetch-convert",
        "digits",
        "--to",
        "float32,float16,dynamic_range,full_uint8,int16x8,openvino,openvino_int8,onnx",
        "--out",
        out,
        "--json",
    )
    assert ended.code == 0, ended.err
    manifest = ended.document["manifest"]
    made = {one["target"]: one for one in manifest["artifacts"]}
    variants = {"float32", "float16", "dynamic_range", "full_uint8", "int16x8"}
    assert set(made) == variants | {"onnx", "openvino", "openvino_fp16", "openvino_int8"}
    assert [made["full_uint8"][end][0]["dtype"] for end in ("inputs", "outputs")] == ["uint8", "uint8"]
    stats = made["float32"]["stats"]
    assert (stats["transposes"], stats["custom_ops"]) == (0, 0)
    sets = {check["inputs"] for check in made["float32"]["checks"]}
    assert {"noise", "blocks"} < sets
    assert any(name.startswith("real ") for name in sets)
    assert max(check["max_relative"] for check in made["float32"]["checks"]) < 1e-5
    assert zoo("verify", out, "--quiet").code == 0
    scores = {one["artifact"]: one["value"] for one in zoo("eval", "digits", "--out", out, "--json").document}
    assert set(scores) == {"source", *made}
    assert min(scores.values()) > 0.95
    everywhere = "cpu,openvino,onnxruntime,torch"
    quick = ("--rounds", "2", "--processes", "1", "--json")
    timed = zoo("bench", out, "--targets", everywhere, *quick).document["measurements"]
    kept = {one["variant"]: one["sha256"] for one in timed}
    assert kept.pop("source")
    assert kept == {name: artifact["sha256"] for name, artifact in made.items()}
    assert {one["target"] for one in timed} == set(everywhere.split(","))
    assert len({one["run_id"] for one in timed}) == 1
    compared = zoo("compare", "digits", "--out", out)
    assert compared.code == 0, compared.err
    assert all(f" {variant} " in compared.out for variant in variants)
    assert zoo("fetch-convert", "digits", "--to", "openvino_int8", "--out", out, "--json").document[
        "already_done"
    ]
    again_of = "float32,float16,dynamic_range"
    again = zoo("fetch-convert", "digits", "--to", again_of, "--out", out, "--force", "--json").document
    after = {one["target"]: one["sha256"] for one in again["manifest"]["artifacts"]}
    assert all(after[name] == made[name]["sha256"] for name in again_of.split(","))


@pytest.mark.slow
def test_demo_shows_every_variant(tmp_path: Path) -> None:
    pytest.importorskip("tensorflow")
    ended = zoo("demo", "--out", tmp_path / "demo")
    assert ended.code == 0, ended.err
    made = {target.name for target in targets.TARGETS} - set(targets.RECOVERED)
    assert all(f" {name} " in ended.out for name in made)
    manifest = json.loads((tmp_path / "demo" / "manifest.json").read_bytes())
    assert {one["target"] for one in manifest["artifacts"]} == made
