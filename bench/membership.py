"""Attacks on membership beside those of ART 1.20.1: the same four models, the same rows, one run.

HistGradientBoosting with 30 rounds and a forest of 50 trees learn half of digits and half of breast cancer. ART's
attacks learn from one half of members and others and score the other half, and the other way round, so that every row
is scored; the two halves count apart or together, whichever is better. Each of ours scores every row once. On both
sides the best attack counts, for AUC and for the true-positive rate at 1 % false positives apart. ART goes into a
folder of its own below the temporary directory, unless `--peer PYTHON` names an interpreter that has it; with torch,
`--types rf,gb,lr,dt,knn,svm,nn` takes its network in. Times are CPU seconds on one thread.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from assess import mark
from casemate.core.space import Array, numbers
from casemate.evidence.redteam.attack import Case, Point, Sample
from casemate.evidence.redteam.model import Fit, Function, Labels
from casemate.evidence.redteam.roc import roc
from casemate.evidence.redteam.shadows import Recipe, Shadows, fitted, together
from casemate.evidence.redteam.signals import bells, logit, step

PEER = ("adversarial-robustness-toolbox==1.20.1", "scikit-learn==1.9.1", "numpy==2.4.6", "six", "tqdm", "packaging")
OURS = ("lira_online", "lira_offline", "rmia", "confidence_threshold", "label_only", "correctness_gap")
SHARE = 0.05  # of the CPU of fitting one shadow model, at most, for scoring with all of them
HGB, RF = "HistGradientBoostingClassifier", "RandomForestClassifier"
MODELS: dict[str, tuple[str, dict[str, int]]] = {"HGB": (HGB, {"max_iter": 30}), "RF": (RF, {"n_estimators": 50})}
THEIRS = """
import sys, time, warnings
warnings.filterwarnings("ignore")
import numpy as np
import sklearn.ensemble
from art.attacks.inference.membership_inference import MembershipInferenceBlackBox as Learned
from art.attacks.inference.membership_inference import MembershipInferenceBlackBoxRuleBased as Rule
from art.estimators.classification.scikitlearn import ScikitlearnClassifier
x, y, member, fold = (np.load(sys.argv[1])[k] for k in ("x", "y", "member", "fold"))
model = getattr(sklearn.ensemble, sys.argv[2])(random_state=0, **eval(sys.argv[3])).fit(x[member], y[member])
art = ScikitlearnClassifier(model)
scores, start = {}, time.process_time()
for kind in sys.argv[5].split(","):
    scores[kind] = np.zeros(len(x))
    for f in (0, 1):
        np.random.seed(0)
        learn, score = fold == f, fold != f
        attack = Learned(art, attack_model_type=kind)
        attack.fit(x[learn & member], y[learn & member], x[learn & ~member], y[learn & ~member])
        sure = np.asarray(attack.infer(x[score], y[score], probabilities=True))
        scores[kind][score] = sure.reshape(score.sum(), -1)[:, -1]
scores["rule"] = np.asarray(Rule(art).infer(x, y)).ravel().astype(float)
np.savez(sys.argv[4], seconds=time.process_time() - start, answers=model.predict_proba(x), **scores)
"""


@dataclass(frozen=True, slots=True)
class Leak:
    """What the best of some attacks finds; AUC and TPR need not be of the same one."""

    auc: float
    by: str
    tpr: float
    tpr_by: str
    seconds: float


def peer(given: str | None) -> str:
    """An interpreter that has ART."""
    if given:
        return given
    home = Path(tempfile.gettempdir()) / "casemate-bench" / "art-1.20.1"
    if not (home / "bin/python").exists():
        venv.create(home, with_pip=True)
        subprocess.run([home / "bin/python", "-m", "pip", "install", "--quiet", *PEER], check=True)
    return str(home / "bin/python")


def rows(name: str, seed: int) -> tuple[Array, Labels]:
    """A data set of scikit-learn in a drawn order."""
    x, y = getattr(import_module("sklearn.datasets"), f"load_{name}")(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(x))
    return np.asarray(x[order], dtype=np.float64), np.asarray(y[order], dtype=np.intp)


def recipe(kind: str, classes: int, took: list[float]) -> Fit:
    """Fits one more model like the target, and writes down how long it took."""
    name, settings = MODELS[kind]
    make: Any = getattr(import_module("sklearn.ensemble"), name)

    def fit(rows: Array, labels: Labels, seed: int) -> Function:
        start = time.process_time()
        model = make(random_state=seed, **settings).fit(rows, labels)
        took.append(time.process_time() - start)
        return Function(model.predict_proba, classes)

    return fit


def theirs(python: str, folder: Path, kind: str, types: str, data: dict[str, Any]) -> tuple[Leak, Array]:
    """The best of ART's attacks, and what its copy of the target answers."""
    given, out = folder / "given.npz", folder / "out.npz"
    np.savez(given, **data)
    name, settings = MODELS[kind]
    subprocess.run([python, "-c", THEIRS, str(given), name, repr(settings), str(out), types], check=True)
    with np.load(out, allow_pickle=False) as held:
        found = {k: held[k] for k in held.files}
    seconds, answers = float(found.pop("seconds")), found.pop("answers")
    auc, tpr = {}, {}
    for k, s in found.items():
        whole, *halves = (
            roc(s[w], data["member"][w]) for w in (data["fold"] < 2, data["fold"] == 0, data["fold"] == 1)
        )
        auc[k] = max(whole.auc().value, statistics.mean(c.auc().value for c in halves))
        tpr[k] = max(whole.tpr(0.01).value, statistics.mean(c.tpr(0.01).value for c in halves))
    return best(auc, tpr, seconds), answers


def best(auc: dict[str, float], tpr: dict[str, float], seconds: float) -> Leak:
    a, t = max(auc, key=lambda k: auc[k]), max(tpr, key=lambda k: tpr[k])
    return Leak(auc[a], a, tpr[t], t, seconds)


def ours(case: Case) -> Leak:
    """The best of our attacks; the time is theirs without the shadow models."""
    auc, tpr, start = {}, {}, time.process_time()
    for name in OURS:
        *_, found = import_module(f"casemate.evidence.redteam.attacks.{name}").run(case)
        area, rate = found.metrics["AUC"], found.metrics["TPR at 1 %"]
        if isinstance(area, Point) and isinstance(rate, Point):
            auc[name], tpr[name] = area.value, rate.value
    return best(auc, tpr, time.process_time() - start)


def scoring(shadows: Shadows, answers: Array) -> float:
    """CPU seconds from answers to LiRA's scores of all rows, the least of five."""
    took = []
    for _ in range(5):
        start = time.process_time()
        labels, half = shadows.sample.labels, step(shadows.answers)
        bells(logit(shadows.answers, labels, half), shadows.kept).online(logit(answers, labels, half))
        took.append(time.process_time() - start)
    return min(took)


def compared(data: str, kind: str, options: argparse.Namespace, folder: Path) -> bool:
    """Measure one model on one data set, say it, and tell whether all targets are met."""
    x, y = rows(data, options.seed)
    n, h, q = len(x), len(x) // 2, 3 * len(x) // 4
    member, fold = np.arange(n) < h, np.random.default_rng(1).permutation(n) % 2
    took: list[float] = []
    fit = recipe(kind, int(y.max()) + 1, took)
    target = fit(x[:h], y[:h], 0)
    parts = [Sample(x[:h], y[:h]), Sample(x[h:q], y[h:q]), Sample(x[q:], y[q:])]
    shadows = fitted(Recipe(fit, kind, target.classes), together(*parts), 0, options.models)
    space, draw = numbers(list(x.min(axis=0)), list(x.max(axis=0))), np.random.default_rng(0)
    found = ours(Case(target, parts[1], parts[2], space, draw, train=parts[0], shadows=lambda: shadows))
    art, answers = theirs(options.peer, folder, kind, options.types, {"x": x, "y": y, "member": member, "fold": fold})
    if not np.allclose(answers, target(x)):
        sys.exit("ART attacked another model: its environment has another scikit-learn")
    one, scored = statistics.median(took[1:]), scoring(shadows, target(x))
    good = (found.auc >= art.auc, found.tpr >= art.tpr, scored <= SHARE * one)
    ratio = f"{found.tpr / art.tpr:.2f}" if art.tpr else "without end"
    said = f"{data} {kind}: AUC {found.auc:.3f} ({found.by}), ART {art.auc:.3f} ({art.by})"
    print(f"{mark(good[0])}  {said}, ratio {found.auc / art.auc:.2f}, at least 1")
    said = f"{data} {kind}: TPR at 1 % {found.tpr:.3f} ({found.tpr_by}), ART {art.tpr:.3f} ({art.tpr_by})"
    print(f"{mark(good[1])}  {said}, ratio {ratio}, at least 1")
    said = f"{data} {kind}: LiRA scores {n:,} rows with {options.models} models in {scored / one:.1%} of fitting one"
    print(f"{mark(good[2])}  {said} ({scored * 1000:.1f} ms of {one:.2f} s), at most {SHARE:.0%}")
    print(f"      CPU: shadow models {sum(took[1:]):.1f} s, our attacks {found.seconds:.1f} s, ART {art.seconds:.1f} s")
    return all(good)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--models", type=int, default=32, help="shadow models")
    asked.add_argument("--data", default="breast_cancer,digits")
    asked.add_argument("--seed", type=int, default=0, help="of the split")
    asked.add_argument("--types", default="rf,gb,lr,dt,knn,svm", help="kinds of ART's learned attacks")
    asked.add_argument("--peer", help="an interpreter that has ART 1.20.1")
    options = asked.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"  # before scikit-learn is first imported, here and there
    options.peer = peer(options.peer)
    with tempfile.TemporaryDirectory() as folder:
        good = [compared(data, kind, options, Path(folder)) for data in options.data.split(",") for kind in MODELS]
    sys.exit(not all(good))


if __name__ == "__main__":
    main()
