"""Why an OpenVINO operator has no form in LiteRT's builtin operators, and the limits of those that have one."""

_DATA_SIZED = (
    "how much it gives is decided by sorting and suppressing at run time, which no builtin operator does"
)
_STRING = "LiteRT's builtin operators compute on numbers"

INEXPRESSIBLE: dict[str, str] = {
    "Assign": "a state that outlives a run; export the state as an input and an output",
    "ReadValue": "a state that outlives a run; export the state as an input and an output",
    "BinaryConvolution": "products of single bits; no builtin operator packs them",
    "CTCGreedyDecoder": "decoding belongs behind the model; cut it before (--outputs)",
    "CTCGreedyDecoderSeqLen": "decoding belongs behind the model; cut it before (--outputs)",
    "FakeConvert": "it rounds to 8-bit floating point, which no builtin operator does; take the model before quantization",
    "GatherTree": "decoding belongs behind the model; cut it before (--outputs)",
    "Inverse": "eliminating with pivots; no builtin operator inverts: invert constants at export, or cut the model (--outputs)",
    "PSROIPooling": "its windows are decided by boxes at run time; cut the model before it (--outputs), or use ROIAlign",
    "ROIAlignRotated": "positions by turned boxes at run time; cut the model before it (--outputs), or use ROIAlign",
    "ROIPooling": "its windows are decided by boxes at run time; cut the model before it (--outputs), or use ROIAlign",
    "SparseFillEmptyRows": "how much it gives is decided by the data; cut the model before it (--outputs)",
    "CTCLoss": "a training loss; cut the model before it (--outputs)",
    "ConvertPromoteTypes": "only PyTorch's reader makes it, and dissolves it while it reads",
    "DeformablePSROIPooling": "positions by a grid of offsets for each box; cut the model before it (--outputs)",
    "DetectionOutput": _DATA_SIZED,
    "GenerateProposals": _DATA_SIZED,
    "MatrixNms": _DATA_SIZED,
    "MulticlassNms": _DATA_SIZED,
    "NMSRotated": _DATA_SIZED,
    "Proposal": _DATA_SIZED,
    "I420toBGR": "colour conversion belongs before the model; feed it RGB or BGR",
    "I420toRGB": "colour conversion belongs before the model; feed it RGB or BGR",
    "NV12toBGR": "colour conversion belongs before the model; feed it RGB or BGR",
    "NV12toRGB": "colour conversion belongs before the model; feed it RGB or BGR",
    "Multinomial": "random draws, which differ between any two runtimes; cut the model before it (--outputs)",
    "StringTensorPack": _STRING,
    "StringTensorUnpack": _STRING,
}
"""Operator type → the reason, and what a user can do."""

LIMITS: dict[str, str] = {
    "AdaptiveAvgPool": "constant output sizes",
    "AdaptiveMaxPool": "constant output sizes",
    "Broadcast": "a target of unknown rank is refused",
    "DepthToSpace": "rank 4",
    "SpaceToDepth": "rank 4",
    "Interpolate": "no padding of its own; sizes known at run time only: no antialiasing",
    "LRN": "over an odd window of channels, rank 4",
    "BatchToSpace": "constant blocks and crops",
    "Col2Im": "constant sizes",
    "DeformableConvolution": "over images, a constant kernel",
    "PriorBox": "sizes known at conversion",
    "PriorBoxClustered": "sizes known at conversion",
    "ROIAlign": "by averages, a sampling ratio of at least 1",
    "RandomUniform": "floats, seeded, aligned with TensorFlow; the first run draws OpenVINO's own numbers",
    "Reverse": "constant axes",
    "ScatterElementsUpdate": "largest, least and products of some thousand elements; means of floats",
    "ScatterNDUpdate": "largest, least and products of some thousand elements",
    "SegmentMax": "of some thousand elements",
    "SpaceToBatch": "constant blocks and pads",
    "Roll": "constant shifts",
    "Round": "halves to the even neighbour",
    "StridedSlice": "new axes and an ellipsis need a known shape",
    "TopK": "results ordered by value",
}
"""Operator type → what of it is refused or asked for. What names no limit is lowered whole, in static shapes."""
