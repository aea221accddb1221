"""Well-kept systems among strangers: when all that they say is proven, nothing on the shelf fires.

A rule that fires here is written too widely, or the system lacks what a well-kept one would have. Colleagues alone are
no attackers: with nobody else around, no rule about input to AI speaks at all.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from casemate.catalog.controls import controls
from casemate.cli import check
from casemate.core.trust import Trust
from casemate.define.build import from_text
from casemate.define.system import System
from casemate.identify import Found
from proven import measured, outsiders
from strategies import assessed, found_in
from threat_files import FILES, clauses, rule, stable

HERE = Path(__file__).parents[2] / "examples" / "clean"
CLEAN = sorted(p.name.removesuffix(".casemate.yaml") for p in HERE.glob("*.casemate.yaml"))
STABLE = sorted(threat for threat in FILES if stable(threat))
UNPROVEN = 6
"""Of the threats to one of them, the most that are open when nobody measured anything."""
AI = {"agent", "index", "inference", "llm", "memory", "model"}
AI_INPUT = [t for t in STABLE if AI & set(rule(t).kinds) and any(c.field.of in ("reach", "taint") for c in clauses(t))]
"""Threats to what is AI that ask who reaches it, or whose content does."""
PROTECTIVE = {c.field.name for threat in STABLE for c in rule(threat).unless}

each_system = pytest.mark.parametrize("name", CLEAN)


@cache
def read(name: str) -> System:
    path = HERE / f"{name}.casemate.yaml"
    return from_text(path.read_text("utf-8"), path.name, {"fines": ()})


@cache
def proven(name: str) -> dict[str, Found]:
    system = read(name)
    return found_in(system, *measured(system))


def said(found: dict[str, Found], *outcomes: str) -> list[str]:
    return [f"{i} is {f.outcome}: {f.reason.because}" for i, f in found.items() if f.outcome in outcomes]


def test_there_is_one_of_each_kind_of_system() -> None:
    assert CLEAN == ["agent", "predictive", "retrieval-chatbot"]


@pytest.mark.parametrize("threat", STABLE)
@each_system
def test_a_threat_is_silent_where_all_is_well_kept_and_proven(name: str, threat: str) -> None:
    about = {i: f for i, f in proven(name).items() if f.rule.id == threat}
    assert said(about, "open", "assumed") == []


@each_system
def test_a_clean_system_is_open_to_strangers_and_has_what_can_be_attacked(name: str) -> None:
    system = read(name)
    assert 10 <= len(system.components) <= 16
    assert outsiders(system)
    assert len(said(proven(name), "countered")) >= 3


@each_system
def test_only_a_handful_of_threats_is_open_before_anybody_measured_anything(name: str) -> None:
    found = found_in(read(name))
    assert len(said(found, "open")) <= UNPROVEN, said(found, "open")
    assert len(said(found, "declared")) > len(said(found, "open"))


@each_system
def test_no_question_is_left_of_what_nobody_said(name: str) -> None:
    system = read(name)
    assert [q.ask for q in assessed(system, *measured(system)).questions if q.kind == "say"] == []


@each_system
def test_check_accepts_it(name: str) -> None:
    answer = CliRunner().invoke(check.command, [str(HERE / f"{name}.casemate.yaml")])
    assert (answer.exit_code, "no errors" in answer.output) == (0, True)


@each_system
def test_each_control_sits_where_it_can(name: str) -> None:
    sitting = [(c.kind, control) for c in read(name).components.values() for control in c.controls]
    assert [at for at in sitting if at[0] not in controls()[at[1]].sits_on] == []


@each_system
def test_among_colleagues_alone_no_input_to_ai_is_a_threat(name: str) -> None:
    found = found_in(among_colleagues(bare(read(name))))
    assert said({i: f for i, f in found.items() if f.rule.id in AI_INPUT}, "open", "assumed", "countered") == []


@each_system
def test_without_what_protects_it_the_same_system_is_open_to_strangers(name: str) -> None:
    found = found_in(bare(read(name)))
    assert len(said({i: f for i, f in found.items() if f.rule.id in AI_INPUT}, "open")) >= 3


def bare(system: System) -> System:
    """The system without controls, and without the facts that prevent a threat."""
    components = {
        i: replace(c, controls={}, props={name: v for name, v in c.props.items() if name not in PROTECTIVE})
        for i, c in system.components.items()
    }
    return replace(system, components=components)


def among_colleagues(system: System) -> System:
    """The same people and places, all of them inside; only a provider stays what it is."""
    zones = {i: z if z.owner else replace(z, trust=max(z.trust, Trust.STAFF)) for i, z in system.zones.items()}
    actors = {i: replace(a, trust=Trust.RESTRICTED, apart=False) for i, a in system.actors.items()}
    return replace(system, zones=zones, actors=actors)
