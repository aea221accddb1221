"""Attacks on a small network beside Foolbox, CleverHans, torchattacks and ART: PGD with gradients, Square with scores.

One convolutional network, fitted here on scikit-learn's digits; the same rows, epsilon, steps and step size for all. It
runs inside the peers' interpreter: `--peer PYTHON` names one that has torch, scikit-learn, packaging, foolbox 3.3.4,
torchattacks 3.5.1, cleverhans 4.0.0 and adversarial-robustness-toolbox 1.20.1. Prints Markdown.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ROWS, EPSILON, STEPS, QUERIES = 300, 0.1, 20, 500
STRIDE = 2.5 * EPSILON / STEPS


@dataclass(frozen=True)
class Net:
    """A fitted network as our attacks see it, and as it is."""

    module: Any
    classes: int = 10
    gives: Any = "gradients"

    def __call__(self, rows: Any) -> Any:
        torch = import_module("torch")
        with torch.no_grad():
            return self.module(_images(rows)).softmax(1).double().numpy()

    def gradient(self, rows: Any, labels: Any, loss: str = "cross-entropy") -> Any:
        torch = import_module("torch")
        x = _images(rows).requires_grad_()
        logits, truth = self.module(x), torch.as_tensor(labels)
        if loss == "dlr":
            order = logits.sort(dim=1).values
            own = logits.gather(1, truth[:, None])[:, 0]
            other = torch.where(own == order[:, -1], order[:, -2], order[:, -1])
            value = ((other - own) / (order[:, -1] - order[:, -3])).sum()
        else:
            value = torch.nn.functional.cross_entropy(logits, truth, reduction="sum")
        return torch.autograd.grad(value, x)[0].reshape(len(rows), -1).double().numpy()


def _images(rows: Any) -> Any:
    return import_module("torch").as_tensor(rows, dtype=import_module("torch").float32).reshape(-1, 1, 8, 8)


def fitted() -> tuple[Net, Any, Any, Any, Any]:
    """The network, ROWS rows that it gets right with their labels, and the others."""
    import numpy as np

    torch = import_module("torch")
    nn = torch.nn
    torch.manual_seed(0)
    x, y = import_module("sklearn.datasets").load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    x, y, half = x[order] / 16, y[order], len(x) // 2
    module = nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(512, 64), nn.ReLU(), nn.Linear(64, 10)),
    )
    optimizer, truth = torch.optim.Adam(module.parameters(), 1e-3), torch.as_tensor(y)
    for _ in range(25):
        for part in torch.randperm(half).split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(module(_images(x[part])), truth[part]).backward()
            optimizer.step()
    net = Net(module.eval())
    rest, said = x[half:], y[half:]
    first = np.argsort(net(rest).argmax(1) != said, kind="stable")
    rest, said = rest[first], said[first]
    return net, rest[:ROWS], said[:ROWS], rest[ROWS:], said[ROWS:]


def ours(name: str, net: Net, queries: int, pool: tuple[Any, Any]) -> Callable[[Any, Any], Any]:
    """One of our attacks, as a function from rows and labels to adversarial rows."""
    import numpy as np

    from casemate.core import shelf
    from casemate.core.space import numbers
    from casemate.evidence.redteam.attack import Case, Limits, Sample

    def attack(x: Any, y: Any) -> Any:
        space, limits = numbers([0.0] * 64, [1.0] * 64), Limits(queries, "linf", EPSILON)
        case = Case(net, Sample(x, y), Sample(*pool), space, np.random.default_rng(0), limits)
        *_, last = shelf.member("evidence/redteam/attacks", name).run(case)
        return np.where(np.isnan(last.adversarial), x, last.adversarial)

    return attack


def peers(net: Net) -> dict[str, Callable[[Any, Any], Any]]:
    """What the others offer, as such functions."""
    import numpy as np

    torch, foolbox, torchattacks = import_module("torch"), import_module("foolbox"), import_module("torchattacks")
    art, shown = import_module("art.attacks.evasion"), import_module("art.estimators.classification")
    cleverhans = import_module("cleverhans.torch.attacks.projected_gradient_descent")
    wrapped = shown.PyTorchClassifier(net.module, torch.nn.CrossEntropyLoss(), (1, 8, 8), 10, clip_values=(0, 1))

    def with_foolbox(x: Any, y: Any) -> Any:
        attack = foolbox.attacks.LinfPGD(abs_stepsize=STRIDE, steps=STEPS, random_start=True)
        model = foolbox.PyTorchModel(net.module, bounds=(0, 1))
        return attack(model, _images(x), torch.as_tensor(y), epsilons=EPSILON)[1].numpy()

    def with_cleverhans(x: Any, y: Any) -> Any:
        made = cleverhans.projected_gradient_descent(
            net.module, _images(x), EPSILON, STRIDE, STEPS, np.inf, clip_min=0.0, clip_max=1.0, y=torch.as_tensor(y)
        )
        return made.detach().numpy()

    def with_torchattacks(x: Any, y: Any) -> Any:
        made = torchattacks.PGD(net.module, eps=EPSILON, alpha=STRIDE, steps=STEPS)
        return made(_images(x), torch.as_tensor(y)).numpy()

    def with_art(x: Any, y: Any) -> Any:
        made = art.ProjectedGradientDescent(
            wrapped, np.inf, EPSILON, STRIDE, max_iter=STEPS, num_random_init=1, batch_size=len(x), verbose=False
        )
        return made.generate(_images(x).numpy(), y)

    def square(x: Any, y: Any) -> Any:
        made = torchattacks.Square(net.module, norm="Linf", eps=EPSILON, n_queries=QUERIES, seed=0)
        return made(_images(x), torch.as_tensor(y)).numpy()

    def art_square(x: Any, y: Any) -> Any:
        made = art.SquareAttack(wrapped, np.inf, max_iter=QUERIES, eps=EPSILON, nb_restarts=1, verbose=False)
        return made.generate(_images(x).numpy(), y)

    return {
        "PGD, Foolbox": with_foolbox,
        "PGD, CleverHans": with_cleverhans,
        "PGD, torchattacks": with_torchattacks,
        "PGD, ART": with_art,
        "Square, torchattacks": square,
        "Square, ART": art_square,
    }


def table() -> None:
    """Success and seconds of everything."""
    import numpy as np

    torch = import_module("torch")
    torch.set_num_threads(1)
    net, x, y, *pool = fitted()
    mine = {
        f"PGD, {STEPS} steps, one start": ("pgd", 2 * STEPS + 1),
        "PGD, 1,000 queries": ("pgd", 1000),
        "APGD, 1,000 queries": ("apgd", 1000),
        f"block search, {QUERIES} queries": ("block-search", QUERIES),
        f"threshold search, {QUERIES} queries": ("threshold-search", QUERIES),
    }
    every = peers(net) | {f"ours: {k}": ours(a, net, q, (pool[0], pool[1])) for k, (a, q) in mine.items()}
    print(
        f"linf {EPSILON}, {len(x)} rows of digits, a convolutional network\n\n| attack | success | s |\n|---|---|---|"
    )
    for name, attack in every.items():
        torch.manual_seed(0)
        np.random.seed(0)
        start = time.perf_counter()
        found = np.asarray(attack(x, y), dtype=float).reshape(len(x), -1)
        seconds = time.perf_counter() - start
        if np.abs(found - x).max() > EPSILON + 1e-6:
            sys.exit(f"{name} left the ball")
        won = (net(found).argmax(1) != y).mean()
        print(f"| {name} | {100 * won:.1f} % | {seconds:.1f} |", flush=True)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--peer", metavar="PYTHON", required=True)
    ask.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    said = ask.parse_args()
    if not said.inside:
        again = [said.peer, __file__, "--peer", said.peer, "--inside"]
        there = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT / "src")}
        sys.exit(subprocess.run(again, env=there).returncode)
    warnings.simplefilter("ignore")
    table()


if __name__ == "__main__":
    main()
