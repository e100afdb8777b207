"""A quantized file beside its float one: whose error is whose, and which tensors belong together."""

from pathlib import Path

import pytest

from converters.graph import Graph, Node, Value
from registry.errors import InputError
from tests.converters.explain.networks import FLOAT, explained, float_network, int8_network


def test_a_sound_file_alarms_nobody(tmp_path: Path) -> None:
    found = explained(tmp_path, int8_network(), float_network())
    assert found.alarms == ()
    assert found.outputs[0].sqnr_db > 25
    assert {one.name for one in found.layers} == {"x", "h", "y"}
    assert found.unmatched == ()


def test_own_error_names_the_layer_and_not_its_readers(tmp_path: Path) -> None:
    found = explained(tmp_path, int8_network(shrink=0.4), float_network())
    layers = {one.name: one for one in found.layers}
    assert found.layers[0].name == "h"
    own = layers["y"].own_sqnr_db
    assert own is not None
    assert own > 25 > layers["y"].sqnr_db


def test_names_may_differ(tmp_path: Path) -> None:
    quantized = int8_network()
    for number, value in enumerate(quantized.values()):
        value.name = f"t{number}"
    found = explained(tmp_path, quantized, float_network())
    assert {one.float_name for one in found.layers} == {"x", "h", "y"}


def test_files_of_two_models_are_refused(tmp_path: Path) -> None:
    x, y = Value("a", (1, 5), FLOAT), Value("b", (1, 5), FLOAT)
    with pytest.raises(InputError, match="do not belong together"):
        explained(tmp_path, int8_network(), Graph("other", (x,), (y,), [Node("RELU", (x,), (y,), {})]))
