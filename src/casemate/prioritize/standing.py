"""What controls leave of a threat, as four people would see it.

    inherent   as if no countermeasure existed
    current    only verified and effective controls count (law 4); a verified one at most half of its effect
    claimed    everything that anybody says is in place counts in full, and declared facts are believed
    target     current, with the planned controls at their full effect
An effective control replaces the belief by its adaptive result: what was measured with it on is not multiplied.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from casemate.catalog.controls import Control
from casemate.catalog.load import Catalog
from casemate.decompose.controls import PROVEN, RANK, Held
from casemate.decompose.parts import Parts
from casemate.evidence.bind import Record
from casemate.evidence.statement import Trial
from casemate.identify.judge import Found
from casemate.prioritize.belief import Belief, adaptive, belief, prior_of, untested
from casemate.prioritize.scenario import Way

VIEWS = ("inherent", "current", "claimed")
LEAST = 0.05
"""What all controls together always leave: nobody can promise more than 95 % (expert judgement)."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One control as it enters: the share it takes away, of what, and on what that rests."""

    control: str
    level: str
    acts_on: str
    share: float
    evidence: str | None = None
    adaptive: str = ""
    at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """A threat in one view: the belief in one attempt's success, and what controls leave."""

    belief: Belief
    effects: tuple[Effect, ...] = ()
    out: bool = False
    """Ruled out in this view."""

    def left(self, acts_on: str) -> float:
        """The share of attempts, success or loss that controls leave."""
        if not self.effects:
            return 1.0
        out = 1.0
        for e in self.effects:
            if e.acts_on == acts_on:
                out *= 1 - e.share
        return max(LEAST, out)

    @property
    def factor(self) -> float:
        """The share of attempts that still succeed, as in the way."""
        return round(self.left("success") * self.left("attempts"), 6) if self.effects else 1.0

    def way(self, threat: str) -> Way | None:
        """The threat as a way to its goal; None when it is ruled out here."""
        if self.out:
            return None
        a, b = round(self.belief.a, 9), round(self.belief.b, 9)
        if not self.effects:
            return Way(threat, a, b)
        return Way(threat, a, b, self.factor, round(self.left("loss"), 6))


def standings(f: Found, parts: Parts, catalog: Catalog, aside: bool = False) -> dict[str, Standing]:
    """The threat in every view. aside: somebody dismissed it."""
    if untouched(f, parts) and not aside and f.outcome != "declared":
        return _plain(prior_of(f.rule, catalog.priors), catalog.priors.weight)
    first = standing("inherent", f, parts, catalog)
    found = {v: standing(v, f, parts, catalog, aside=aside) for v in VIEWS}
    return {v: first if s == first else s for v, s in found.items()}  # one object, so that it is priced once


@lru_cache(maxsize=64)
def _plain(prior: float, weight: float) -> dict[str, Standing]:
    """All views of what nothing is known of: one standing, shared by all such threats."""
    return dict.fromkeys(VIEWS, Standing(untested(prior, weight)))


def untouched(f: Found, parts: Parts) -> bool:
    """Whether neither a record nor a control says anything of the threat, so that only its prior counts."""
    return not parts.records.get(f.element) and parts.ladder.of(f.element).keys().isdisjoint(f.rule.countered_by)


def standing(
    view: str,
    f: Found,
    parts: Parts,
    catalog: Catalog,
    planned: Collection[str] = (),
    aside: bool = False,
    scale: float = 1,
) -> Standing:
    """The threat in a view. planned: controls of the plan; aside: somebody dismissed it; scale: of the prior."""
    records = parts.records.get(f.element, ())
    trusting = view == "claimed"
    believed = belief(f.rule, records, catalog.priors, trusting=trusting, scale=scale)
    if trusting and (f.outcome == "declared" or aside):
        return Standing(believed, (), out=True)
    around = parts.ladder.of(f.element)
    if view == "inherent" or not (around or planned):
        return Standing(believed)
    effects: list[Effect] = []
    tested: list[Belief] = []
    for control, held in sorted(around.items()):
        if control in f.rule.countered_by and control in catalog.controls:
            effect, measured = _effect(f, parts, catalog, catalog.controls[control], held, trusting, believed)
            tested += [measured] if measured else []
            effects += [effect] if effect else []
    # Each was measured with its control on; a broken one takes nothing from another that holds.
    believed = min(tested, key=lambda b: b.mean, default=believed)
    known = {e.control: e for e in effects if e.level != "planned"}
    for control in sorted(set(planned) & catalog.controls.keys()):
        c = catalog.controls[control]
        if control not in known or (known[control].share < c.effect and not known[control].adaptive):
            effects = [e for e in effects if e.control != control]
            effects.append(Effect(control, "planned", c.acts_on, c.effect))
    return Standing(believed, tuple(effects))


def _effect(
    f: Found, parts: Parts, catalog: Catalog, c: Control, held: Held, trusting: bool, before: Belief
) -> tuple[Effect | None, Belief | None]:
    """How a control enters, and the belief that its adaptive test replaces the other by."""
    found, believed = parts.ladder.adaptive(c.id, f.element, f.rule.id, trusting), None
    if found is not None:
        record, trial = found
        believed = adaptive(before, f.rule, record, trial, catalog.priors)
        measured = record.standing == "measured"
        if believed is not None and measured:
            return _tested(c, held, record, trial), believed
        if measured and not trusting:
            return None, None  # a test that says nothing in the threat's unit is shown and not used
    proven = RANK[held.level] >= PROVEN and parts.ladder.shown(c.id, f.element)
    if found is not None and believed is not None and not proven:
        # What nobody signed takes away what people claim, and adds nothing: the claimed risk stays below the current.
        return _tested(c, held, record, trial), min(believed, before, key=lambda b: b.mean)
    if trusting and (found is None or believed is None):
        return Effect(c.id, held.level, c.acts_on, c.effect, held.evidence, at=held.at), None
    if proven:
        share = c.effect * catalog.priors.verified
        return Effect(c.id, held.level, c.acts_on, share, held.evidence, at=held.at), None
    return None, None


def _tested(c: Control, held: Held, record: Record, trial: Trial) -> Effect:
    said = f"{trial.broken} of {trial.broken + trial.held} {trial.unit} broken by one who knows it"
    return Effect(c.id, held.level, c.acts_on, 0.0, record.statement.id, said, held.at)
