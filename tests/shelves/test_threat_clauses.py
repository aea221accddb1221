"""A rule fires only because of the conditions that it names: strike any line out, and an example must notice.

A rule is changed here as its author would: a line is struck from the file's text, and the file is read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from casemate.decompose.thing import Thing
from casemate.identify.clause import Clause, all_fit
from casemate.identify.example import outcome
from threat_files import FILES, Line, cases, each_threat, lines, rule, without

EACH_LINE = [(threat, line) for threat in sorted(FILES) for line in lines(threat)]


@pytest.mark.parametrize(("threat", "line"), EACH_LINE, ids=lambda x: x if isinstance(x, str) else "-".join(x))
def test_every_line_of_a_threat_is_needed(threat: str, line: Line) -> None:
    changed = without(threat, line)
    assert any(outcome(changed, case.thing) != outcome(rule(threat), case.thing) for case in cases(threat)), (
        f"no example of {threat} would notice that {' > '.join(line)!r} is gone; add one whose outcome it decides"
    )


@each_threat
def test_only_controls_and_facts_that_can_be_proven_prevent_a_threat(threat: str) -> None:
    assert [c.field.name for c in rule(threat).unless if not proves(c)] == []


def proves(c: Clause) -> bool:
    """A control, here or at a member, or a fact that evidence could settle."""
    return c.field.name == "control" or c.provable or any(proves(i) for i in c.inner)


@each_threat
def test_a_fact_that_is_only_said_never_counters_a_threat(threat: str) -> None:
    by_facts = [x for x in things(threat) if outcome(rule(threat), x) == "countered"]
    assert {outcome(rule(threat), known(x, measured=False)) for x in by_facts} <= {"declared"}


@each_threat
def test_a_fact_that_is_said_to_prevent_a_threat_counters_it_once_it_is_measured(threat: str) -> None:
    possible = [x for x in things(threat) if all_fit(rule(threat).when, x, x, False) is not False]
    by_word = [x for x in possible if outcome(rule(threat), x) == "declared"]
    assert {outcome(rule(threat), known(x, measured=True)) for x in by_word} <= {"countered"}


def things(threat: str) -> list[Thing]:
    """The elements of its examples, without controls."""
    return [bare(case.thing) for case in cases(threat)]


def bare(x: Thing) -> Thing:
    """The same without controls, down to the members of its lists."""

    def inside(name: str, value: Any) -> Any:
        if name == "control":
            return ()
        return tuple(bare(v) if isinstance(v, Thing) else v for v in value) if isinstance(value, tuple) else value

    return _with(x, {"control": (), **{n: inside(n, v) for n, v in x.facts.items()}}, x.measured)


def known(x: Thing, measured: bool) -> Thing:
    """The same with every fact measured, down to the members of its lists; or with every one only said."""

    def inside(value: Any) -> Any:
        return (
            tuple(inside(v) for v in value)
            if isinstance(value, tuple)
            else known(value, measured)
            if isinstance(value, Thing)
            else value
        )

    return _with(
        x, {name: inside(value) for name, value in x.facts.items()}, dict.fromkeys(x.facts, "test") if measured else {}
    )


def _with(x: Thing, facts: dict[str, Any], measured: Mapping[str, str]) -> Thing:
    # What was worked out of the way to somebody rests on what others said, and is doubted as they are.
    doubted = frozenset() if measured or x.about not in ("reach", "taint") else frozenset(facts)
    return Thing(x.id, x.about, facts, kind=x.kind, measured=measured, doubted=doubted)
