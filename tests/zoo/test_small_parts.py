"""The application's small decisions: names, targets, shapes, tolerances, tables."""

from pathlib import Path

import numpy as np
import pytest

from registry import catalog
from registry.card import Input
from registry.errors import InputError
from registry.types import Check, Tensor
from zoo import answering, checking, doctor, exporting, naming, report, request, sampling, targets, timing
from zoo.cli import options
from zoo.references import digest


def check(**changes: object) -> Check:
    given = {
        "output": "o",
        "inputs": "i",
        "max_absolute": 0.0,
        "max_relative": 0.0,
        "cosine": 1.0,
        "snr_db": 9.0,
    }
    return Check(**{**given, "passed": True, **changes})  # type: ignore[arg-type]


def test_targets_come_in_the_order_they_are_made() -> None:
    assert targets.names(targets.parse("keras,float16,openvino") or ()) == (
        "openvino",
        "openvino_fp16",
        "float16",
        "keras",
    )
    assert targets.parse(None) is None
    assert targets.parse("all") is None


@pytest.mark.parametrize("text", ["", ",", "float8", "float32;float16"])
def test_unknown_targets_are_refused_with_the_list(text: str) -> None:
    with pytest.raises(InputError, match="dynamic_range"):
        targets.parse(text)


def test_every_target_has_its_own_files() -> None:
    endings = [ending for target in targets.TARGETS for ending in target.files]
    assert len(set(endings)) == len(endings)


def test_shapes_are_read_with_and_without_a_name() -> None:
    assert options.shapes(["1,3,8,8"]) == {"": (1, 3, 8, 8)}
    assert options.shapes(["x:0:1,2", "y:3"]) == {"x:0": (1, 2), "y": (3,)}
    assert options.words(" a, b ,") == ("a", "b")


@pytest.mark.parametrize("given", [["a:"], ["1,,2"], ["-1,3"], ["x:1,2", "x:1,2"]])
def test_what_is_no_shape_is_refused(given: list[str]) -> None:
    with pytest.raises(InputError, match="--input-shape"):
        options.shapes(given)


def test_thread_counts() -> None:
    assert timing.counts("1,2,1") == (1, 2)
    with pytest.raises(InputError):
        timing.counts("two")


def test_a_model_file_gives_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "net_saved_model"
    folder.mkdir()
    (folder / "saved_model.pb").touch()
    assert request.stem(request.model_file(str(folder)) or Path()) == "net"
    (tmp_path / "a.b.onnx").touch()
    assert naming.named(str(tmp_path / "a.b.onnx"), None)["name"] == "a.b"
    assert naming.named("digits", None)["out"] == Path("zoo_models/digits")
    assert request.model_file("digits") is None


def test_input_shapes_must_fit_the_card() -> None:
    (given,) = exporting.reshaped((Input(name="x", shape=(1, 3, 8, 8)),), {"": (1, 3, 9, 9)})
    assert given.shape == (1, 3, 9, 9)
    for shapes in ({"y": (1, 3, 9, 9)}, {"x": (1, 3, 9)}):
        with pytest.raises(InputError, match="--input-shape"):
            exporting.reshaped((Input(name="x", shape=(1, 3, 8, 8)),), shapes)


def test_outputs_are_kept_by_name() -> None:
    outputs = catalog.load("u2netp").outputs
    assert [one.name for one in exporting.chosen(outputs, ("d0",)) if one.keep] == ["d0"]
    assert exporting.chosen(outputs, ()) == outputs
    with pytest.raises(InputError, match="`d9`"):
        exporting.chosen(outputs, ("d9",))


def test_names_are_matched_across_formats() -> None:
    assert checking.match(["b", "a"], ["a", "b", "c"]) == {"b": "b", "a": "a"}
    assert checking.match(["in:0", "x/y"], ["x_y", "in"]) == {"in:0": "in", "x/y": "x_y"}
    assert checking.match(["first", "second"], ["output_0", "output_1"]) == {
        "first": "output_0",
        "second": "output_1",
    }


def test_a_card_may_set_its_own_tolerance() -> None:
    assert checking.tolerance(catalog.load("digits"), "float32").relative == 1e-5
    assert checking.tolerance(None, "float16") == checking.tolerance(catalog.load("digits"), "float16")


def test_source_shape_of_a_permuted_input() -> None:
    tensor = Tensor(name="a", shape=(1, 8, 9, 3), dtype="float32", permutation=(0, 2, 3, 1), source_name="x")
    assert answering.as_input(tensor).shape == (1, 3, 8, 9)
    assert answering.as_input(tensor).name == "x"


def test_answers_are_kept_by_key() -> None:
    reference = checking.Reference({"noise": {"x": np.zeros(3)}}, {"noise": {"y": np.ones(2)}})
    assert answering.kept("k") is None
    with pytest.raises(InputError, match="--force"):
        answering.require("k", "net")
    answering.keep(reference, "k")
    answering.keep_noise({"y": 0.5}, "k")
    found = answering.require("k", "net")
    assert found.noise == {"y": 0.5}
    np.testing.assert_array_equal(found.outputs["noise"]["y"], np.ones(2))


def test_a_card_with_data_is_verified_on_real_samples_too() -> None:
    card = catalog.load("digits")
    sets = sampling.for_card(card, card.inputs, None, None)
    assert [name.split()[0] for name in sets] == ["noise", "blocks", "real", "real"]
    assert digest(sets) == digest(sampling.for_card(card, card.inputs, None, None))
    assert {array.shape for tensors in sets.values() for array in tensors.values()} == {(1, 1, 8, 8)}


def test_the_worst_check_is_the_failed_one() -> None:
    bad = check(max_relative=0.1, passed=False)
    assert report.worst([check(max_relative=0.5), bad, check()]) is bad
    assert report.worst([]) is None


def test_numbers_as_people_read_them() -> None:
    assert [report.size(count) for count in (0, 999, 4683258, 176290000000)] == [
        "0 B",
        "999 B",
        "4.68 MB",
        "176.29 GB",
    ]
    table = report.Table(("a", "b"), (("1.5 MB", "x"), ("-", "2")))
    assert (table.is_numeric(0), table.is_numeric(1)) == (True, False)


def test_doctor_says_which_extra_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    real = doctor.version
    monkeypatch.setattr(doctor, "version", lambda name: None if name == "tensorflow" else real(name))
    routes = {one.name: one for one in doctor.diagnose().routes}
    assert not routes["target: keras"].works
    assert "zoo[tensorflow]" in routes["target: keras"].reason
    assert routes["target: float32"].works


def test_a_narrow_terminal_goes_without_spare_columns() -> None:
    table = report.Table(("name", "a", "b"), (("xxxxxxxx", "1", "22"),), "", ("b", "a"))
    assert table.width == 8 + 1 + 2 + 3 * 3 + 1
    assert table.fitting(table.width) is table
    assert table.fitting(table.width - 1).columns == ("name", "a")
    bare = table.fitting(3)
    assert (bare.columns, bare.rows) == (("name",), (("xxxxxxxx",),))
