"""The `digits` network: a small CNN of the usual building blocks, for 8 × 8 grey images of handwritten digits."""

# mypy: disable-error-code="misc, no-any-return"

import torch
from torch import Tensor, nn


class SeparableBlock(nn.Module):
    """Depthwise 3 × 3, then pointwise 1 × 1, each with BatchNorm and ReLU (MobileNet's block)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(inputs, inputs, 3, stride, padding=1, groups=inputs, bias=False)
        self.depthwise_norm = nn.BatchNorm2d(inputs)
        self.pointwise = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.pointwise_norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.depthwise_norm(self.depthwise(x)))
        return torch.relu(self.pointwise_norm(self.pointwise(x)))


class ResidualBlock(nn.Module):
    """Two 3 × 3 convolutions with BatchNorm, added to what came in (ResNet's basic block)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.first_norm(self.first(x)))
        return torch.relu(x + self.second_norm(self.second(y)))


class DigitsNet(nn.Module):
    """float32 [N, 1, 8, 8] in 0…1 → logits float32 [N, classes]."""

    def __init__(self, classes: int = 10, width: int = 16) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, width, 3, padding=1, bias=False)
        self.stem_norm = nn.BatchNorm2d(width)
        self.separable = SeparableBlock(width, 2 * width, stride=2)
        self.residual = ResidualBlock(2 * width)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(0.2)
        self.classifier = nn.Linear(2 * width, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.stem_norm(self.stem(x)))
        x = self.residual(self.separable(x))
        x = torch.flatten(self.pool(x), 1)
        return self.classifier(self.dropout(x))
