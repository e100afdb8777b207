"""Trains the `digits` model and writes what the package ships: `digits.pth`, `test.npz`, `calibration.npz`.

    python registry/data/digits/train.py [FOLDER]

Needs torch and scikit-learn; takes about half a minute. Seeded, one thread, deterministic kernels: the same versions on the same kind
of CPU give the same bytes.
The test split is looked at once, at the end.

Data: scikit-learn's copy of the test set of "Optical Recognition of Handwritten Digits", E. Alpaydin and C. Kaynak, UCI Machine
Learning Repository 1998, https://doi.org/10.24432/C50P49, CC BY 4.0: 1,797 images of 8 × 8, values 0…16.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from digits_net import DigitsNet  # type: ignore[import-not-found]
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn

SEED = 0
EPOCHS = 60
BATCH = 32
TEST_SAMPLES = 450
CALIBRATION_SAMPLES = 100


def main(folder: Path) -> None:
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    digits = load_digits()
    images, labels = digits.images.astype(np.uint8), digits.target.astype(np.int64)
    train_x, test_x, train_y, test_y = train_test_split(
        images, labels, test_size=TEST_SAMPLES, stratify=labels, random_state=SEED
    )
    model = train(DigitsNet(), as_input(train_x), torch.from_numpy(train_y))
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(model.state_dict(), folder / "digits.pth")
    np.savez_compressed(folder / "test.npz", images=test_x, labels=test_y.astype(np.uint8))
    np.savez_compressed(
        folder / "calibration.npz",
        images=train_x[:CALIBRATION_SAMPLES],
        labels=train_y[:CALIBRATION_SAMPLES].astype(np.uint8),
    )
    with torch.no_grad():
        right = (model(as_input(test_x)).argmax(1) == torch.from_numpy(test_y)).sum().item()
    print(f"test: {right} of {len(test_y)} right ({100 * right / len(test_y):.2f} %)")


def as_input(images: np.ndarray) -> Tensor:
    """uint8 [N, 8, 8], 0…16 → float32 [N, 1, 8, 8], 0…1."""
    return torch.from_numpy(images[:, None].astype(np.float32) / 16)


def train(model: nn.Module, images: Tensor, labels: Tensor) -> nn.Module:
    """Adam under a one-cycle schedule (Smith 2018), label smoothing, small random shifts, turns and scalings."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-2)
    steps = -(-len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, epochs=EPOCHS, steps_per_epoch=steps)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.05)
    model.train()
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(images)).split(BATCH):
            optimizer.zero_grad()
            loss_of(model(jittered(images[chosen])), labels[chosen]).backward()
            optimizer.step()
            schedule.step()
    return model.eval()


def jittered(images: Tensor) -> Tensor:
    """Each image turned by up to 10°, scaled by up to 10 % and shifted by up to one pixel; the same shape and range."""
    n, _, height, _ = images.shape
    angle = (torch.rand(n) * 2 - 1) * np.pi / 18
    scale = 1 + (torch.rand(n) * 2 - 1) * 0.1
    shift = (torch.rand(n, 2) * 2 - 1) * 2 / height
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    affine = torch.stack(
        [torch.stack([cos, -sin, shift[:, 0]], 1), torch.stack([sin, cos, shift[:, 1]], 1)], 1
    )
    grid = nn.functional.affine_grid(affine, list(images.shape), align_corners=False)
    return nn.functional.grid_sample(images, grid, align_corners=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
