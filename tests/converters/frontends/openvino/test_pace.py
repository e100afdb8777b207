"""How many steps an iteration takes: bounds, and the choice at the ends of the scale."""

from hypothesis import given
from hypothesis import strategies as st

from converters.frontends.openvino import pace
from converters.frontends.openvino.pace import Load, steps_at_once
from converters.ops.builder import Builder

SMALL = Load(operators=14, constants=16_384, collected=128)
"""A step of an LSTM of 32 features."""
LARGE = Load(operators=14, constants=1_048_576, collected=1_024)
"""A step of an LSTM of 256 features."""


@given(
    count=st.integers(1, 5_000),
    operators=st.integers(1, 600),
    constants=st.integers(0, 4 << 20),
    collected=st.integers(0, 1 << 16),
)
def test_what_is_written_out_stays_within_the_bounds(
    count: int, operators: int, constants: int, collected: int
):
    load = Load(operators, constants, collected)
    size = steps_at_once(count, load)
    assert 1 <= size <= count
    while size < count:  # an iteration may be a loop of its own, of fewer steps
        count, size = size, steps_at_once(size, load)
    assert size == 1 or size * operators <= pace._OPERATORS
    assert size == 1 or size * constants <= pace._CACHE


def test_few_steps_are_one_iteration_unless_their_weights_are_many():
    assert steps_at_once(12, SMALL) == 12
    assert steps_at_once(12, LARGE) == 1


def test_more_steps_an_iteration_the_longer_the_sequence():
    sizes = [steps_at_once(count, SMALL) for count in (48, 100, 400)]
    assert sizes == sorted(sizes)
    assert 1 < sizes[0] < sizes[-1] < 48


def test_a_long_sequence_is_a_loop_of_loops_only_where_it_is_collected():
    assert 1 < steps_at_once(2_000, LARGE) < 1_000
    assert steps_at_once(2_000, Load(LARGE.operators, LARGE.constants, 0)) == 1


def test_a_constant_that_two_operators_read_is_loaded_once():
    from converters.graph import constant

    b = Builder()
    weight = constant([[1.0, 2.0]], dtype="float32")
    part = b("ADD", b("MUL", constant([[3.0, 4.0]], dtype="float32"), weight), weight)
    assert pace.load_of(b.nodes, [part]) == Load(operators=2, constants=16, collected=8)
