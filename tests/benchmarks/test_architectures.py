"""The set of architectures, and how an outcome is told."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from benchmarks import architecture_export, architecture_run, architecture_set, architectures
from registry.errors import InputError


def test_set_is_broad_and_names_are_unique() -> None:
    names = [one.name for one in architecture_set.architectures()]
    assert len(names) == len(set(names)) >= 60


def test_unknown_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no architecture `nothing`"):
        list(architecture_export.exported(tmp_path, ["nothing"]))


def test_relative_is_of_the_largest_magnitude() -> None:
    expected = np.array([0.0, -4.0], np.float32)
    assert architecture_run.relative(np.array([1.0, -4.0], np.float32), expected) == 0.25
    assert architecture_run.relative(np.array([[0.0, -4.0]], np.float32), expected) == float("inf")
    assert architecture_run.relative(np.array([0.0, np.nan], np.float32), expected) == float("inf")


def test_reason_is_the_sentence() -> None:
    assert architecture_run._reason('{"error": "no form", "exit_code": 5}', "") == "no form"
    assert architecture_run._reason("", "noise\nlast") == "last"


def test_summary_names_convolutional_models_that_keep_transposes() -> None:
    kept = architecture_run.Outcome(name="a", kind="convolutional", status="ok", transposes=2)
    mixed = architecture_run.Outcome(name="b", kind="mixed", status="ok", transposes=1)
    assert architectures.summary([kept, mixed]).endswith("with Transposes: a")
    assert " ! " in architectures.line(kept) + " "


@pytest.mark.slow
def test_one_architecture_from_definition_to_outcome(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    if find_spec("torchvision") is None:
        pytest.skip("torchvision is not installed (zoo[bench])")
    found = list(architectures.outcomes(tmp_path, ["espcn"]))
    assert [(one.status, one.transposes, one.custom_ops) for one in found] == [("ok", 0, 0)]
    assert found[0].error <= architecture_run.TOLERANCE
    assert (tmp_path / "espcn.onnx").exists()
