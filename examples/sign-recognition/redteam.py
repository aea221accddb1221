"""Attacks the plain and the hardened sign recogniser with everything that a stranger, or the owner of a car, can do.

    python redteam.py [--epsilon 0.1] [--rows 200] [--queries 1000] [--seed 0] [--out .]

Both are attacked by the same five attacks, on the same images, at the same budget. Then the images that fool the plain
one are shown to the hardened one, as somebody would who does not know of the training. The same seed gives the same
bytes.
"""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from train import HERE, LABEL

from casemate.core.errors import CasemateError
from casemate.core.interval import wilson
from casemate.define.features import read_features
from casemate.evidence.redteam.attack import Outcome
from casemate.evidence.redteam.drive import Tried, generator
from casemate.evidence.redteam.metered import Budget
from casemate.evidence.redteam.record import details, findings, trial, trials
from casemate.evidence.redteam.rows import sample, settled
from casemate.evidence.redteam.setup import Done, Wish, campaign
from casemate.evidence.redteam.table import read_table
from casemate.evidence.redteam.target import opened, source
from casemate.evidence.redteam.verdict import flags
from casemate.evidence.statement import Trial

MODELS = ("plain", "hardened")
ATTACKS = {
    "random-noise": "random noise",
    "hop-skip-jump": "HopSkipJump: sees labels",
    "block-search": "block search: sees scores",
    "pgd": "PGD: has the file",
    "apgd": "Auto-PGD: has the file",
}
FARTHER = ("pgd", "apgd")
"""What is tried once more at twice the distance."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How far every shade of grey may be moved, how many images are attacked, and at what price."""

    epsilon: float = 0.1
    rows: int = 200
    queries: int = 1000
    seed: int = 0


def main(given: Sequence[str] | None = None) -> None:
    """Attack, write out/results.json, print the table."""
    p = argparse.ArgumentParser(description="Attack both sign recognisers.")
    for name, value in asdict(Plan()).items():
        p.add_argument(f"--{name}", type=type(value), default=value)
    p.add_argument("--out", type=Path, default=HERE, help="where data/ and artifacts/ are, and where out/ goes")
    said = vars(p.parse_args(given))
    folder = said.pop("out")
    try:
        found = results(folder, Plan(**said))
    except (CasemateError, OSError) as e:
        raise SystemExit(f"redteam.py: {e}; run ./sign.sh, which makes what is missing") from None
    (folder / "out").mkdir(exist_ok=True)
    text = json.dumps(found, indent=1, sort_keys=True, allow_nan=False) + "\n"
    (folder / "out" / "results.json").write_text(text, encoding="utf-8")
    print(table(found), end="")


def results(folder: Path, plan: Plan) -> dict[str, Any]:
    """All that was measured, as plain numbers. Raises CasemateError where a model must not be loaded."""
    done = {name: attacked(folder, name, plan, tuple(ATTACKS)) for name in MODELS}
    twice = replace(plan, epsilon=2 * plan.epsilon)
    far = {name: attacked(folder, name, twice, FARTHER) for name in MODELS}
    seen = shown(folder, done["plain"], done["hardened"])
    return {
        "plan": asdict(plan),
        "models": {name: told(done[name], far[name]) for name in MODELS},
        "unaware": {
            "right": share(int((seen == Outcome.HELD).sum()), len(seen)),
            "trials": [asdict(t) for t in unaware(done["plain"], seen)],
        },
    }


def attacked(folder: Path, name: str, plan: Plan, attacks: tuple[str, ...]) -> Done:
    """One model, scanned and then loaded in a process of its own, under these attacks."""
    file = f"artifacts/{name}.pt"
    wish = Wish(
        file, folder / "data" / "held_out.csv", LABEL, features=folder / "data" / "features.yaml", attacks=attacks,
        queries=plan.queries, norm="linf", epsilon=plan.epsilon, rows=plan.rows, seed=plan.seed,
    )  # fmt: skip
    return campaign(wish, source(file, folder, frozenset()), folder, "redteam.py")


def told(done: Done, far: Done) -> dict[str, Any]:
    """Of one model: how many images it reads right, and the trials as evidence takes them."""
    c = done.campaign
    if c.probe is None or c.stopped:
        raise CasemateError(done.facts.model, f"was not attacked to the end: {c.stopped}", "run again")
    a = c.probe.accuracy
    return {
        "digest": done.facts.digests["model"],
        "clean": [round(v, 6) for v in (a.value, a.low, a.high)],
        "right": {t.name: standing([t]) for t in c.tried} | {"worst": standing(c.tried)},
        "farther": standing(far.campaign.tried),
        "trials": [asdict(t) for t in trials(c)],
        "settings": details(done.facts, done.plan, c),
        "findings": findings(c),
        "flags": list(flags(c)),
    }


def standing(tried: Iterable[Tried]) -> list[float]:
    """The share of attacked images that none of these attacks turned, and that were read right before."""
    held = np.all([t.result.outcomes == Outcome.HELD for t in tried], axis=0)
    return share(int(held.sum()), len(held))


def share(count: int, of: int) -> list[float]:
    """A share and its 95 % interval (Wilson 1927)."""
    return [round(float(v), 6) for v in (count / of, *wilson(count, of))]


def shown(folder: Path, plain: Done, hardened: Done) -> NDArray[np.int8]:
    """Of each attacked image, what the hardened model makes of the ones that fool the plain one; shape (n,).

    Skipped: what the hardened model reads wrong without an attack. An image that nothing turned is shown as it is.
    """
    wrong = np.all([t.result.outcomes == Outcome.SKIPPED for t in hardened.campaign.tried], axis=0)
    out = np.where(wrong, Outcome.SKIPPED, Outcome.HELD).astype(np.int8)
    table = read_table(folder / "data" / "held_out.csv")
    space = settled(read_features(folder / "data" / "features.yaml"), table)
    with opened(source("artifacts/hardened.pt", folder, frozenset()), space, [str(folder)], Budget()) as target:
        truth = sample(table, space, LABEL, target.classes).labels
        truth = truth[generator(plain.plan.seed, "rows").permutation(len(truth))[: len(out)]]
        for t in plain.campaign.tried:
            hit = np.flatnonzero((t.result.outcomes == Outcome.BROKEN) & ~wrong)
            said = target.model(np.asarray(t.result.adversarial)[hit]).argmax(axis=1) if len(hit) else truth[hit]
            out[hit[said != truth[hit]]] = Outcome.BROKEN
    return out


def unaware(plain: Done, seen: NDArray[np.int8]) -> list[Trial]:
    """For each threat the same: all images that fool the plain model were shown to the hardened one."""
    some = plain.campaign.tried[0]
    of = replace(some, result=replace(some.result, outcomes=seen, strength="weaker"))
    return [trial(t.threat, of) for t in trials(plain.campaign)]


def table(found: dict[str, Any]) -> str:
    """The numbers for people, in 80 columns."""
    plan, models = found["plan"], [found["models"][name] for name in MODELS]
    lines = [
        f"{plan['rows']} images that neither model learned from, {plan['queries']:,} questions for each. Every\n"
        f"shade of grey may move by {plan['epsilon']:g} of its range. Below: percent of images read\n"
        "right, and the 95 % interval.\n",
        f"{'':<27}  {'plain':<22}  adversarially trained",
        line(f"nobody attacks (all {models[0]['settings']['rows']['data']})", [m["clean"] for m in models]),
    ]
    lines += [line(said, [m["right"][name] for m in models]) for name, said in ATTACKS.items()]
    lines += [
        line("the worst for each image", [m["right"]["worst"] for m in models]),
        line(f"with the file, within {2 * plan['epsilon']:g}", [m["farther"] for m in models]),
        f"{'made for the plain model':<27}  {'':<22}  {percent(found['unaware']['right'])}",
    ]
    lines += ["", *(f"{name}: {found['models'][name]['findings'][0]}" for name in MODELS)]
    flags = [f"Flag on {name}: {flag}." for name in MODELS for flag in found["models"][name]["flags"]]
    lines += [part for flag in flags for part in textwrap.wrap(flag, 80, subsequent_indent="  ")]
    return "\n".join(lines) + "\n"


def line(what: str, cells: Sequence[Sequence[float]]) -> str:
    """`nobody attacks   98.4 (96.9 to 99.2)   97.6 (95.9 to 98.6)`."""
    return f"{what:<27}  " + "  ".join(f"{percent(c):<22}" for c in cells).rstrip()


def percent(of: Sequence[float]) -> str:
    """`98.4 (96.9 to 99.2)`."""
    value, low, high = (f"{100 * v:.1f}" for v in of)
    return f"{value} ({low} to {high})"


if __name__ == "__main__":
    main()
