"""Small networks of the kinds that no package of definitions offers: super-resolution, 1-D audio, a detection head, recurrence."""

import torch
from torch import Tensor, nn


class Espcn(nn.Module):  # type: ignore[misc]
    """Sub-pixel super-resolution (Shi et al., CVPR 2016): convolutions and a PixelShuffle by 3."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 64, 5, padding=2), nn.Tanh(), nn.Conv2d(64, 32, 3, padding=1), nn.Tanh(),
            nn.Conv2d(32, 9, 3, padding=1), nn.PixelShuffle(3),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.body(x)
        return out


class AudioM5(nn.Module):  # type: ignore[misc]
    """Raw-waveform classifier (Dai et al., ICASSP 2017): 1-D convolutions, BatchNorm, max pooling."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 1
        for width, kernel, stride in ((32, 80, 4), (32, 3, 1), (64, 3, 1)):
            layers += [
                nn.Conv1d(channels, width, kernel, stride),
                nn.BatchNorm1d(width),
                nn.ReLU(),
                nn.MaxPool1d(4),
            ]
            channels = width
        self.body, self.head = nn.Sequential(*layers), nn.Linear(channels, 10)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.head(self.body(x).mean(-1))
        return out


class SsdHead(nn.Module):  # type: ignore[misc]
    """Two feature maps, each with a box and a class branch, permuted to anchors and joined (Liu et al., ECCV 2016)."""

    def __init__(self, anchors: int = 4, classes: int = 5) -> None:
        super().__init__()
        self.classes = classes
        self.first = nn.Sequential(nn.Conv2d(3, 16, 3, 4, 1), nn.BatchNorm2d(16), nn.ReLU6())
        self.second = nn.Sequential(nn.Conv2d(16, 32, 3, 2, 1), nn.BatchNorm2d(32), nn.ReLU6())
        self.boxes = nn.ModuleList(nn.Conv2d(n, anchors * 4, 3, padding=1) for n in (16, 32))
        self.scores = nn.ModuleList(nn.Conv2d(n, anchors * classes, 3, padding=1) for n in (16, 32))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        first = self.first(x)
        maps = (first, self.second(first))
        boxes = [_anchors(head(m), 4) for head, m in zip(self.boxes, maps, strict=True)]
        scores = [_anchors(head(m), self.classes) for head, m in zip(self.scores, maps, strict=True)]
        return torch.cat(boxes, 1), torch.cat(scores, 1).softmax(-1)


def _anchors(x: Tensor, size: int) -> Tensor:
    """N (A·size) H W → N (A·H·W) size, as torchvision's heads do."""
    n, _, h, w = x.shape
    return x.view(n, -1, size, h, w).permute(0, 3, 4, 1, 2).reshape(n, -1, size)


class Lstm(nn.Module):  # type: ignore[misc]
    """One LSTM over a sequence and a linear layer on every step."""

    def __init__(self) -> None:
        super().__init__()
        self.cell, self.head = nn.LSTM(16, 32, batch_first=True), nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.head(self.cell(x)[0])
        return out


class Gru(nn.Module):  # type: ignore[misc]
    """A GRU in both directions and a linear layer on every step."""

    def __init__(self) -> None:
        super().__init__()
        self.cell, self.head = nn.GRU(16, 24, batch_first=True, bidirectional=True), nn.Linear(48, 10)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.head(self.cell(x)[0])
        return out
