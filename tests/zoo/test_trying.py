"""Artifacts that run beside each other are judged one after the other, whatever happens on the way."""

import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from converters.graph import Graph
from registry.errors import ConversionError
from zoo import checking, trying
from zoo.checking import Reference
from zoo.run import Trial
from zoo.targets import BY_NAME

NAMES = ("float32", "float16", "int8", "int16x8")


def _run(data: Path | None = None, sets: int = 1) -> Any:
    names = [f"set {number}" for number in range(sets)]
    arrays = {name: {"x": np.zeros(1)} for name in names}
    notes: list[str] = []
    return SimpleNamespace(
        answers=Reference(arrays, arrays), request=SimpleNamespace(data=data), notes=notes, note=notes.append
    )


def _built(flops: int = 1) -> Any:
    return SimpleNamespace(graph=Graph("g", (), (), []), stats=SimpleNamespace(flops=flops))


def _trial(name: str) -> Trial:
    return Trial(BY_NAME[name], (), (), {})


def test_they_are_judged_in_their_order_with_their_own_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    second = threading.Event()

    def run_file(path: Path, *_: object) -> dict[str, dict[str, str]]:
        if path.name == "float16":
            second.set()
        elif path.name == "float32":
            assert second.wait(30), "the second does not run beside the first"
        return {"set": {"y": path.name}}

    monkeypatch.setattr(checking, "run_file", run_file)
    judged: list[Trial] = []
    with trying.trials(_run(), _built(), len(NAMES), judged.append) as tried:
        for name in NAMES:
            tried.add(_trial(name), Path(name))
    assert [(one.target.name, one.answers["set"]["y"]) for one in judged] == [(name, name) for name in NAMES]


@pytest.mark.parametrize("error", [ConversionError("no form"), OSError("no form")])
def test_what_was_made_before_an_error_is_judged(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr(checking, "run_file", lambda *_: time.sleep(0.1) or {})
    judged: list[Trial] = []

    def make() -> None:
        with trying.trials(_run(), _built(), 3, judged.append) as tried:
            tried.add(_trial("float32"), Path("float32"))
            tried.add(_trial("float16"), Path("float16"))
            raise error

    with pytest.raises(type(error), match="no form"):
        make()
    assert [one.target.name for one in judged] == ["float32", "float16"]


def test_a_file_that_does_not_run_says_so_to_the_one_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    def run_file(*_: object) -> None:
        raise ConversionError("LiteRT does not run it")

    monkeypatch.setattr(checking, "run_file", run_file)
    with (
        pytest.raises(ConversionError, match="does not run it"),
        trying.trials(_run(), _built(), 2, print) as tried,
    ):
        tried.add(_trial("float32"), Path("float32"))


@pytest.mark.parametrize(
    ("name", "flops", "data", "held"),
    [
        ("int16x8", 1e9, None, 5),
        ("int16x8", 10e9, None, 2),
        ("full_int16x8", 40e9, None, 1),
        ("int8", 40e9, None, 5),
        ("int16x8", 40e9, Path("images"), 5),
    ],
)
def test_slow_variants_of_large_models_run_on_fewer_sets_and_say_so(
    monkeypatch: pytest.MonkeyPatch, name: str, flops: float, data: Path | None, held: int
) -> None:
    monkeypatch.setattr(
        checking, "run_file", lambda path, inputs, reference, *_: {key: {} for key in reference.inputs}
    )
    run, judged = _run(data, sets=5), []
    with trying.trials(run, _built(int(flops)), 1, judged.append) as tried:
        tried.add(_trial(name), Path(name))
    assert list(judged[0].answers) == [f"set {number}" for number in range(5)][-held:]
    assert len(run.notes) == (held < 5)
    assert all(f"{held} of 5 sets" in note for note in run.notes)


@pytest.mark.parametrize(("flops", "same", "ran"), [(40e9, True, 1), (40e9, False, 2), (1e9, True, 2)])
def test_a_large_slow_variant_has_the_answers_of_the_one_that_differs_at_its_border_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, flops: float, same: bool, ran: int
) -> None:
    runs: list[Path] = []
    monkeypatch.setattr(checking, "run_file", lambda path, *_: runs.append(path) or {"set": {"y": path.name}})
    monkeypatch.setattr(checking, "load", lambda *_: None)
    monkeypatch.setattr("converters.quantize.borders.same_inside", lambda *_: same)
    run, judged = _run(), []
    run.staged = lambda target: [tmp_path / target.name]
    run.request.out = tmp_path
    with trying.trials(run, _built(int(flops)), 2, judged.append) as tried:
        for name in trying.SLOW:
            tried.add(_trial(name), Path(name))
    assert len(runs) == ran
    assert [one.target.name for one in judged] == list(trying.SLOW)
    assert judged[0].answers["set"]["y"] == "int16x8"
    assert judged[1].answers["set"]["y"] == ("int16x8" if ran == 1 else "full_int16x8")
    assert len(run.notes) == 2 - ran
