"""The child's parts in this process, where they are fast to test: building, weights, outputs, and the sentences of their errors."""

import os
import pickle
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from registry.card import Entry, Input, Output, StateDict
from registry.errors import SourceError
from tests.converters.frontends.pytorch.checkouts import write_checkout

pytestmark = pytest.mark.slow

torch = pytest.importorskip("torch")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = write_checkout(tmp_path)
    monkeypatch.syspath_prepend(str(root))
    for name in ("tiny", "hard", "lib"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return root


@pytest.mark.parametrize(
    ("module", "cls", "sentence"),
    [
        ("tiny", "tiny", "Module `tiny` (tiny.py) has no `tiny`: did you mean `Tiny`"),
        ("tiny", "Zzz", "Module `tiny` (tiny.py) has no `Zzz`."),
        ("tinny", "Tiny", "There is no module `tinny` in {checkout}: did you mean `tiny`"),
        ("model.tiny", "Tiny", "There is no module `model.tiny` in {checkout}: did you mean `tiny`"),
        ("tiny", "Raises", "`tiny:Raises` raised ValueError: no such width (tiny.py:25)."),
        ("tiny", "NotAModel", "`tiny:NotAModel` gave a NotAModel, not a torch.nn.Module."),
        ("tiny", "make_tiny", "`tiny:make_tiny` raised TypeError: make_tiny() missing 1 required"),
        (
            "broken",
            "Broken",
            "Importing `broken` raised SyntaxError: invalid syntax (broken.py:3).",
        ),
        (
            "needs",
            "X",
            "imports `no_such_package_anywhere` (needs.py:1), which is not installed here: try `pip install no_such",
        ),
        ("built", "X", "imports `lib.extension` (built.py:1), which is neither in the source nor installed"),
    ],
)
def test_building_fails_in_one_sentence(checkout: Path, module: str, cls: str, sentence: str) -> None:
    from converters.frontends.pytorch.child.build import build

    with pytest.raises(SourceError) as caught:
        build(Entry(module=module, cls=cls), checkout)
    assert sentence.format(checkout=checkout) in str(caught.value)
    assert "\n" not in str(caught.value)


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch bomb-went-off",)


def tiny() -> "torch.nn.Module":
    return torch.nn.Sequential(torch.nn.Linear(4, 2), torch.nn.BatchNorm1d(2))


def load(file: Path, how: StateDict | None = None, *, allow_pickle: bool = False) -> list[str]:
    from converters.frontends.pytorch.child.weights import load_weights

    return load_weights(tiny(), file, how or StateDict(), allow_pickle=allow_pickle)


def test_weights_with_code_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"w": Bomb()}, tmp_path / "evil.pth")
    with pytest.raises(SourceError, match=r"evil.pth is a pickle that calls `posix.system`.*--allow-pickle"):
        load(tmp_path / "evil.pth")
    assert not (tmp_path / "bomb-went-off").exists()


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_plain_pickle_with_code_in_it_names_the_code(tmp_path: Path, protocol: int) -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return os.system, (f"touch {tmp_path / 'ran'}",)

    (tmp_path / "plain.pth").write_bytes(pickle.dumps({"a": Evil()}, protocol))
    with pytest.raises(SourceError, match=r"plain.pth is a pickle that calls `posix.system`.*--allow-pickle"):
        load(tmp_path / "plain.pth")
    assert not (tmp_path / "ran").exists()


def test_whole_pickled_model_needs_allow_pickle(tmp_path: Path) -> None:
    torch.save(tiny(), tmp_path / "whole.pth")
    with pytest.raises(SourceError, match=r"calls `torch.nn.modules.*--allow-pickle"):
        load(tmp_path / "whole.pth")
    assert load(tmp_path / "whole.pth", allow_pickle=True) == [
        "whole.pth holds a whole pickled model; its state dict was taken"
    ]


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.98])
def test_truncated_weights(tmp_path: Path, legacy: bool, share: float) -> None:
    whole, cut = tmp_path / "whole.pth", tmp_path / "cut.pth"
    torch.save(tiny().state_dict(), whole, _use_new_zipfile_serialization=not legacy)
    load(whole)
    cut.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * share)])
    with pytest.raises(SourceError, match=r"cut.pth is cut short.*: fetch it again"):
        load(cut)


def test_something_else_instead_of_weights(tmp_path: Path) -> None:
    (tmp_path / "page.pth").write_text("<!DOCTYPE html><html></html>")
    with pytest.raises(SourceError, match=r"page.pth is no PyTorch weights file.*: fetch it again"):
        load(tmp_path / "page.pth")
    with pytest.raises(SourceError, match=r"none\.pth is not there"):
        load(tmp_path / "none.pth")


def test_state_dict_that_does_not_fit(tmp_path: Path) -> None:
    state = tiny().state_dict()
    del state["0.bias"]
    state["1.weight"] = torch.zeros(3)
    state["extra"] = torch.zeros(1)
    torch.save(state, tmp_path / "w.pth")
    with pytest.raises(SourceError) as caught:
        load(tmp_path / "w.pth")
    for part in (
        "1 missing (`0.bias`)",
        "1 unexpected (`extra`)",
        "1 of another shape (`1.weight`: 3 in the file, 2 in the",
    ):
        assert part in str(caught.value)
    torch.save({}, tmp_path / "empty.pth")
    with pytest.raises(
        SourceError, match=r"6 missing \(`0.weight`, `0.bias`, `1.weight`, `1.bias` and 2 more\)"
    ):
        load(tmp_path / "empty.pth")


def test_keys_prefix_renames_and_drops(tmp_path: Path) -> None:
    from converters.frontends.pytorch.child.weights import load_weights, rename

    model = tiny()
    wanted = {k: torch.full_like(v, i + 1) for i, (k, v) in enumerate(model.state_dict().items())}
    old_counters = {k: v for k, v in wanted.items() if "num_batches" not in k}
    nested = {"model": {"state": {f"module.{k.replace('0.', 'first.')}": v for k, v in old_counters.items()}}}
    nested["model"]["state"]["module.aux.weight"] = torch.zeros(1)
    torch.save(nested, tmp_path / "w.pth")
    how = StateDict(key="model.state", strip_prefix="module.", rename={"first.": "0."}, drop=("aux.",))
    load_weights(model, tmp_path / "w.pth", how, allow_pickle=False)
    for name, value in old_counters.items():
        assert torch.equal(model.state_dict()[name], value), name
    with pytest.raises(SourceError, match=r"has no key `ema`: it holds `model`"):
        load(tmp_path / "w.pth", StateDict(key="ema"))
    with pytest.raises(SourceError, match=r"`model` is no tensor: name one of its keys \(`model`\)"):
        load(tmp_path / "w.pth")
    with pytest.raises(SourceError, match="two parameters of the weights one: `same`"):
        rename({"a": torch.zeros(1), "b": torch.zeros(1)}, StateDict(rename={"a": "same", "b": "same"}))


def choose(model: object, outputs: tuple[Output, ...], shape: tuple[int, ...] = (1, 4)) -> object:
    from converters.frontends.pytorch.child.forward import choose_outputs

    sets = {"s": {"x": np.ones(shape, np.float32)}}
    return choose_outputs(model, sets, (Input(name="x", shape=shape),), outputs, None)  # type: ignore[arg-type]


def test_wrong_input_shape_says_the_models_own_error() -> None:
    with pytest.raises(
        SourceError, match=r"The model, run on `x` 1x5 float32, raised RuntimeError: .*shapes"
    ):
        choose(torch.nn.Linear(4, 2), (), (1, 5))


def test_output_shapes_are_held_against_the_card() -> None:
    with pytest.raises(SourceError, match="Output `y` has shape 1x2, the card says 1x3"):
        choose(torch.nn.Linear(4, 2), (Output(name="y", shape=(1, 3)),))
    with pytest.raises(SourceError, match="keeps none"):
        choose(torch.nn.Linear(4, 2), (Output(name="y", keep=False),))


def test_nan_of_the_source_model_is_named() -> None:
    from converters.frontends.pytorch.child.forward import Kept, reference

    model = Kept(torch.nn.LogSoftmax(dim=-1), None)
    sets = {"s": {"x": np.full((1, 4), np.inf, np.float32)}}
    with pytest.raises(SourceError, match="itself gives NaN in output `y` on sample set `s`"):
        reference(model, ["y"], sets, (Input(name="x", shape=(1, 4)),))


def test_noise_is_the_rounding_of_float32() -> None:
    """A sum that float32 loses: (x + 2^24) - 2^24 with x = 0.5 is 0 in float32, 0.5 in float64."""
    from converters.frontends.pytorch.child.forward import Kept, noise, reference

    class Loses(torch.nn.Module):  # type: ignore[misc]
        def forward(self, x: "torch.Tensor") -> "torch.Tensor":
            return (x + 2.0**24) - 2.0**24 + 1

    sets = {"s": {"x": np.full((1, 4), 0.5, np.float32)}}
    kept, inputs = Kept(Loses(), None), (Input(name="x", shape=(1, 4)),)
    measured = noise(kept, ["y"], sets, reference(kept, ["y"], sets, inputs), inputs)
    assert measured == {"y": pytest.approx(0.5 / 1.5)}
    assert torch.get_default_dtype() is torch.float32


def test_differences_within_the_models_own_rounding_are_accepted() -> None:
    from converters.frontends.pytorch.child.exporters import ExportError, accept

    accept({}, {})
    accept({"y": 2e-3}, {"y": 1e-3})
    with pytest.raises(ExportError, match=r"differs from PyTorch by 2.0e-03 \(relative\) in output `y`"):
        accept({"y": 2e-3}, {"y": 1e-4})


def test_a_program_file_that_is_none(tmp_path: Path) -> None:
    from converters.frontends.pytorch.child.program import load_program

    torch.save(tiny().state_dict(), tmp_path / "w.pt")
    with pytest.raises(SourceError, match=re.escape("weights alone need their class")):
        load_program(tmp_path / "w.pt", ())
    program = torch.export.export(torch.nn.Linear(4, 2), (torch.zeros(1, 4),))
    torch.export.save(program, tmp_path / "p.pt2")
    assert load_program(tmp_path / "p.pt2", ())[1] == (Input(name="input", shape=(1, 4)),)
    with pytest.raises(SourceError, match=r"p.pt2 was exported for fixed inputs \(input \[1, 4\]\)"):
        load_program(tmp_path / "p.pt2", (Input(name="x", shape=(2, 4)),))
    (tmp_path / "cut.pt2").write_bytes(b"PK\x03\x04 and nothing")
    with pytest.raises(SourceError, match="cut short or no saved PyTorch program"):
        load_program(tmp_path / "cut.pt2", ())
    torch.jit.script(tiny()).save(str(tmp_path / "s.pt"))
    with pytest.raises(SourceError, match="--input-shape"):
        load_program(tmp_path / "s.pt", ())


def test_what_openvino_cannot_convert_is_said_from_its_summary() -> None:
    from converters.frontends.pytorch.child.exporters import reason

    told = "Check 'false' failed at report.cpp:151:\nFrontEnd API failed\nSummary:\n-- No conversion rule found for operations: aten::x\n"
    assert reason(RuntimeError(told)) == "RuntimeError: No conversion rule found for operations: aten::x"
