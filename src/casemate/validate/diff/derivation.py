"""What is other in the derivation of a threat: its facts, its way, what is missing, its controls, its numbers.

`causes` says what was changed; this says what came of it, as `casemate why` would before and after. The first lines are
those that a saved assessment tells too; facts and numbers need both derivations themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from casemate.core.same import Same
from casemate.decompose.graph import Graph
from casemate.decompose.parts import Parts
from casemate.decompose.thing import Thing
from casemate.identify.explain import Fact, shown
from casemate.prioritize.risk import Risk
from casemate.prioritize.standing import Effect
from casemate.validate.diff.state import Side, State

MOST = 8  # lines of one threat


Known = Mapping[str, Risk]


def risks(side: Side) -> Known:
    """The priced findings of a side by id; nothing of a saved one."""
    return {r.id: r for r in side.assessment.risks.risks} if side.assessment else {}


def derivation(old: Side, new: Side, id: str, was: Known, now: Known) -> tuple[str, ...]:
    """What differs between the two derivations of a threat, in words. was, now: the `risks` of the sides."""
    a, b = old.threats.get(id), new.threats.get(id)
    before, after = was.get(id), now.get(id)
    lines = list(_told(a, b)) if a and b else []
    if old.assessment and new.assessment:
        lines += _facts(before, after, old.assessment.risks.parts, new.assessment.risks.parts)
    if before and after:
        lines += _numbers(before, after)
    if a and b and a.because != b.because:
        lines.append(f"it was: {a.because}")
    found = list(dict.fromkeys(lines))
    return (*found[:MOST], f"and {len(found) - MOST} more") if len(found) > MOST else tuple(found)


def _told(a: State, b: State) -> Iterator[str]:
    yield from (f"nobody knew {_of(m)}; now it is known" for m in a.missing if m not in b.missing)
    yield from (f"nobody says any more {_of(m)}" for m in b.missing if m not in a.missing)
    yield from (f"{_of(m)} is only declared" for m in b.doubted if m not in a.doubted)
    if a.attackers != b.attackers:
        yield f"attackers: {_joined(a.attackers)} → {_joined(b.attackers)}"
    if a.path != b.path:
        yield f"way: {' → '.join(a.path) or 'none'}; now {' → '.join(b.path) or 'none'}"
    yield from (f"{c} countered it, and does no longer" for c in a.countered_by if c not in b.countered_by)
    yield from (f"{c} counters it" for c in b.countered_by if c not in a.countered_by)
    yield from (f"record {e} counts no longer" for e in a.evidence if e not in b.evidence)
    yield from (f"record {e} counts" for e in b.evidence if e not in a.evidence)


def _of(missing: str) -> str:
    name, _, element = missing.partition("@")
    return f"{name} of {element}"


def _joined(words: Sequence[str]) -> str:
    return ", ".join(words) or "nobody"


def _facts(before: Risk | None, after: Risk | None, old: Parts, new: Parts) -> Iterator[str]:
    """The facts that one derivation rests on, as they are on the other side; steps of its way that are not there."""
    for f in before.found.reason.facts if before else ():
        yield from _other(f, f.value, _now(f, new.things), new.things, "is gone")
    for f in after.found.reason.facts if after else ():
        yield from _other(f, _now(f, old.things), f.value, old.things, "is new")
    if before:
        yield from (f"nothing goes from {a} to {b} any more" for a, b in _missing(before, old, new))
    if after:
        yield from (f"nothing went from {a} to {b} before" for a, b in _missing(after, new, old))


def _other(f: Fact, before: str, after: str, there: Mapping[str, Thing], word: str) -> Iterator[str]:
    if f.element not in there:
        yield f"{f.element} {word}"
    elif before != after:
        yield f"{f.field} of {f.element}: {before} → {after}"


def _now(f: Fact, things: Mapping[str, Thing]) -> str:
    """The fact's value on the other side. Lists of members are told by the way and by what is missing."""
    thing = things.get(f.element)
    if thing is None or f.field == "kind":
        return f.value if thing is None else thing.kind
    value = thing.facts.get(f.field)
    if isinstance(value, tuple) and (f.value == "none" or any(isinstance(v, Thing) for v in value)):
        return f.value
    return "unknown" if value is None else shown(value)


def _missing(r: Risk, here: Parts, there: Parts) -> Iterator[tuple[str, str]]:
    """Steps of the way that somebody takes on this side and nobody on the other."""
    taken, other = _steps(here.graph), _steps(there.graph)
    return (step for step in pairwise(r.found.reason.path) if step in taken and step not in other)


@lru_cache(maxsize=2)
def _stepped(same: Same[Graph]) -> frozenset[tuple[str, str]]:
    g = same.value
    sent = ((a, b) for a in g.system.components for b in g.sends(a))
    return frozenset((*sent, *g.between, *((actor.id, c) for actor, c in g.openings)))


def _steps(g: Graph) -> frozenset[tuple[str, str]]:
    """Who sends to whom, runs what, or enters where."""
    return _stepped(Same(g))


def _numbers(a: Risk, b: Risk) -> Iterator[str]:
    """What the price is made of: success, controls, loss, attempts."""
    was, now = a.views["current"], b.views["current"]
    if f"{was.belief.mean:.3g}" != f"{now.belief.mean:.3g}":
        yield f"success of one {b.found.rule.unit}: {was.belief.mean:.3g} → {now.belief.mean:.3g}"
    before, after = ({e.control: e for e in s.effects} for s in (was, now))
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield f"{name}: {_effect(before.get(name))} → {_effect(after.get(name))}"
    if f"{a.loss.mean:.3g}" != f"{b.loss.mean:.3g}":
        yield f"loss of one event: {a.loss.mean:.3g} → {b.loss.mean:.3g}"
    if a.loss.tolerable != b.loss.tolerable:
        yield f"tolerable a year: {_number(a.loss.tolerable)} → {_number(b.loss.tolerable)}"


def _effect(e: Effect | None) -> str:
    return "counts for nothing" if e is None else f"{e.level}{f', takes {e.share:.0%}' if not e.adaptive else ''}"


def _number(value: float | None) -> str:
    return "nobody gets hurt" if value is None else f"{value:.3g}"
