"""One run of the red team: look at the target, attack it, prove that the attacks can find something, test the guards.

Every attack and guard draws its own random numbers from the seed and its own name, so that leaving one out changes
nothing for the others. What is interrupted, or runs out of budget, keeps what it learned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

from casemate.core import shelf
from casemate.core.errors import CasemateError
from casemate.core.space import Space
from casemate.evidence.redteam.attack import Case, Copier, Limits, Sample
from casemate.evidence.redteam.drive import (
    INTERRUPTED,
    NOTHING,
    Tried,
    attacks,
    drive,
    generator,
    going_on,
    missing,
    why,
)
from casemate.evidence.redteam.guarding import Cost, Guarding, GuardTrial, cost
from casemate.evidence.redteam.guarding import tried as guard_tried
from casemate.evidence.redteam.metered import Metered, Spent
from casemate.evidence.redteam.model import Fit, Labels, ModelError, gives_at_least
from casemate.evidence.redteam.probe import Probe, again, probe
from casemate.evidence.redteam.repeats import confirmed
from casemate.evidence.redteam.sanity import checks
from casemate.evidence.redteam.shadows import Shadows

CANARIES = "evidence/redteam/canaries"
MOST_ROWS = 2_000
"""Members and non-members that are looked at: more tell hardly more and cost a prediction each."""
STRICT_ROWS = 10_000
"""Non-members, where there are so many: a true-positive rate at 0.1 % takes ten of them above the threshold."""
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
    named: frozenset[str] = frozenset()
    """Of attacks and goals, those that somebody asked for by this name; nobody asked for anything where it is empty."""
    wanted: int | None = None
    """The class that whoever evades wants to be taken for."""


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
    victims: tuple[int, ...] = ()
    """How many rows of each class evasion was tried on."""
    stopped: str = ""
    """Why the run ended early."""


def run(scene: Scene, plan: Plan, told: Callable[[str], None] = lambda _: None) -> Campaign:
    """Do everything that the plan asks for. told: is given a line before each step."""
    last = Campaign(None)
    try:
        for last in _steps(scene, plan, told):  # noqa: B007  kept for when it is interrupted
            pass
    except KeyboardInterrupt:
        return replace(last, stopped=INTERRUPTED)
    return last


def _steps(scene: Scene, plan: Plan, told: Callable[[str], None]) -> Iterator[Campaign]:
    """What is known after each step."""
    told("look at the target")
    try:
        # What is remembered repeats itself always.
        seen = probe(_afresh(scene.model), scene.data.take(slice(MOST_ROWS)), generator(plan.seed, "probe"))
    except (Spent, ModelError) as e:
        yield Campaign(None, stopped=f"{why(e)}; {e.todo}" if isinstance(e, ModelError) and e.todo else why(e))
        return
    scene.model.deterministic = seen.deterministic
    if not seen.deterministic:
        scene.model.remember = 0
    cases = _cases(scene, plan)
    of_class = np.bincount(cases["evasion"].victims.labels, minlength=scene.model.classes).tolist()
    begun = bare = Campaign(seen, victims=tuple(of_class))
    for bare in _attacked(plan, cases, begun, told):
        yield bare
    bare = last = _settled(scene, bare, cases["evasion"])
    yield bare
    for last in _guarded(scene, plan, cases, bare, told):
        yield last
    told("look whether the attacks work as they must")
    yield replace(last, sanity=tuple(checks(cases["evasion"], last.tried, plan.seed)))


def _afresh(model: Metered) -> Metered:
    """The same target, budget and count; what it answered before is not taken for an answer."""
    return replace(model, remember=0, deterministic=False)


def _attacked(plan: Plan, cases: Mapping[str, Case], c: Campaign, told: Callable[[str], None]) -> Iterator[Campaign]:
    known = attacks()
    for name in plan.attacks:
        told(f"attack: {name}")
        case = replace(cases[known[name].goal], rng=generator(plan.seed, name))
        t = replace(drive(name, case), left_out=_left_out(name, case, plan))
        yield (c := replace(c, tried=(*c.tried, t)))
        going_on(t)
        if t.scored and t.attack.goal in shelf.names(CANARIES):
            canary = going_on(_canary(name, case, plan.seed))
            yield (c := replace(c, canaries={**(c.canaries or {}), name: canary}))


def _left_out(name: str, case: Case, plan: Plan) -> bool:
    """Whether it cannot be aimed at this model and nobody named it, or it lacks something and nobody named any."""
    attack = attacks()[name]
    if name in plan.named or not missing(attack, case):
        return False
    return not plan.named or not gives_at_least(case.model, attack.gives)


def _settled(scene: Scene, c: Campaign, evasion: Case) -> Campaign:
    """Where the target changes its answers, or has changed them in the meantime: only what fools it again counts."""
    if c.probe is None or not c.tried:
        return c
    try:
        seen = again(_afresh(scene.model), c.probe)
    except (Spent, ModelError):
        seen = c.probe
    if seen.deterministic:
        return c
    scene.model.deterministic, scene.model.remember = False, 0
    return replace(c, probe=seen, tried=tuple(confirmed(t, evasion) for t in c.tried))


def _guarded(
    scene: Scene, plan: Plan, cases: Mapping[str, Case], c: Campaign, told: Callable[[str], None]
) -> Iterator[Campaign]:
    """The guards, one after the other; what was found before one that fails is kept."""
    learned = scene.train.rows if scene.train is not None else cases["evasion"].pool.rows
    for g in plan.guards:
        told(f"guard: {g.shown}")
        try:
            costs = {**(c.costs or {}), g.shown: cost(g, scene.model, scene.data.take(slice(MOST_ROWS)), learned)}
            c = replace(c, costs=costs, guards=(*c.guards, *guard_tried(g, cases, c.tried, learned, plan.seed)))
        except (Spent, ModelError) as e:
            c = replace(c, stopped=why(e))
        yield c


def _cases(scene: Scene, plan: Plan) -> dict[str, Case]:
    """What each goal's attacker knows: victims, rows of his own, and what he may use."""
    order = generator(plan.seed, "rows").permutation(len(scene.data))
    n = min(plan.victims, max(1, len(order) // 2))
    victims, pool = scene.data.take(order[:n]), scene.data.take(order[n:])
    base = Case(
        scene.model, victims, pool, scene.space, generator(plan.seed), plan.limits, scene.train, scene.fit,
        surrogate=scene.surrogate,
    )  # fmt: skip
    out = dict.fromkeys(("attribute", "inversion", "extraction", "poisoning", "screening"), base)
    return out | {"membership": _membership(scene, plan, base), "evasion": _evasion(scene, plan, base, order)}


def _evasion(scene: Scene, plan: Plan, base: Case, order: Labels) -> Case:
    """Where an answer is wanted, those who would not get it are attacked; all others are the attacker's own rows."""
    if plan.wanted is None:
        return base
    could = order[scene.data.labels[order] != plan.wanted][: plan.victims]
    others = order[~np.isin(order, could)]
    return replace(base, victims=scene.data.take(could), pool=scene.data.take(others), wanted=plan.wanted)


def _membership(scene: Scene, plan: Plan, base: Case) -> Case:
    """Everybody is asked about: the rows that it learned, and those that it did not."""
    if scene.train is None:
        return base
    rng = generator(plan.seed, "members")
    most = STRICT_ROWS if len(scene.data) >= STRICT_ROWS else MOST_ROWS
    others = scene.data.take(np.sort(rng.permutation(len(scene.data))[:most]))
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
        return drive(name, plant(replace(case, rng=rng, victims=few, wanted=None)))
    except CasemateError as e:  # a copy that nothing can be tried on is not found
        return Tried(name, attacks()[name], NOTHING, str(e))
