"""Train with differential privacy: DP-SGD (Abadi et al. 2016) by opacus (extra `dp`), epsilon worked out from the run.

It hides single records, not facts about groups, and does nothing against copying the model. It speaks of this training
alone: every look at the same records before it, to choose settings say, is spent beside it. Noise is drawn by torch's
generator, which is none for cryptography: whoever knows the seed takes the noise away, so keep it, or give none.
"""

from __future__ import annotations

import secrets
import warnings
from dataclasses import dataclass
from typing import Any

from casemate.core.errors import CasemateError
from casemate.guards.recipes.privacy import epsilon


@dataclass(frozen=True, slots=True)
class Private:
    """A model, and the parameters from which its epsilon follows: record them, not epsilon alone."""

    model: Any
    noise: float
    rate: float
    steps: int
    delta: float

    @property
    def epsilon(self) -> float:
        """Worked out now."""
        return epsilon(self.noise, self.rate, self.steps, self.delta)


def train(
    model: Any,
    rows: Any,
    labels: Any,
    *,
    noise: float,
    delta: float,
    clip: float = 1.0,
    epochs: int = 20,
    batch: int = 64,
    rate: float = 0.5,
    seed: int | None = None,
) -> Private:
    """Train a torch module in its place on rows (n, ...) and labels (n,), both tensors, and say what was spent.

    noise: standard deviation, in clipping norms. clip: the most that one row may move the weights, l2. batch: rows on
    average, each drawn by itself. rate: of learning. Raises CasemateError for layers that mix rows, such as batch
    normalisation, for bad values, and where opacus is missing.
    """
    n = len(rows)
    if not 1 <= batch <= n or epochs < 1 or not clip > 0:
        raise CasemateError("private training", "rows, batch, epochs or clip is none", "give a batch of 1 to all rows")
    epsilon(noise, 1.0, 1, delta)  # bad values are refused before any work is done
    private, optimizer, loader, spent = _private(model, rows, labels, noise, clip, batch, rate, seed)
    _fitted(private, optimizer, loader, epochs)
    # What opacus counted, not what was planned.
    ((noise, share, steps),) = spent.history
    return Private(model.eval(), float(noise), float(share), int(steps), delta)


def _private(
    model: Any, rows: Any, labels: Any, noise: float, clip: float, batch: int, rate: float, seed: int | None
) -> tuple[Any, Any, Any, Any]:
    """Model, optimizer and loader as opacus wraps them, and what counts the steps."""
    import torch

    try:
        from opacus import PrivacyEngine
        from opacus.validators.errors import UnsupportedModuleError
    except ImportError:
        raise CasemateError("private training", "needs opacus", "pip install casemate[dp]") from None
    draw, noisy = (torch.Generator().manual_seed(s) for s in _seeds(seed))
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(rows, labels), batch, generator=draw)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that its secure mode is off, which needs a package that is no more
        engine = PrivacyEngine(accountant="rdp")
        optimizer = torch.optim.SGD(model.train().parameters(), lr=rate)
        try:
            private, optimizer, loader = engine.make_private(
                module=model, optimizer=optimizer, data_loader=loader, noise_multiplier=noise, max_grad_norm=clip,
                noise_generator=noisy,
            )  # fmt: skip
        except UnsupportedModuleError as e:
            raise CasemateError("private training", f"a layer mixes rows ({e})", "take another layer") from None
    return private, optimizer, loader, engine.accountant


def _seeds(seed: int | None) -> tuple[int, int]:
    """One for who is drawn, one for the noise: the same numbers must not do both."""
    first = secrets.randbits(62) if seed is None else 2 * seed
    return first, first + 1


def _fitted(private: Any, optimizer: Any, loader: Any, epochs: int) -> None:
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of hooks on an input without a gradient, which is none here
        for _ in range(epochs):
            for x, y in loader:
                optimizer.zero_grad()
                torch.nn.functional.cross_entropy(private(x), y).backward()
                optimizer.step()
