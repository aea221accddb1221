"""Train on attacked inputs: Madry et al. 2018, algorithm of section 2 with projected gradient descent inside.

It holds against the size of change it was trained on, costs accuracy on ordinary inputs, and counts for nothing until
an attack that does not rely on these gradients alone was tried (`casemate redteam`).
"""

from __future__ import annotations

from typing import Any

from casemate.core.errors import CasemateError


def train(
    model: Any,
    rows: Any,
    labels: Any,
    *,
    epsilon: float,
    steps: int = 7,
    step: float | None = None,
    low: float = 0.0,
    high: float = 1.0,
    epochs: int = 20,
    batch: int = 64,
    rate: float = 1e-3,
    seed: int = 0,
) -> Any:
    """Train a torch module in its place on rows moved by at most epsilon in every value, and give it back.

    rows: tensor of float32, shape (n, ...), values from low to high. labels: tensor of int64, shape (n,). steps and
    step: of the inner attack; step is 2.5 epsilon / steps unless given. epsilon 0 is plain training.
    Raises CasemateError.
    """
    import torch

    if not epsilon >= 0 or steps < 1 or epochs < 1 or batch < 1 or not low < high:
        raise CasemateError("adversarial training", "epsilon, steps, epochs, batch or range is none", "see its page")
    draw = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    for _ in range(epochs):
        for chosen in torch.randperm(len(rows), generator=draw).split(batch):
            x, y = rows[chosen], labels[chosen]
            moved = attacked(model, x, y, epsilon, steps, step or 2.5 * epsilon / steps, low, high, draw)
            model.train()
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(moved), y).backward()
            optimizer.step()
    return model.eval()


def attacked(
    model: Any, x: Any, y: Any, epsilon: float, steps: int, step: float, low: float, high: float, draw: Any
) -> Any:
    """Rows moved by projected gradient descent from a random start, by epsilon at most, within the range."""
    import torch

    model.eval()  # or the attack would move running means
    moved = (x + epsilon * (2 * torch.rand(x.shape, generator=draw) - 1)).clamp(low, high)
    for _ in range(steps if epsilon > 0 else 0):
        moved.requires_grad_()
        (gradient,) = torch.autograd.grad(torch.nn.functional.cross_entropy(model(moved), y), moved)
        moved = moved.detach() + step * gradient.sign()
        moved = torch.minimum(torch.maximum(moved, x - epsilon), x + epsilon).clamp(low, high)
    return moved.detach()
