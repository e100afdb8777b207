"""Recurrent sequences against OpenVINO's own execution, and torch's layers against ONNX Runtime on run after run."""

import warnings
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from converters.engine import Options, build, emit_tflite
from converters.ops.equation import inverse
from tests.converters.frontends.openvino.models import model_of
from tests.converters.frontends.openvino.paced import paced, whiles
from tests.converters.harness import Compared, convert_and_compare, difference, run_source

CASES = settings(
    max_examples=40, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
GATES = {"lstm": 4, "gru": 3, "rnn": 1}
FEATURES, HIDDEN = 3, 5
WAYS = ("forward", "reverse", "bidirectional")


def sequence(
    kind: str,
    way: str = "forward",
    *,
    batch: int = 2,
    steps: int = 4,
    lengths: Any = None,
    at_run_time: bool = False,
    unroll: bool = False,
    pace: tuple[int, ...] = (1,),
    **options: Any,
) -> Compared:
    """`lengths`: None for full ones, an array of constant ones, or "given" for an input of the model. `pace`: see `paced`."""
    from openvino import opset15 as ops

    rng = np.random.default_rng(1)
    d = 2 if way == "bidirectional" else 1
    biased = 4 if kind == "gru" and options.get("linear_before_reset") else GATES[kind]
    shapes = [(batch, steps, FEATURES)] + [(batch, d, HIDDEN)] * (2 if kind == "lstm" else 1)
    parts = [(d, GATES[kind] * HIDDEN, FEATURES), (d, GATES[kind] * HIDDEN, HIDDEN), (d, biased * HIDDEN)]
    given_at_run_time = parts if at_run_time else []
    constants = [] if at_run_time else [rng.normal(size=s).astype(np.float32) * 0.5 for s in parts]
    asked = [(batch,)] if isinstance(lengths, str) else []
    fixed = np.full(batch, steps, np.int32) if lengths is None else lengths
    states = len(shapes)

    def made(*values: Any) -> Any:
        ends = values[states] if asked else ops.constant(np.asarray(fixed, np.int32))
        rest = values[states + len(asked) :] if at_run_time else constants
        return getattr(ops, f"{kind}_sequence")(
            *values[:states], ends, *rest, hidden_size=HIDDEN, direction=way, **options
        )

    every = [*shapes, *asked, *given_at_run_time]
    dtypes = [np.int32 if shape in asked else np.float32 for shape in every]
    inputs = [
        rng.integers(1, steps + 1, s).astype(np.int32) if t is np.int32 else rng.normal(size=s).astype(t)
        for s, t in zip(every, dtypes, strict=True)
    ]
    model = model_of(made, *every, dtypes=dtypes)
    with paced(*pace):
        return convert_and_compare(model, inputs=inputs, options=Options(unroll_loops=unroll))


@CASES
@given(
    kind=st.sampled_from(sorted(GATES)),
    way=st.sampled_from(WAYS),
    batch=st.integers(1, 3),
    steps=st.integers(1, 7),
    lengths=st.sampled_from([None, None, "given", "short"]),
    clip=st.sampled_from([0.0, 0.0, 0.3]),
    before=st.booleans(),
    unroll=st.booleans(),
    pace=st.sampled_from([(1,), (2,), (3,), (3, 1), (4, 2)]),
)
def test_sequences(kind, way, batch, steps, lengths, clip, before, unroll, pace):
    options = {"linear_before_reset": before} if kind == "gru" else {}
    short = np.arange(batch) % steps + 1 if lengths == "short" else lengths
    done = sequence(
        kind, way, batch=batch, steps=steps, lengths=short, unroll=unroll, clip=clip, pace=pace, **options
    )
    full = short is None or (lengths == "short" and steps == 1)
    loops = 2 if way == "bidirectional" and not full else 1
    assert done.histogram.get("WHILE", 0) == (0 if unroll else loops * whiles(steps, *pace))


def test_few_steps_of_a_small_cell_are_one_iteration():
    """At LiteRT's price of a loop; a long sequence stays one, a very long one is a loop of loops."""
    with_states = partial(sequence, "lstm", batch=1, pace=())
    assert "WHILE" not in with_states(steps=12).histogram
    assert with_states(steps=80).histogram["WHILE"] == 1
    assert sequence("gru", steps=300, batch=100, pace=()).histogram["WHILE"] == 2


@pytest.mark.parametrize("kind", sorted(GATES))
@pytest.mark.parametrize("steps", [1, 3])
def test_weights_computed_at_run_time(kind: str, steps: int):
    sequence(kind, "bidirectional", steps=steps, at_run_time=True)
    if kind == "gru":
        sequence(kind, "reverse", steps=steps, at_run_time=True, linear_before_reset=True)


def test_other_activations():
    sequence("lstm", activations=["relu", "sigmoid", "relu"])
    sequence("gru", activations=["tanh", "relu"])
    sequence("rnn", "reverse", activations=["sigmoid"])


@pytest.mark.parametrize("batch", [1, 2])
def test_one_product_over_all_steps_and_no_transpose(batch: int):
    """ONNX's order of axes (steps first) needs none: what enters is one FULLY_CONNECTED, the loop holds the other."""
    from openvino import opset15 as ops

    rng = np.random.default_rng(0)
    w, r, b = (rng.normal(size=(1, 4 * HIDDEN, n)).astype(np.float32) for n in (FEATURES, HIDDEN, 1))
    zeros = ops.constant(np.zeros((batch, 1, HIDDEN), np.float32))
    ends = ops.constant(np.full(batch, 6, np.int32))

    def made(x: Any) -> Any:
        turned = ops.transpose(x, [1, 0, 2])
        y = ops.lstm_sequence(turned, zeros, zeros, ends, w, r, b[..., 0], HIDDEN, "forward").output(0)
        return ops.transpose(y, [2, 1, 0, 3])

    with paced(1):
        done = convert_and_compare(model_of(made, (6, batch, FEATURES)))
    assert done.transposes == 0
    assert done.histogram["FULLY_CONNECTED"] == 2
    assert sum(done.histogram.values()) <= 20


def test_steps_that_nobody_reads_are_not_kept():
    """Of a loop that only the last state is read of, the steps' results are not carried along."""
    from openvino import opset15 as ops

    rng = np.random.default_rng(0)
    w, r, b = (rng.normal(size=(1, 3 * HIDDEN, n)).astype(np.float32) for n in (FEATURES, HIDDEN, 1))
    ends = ops.constant(np.full(1, 6, np.int32))
    model = model_of(
        lambda x, h: ops.gru_sequence(x, h, ends, w, r, b[..., 0], HIDDEN, "forward").output(1),
        (1, 6, FEATURES),
        (1, 1, HIDDEN),
    )
    with paced(1):
        done = convert_and_compare(model)
    assert done.histogram["WHILE"] == 1
    assert "DYNAMIC_UPDATE_SLICE" not in done.histogram


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize(("batch", "steps"), [(1, 16), (2, 100)])
def test_layers_of_torch_run_after_run(
    tmp_path: Path, kind: str, layers: int, both: bool, batch: int, steps: int
):
    """Three runs of one interpreter with other inputs each: nothing is left over from the run before."""
    import torch
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    torch.manual_seed(0)
    layer = getattr(torch.nn, kind)(6, 10, layers, batch_first=True, bidirectional=both).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(layer, torch.zeros(batch, steps, 6), str(tmp_path / "m.onnx"), dynamo=False)
    built = build(tmp_path / "m.onnx", Options())
    emit_tflite(built, "float32", tmp_path / "m.tflite")
    runs = [np.random.default_rng(i).normal(size=(batch, steps, 6)).astype(np.float32) for i in range(3)]
    wanted = [run_source(tmp_path / "m.onnx", [x]) for x in runs]
    for kernels in (OpResolverType.AUTO, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES):
        interpreter = Interpreter(str(tmp_path / "m.tflite"), experimental_op_resolver_type=kernels)
        interpreter.allocate_tensors()
        for x, expected in zip(runs, wanted, strict=True):
            entered = np.array(x.transpose(built.inputs[0].permutation), order="C")
            interpreter.set_tensor(interpreter.get_input_details()[0]["index"], entered)
            interpreter.invoke()
            for detail, tensor, value in zip(
                interpreter.get_output_details(), built.outputs, expected, strict=True
            ):
                found = interpreter.get_tensor(detail["index"]).transpose(inverse(tensor.permutation))
                assert difference(tensor.name, found, value) <= 1e-5


@pytest.mark.parametrize("kind", sorted(GATES))
def test_both_ways_are_one_loop_that_cuts_nothing_unevenly(kind: str):
    """XNNPACK takes the arithmetic of a step as one piece; SPLIT_V would end it."""
    options = {"linear_before_reset": True} if kind == "gru" else {}
    done = sequence(kind, "bidirectional", batch=1, steps=7, **options)
    assert done.histogram["WHILE"] == 1
    assert "SPLIT_V" not in done.histogram
    assert sum(done.histogram.values()) <= 40
