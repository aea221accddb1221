"""Judging rules against elements: open, countered, assumed, ruled out by declaration only, or not applicable.

    open       the facts say that it applies, and nothing proven counters it
    countered  it applies, and evidence proves what counters it
    assumed    a fact is missing that makes it possible; it stays at full prior risk and becomes a question
    declared   ruled out, but only by declared facts that evidence could settle: it stays in the current risk
`when` holds what makes a threat possible, `unless` what prevents it. Nobody needs to say that nothing prevents it: a
threat whose `when` holds is open until one line of `unless` is proven.
A control that was tested against an attacker who knows it counters only what that test shows it to hold (law 5);
another one counters when evidence says that it is there and works.
Law: learning a fact never turns "not applicable" or "declared" into one of the others (every test is monotone).
An event is no such fact: that an alarm was raised is news about the world, and a threat may begin with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from casemate.core.trust import Trust
from casemate.decompose.controls import Ladder
from casemate.decompose.parts import Parts
from casemate.decompose.thing import Thing
from casemate.identify.clause import Clause, all_fit, any_fits
from casemate.identify.explain import Reason, explain
from casemate.identify.rule import Rule

OUTCOMES = ("open", "countered", "assumed", "declared")


@dataclass(frozen=True, slots=True)
class Found:
    """One threat at one element, with everything that led to it."""

    rule: Rule
    element: str
    outcome: str
    reason: Reason
    countered_by: tuple[str, ...] = ()
    attackers: tuple[str, ...] = ()
    """Classes of attackers: words of trust, least trusted first, or `accident`."""

    @property
    def id(self) -> str:
        """`rule@element`: stable when anything else in the file changes."""
        return f"{self.rule.id}@{self.element}"

    @property
    def title(self) -> str:
        """The rule's title, with the element's id."""
        return self.rule.title.replace("{id}", self.element)


def identify(parts: Parts, rules: Iterable[Rule]) -> tuple[Found, ...]:
    """Every threat at every element, by id. Linear in elements x rules of their kind."""
    by_kind: dict[str, list[tuple[Rule, tuple[Clause, ...]]]] = {}
    for rule in sorted(rules, key=lambda r: r.id):
        cheap = tuple(c for c in rule.when if c.field.type != "several")
        for kind in rule.kinds:
            by_kind.setdefault(kind, []).append((rule, cheap))
    found = [f for thing in parts.things.values() for f in _of(parts, thing, by_kind)]
    return tuple(sorted(found, key=lambda f: f.id))


def _of(parts: Parts, thing: Thing, by_kind: Mapping[str, list[tuple[Rule, tuple[Clause, ...]]]]) -> Iterator[Found]:
    for rule, cheap in by_kind.get(thing.kind, ()):
        if all_fit(cheap, thing, thing, True) is False:
            continue  # ruled out by what needs no look at the members of lists
        outcome, countered = judge(rule, thing)
        failing = [c for c in countered if not holds_up(rule, parts.ladder, c, thing.id or "")]
        if failing:
            outcome, countered = judge(rule, _without(thing, failing))
        if outcome is not None:
            reason = explain(rule, thing, outcome == "declared")
            yield Found(rule, thing.id or "", outcome, reason, countered, _attackers(rule, thing, reason))


def _without(thing: Thing, failing: Collection[str]) -> Thing:
    """The same element, with the controls left out that the test of this threat does not bear out."""
    facts = {**thing.facts, "control": tuple(c for c in thing.facts["control"] if c not in failing)}
    return Thing(thing.id, thing.about, facts, thing.kind, thing.measured, thing.asks, thing.path, thing.doubted)


LETS_THROUGH = 0.1
"""Of the campaigns of somebody who knows the control, the most that one may let through that counters (judgement)."""


def holds_up(rule: Rule, ladder: Ladder, control: str, element: str) -> bool:
    """Whether the evidence bears out that the control counters this threat.

    By Laplace's rule of succession, so eight campaigns must have held before none is taken for few. A test that is
    weaker than the attacker we assume can break a control, and never proves one.
    """
    found = ladder.adaptive(control, element, rule.id)
    if found is None:
        return ladder.shown(control, element)
    trial = found[1]
    per, scored = rule.per(trial.unit), trial.broken + trial.held
    if per is None:
        return ladder.shown(control, element)
    n = scored / per
    through = n * (1 - (1 - trial.broken / scored) ** per)
    if trial.strength == "weaker":
        return through < 1 and ladder.shown(control, element)
    return (through + 1) / (n + 2) <= LETS_THROUGH


def _attackers(rule: Rule, thing: Thing, reason: Reason) -> tuple[str, ...]:
    """Whose attempt it is: the sender where the rule asks about the sender, whom the rule names, or its witnesses."""
    if rule.about == "flow" and any(c.field.name == "from trust" for c in rule.when):
        return (str(thing.facts["from trust"]),)
    if rule.attacker is not None:
        return (rule.attacker,)
    return tuple(map(str, reason.attackers)) or (str(Trust.STAFF),)


def judge(rule: Rule, thing: Thing) -> tuple[str | None, tuple[str, ...]]:
    """The outcome of one rule at one element (None: not applicable), and the proven controls that counter it."""
    applies = all_fit(rule.when, thing, thing, False)
    if applies is False:
        sceptical = all_fit(rule.when, thing, thing, True) if rule.provable else False
        return (None if sceptical is False else "declared"), ()
    if any_fits(rule.unless, thing, True):
        return "countered", _countering(rule, thing)
    if any_fits(rule.unless, thing, False):
        return "declared", ()
    return ("open" if applies else "assumed"), ()


def _countering(rule: Rule, thing: Thing) -> tuple[str, ...]:
    wanted = {w for c in rule.unless if c.field.name == "control" for w in c.want}
    return tuple(sorted(wanted & set(thing.facts.get("control", ()))))
