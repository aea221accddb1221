"""What the shelf reaches: every technique that a fact about a system makes possible leads to a threat, from there to a
control, and from the control to the evidence that would prove it."""

from __future__ import annotations

import pytest

from casemate.catalog import atlas, controls, load
from casemate.catalog.atlas.compare import EXPOSED
from threat_files import FILES, each_threat, rule

CONTROLS = controls.controls()
TAXONOMIES = load.taxonomies()
NEWEST = atlas.shipped(atlas.EDITIONS[-1])
REACHED = atlas.covered(NEWEST, load.threats())
EXPOSED_TECHNIQUES = sorted(i for i, role in atlas.roles().items() if role == EXPOSED and i not in atlas.aliases())


@pytest.mark.parametrize("technique", EXPOSED_TECHNIQUES)
def test_every_exposed_technique_has_a_threat_a_control_and_a_kind_of_evidence(technique: str) -> None:
    named = [rule(threat) for threat in REACHED.named.get(technique, ())]
    complete = [r for r in named if r.status == "stable" and CONTROLS.keys() & set(r.countered_by) and r.measured_by]
    assert complete, f"no stable threat with a control and a kind of evidence maps {NEWEST.names.get(technique)!r}"


def test_every_technique_of_every_edition_was_judged() -> None:
    assert [i for key in atlas.EDITIONS for i in atlas.covered(atlas.shipped(key), ()).unjudged] == []


@pytest.mark.parametrize("control", sorted({c for t in FILES for c in rule(t).countered_by}))
def test_what_counters_a_threat_exists_and_says_how_it_is_verified_and_by_which_evidence(control: str) -> None:
    known = CONTROLS[control]
    assert known.verify in controls.VERIFY
    assert known.test
    assert known.proven_by or known.verify == "attested"


@each_threat
def test_every_id_exists_in_the_edition_that_it_names(threat: str) -> None:
    maps = rule(threat).maps
    assert sorted(maps.keys() - TAXONOMIES.keys()) == [], "there is no such taxonomy on the shelf"
    assert [(key, i) for key, ids in maps.items() for i in ids if i not in TAXONOMIES[key].names] == []


@pytest.mark.parametrize("control", CONTROLS)
def test_every_id_of_a_control_exists_in_the_edition_that_it_names(control: str) -> None:
    maps = CONTROLS[control].maps
    assert sorted(maps.keys() - TAXONOMIES.keys()) == [], "there is no such taxonomy on the shelf"
    assert [(key, i) for key, ids in maps.items() for i in ids if i not in TAXONOMIES[key].names] == []


WHOLE = ("eu-ai-act", "nist-ai-rmf", "owasp-agentic-2026", "owasp-llm-2025", "owasp-llm-2026", "owasp-ml-2023")


@pytest.mark.parametrize("key", WHOLE)
def test_a_stable_threat_maps_every_entry_of_a_list_that_we_claim_to_cover(key: str) -> None:
    named = {i for t in FILES if rule(t).status == "stable" for i in rule(t).maps.get(key, ())}
    assert sorted(TAXONOMIES[key].names.keys() - named) == []
