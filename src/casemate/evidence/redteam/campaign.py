"""One run of the red team: look at the target, attack it, prove that the attacks can find something, test the guards.

Every attack and guard draws its own random numbers from the seed and its own name, so that leaving one out changes
nothing for the others. What is interrupted, or runs out of budget, keeps what it learned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

from casemate.core import shelf
from casemate.core.errors import CasemateError
from casemate.core.space import Space
from casemate.evidence.redteam.attack import Case, Copier, Limits, Sample
from casemate.evidence.redteam.drive import INTERRUPTED, NOTHING, Tried, attacks, drive, generator, why
from casemate.evidence.redteam.guarding import Cost, Guarding, GuardTrial, cost
from casemate.evidence.redteam.guarding import tried as guard_tried
from casemate.evidence.redteam.metered import Metered, Spent
from casemate.evidence.redteam.model import Fit, ModelError
from casemate.evidence.redteam.probe import Probe, probe
from casemate.evidence.redteam.sanity import checks
from casemate.evidence.redteam.shadows import Shadows

CANARIES = "evidence/redteam/canaries"
MOST_ROWS = 2_000
"""Members and non-members that are looked at: more tell hardly more and cost a prediction each."""
FEW = 20
"""Rows of a canary that each cost as much as a victim: it only has to be found."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be tried, and how much of it."""

    attacks: tuple[str, ...]
    guards: tuple[Guarding, ...] = ()
    limits: Limits = field(default_factory=Limits)
    victims: int = 200
    seed: int = 0


@dataclass(frozen=True)
class Scene:
    """The target and everything that is known about it."""

    model: Metered
    space: Space
    data: Sample
    """Rows that the target did not learn from."""
    train: Sample | None = None
    fit: Fit | None = None
    shadows: Callable[[Sample], Shadows] | None = None
    """Fits shadow models on rows, or finds them in the cache."""
    surrogate: Copier | None = None


@dataclass(frozen=True, slots=True)
class Campaign:
    """What came of it."""

    probe: Probe | None
    tried: tuple[Tried, ...] = ()
    canaries: Mapping[str, Tried] | None = None
    """By attack: what it found on a copy with a planted weakness."""
    guards: tuple[GuardTrial, ...] = ()
    costs: Mapping[str, Cost] | None = None
    sanity: tuple[str, ...] = ()
    """What is not as it must be where an attack works at all, one line each."""
    stopped: str = ""
    """Why the run ended early."""


def run(scene: Scene, plan: Plan, told: Callable[[str], None] = lambda _: None) -> Campaign:
    """Do everything that the plan asks for. told: is given a line before each step."""
    told("look at the target")
    try:
        # What is remembered repeats itself always.
        seen = probe(replace(scene.model, remember=0), scene.data.take(slice(MOST_ROWS)), generator(plan.seed, "probe"))
    except (Spent, ModelError) as e:
        return Campaign(None, stopped=why(e))
    except KeyboardInterrupt:
        return Campaign(None, stopped=INTERRUPTED)
    scene.model.deterministic = seen.deterministic
    if not seen.deterministic:
        scene.model.remember = 0
    cases = _cases(scene, plan)
    known = attacks()
    done: list[Tried] = []
    canaries: dict[str, Tried] = {}
    for name in plan.attacks:
        told(f"attack: {name}")
        case = replace(cases[known[name].goal], rng=generator(plan.seed, name))
        done.append(drive(name, case))
        if done[-1].stopped == INTERRUPTED:
            return Campaign(seen, tuple(done), canaries, stopped=INTERRUPTED)
        if done[-1].scored and known[name].goal in shelf.names(CANARIES):
            canaries[name] = _canary(name, case, plan.seed)
    out = _guarded(scene, plan, cases, Campaign(seen, tuple(done), canaries), told)
    if out.stopped == INTERRUPTED:
        return out
    told("look whether the attacks work as they must")
    return replace(out, sanity=tuple(checks(cases["evasion"], done, plan.seed)))


def _guarded(
    scene: Scene, plan: Plan, cases: Mapping[str, Case], so_far: Campaign, told: Callable[[str], None]
) -> Campaign:
    """The guards, one after the other; what was found before one that fails is kept."""
    learned = scene.train.rows if scene.train is not None else cases["evasion"].pool.rows
    trials: list[GuardTrial] = []
    costs: dict[str, Cost] = {}
    stopped = ""
    for g in plan.guards:
        told(f"guard: {g.shown}")
        try:
            costs[g.shown] = cost(g, scene.model, scene.data.take(slice(MOST_ROWS)), learned)
            trials += guard_tried(g, cases, so_far.tried, learned, plan.seed)
        except (Spent, ModelError) as e:
            stopped = why(e)
        except KeyboardInterrupt:
            stopped = INTERRUPTED
            break
    return replace(so_far, guards=tuple(trials), costs=costs, stopped=stopped)


def _cases(scene: Scene, plan: Plan) -> dict[str, Case]:
    """What each goal's attacker knows: victims, rows of his own, and what he may use."""
    order = generator(plan.seed, "rows").permutation(len(scene.data))
    n = min(plan.victims, max(1, len(order) // 2))
    victims, pool = scene.data.take(order[:n]), scene.data.take(order[n:])
    base = Case(
        scene.model, victims, pool, scene.space, generator(plan.seed), plan.limits, scene.train, scene.fit,
        surrogate=scene.surrogate,
    )  # fmt: skip
    out = dict.fromkeys(("evasion", "attribute", "inversion", "extraction", "poisoning", "screening"), base)
    return out | {"membership": _membership(scene, plan, base)}


def _membership(scene: Scene, plan: Plan, base: Case) -> Case:
    """Everybody is asked about: the rows that it learned, and those that it did not."""
    if scene.train is None:
        return base
    rng = generator(plan.seed, "members")
    others = scene.data.take(np.sort(rng.permutation(len(scene.data))[:MOST_ROWS]))
    members = scene.train.take(np.sort(rng.permutation(len(scene.train))[:MOST_ROWS]))
    nobody = scene.data.take(slice(0))
    shadows = scene.shadows

    @cache
    def fitted() -> Shadows:
        assert shadows is not None  # noqa: S101
        return shadows(Sample(np.vstack([members.rows, others.rows]), np.concatenate([members.labels, others.labels])))

    return replace(base, victims=others, pool=nobody, train=members, shadows=fitted if shadows else None)


def _canary(name: str, case: Case, seed: int) -> Tried:
    """The attack on a copy with a planted weakness: what finds nothing there says nothing anywhere."""
    goal = attacks()[name].goal
    rng = generator(seed, name, "canary")
    plant: Callable[[Case], Case] = shelf.member(CANARIES, goal).plant
    few = case.victims.take(slice(FEW)) if goal == "evasion" else case.victims
    try:
        return drive(name, plant(replace(case, rng=rng, victims=few)))
    except CasemateError as e:  # a copy that nothing can be tried on is not found
        return Tried(name, attacks()[name], NOTHING, str(e))
