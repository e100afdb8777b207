"""ONNX's own backend node tests through the converter: `python -m tests.converters.conformance` prints the table, rewrites the list.

Each test brings a model of one node, inputs and the specification's outputs. What passes is kept in conformance_passing.txt, which
test_conformance.py holds as a ratchet.
Outcomes: passed; refused (a clear ZooError); wrong (another result); misread (another result that OpenVINO, which reads
the model, computes too); broken (anything else).
"""

import collections
import contextlib
import io
import re
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from registry.errors import ZooError
from tests.converters.harness import WrongResultError, convert_and_compare

LIST = Path(__file__).with_name("conformance_passing.txt")

TOLERANCE = 1e-3
"""onnx's own for these tests: some of their expected outputs are rounded to four digits."""

OUT_OF_SCOPE = re.compile(
    r"_expanded|sequence|optional|^test_(adagrad|adam|momentum|nesterov|ai_onnx_ml|training|gradient|loop|scan|if|string|strnorm|"
    r"tfidf|regex|cast_|castlike_|random|bernoulli|dropout_.*train|training_dropout|qlinear|quantize|dequantize|dynamicquantize|matmulinteger|"
    r"convinteger|unique|nonmaxsuppression|sce_|nllloss|image_decoder|dft|stft|blackman|hann|hamming|melweight|label_encoder|"
    r"bitwise|bitshift|det|nonzero|compress|shape|size|hardmax|eyelike|reversesequence|affine_grid|lstm|gru|rnn|"
    r"simple_rnn|rotary|attention|tensorscatter|identity_opt|identity_seq)"
    r"|_u?int(4|2)(_|$)|float(4|8)"
)
"""LiteRT's kernels take small integers as quantized numbers only, and some abort the whole process on plain ones."""


@dataclass(frozen=True)
class Outcome:
    name: str
    kind: str
    detail: str = ""


def cases() -> dict[str, Any]:
    """Name → test case of every node test in scope: float32, int32, int64 and bool tensors, of rank 6 at most."""
    from onnx.backend.test.loader import load_model_tests

    with quiet():
        found = load_model_tests(kind="node")
    return {case.name: case for case in found if _in_scope(case.name)}


def _in_scope(name: str) -> bool:
    return OUT_OF_SCOPE.search(name) is None


def run(case: Any) -> Outcome:
    import onnx

    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    if any(not port.type.HasField("tensor_type") for port in (*model.graph.input, *model.graph.output)):
        return Outcome(case.name, "refused", "not a tensor")
    inputs, expected = case.data_sets[0]
    constants = _parameters_as_constants(model, inputs)
    try:
        with quiet():
            convert_and_compare(model, inputs=constants, expected=expected, tolerance=TOLERANCE)
    except ZooError as error:
        return Outcome(case.name, "refused", " ".join(str(error).split()))
    except WrongResultError as error:
        return Outcome(
            case.name,
            "misread" if _misread(model, constants, expected) else "wrong",
            " ".join(str(error).split()),
        )
    except Exception as error:
        return Outcome(case.name, "broken", f"{type(error).__name__}: {' '.join(str(error).split())}")
    return Outcome(case.name, "passed")


def _misread(model: Any, inputs: list[Any], expected: list[Any]) -> bool:
    """Whether OpenVINO itself computes something else: then its reading of the model is at fault, not the lowering."""
    import openvino

    from tests.converters.harness import difference

    try:
        compiled = openvino.Core().compile_model(
            openvino.convert_model(io.BytesIO(model.SerializeToString())),
            "CPU",
            {"INFERENCE_PRECISION_HINT": "f32"},
        )
        results = compiled(inputs)
        found = [np.array(results[i]) for i in range(len(compiled.outputs))]
        return any(difference("", a, b) > TOLERANCE for a, b in zip(found, expected, strict=True))
    except Exception:
        return True


def _parameters_as_constants(model: Any, inputs: list[Any]) -> list[Any]:
    """Shapes, axes, pads and the like become initializers, as every exporter writes them; the data inputs are returned.

    Parameters are the integer operands of operators whose first operand they describe, and whatever a shape is computed from.
    """
    from onnx import numpy_helper

    keep = []
    for index, (port, array) in enumerate(zip(list(model.graph.input), inputs, strict=True)):
        node = model.graph.node[0]
        if _is_parameter(
            node.op_type, list(node.input).index(port.name) if port.name in node.input else index, array
        ):
            model.graph.initializer.append(numpy_helper.from_array(array, port.name))
            model.graph.input.remove(port)
        else:
            keep.append(array)
    return keep


_PARAMETERS = {
    "Clip": (1, 2),
    "ConstantOfShape": (0,),
    "CumSum": (1,),
    "Expand": (1,),
    "OneHot": (1,),
    "Pad": (1, 2, 3),
    "Range": (0, 1, 2),
    "Reshape": (1,),
    "Resize": (1, 2, 3),
    "Slice": (1, 2, 3, 4),
    "Split": (1,),
    "Squeeze": (1,),
    "Tile": (1,),
    "TopK": (1,),
    "Unsqueeze": (1,),
    "Upsample": (1,),
    "CenterCropPad": (1,),
    "Trilu": (1,),
    "Conv": (1, 2),
    "ConvTranspose": (1, 2),
    "BatchNormalization": (1, 2, 3, 4),
    "InstanceNormalization": (1, 2),
    "MaxUnpool": (2,),
    "DeformConv": (1,),
}


def _is_parameter(op: str, index: int, array: Any) -> bool:
    if op.startswith("Reduce"):
        return index == 1
    return index in _PARAMETERS.get(op, ())


def passing() -> list[str]:
    return LIST.read_text().split() if LIST.exists() else []


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with np.errstate(all="ignore"):
            yield


def main() -> None:
    found = cases()
    wanted = sys.argv[1:]
    outcomes = []
    for name in sorted(found):
        if wanted and not any(part in name for part in wanted):
            continue
        started = time.monotonic()
        outcome = run(found[name])
        outcomes.append(outcome)
        print(
            f"{time.monotonic() - started:5.2f} s {outcome.kind:8} {name}: {outcome.detail[:220]}", flush=True
        )
    counts = collections.Counter(outcome.kind for outcome in outcomes)
    print(", ".join(f"{count} {kind}" for kind, count in counts.most_common()))
    if not wanted:
        LIST.write_text("".join(f"{o.name}\n" for o in outcomes if o.kind == "passed"))


if __name__ == "__main__":
    main()
