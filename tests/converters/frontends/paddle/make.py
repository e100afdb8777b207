"""Makes tiny.pdmodel, tiny.pdiparams and tiny.npz (an input and Paddle's own answer) in this folder.

`FLAGS_enable_pir_api=0 python make.py`, with paddlepaddle 3.3.1 installed; without the flag Paddle 3 writes another format (.json).
"""

from pathlib import Path
from typing import Any

import numpy as np
import paddle
from paddle import nn
from paddle.base.proto import framework_pb2

HERE = Path(__file__).resolve().parent


class Tiny(nn.Layer):  # type: ignore[misc]
    """An image of 16 by 16 to five probabilities, by operators whose Paddle forms are their own."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.norm = nn.Conv2D(3, 8, 3, stride=2, padding=1), nn.BatchNorm2D(8)
        self.depth, self.point = nn.Conv2D(8, 8, 3, padding=1, groups=8), nn.Conv2D(8, 16, 1)
        self.pool, self.head = nn.AdaptiveAvgPool2D(3), nn.Linear(16, 5)

    def forward(self, image: Any) -> Any:
        x = nn.functional.hardswish(self.norm(self.stem(image)))
        x = self.pool(nn.functional.relu(self.point(self.depth(x))))
        x = nn.functional.interpolate(x, scale_factor=2, mode="nearest")
        x = paddle.transpose(paddle.flatten(x, 2), [0, 2, 1])
        return nn.functional.softmax(self.head(x.mean(1)), axis=-1)


def main() -> None:
    paddle.seed(0)
    network = Tiny()
    for parameter in network.norm.parameters():
        parameter.set_value(paddle.uniform(parameter.shape, min=0.5, max=1.5))
    network.norm._mean.set_value(paddle.randn([8]) * 0.1)
    network.norm._variance.set_value(paddle.uniform([8], min=0.5, max=1.5))
    network.eval()
    spec = paddle.static.InputSpec([1, 3, 16, 16], "float32", "image")
    paddle.jit.save(network, str(HERE / "tiny"), input_spec=[spec])
    (HERE / "tiny.pdiparams.info").unlink(missing_ok=True)
    program = framework_pb2.ProgramDesc.FromString((HERE / "tiny.pdmodel").read_bytes())
    for block in program.blocks:
        for op in block.ops:  # where in whose Python each was made
            kept = [attr for attr in op.attrs if attr.name != "op_callstack"]
            del op.attrs[:]
            op.attrs.extend(kept)
    (HERE / "tiny.pdmodel").write_bytes(program.SerializeToString(deterministic=True))
    image = np.random.default_rng(0).random((1, 3, 16, 16)).astype(np.float32)
    np.savez(HERE / "tiny.npz", image=image, probabilities=network(paddle.to_tensor(image)).numpy())


if __name__ == "__main__":
    main()
