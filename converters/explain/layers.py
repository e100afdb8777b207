"""What is known of one layer of a quantized file, as records that go into a report."""

from typing import Any

import msgspec
import numpy as np

from converters.explain.alignment import Alignment
from converters.explain.sums import TensorSum
from converters.explain.tables import Array, OperatorRow, Tables, TensorRow

LINEAR = {
    "CONV_2D": (0, 1, 2),
    "DEPTHWISE_CONV_2D": (0, 1, 2),
    "FULLY_CONNECTED": (0, 1, 2),
    "TRANSPOSE_CONV": (2, 1, 3),
    "CONV_3D": (0, 1, 2),
}
"""Operator → its data, weights and bias operands."""
INPUT = "INPUT"
"""What stands for the operator of a row that is an input of the model."""


class _Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of the records here."""


class WeightFacts(_Record, frozen=True):
    """A layer's weights against the float ones. Shares are of elements or channels, 0…1."""

    name: str
    dtype: str
    per_channel: bool
    sqnr_db: float
    worst_channel_db: float
    worst_channel: int
    saturated: float
    """Share of weights that lie beyond their grid by more than half a step."""
    zeroed_channels: tuple[int, ...] = ()
    """Channels that hold something in the float model and nothing but zeros here."""
    outlier_ratio: float = 1.0
    """Per tensor: widest channel over the median one. Per channel: largest weight over the channel's RMS, at its worst."""
    outlier_channel: int = -1


class BiasFacts(_Record, frozen=True):
    """A layer's bias. `mismatch` is stored scale / (data scale * weights scale), 1 where they agree."""

    name: str
    dtype: str
    relative_error: float
    saturated: int
    """Elements at the limit of the storage type."""
    headroom: float
    """Largest |bias| on the grid data scale * weights scale, over the limit of the storage type; above 1 it cannot be held."""
    mismatch: float = 1.0


class Layer(_Record, frozen=True):
    """One operator of the quantized file. SQNR in dB; shares 0…1; ranges and steps in real units.

    `sqnr_db`, `relative_rmse`: the result against the float model's, all errors before it included. `own_…`: on the float model's
    operands put on this operator's grids, so what this layer alone adds. `grid_sqnr_db`: what the result's grid alone costs.
    """

    index: int
    """The operator's number; -1 for an input of the model."""
    op: str
    tensor: int
    name: str
    float_name: str
    dtype: str
    shape: tuple[int, ...]
    sqnr_db: float
    relative_rmse: float
    own_sqnr_db: float | None = None
    own_relative_rmse: float | None = None
    grid_sqnr_db: float | None = None
    harm: float | None = None
    """Relative RMSE at the model's outputs with this layer's own error alone, everything else float."""
    float_range: tuple[float, float] = (0.0, 0.0)
    grid_range: tuple[float, float] | None = None
    step: float | None = None
    saturated: float = 0.0
    dead_channels: tuple[int, ...] = ()
    channels: int = 0
    weights: WeightFacts | None = None
    bias: BiasFacts | None = None

    @property
    def order(self) -> float:
        """What layers are sorted by, largest first: harm where it was measured, else the error that the layer adds."""
        for known in (self.harm, self.own_relative_rmse):
            if known is not None:
                return known
        return 0.0


def layer_of(
    one: OperatorRow | None,
    tensor: TensorRow,
    total: TensorSum,
    tables: Tables,
    reference: Tables,
    alignment: Alignment,
) -> Layer:
    """The record of `tensor`, which operator `one` writes; None for an input of the model, whose own error is its rounding."""
    partner = alignment.tensors.get(tensor.index)
    grid = tensor.grid if tensor.is_quantized else None
    alone = total.alone if one is not None else total.error
    weights, bias = linear_facts(one, tables, reference, alignment) if one is not None else (None, None)
    return Layer(
        index=one.index if one is not None else -1,
        op=one.op if one is not None else INPUT,
        tensor=tensor.index,
        name=tensor.name,
        float_name=reference.tensors[partner].name if partner is not None else "",
        dtype=tensor.dtype,
        shape=tensor.shape,
        sqnr_db=total.error.sqnr_db,
        relative_rmse=total.error.relative_rmse,
        own_sqnr_db=alone.sqnr_db if alone.count else None,
        own_relative_rmse=alone.relative_rmse if alone.count else None,
        grid_sqnr_db=total.rounding.sqnr_db if total.rounding.count else None,
        float_range=total.range,
        grid_range=grid.range if grid is not None else None,
        step=grid.step if grid is not None else None,
        saturated=total.saturated_share,
        dead_channels=tuple(int(i) for i in total.dead),
        channels=int(total.spreads.size),
        weights=weights,
        bias=bias,
    )


def linear_facts(
    one: OperatorRow, tables: Tables, reference: Tables, alignment: Alignment
) -> tuple[WeightFacts | None, BiasFacts | None]:
    """Of a layer with weights that both files hold as constants."""
    if one.op not in LINEAR:
        return None, None
    data, at, slot = (one.inputs[i] if i < len(one.inputs) else -1 for i in LINEAR[one.op])
    weights = _pair(at, tables, reference, alignment)
    bias = _pair(slot, tables, reference, alignment)
    scale = None
    if data >= 0 and at >= 0 and tables.tensors[data].is_quantized and tables.tensors[at].is_quantized:
        scale = _scale(tables.tensors[data]) * _scale(tables.tensors[at])
    return (
        weight_facts(*weights, one.op) if weights is not None and weights[0].is_quantized else None,
        bias_facts(*bias, scale) if bias is not None else None,
    )


def _pair(
    index: int, tables: Tables, reference: Tables, alignment: Alignment
) -> tuple[TensorRow, TensorRow] | None:
    partner = alignment.constants.get(index)
    return (tables.tensors[index], reference.tensors[partner]) if partner is not None else None


def weight_facts(tensor: TensorRow, reference: TensorRow, op: str) -> WeightFacts:
    """`tensor` (quantized) against `reference` (float), both constants of one shape."""
    grid = tensor.grid
    assert grid is not None
    axis = 3 if op == "DEPTHWISE_CONV_2D" else 4 if op == "CONV_3D" else 0
    real, wanted = (np.moveaxis(x.astype(np.float64), axis, 0) for x in (tensor.real, reference.real))
    rows, found = wanted.reshape(wanted.shape[0], -1), real.reshape(real.shape[0], -1)
    noise, signal = ((found - rows) ** 2).sum(1), (rows**2).sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        by_channel = np.where(noise > 0, 10 * np.log10(signal / noise), np.inf)
    worst = int(by_channel.argmin())
    peaks = np.abs(rows).max(1)
    ratio, channel = _outliers(rows, peaks, grid.per_channel)
    whole = 10 * np.log10(signal.sum() / noise.sum()) if noise.sum() and signal.sum() else np.inf
    limits = np.moveaxis(grid.real(np.full(tensor.shape, grid.limits[1])), axis, 0).reshape(rows.shape)
    lows = np.moveaxis(grid.real(np.full(tensor.shape, grid.limits[0])), axis, 0).reshape(rows.shape)
    half = grid.step / 2 if not grid.per_channel else np.abs(limits[:, :1]) / (2 * max(grid.limits[1], 1))
    beyond = (rows > limits + half) | (rows < lows - half)
    return WeightFacts(
        name=reference.name,
        dtype=tensor.dtype,
        per_channel=grid.per_channel,
        sqnr_db=float(whole),
        worst_channel_db=float(by_channel[worst]),
        worst_channel=worst,
        saturated=float(beyond.mean()),
        zeroed_channels=tuple(int(i) for i in np.flatnonzero((peaks > 0) & ~found.any(1))),
        outlier_ratio=ratio,
        outlier_channel=channel,
    )


def _outliers(rows: Array, peaks: Array, per_channel: bool) -> tuple[float, int]:
    if per_channel:
        rms = np.sqrt((rows**2).mean(1))
        ratios = np.divide(peaks, rms, out=np.ones_like(peaks), where=rms > 0)
    else:
        median = float(np.median(peaks[peaks > 0])) if (peaks > 0).any() else 1.0
        ratios = peaks / median
    at = int(ratios.argmax())
    return float(ratios[at]), at


def bias_facts(tensor: TensorRow, reference: TensorRow, scale: Array | None) -> BiasFacts:
    """`scale` is data scale * weights scale, where both are quantized."""
    wanted, found = (x.real.reshape(-1).astype(np.float64) for x in (reference, tensor))
    peak = float(np.abs(wanted).max(initial=0.0))
    error = float(np.abs(found - wanted).max(initial=0.0)) / peak if peak else 0.0
    stored = np.dtype(tensor.dtype) if tensor.dtype in ("int32", "int64") else None
    if stored is None or tensor.data is None:
        return BiasFacts(
            name=reference.name, dtype=tensor.dtype, relative_error=error, saturated=0, headroom=0
        )
    limit = float(np.iinfo(stored).max)
    held = np.abs(tensor.data.astype(np.float64)) >= limit
    needed, mismatch = 0.0, 1.0
    if scale is not None:
        needed = float((np.abs(wanted) / scale).max(initial=0.0)) / limit
        mismatch = _mismatch(tensor, scale)
    return BiasFacts(
        name=reference.name,
        dtype=tensor.dtype,
        relative_error=error,
        saturated=int(held.sum()),
        headroom=needed,
        mismatch=mismatch,
    )


def _mismatch(tensor: TensorRow, scale: Array) -> float:
    """The ratio of the stored scale to `scale` that lies farthest from 1."""
    if tensor.grid is None:
        return 1.0
    ratios = np.atleast_1d(tensor.grid.scale / scale)
    return float(ratios[np.abs(np.log(np.maximum(ratios, 1e-30))).argmax()])


def _scale(tensor: TensorRow) -> Any:
    grid = tensor.grid
    assert grid is not None
    return grid.scale if grid.per_channel else grid.scale[0]
