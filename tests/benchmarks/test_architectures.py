"""The set of architectures, and how an outcome is told."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from benchmarks import (
    answers,
    architecture_export,
    architecture_run,
    architecture_set,
    architectures,
    contest,
)
from benchmarks.architecture_run import Outcome
from benchmarks.contest import Row
from registry.errors import InputError


def test_set_is_broad_and_names_are_unique() -> None:
    names = [one.name for one in architecture_set.architectures()]
    assert len(names) == len(set(names)) >= 60


def test_unknown_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no architecture `nothing`"):
        list(architecture_export.exported(tmp_path, ["nothing"]))


def test_relative_is_of_the_largest_magnitude() -> None:
    expected = np.array([0.0, -4.0], np.float32)
    assert answers.relative(np.array([1.0, -4.0], np.float32), expected) == 0.25
    assert answers.relative(np.array([[0.0, -4.0]], np.float32), expected) == float("inf")
    assert answers.relative(np.array([0.0, np.nan], np.float32), expected) == float("inf")


def test_reason_is_the_sentence() -> None:
    assert architecture_run._reason('{"error": "no form", "exit_code": 5}', "") == "no form"
    assert architecture_run._reason("", "noise\nlast") == "last"


def _row(name: str, kind: str = "mixed", ratio: float = 0.0, **counts: int) -> Row:
    ours = {key: n for key, n in counts.items() if not key.startswith("peer_")}
    theirs = {key.removeprefix("peer_"): n for key, n in counts.items() if key.startswith("peer_")}
    spent = {"seconds": 1.0, "peak_memory": 100}
    return Row(
        name=name,
        kind=kind,
        ours=Outcome(status="ok", **ours, **spent),
        peer=Outcome(status="ok", **theirs, **spent) if theirs else None,
        latency_ratio=ratio,
    )


def test_summary_names_convolutional_models_that_keep_transposes() -> None:
    kept = _row("a", "convolutional", transposes=2)
    assert contest.summary([kept, _row("b", transposes=1)])[0].endswith("with Transposes: a")
    assert " ! " in architectures.line(kept) + " "


def test_summary_names_what_the_peer_does_better() -> None:
    better = _row("a", ratio=0.9, ops=3, peer_ops=4)
    worse = _row("b", ratio=1.2, ops=5, peer_ops=4)
    text = "\n".join(contest.summary([better, worse]))
    assert "ops 8 to 8" in text
    assert "more ops than the peer: b" in text
    assert "latency 1.050 of the peer's in the median (0.90 to 1.20); above 1.05: b 1.20" in text


def test_a_measured_row_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def measured(name: str, kind: str, *_: object) -> Row:
        calls.append(name)
        return _row(name, kind, ops=3)

    monkeypatch.setattr(architectures, "contest", measured)
    (tmp_path / "espcn.onnx").touch()
    first = list(architectures.rows(tmp_path, ["espcn"]))
    assert list(architectures.rows(tmp_path, ["espcn"])) == first
    assert calls == ["espcn"]
    list(architectures.rows(tmp_path, ["espcn"], peer=Path("onnx2tf")))
    list(architectures.rows(tmp_path, ["espcn"], again=True))
    assert calls == ["espcn"] * 3


@pytest.mark.slow
def test_one_architecture_from_definition_to_outcome(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    if find_spec("torchvision") is None:
        pytest.skip("torchvision is not installed (zoo[bench])")
    (found,) = architectures.rows(tmp_path, ["espcn"])
    assert (found.ours.status, found.ours.transposes, found.ours.custom_ops) == ("ok", 0, 0)
    assert found.ours.error <= architecture_run.TOLERANCE
    assert (tmp_path / "espcn.onnx").exists()
