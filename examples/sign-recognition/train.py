"""Trains the two sign recognisers: one as usual, one on attacked images. The same bytes every time on one machine.

data/held_out.csv        500 of the 1,797 digits of scikit-learn: 64 shades of grey from 0 to 1, and the digit
data/features.yaml       that every shade may be anything from 0 to 1: the space in which an attacker may search
artifacts/plain.pt       trained on the 1,297 others
artifacts/hardened.pt    the same network, rows, order and seed; only that every image is attacked before each step

    python train.py [--epochs 60] [--epsilon 0.2] [--width 16] [--out .]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from casemate.guards.recipes.adversarial_training import train

HERE = Path(__file__).resolve().parent
SEED, HELD_OUT, PIXELS = 0, 500, 64
LABEL = "digit"
NAMES = tuple(f"p{i:02}" for i in range(PIXELS))
STEPS = 5  # of the attack inside the training; the attacks that measure it take forty and more


def main(given: Sequence[str] | None = None) -> None:
    """Write data and models, and print what they are."""
    p = argparse.ArgumentParser(description="Train the two sign recognisers.")
    p.add_argument("--epochs", type=int, default=60)
    p.add_argument("--epsilon", type=float, default=0.2, help="how far the training's attack moves each shade")
    p.add_argument("--width", type=int, default=16, help="filters of the first layer")
    p.add_argument("--out", type=Path, default=HERE)
    said = p.parse_args(given)
    torch.set_num_threads(1)  # sums of several threads differ in their last digits
    torch.use_deterministic_algorithms(True)
    rows, labels, held, truth = split()
    for folder in ("data", "artifacts"):
        (said.out / folder).mkdir(parents=True, exist_ok=True)
    write_data(said.out / "data", held, truth)
    for name, epsilon in (("plain", 0.0), ("hardened", said.epsilon)):
        model = fit(rows, labels, epsilon, said.epochs, said.width)
        save(model, said.out / "artifacts" / f"{name}.pt")
        print(f"{name:<9} reads {int((answers(model, held) == truth).sum())} of {len(held)} held-out images right")


def split() -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
    """Rows (n, 64) from 0 to 1 and labels (n,): those to learn from, and those held out."""
    digits = load_digits()
    rows, labels = (digits.data / 16).astype(np.float32), digits.target.astype(np.int64)
    order = np.random.default_rng(SEED).permutation(len(rows))
    held, learned = order[:HELD_OUT], order[HELD_OUT:]
    return rows[learned], labels[learned], rows[held], labels[held]


def network(width: int) -> torch.nn.Sequential:
    """Two layers of filters and two of sums: 64 shades in, a score for each of ten classes out."""
    n = torch.nn
    torch.manual_seed(SEED)
    return n.Sequential(
        n.Unflatten(1, (1, 8, 8)),
        n.Conv2d(1, width, 3, padding=1), n.ReLU(),
        n.Conv2d(width, 2 * width, 3, padding=1), n.ReLU(), n.MaxPool2d(2),
        n.Flatten(), n.Linear(32 * width, 64), n.ReLU(), n.Linear(64, 10),
    )  # fmt: skip


def fit(rows: NDArray[np.float32], labels: NDArray[np.int64], epsilon: float, epochs: int, width: int) -> Any:
    """A network trained on images moved by at most epsilon in every shade; 0 is plain training."""
    steps = STEPS if epsilon > 0 else 1
    x, y = torch.from_numpy(rows), torch.from_numpy(labels)
    return train(network(width), x, y, epsilon=epsilon, steps=steps, epochs=epochs, seed=SEED)


def answers(model: Any, rows: NDArray[np.float32]) -> NDArray[np.int64]:
    """The class that scores highest, shape (n,)."""
    with torch.no_grad():
        found: NDArray[np.int64] = model(torch.from_numpy(rows)).argmax(1).numpy()
        return found


def save(model: Any, path: Path) -> None:
    """As TorchScript: structure and weights in one file, and no pickled code of ours."""
    # Frozen, because what torch writes of an unfrozen one hangs on the order of Python's hashes.
    torch.jit.save(torch.jit.freeze(torch.jit.script(model)), str(path))


def write_data(folder: Path, rows: NDArray[np.float32], labels: NDArray[np.int64]) -> None:
    """The held-out images as CSV (sixteenths are exact in it), and what a pixel may be."""
    lines = [",".join((*NAMES, LABEL))]
    lines += [",".join([*(f"{v:g}" for v in row), str(label)]) for row, label in zip(rows, labels, strict=True)]
    (folder / "held_out.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    features = "".join(f"{name}: {{kind: real, range: [0, 1]}}\n" for name in NAMES)
    (folder / "features.yaml").write_text(features, encoding="utf-8")


if __name__ == "__main__":
    main()
