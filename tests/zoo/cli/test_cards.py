"""Finding, registries, cards as files and completion, as a user has them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from registry import catalog
from tests.registry.cards import write
from tests.registry.loopback import file, serving
from tests.zoo.cli.run import Ended, modules_after, zoo
from tests.zoo.cli.test_app import HEAVY
from tests.zoo.models import convolution

Completion = dict[str, str]


def test_search_saliency() -> None:
    ended = zoo("search", "saliency", "--json")
    assert {one["name"] for one in ended.document[:2]} == {"u2net", "u2netp"}
    assert ended.document[0]["score"] >= ended.document[-1]["score"] > 0
    shown = zoo("search", "saliency").out.splitlines()
    assert shown[3].split()[0] == ended.document[0]["name"]


def test_list_with_filters() -> None:
    found = zoo("list", "--task", "image-classification", "--license", "permissive", "--json").document
    assert {"digits", "resnet20-cifar10"} <= {one["name"] for one in found}
    assert {one["task"] for one in found} == {"image-classification"}
    assert "unknown" not in {one["license"] for one in found}
    small = zoo("list", "--max-size", "1MB", "--input-size", "8-96", "--format", "pytorch", "--json").document
    assert [one["name"] for one in small] == ["digits"]
    assert "did you mean openvino" in zoo("list", "--format", "openvin").failed(2)
    assert "a size is a number of bytes" in zoo("search", "x", "--max-size", "big").failed(2)


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "saliency"],
        ["info", "omz/face-detection-0200"],
        ["registry", "list"],
        ["card", "show", "u2netp"],
        ["completion", "bash"],
    ],
)
def test_finding_imports_nothing_heavy(arguments: list[str]) -> None:
    code, modules = modules_after(*arguments)
    assert code == 0
    assert modules & (HEAVY - {"numpy"} if arguments[0] == "card" else HEAVY) == set()


def test_a_namespaced_card_from_list_to_verified(tmp_path: Path) -> None:
    """Two cards of one bare name: each has a folder of its own, files have the bare name, commands take the qualified one."""
    for team in ("red", "blue"):
        folder = tmp_path / team
        card = write(folder / "net.yaml", side=8)
        model = convolution(folder / "net.onnx", seed=len(team))
        text = card.read_text().partition("\nweights:")[0] + "\n"
        card.write_text(
            f"{text}weights: [{{file: net.onnx, path: {model.name}}}]\nentry: {{model: net.onnx}}\n"
            "inputs: [{name: image, shape: [1, 3, 8, 8], layout: NCHW}]\noutputs: [{name: features}]\n"
        )
        assert zoo("registry", "add", folder).code == 0
    assert "say which, `blue/net` or `red/net`" in zoo("fetch-convert", "net", cwd=tmp_path).failed(2)
    for team in ("red", "blue"):
        ended = zoo("fetch-convert", f"{team}/net", "--to", "float32", "--json", cwd=tmp_path)
        assert ended.code == 0, ended.err
        assert ended.document["folder"] == f"zoo_models/{team}/net"
        assert (tmp_path / "zoo_models" / team / "net" / "net_float32.tflite").is_file()
        assert zoo("verify", f"{team}/net", "--json", cwd=tmp_path).code == 0
    listed = zoo("list", "--verified", "--json", cwd=tmp_path).document
    assert [(one["name"], one["variants"]) for one in listed] == [
        ("blue/net", ["float32"]),
        ("red/net", ["float32"]),
    ]
    known = zoo("info", "red/net", "--json", cwd=tmp_path).document
    assert (known["name"], known["qualified_name"], known["provenance"]) == ("net", "red/net", "own")
    assert [one["path"] for one in known["here"]["variants"]] == ["net_float32.tflite"]
    assert "converted in zoo_models/red/net" in zoo("info", "red/net", cwd=tmp_path).out


def test_registry_commands(tmp_path: Path) -> None:
    assert zoo("registry", "list", "--json").document == []
    write(tmp_path / "team" / "net.yaml")
    (tmp_path / "team" / "wrong.yaml").write_text("schema: 1\n")
    added = zoo("registry", "add", tmp_path / "team", "--name", "ours")
    assert "ours/wrong cannot be used: wrong.yaml, line 1: the key `name` is missing" in added.out
    (known,) = zoo("registry", "list", "--json").document
    assert (known["name"], known["kind"], known["cards"], list(known["broken"])) == (
        "ours",
        "folder",
        2,
        ["ours/wrong"],
    )
    listed = {one["name"]: one["error"] for one in zoo("list", "--json").document}
    assert listed["ours/net"] == ""
    assert "is missing" in listed["ours/wrong"]
    assert "is missing" in zoo("info", "ours/wrong").failed(2)
    assert "a folder, read as it is" in zoo("registry", "update").out
    assert "already" in zoo("registry", "add", tmp_path / "team", "--name", "ours").failed(2)
    assert "added are `ours`" in zoo("registry", "update", "theirs").failed(2)
    assert "stays as it is" in zoo("registry", "remove", "ours").out
    assert zoo("registry", "list", "--json").document == []
    assert (tmp_path / "team" / "net.yaml").exists()


def test_a_card_is_shown_and_saved_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "u2netp.yaml").write_text(zoo("card", "show", "u2netp").out)
    assert catalog.load_file(tmp_path / "u2netp.yaml") == catalog.load("u2netp")
    assert zoo("card", "show", "u2netp", "--json").document["entry"]["class"] == "U2NETP"
    assert "is there already" in zoo("card", "save", "u2netp", cwd=tmp_path).failed(2)
    assert zoo("card", "save", "u2netp", "--force", cwd=tmp_path).code == 0
    assert zoo("card", "save", "u2netp", "--to", tmp_path / "mine.yaml").code == 0
    assert catalog.load_file(tmp_path / "mine.yaml").name == "mine"
    assert "a card is a .yaml file" in zoo("card", "save", "u2netp", "--to", tmp_path / "mine.txt").failed(2)
    assert "is named like its file" in zoo(
        "card", "save", "u2netp", "--to", tmp_path / "My Card.yaml"
    ).failed(2)


def test_saving_pins_what_has_no_hash(tmp_path: Path) -> None:
    model = convolution(tmp_path / "model.onnx")
    with serving() as server:
        server.routes["/net.onnx"] = file(model.read_bytes())
        shown = zoo("card", "show", server.url("/net.onnx"))
        assert "first_use: true" in shown.out
        assert server.log == []
        saved = zoo("card", "save", server.url("/net.onnx"), "--to", tmp_path, "--json").document
        card = catalog.load_file(tmp_path / "net.yaml")
    assert saved["pinned"] == {"net.onnx": card.weights[0].sha256}
    assert (card.weights[0].size, card.weights[0].first_use) == (model.stat().st_size, False)
    ended = zoo(
        "fetch-convert", tmp_path / "net.yaml", "--to", "float32", "--offline", "--json", cwd=tmp_path
    )
    assert ended.code == 0, ended.err


def test_a_failed_save_writes_nothing(tmp_path: Path) -> None:
    with serving() as server:
        assert "could not be fetched" in zoo("card", "save", server.url("/net.onnx"), cwd=tmp_path).failed(3)
    assert list(tmp_path.glob("*.yaml")) == []


def complete(shell: str, typed: str) -> Ended:
    """What the shell is told, for what was typed so far."""
    asked = {
        "_ZOO_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": typed,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split(" ")) - 1)}
    return zoo(**(asked | words))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_of_names(shell: str) -> None:
    assert (
        f"_ZOO_COMPLETE=complete_{shell}" in zoo("completion", shell).out.replace("zoo_", "ZOO_")
        or shell == "fish"
    )
    found = complete(shell, "zoo info u2net")
    assert "u2net" in found.out
    assert "u2netp" in found.out
    assert "digits" not in found.out
    assert "omz/face-detection-0200" in complete(shell, "zoo fetch-convert omz/face-detection-02").out
    assert "face-detection-0200" in complete(shell, "zoo convert face-detection-0200").out


def test_a_real_bash_completes(tmp_path: Path) -> None:
    """The script in a bash of its own, with a `zoo` on its path."""
    command = tmp_path / "zoo"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m zoo "$@"\n')
    command.chmod(0o755)
    script = 'eval "$(zoo completion bash)"; COMP_WORDS=(zoo info resnet2); COMP_CWORD=2; _zoo_completion zoo; echo "${COMPREPLY[@]}"'
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert "resnet20-cifar10" in done.stdout.split()


def test_completion_never_fails(zoo_home: Path) -> None:
    zoo_home.mkdir(parents=True, exist_ok=True)
    (zoo_home / "registries.json").write_text("{")
    ended = complete("bash", "zoo info u2")
    assert (ended.code, ended.err) == (0, "")
