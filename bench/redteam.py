"""Attacks on answers beside those of ART 1.20.1: HopSkipJump on four tree models, and block search beside Square.

Both sides run in one process of one interpreter, on the same rows of the same fitted models, in turns, with one thread;
seconds are the minimum of the runs. ART goes first; ours may ask as often for each row as ART did, never more. ART is
installed into a folder of its own below the temporary directory, unless `--peer PYTHON` names an interpreter that has
it together with scikit-learn and packaging. Prints Markdown.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import venv
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PEERS = ("adversarial-robustness-toolbox==1.20.1", "scikit-learn==1.9.1", "numpy==2.4.6", "packaging")
ROWS, EPSILON, SQUARE_QUERIES = 60, 0.1, 300
SIDES = {64: 8, 30: 6}
"""Square is for images only, and fails on some that are not square: the features as one, filled up with zeros."""


@dataclass(frozen=True)
class Target:
    """A fitted model, and rows that it did not learn from, scaled to 0 to 1: first those it gets right."""

    name: str
    predict: Callable[[Any], Any]
    rows: Any
    labels: Any

    @property
    def classes(self) -> int:
        return int(self.labels.max()) + 1


@dataclass
class Count:
    """A model that counts what it is asked."""

    predict: Callable[[Any], Any]
    calls: int = 0
    rows: int = 0

    def __call__(self, x: Any) -> Any:
        self.calls += 1
        self.rows += len(x)
        return self.predict(x.reshape(len(x), -1))


@dataclass(frozen=True)
class Run:
    seconds: float
    calls: int
    asked: float
    """Rows that the model was asked about for each attacked row."""
    success: float
    median: float
    """l2 distance of those that succeeded."""


def targets() -> Iterator[Target]:
    """Boosted trees and a forest on two data sets of scikit-learn, half of the rows for training."""
    import numpy as np

    data, ensemble = import_module("sklearn.datasets"), import_module("sklearn.ensemble")
    for name in ("digits", "breast_cancer"):
        x, y = getattr(data, f"load_{name}")(return_X_y=True)
        x = (x - x.min(0)) / np.where(np.ptp(x, axis=0) > 0, np.ptp(x, axis=0), 1)
        order = np.random.default_rng(0).permutation(len(x))
        x, y, half = x[order], y[order], len(x) // 2
        for kind, model in (
            ("HGB", ensemble.HistGradientBoostingClassifier(max_iter=30, random_state=0)),
            ("RF", ensemble.RandomForestClassifier(50, random_state=0)),
        ):
            model.fit(x[:half], y[:half])
            rest, truth = x[half:], y[half:]
            first = np.argsort(model.predict(rest) != truth, kind="stable")
            yield Target(f"{name} / {kind}", model.predict_proba, rest[first], truth[first])


def measured(target: Target, attack: Callable[[Count, Any, Any], Any], n: int = ROWS) -> Run:
    """One run of an attack on the first n rows. It gives adversarial rows, or rows of NaN."""
    import numpy as np

    count, x, y = Count(target.predict), target.rows[:n], target.labels[:n]
    start = time.perf_counter()
    found = np.asarray(attack(count, x, y), dtype=float).reshape(len(x), -1)
    seconds = time.perf_counter() - start
    known = ~np.isnan(found).any(axis=1)
    won = np.zeros(len(x), dtype=bool)
    won[known] = target.predict(found[known]).argmax(1) != y[known]
    far = np.linalg.norm(found - x, axis=1)[won]
    return Run(
        seconds, count.calls, count.rows / len(x), float(won.mean()), float(np.median(far)) if won.any() else np.nan
    )


def ours(name: str, target: Target, queries: int, norm: str = "l2", epsilon: float = EPSILON, seed: int = 0) -> Any:
    """One of our attacks as something to measure. The attacker's pool is the rows behind the attacked ones."""
    import numpy as np

    from casemate.core import shelf
    from casemate.core.space import numbers
    from casemate.evidence.redteam.attack import Case, Limits, Sample
    from casemate.evidence.redteam.metered import Metered
    from casemate.evidence.redteam.model import Function

    def attack(count: Count, x: Any, y: Any) -> Any:
        n, wide = len(x), x.shape[1]
        model = Metered(Function(count, target.classes))
        pool = Sample(target.rows[n:], target.labels[n:])
        limits: Any = Limits(queries, norm, epsilon)  # type: ignore[arg-type]
        space = numbers([0.0] * wide, [1.0] * wide)
        *_, last = shelf.member("evidence/redteam/attacks", name).run(
            Case(model, Sample(x, y), pool, space, np.random.default_rng(seed), limits)
        )
        return last.adversarial

    return attack


def art_hop_skip_jump(target: Target) -> Any:
    """As ART has it, five iterations: some 900 queries for each row."""
    classification, evasion = import_module("art.estimators.classification"), import_module("art.attacks.evasion")

    def attack(count: Count, x: Any, _: Any) -> Any:
        shown = classification.BlackBoxClassifier(count, x.shape[1:], target.classes, clip_values=(0, 1))
        made = evasion.HopSkipJump(
            shown, targeted=False, norm=2, max_iter=5, max_eval=1000, init_eval=100, init_size=100, verbose=False
        )
        return made.generate(x.astype("f4"))

    return attack


def art_square(target: Target, queries: int) -> Any:
    """As ART has it, on the features as an image of one channel: it takes nothing else."""
    import numpy as np

    classification, evasion = import_module("art.estimators.classification"), import_module("art.attacks.evasion")

    def attack(count: Count, x: Any, y: Any) -> Any:
        n, wide = x.shape
        shape = (1, SIDES[wide], SIDES[wide])
        image = np.zeros((n, SIDES[wide] ** 2), dtype="f4")
        image[:, :wide] = x
        shown = classification.BlackBoxClassifierNeuralNetwork(
            lambda z: count(z.reshape(len(z), -1)[:, :wide]),
            shape,
            target.classes,
            channels_first=True,
            clip_values=(0, 1),
        )
        made = evasion.SquareAttack(shown, norm="inf", max_iter=queries, eps=EPSILON, nb_restarts=1, verbose=False)
        return made.generate(image.reshape(n, *shape), y).reshape(n, -1)[:, :wide]

    return attack


def fastest(runs: list[Run]) -> Run:
    return min(runs, key=lambda r: r.seconds)


def hop_skip_jump(every: list[Target], runs: int) -> None:
    """The first two tables."""
    import numpy as np

    print(f"HopSkipJump, {ROWS} rows, median l2 of what succeeded\n")
    print("| model | ART s | calls | queries | success | l2 | ours s | calls | queries | success | l2 | ratio |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    ratios = []
    for target in every:
        both = []
        for seed in range(runs):
            np.random.seed(seed)  # ART reads the global state, where it reads any
            theirs = measured(target, art_hop_skip_jump(target))
            both.append((theirs, measured(target, ours("hop-skip-jump", target, int(theirs.asked)))))
        a, b = fastest([t for t, _ in both]), fastest([o for _, o in both])
        ratios.append(a.seconds / b.seconds)
        print(f"| {target.name} | {cells(a)} | {cells(b)} | **{ratios[-1]:.1f}** |", flush=True)
    mean = np.exp(np.mean(np.log(ratios)))
    print(f"\nART / ours: geometric mean {mean:.1f}, least {min(ratios):.1f} (targets: 10 and 5)\n")
    print("| model | calls, 200 rows x 1,000 queries | calls, 20 rows | ratio |\n|---|---|---|---|")
    for target in every:
        many, few = (measured(target, ours("hop-skip-jump", target, 1000), n).calls for n in (200, 20))
        print(f"| {target.name} | {many} | {few} | {many / few:.2f} |", flush=True)
    print("\nTargets: at most 90 calls, ratio at most 1.3\n")


def cells(run: Run) -> str:
    return f"{run.seconds:.2f} | {run.calls} | {run.asked:.0f} | {run.success:.2f} | {run.median:.3f}"


def squares(every: list[Target]) -> None:
    """The last table. ART's Square may ask more often than it was told; ours may ask as often as ART was told."""
    print(f"Scores, linf {EPSILON}, {SQUARE_QUERIES} queries, {ROWS} rows: success (seconds, queries used)\n")
    print("| model | ART Square, as an image | block search | threshold search | random noise | transfer |")
    print("|---|---|---|---|---|---|")
    for target in every:
        runs = [measured(target, art_square(target, SQUARE_QUERIES))]
        for name in ("block-search", "threshold-search", "random-noise", "transfer"):
            runs.append(measured(target, ours(name, target, SQUARE_QUERIES, "linf")))
        print(
            f"| {target.name} | {' | '.join(f'{r.success:.2f} ({r.seconds:.1f} s, {r.asked:.0f})' for r in runs)} |",
            flush=True,
        )


def peer() -> str:
    """An interpreter that has ART; made once, in a folder of its own."""
    folder = Path(tempfile.gettempdir()) / "casemate-bench-art"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS], check=True)
        (folder / "ready").touch()
    return str(python)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--peer", metavar="PYTHON")
    ask.add_argument("--runs", type=int, default=2)
    ask.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    said = ask.parse_args()
    if not said.inside:
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        again = [said.peer or peer(), __file__, "--inside", "--runs", str(said.runs)]
        sys.exit(subprocess.run(again, env=os.environ | threads | {"PYTHONPATH": str(ROOT / "src")}).returncode)
    warnings.simplefilter("ignore")
    every = list(targets())
    hop_skip_jump(every, said.runs)
    squares(every)


if __name__ == "__main__":
    main()
