"""The packaged cards, cards by path, and errors with file, line, key and what is allowed."""

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry import catalog
from registry.card import Card
from registry.errors import InputError
from tests.conftest import corpus

GOOD = """\
schema: 1
name: tiny
task: image-classification
description: a test
licenses: {code: MIT, weights: unknown}
source:
  git: https://example.org/r
  commit: ac7e1c817ecab7c7dff5ce6b1abba61cd213ff29
weights:
  - file: tiny.pth
    urls: [https://example.org/tiny.pth]
    sha256: e7567cde013fb64813973ce6e1ecc25a80c05c3ca7adbc5a54f3c3d90991b854
entry:
  module: net
  class: Net
inputs:
  - name: image
    shape: [1, 3, 8, 8]
    layout: NCHW
    preprocess:
      divide_by: max
outputs:
  - name: y
evaluation:
  metric: top1
  output: y
tolerances:
  float32: {relative: 1e-5}
"""


def test_a_good_card() -> None:
    card = catalog.parse(GOOD.encode(), "tiny.yaml")
    assert card.entry.cls == "Net"
    assert card.inputs[0].shape == (1, 3, 8, 8)
    assert card.tolerances["float32"].relative == 1e-5  # YAML 1.1 would read a text here


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("task:", "tsk:", "line 3: unknown key `tsk` (did you mean `task`?); allowed: `schema`, `name`, `task`,"),
        ("    shape:", "    shap:", "line 18: unknown key `shap` in `inputs[0]` (did you mean `shape`?); allowed: `name`, `shape`"),
        ("{relative: 1e-5}", "{rel: 1}", "line 28: unknown key `rel` in `tolerances.float32`; allowed: `relative`, `absolute`"),
        ("name: tiny\n", "", "line 1: the key `name` is missing in the card."),
        ("    shape: [1, 3, 8, 8]\n", "", "line 17: the key `shape` is missing in `inputs[0]`."),
        ("schema: 1", "schema: 2", "line 1: `schema` cannot be `2`; allowed: `1`."),
        ("name: tiny", "name: Tiny!", "line 2: `name`: expected lower-case letters, digits"),
        ("sha256: e7", "sha256: E7", "line 12: `weights[0].sha256`: expected 64 hexadecimal digits in lower case."),
        ("[1, 3, 8, 8]", "[1, 3, eight, 8]", "line 18: `inputs[0].shape[2]`: expected a whole number, got text."),
        ("[1, 3, 8, 8]", "\n      - 1\n      - 0", "line 20: `inputs[0].shape[1]`: expected a whole number >= 1."),
        ("layout: NCHW", "layout: NC", "line 17: `inputs[0]`: layout `NC` has 2 letters for a shape of 4 dimensions."),
        ("layout: NCHW", "dtype: flot32", "line 19: `inputs[0].dtype` cannot be `flot32` (did you mean `float32`?); allowed: `bool`"),
        ("divide_by: max", "divide_by: min", "line 21: `inputs[0].preprocess.divide_by` cannot be `min`; allowed: `max` or a number."),
        ("relative: 1e-5", "relative: -1", "line 28: `tolerances.float32.relative`: expected a number > 0.0."),
        ("  commit: ac7e1c817ecab7c7dff5ce6b1abba61cd213ff29\n", "", "line 6: `source`: `git` needs `commit`"),
        ("  git: https://example.org/r", "  git: x\n  path: y", "line 6: `source`: exactly one of `git`,"),
        ("  class: Net\n", "", "line 13: `entry`: an entry is either `module` with `class`, or `model`."),
        ("[https://example.org/tiny.pth]", "[ftp://x]", "line 11: `weights[0].urls[0]`: expected `https://…`, `gdrive:<id>`"),
        ("file: tiny.pth", "file: ../tiny.pth", "line 10: `weights[0].file`: expected a file name without a folder."),
        ("sha256: e75", "size: 3  #", "line 10: `weights[0]`: weights from a URL need a checksum"),
        ("  output: y", "  output: z", "line 26: `evaluation.output` names `z`, which is not the name of an output."),
        ("  - name: y", "  - name: y\n  - name: y", "line 22: `outputs` has `y` twice."),
        ("licenses: {code: MIT, weights: unknown}", "licenses: MIT", "line 5: `licenses`: expected a mapping, got text."),
        ("weights: unknown", "weights: 3", "line 5: `licenses.weights`: expected text, got a whole number."),
        ("name: tiny", "name: tiny\nname: tiny", "line 3: the key `name` is given twice (first in line 2)."),
        ("schema: 1", "schema: &one 1\nx: *one", "line 2: the alias *one is not allowed in a card: write the value out."),
        ("schema: 1", "schema: !!python/object:os.system 1", "line 1: the tag tag:yaml.org,2002:python/object:os.system is not allowed"),
        ("schema: 1", "? [a]\n: 1", "line 1: a key must be text."),
        ("  module: net", "  module: [", "line 16: this is not YAML (while parsing a flow sequence did not find expected"),
        ("task: ", "task:\t'", "this is not YAML (while scanning a quoted scalar found unexpected end of stream)"),
        ("schema: 1", "schema: 1\n---\n", "line 2: a second document begins here"),
        ("a test", "[" * 100_000, "line 4: nested deeper than 32."),
    ],
)  # fmt: skip
def test_errors_name_file_line_key_and_what_is_allowed(old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(InputError) as caught:
        catalog.parse(GOOD.replace(old, new, 1).encode(), "tiny.yaml")
    assert str(caught.value).startswith("tiny.yaml")
    assert said in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "is empty"),
        (b"- a", "line 1: a card is a mapping"),
        (b"\xff\xfe", "not UTF-8 text"),
        (b"a: \x00", "this is not YAML"),
        (b"#" * (1 << 21), "at most"),
    ],
    ids=["empty", "list", "encoding", "control", "huge"],
)
def test_what_is_no_card_at_all(text: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        catalog.parse(text, "tiny.yaml")


def test_plain_scalars_follow_yaml_1_2() -> None:
    from registry.card_yaml import parse

    text = b"{a: no, b: 1_0, c: 010, d: 1:30, e: 2020-01-01, f: .5, g: 1e3, h: null, i: true, j: '1', k: 123456789012345678901}"
    assert parse(text, "x")[0] == {
        "a": "no", "b": "1_0", "c": 10, "d": "1:30", "e": "2020-01-01", "f": 0.5, "g": 1000.0, "h": None, "i": True, "j": "1",
        "k": "123456789012345678901",
    }  # fmt: skip


def test_packaged_cards_load_and_have_their_files_names() -> None:
    assert {"digits", "resnet20-cifar10", "u2net", "u2netp"} <= set(catalog.names())
    for name in catalog.names():
        assert catalog.load(name).name == name.rpartition("/")[2]
    assert [summary.name for summary in catalog.summaries()] == catalog.names()


@pytest.mark.parametrize(
    ("name", "meant"), [("u2nt", "`u2net`"), ("digit", "`digits`"), ("../card", "There is no card")]
)
def test_an_unknown_name_says_what_comes_close(name: str, meant: str) -> None:
    with pytest.raises(InputError, match=r"`zoo list` shows them all") as caught:
        catalog.load(name)
    assert meant in str(caught.value)


def test_paths_start_at_the_cards_folder(tmp_path: Path) -> None:
    text = GOOD.replace("git: https://example.org/r", "path: code").replace(
        "  commit: ac7e1c817ecab7c7dff5ce6b1abba61cd213ff29\n", ""
    )
    text = text.replace("urls: [https://example.org/tiny.pth]", "path: tiny.pth")
    text = text.replace("output: y", "output: y\n  data: {format: npz, path: /abs/test.npz}")
    (tmp_path / "tiny.yaml").write_text(text)
    card = catalog.load_file(tmp_path / "tiny.yaml")
    assert card.source.path == str(tmp_path / "code")
    assert card.weights[0].path == str(tmp_path / "tiny.pth")
    assert card.evaluation is not None
    assert card.evaluation.data is not None
    assert card.evaluation.data.path == "/abs/test.npz"
    with pytest.raises(InputError, match="cannot be read: No such file"):
        catalog.load_file(tmp_path / "none.yaml")


def test_the_resnet_card_is_about_the_upstream_file() -> None:
    from registry.checksum import Expected, digest

    card = catalog.load("resnet20-cifar10")
    expected = Expected.of(card.weights[0])
    assert expected.mismatch(digest(corpus("resnet_cifar10/resnet20-12fca82f.th"), expected)) is None


def test_listing_cards_loads_nothing_heavy() -> None:
    script = "import sys; from registry import catalog; catalog.summaries(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert not loaded & {
        "numpy",
        "requests",
        "huggingface_hub",
        "torch",
        "tensorflow",
        "openvino",
        "PIL",
        "filelock",
    }


def test_every_key_of_the_schema_is_reachable_by_the_error_paths() -> None:
    """The explanation of an error walks the schema's types: each struct in it must be found by its path."""
    from registry.card_errors import _field_names, _kind

    assert _field_names(_kind(()))[:2] == ["schema", "name"]
    assert "strip_prefix" in _field_names(_kind(("entry", "state_dict")))
    assert "function" in _field_names(_kind(("entry", "setup", 3)))
    assert "samples" in _field_names(_kind(("calibration",)))
    assert "license" in _field_names(_kind(("evaluation", "data")))
    assert Card.__struct_fields__[0] == "schema"


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_a_damaged_card_is_an_input_error_or_a_card(data: st.DataObject) -> None:
    """Whatever is cut out of or put into a card's text: never a crash."""
    at = data.draw(st.integers(0, len(GOOD)))
    cut = data.draw(st.integers(0, 40))
    put = data.draw(st.text(alphabet="[]{}:-#&*!|>'\"%@`,? \n\tab01.é\x00", max_size=12))
    with contextlib.suppress(InputError):
        catalog.parse((GOOD[:at] + put + GOOD[at + cut :]).encode(), "tiny.yaml")
