"""Short-time Fourier transforms: frames times window times waves are one convolution, their overlap-add a transposed one.

Source: OpenVINO's specifications of STFT-15 and ISTFT-16.
"""

import numpy as np
import numpy.typing as npt

from converters.frontends.fourier import back_to_real_matrix, real_matrix
from converters.frontends.openvino.lowering import Context, NotExpressibleError, int32, known, lowers
from converters.graph import Value, constant


def _number(value: Value, what: str) -> int:
    return int(known(value, what).reshape(-1)[0])


def _centred(window: npt.NDArray[np.float32], size: int) -> npt.NDArray[np.float64]:
    """The window with zeros on both sides up to the size of a frame."""
    before = (size - len(window)) // 2
    return np.pad(window.astype(np.float64), (before, size - len(window) - before))


@lowers("STFT")
def stft(
    context: Context, x: Value, window: Value, frame_size: Value, frame_step: Value, *, transpose_frames: bool
) -> Value:
    """x: [batch,] samples → [batch,] frames, frequencies, pairs (frequencies before frames with `transpose_frames`)."""
    b = context.build
    size, step = _number(frame_size, "frame size"), _number(frame_step, "frame step")
    waves = real_matrix(size, size)
    if window.data is not None:
        kernel: Value = constant((waves * _centred(window.data, size)).astype(np.float32))
    else:
        before = (size - window.shape[0]) // 2
        padded = b("PAD", window, int32([(before, size - window.shape[0] - before)]))
        kernel = b("MUL", padded, waves.astype(np.float32))
    batch = 1 if x.rank == 1 else x.shape[0]
    image = b.reshape(x, (batch, 1, x.shape[-1], 1))
    kernel = b.reshape(kernel, (len(waves), 1, size, 1))
    made = b("CONV_2D", image, kernel, np.zeros(len(waves), np.float32), stride_w=step)
    pairs = b.reshape(made, (batch, made.shape[2], len(waves) // 2, 2))
    if transpose_frames:
        pairs = b.transpose(pairs, (0, 2, 1, 3))
    return b.reshape(pairs, context.shape)


@lowers("ISTFT")
def istft(
    context: Context,
    x: Value,
    window: Value,
    frame_size: Value,
    frame_step: Value,
    signal_length: Value | None = None,
    *,
    center: bool,
    normalized: bool,
) -> Value:
    """x: [batch,] frequencies, frames, pairs → [batch,] samples: overlap-add over the overlap-add of the squared window."""
    b = context.build
    size, step = _number(frame_size, "frame size"), _number(frame_step, "frame step")
    shape = _centred(known(window, "window"), size)
    frequencies, frames = x.shape[-3:-1]
    waves = back_to_real_matrix(frequencies, size) * shape[:, None] * (np.sqrt(size) if normalized else 1)
    batch = 1 if x.rank == 3 else x.shape[0]
    spectra = b.transpose(b.reshape(x, (batch, frequencies, frames, 2)), (0, 2, 1, 3))
    image = b.reshape(spectra, (batch, 1, frames, 2 * frequencies))
    length = (frames - 1) * step + size
    kernel = constant(waves.astype(np.float32).reshape(1, 1, size, 2 * frequencies))
    made = b("TRANSPOSE_CONV", int32([batch, 1, length, 1]), kernel, image, stride_w=step)
    weight = np.zeros(length)
    for frame in range(frames):
        weight[frame * step : frame * step + size] += shape**2
    begin = size // 2 if center else 0
    end = length - begin if signal_length is None else min(begin + context.shape[-1], length)
    part = weight[begin:end]
    if (part <= 1e-11).any():
        raise NotExpressibleError("its windows leave samples that no frame weighs")
    flat = b.reshape(made, (batch, length))
    if end - begin < length:
        flat = b("SLICE", flat, int32([0, begin]), int32([batch, end - begin]))
    signal = b("MUL", flat, (1 / part).astype(np.float32)[None])
    missing = context.shape[-1] - (end - begin)
    if missing > 0:
        signal = b("PAD", signal, int32([(0, 0), (0, missing)]))
    return b.reshape(signal, context.shape)
