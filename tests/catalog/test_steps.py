"""The table of what follows from a capability: every word exists, and every technique has the role that it says."""

import re

from casemate.catalog import atlas
from casemate.catalog.steps import RELATIONS, steps
from casemate.define.vocabulary import vocabulary
from casemate.report.view.paths import HARM

TABLE = steps()
WORDS = vocabulary().words
FIELDS = vocabulary().about["component"]
EACH = (*TABLE.leads, *TABLE.ends)


def role(wanted):
    return {i for i, r in atlas.roles().items() if r == wanted}


def test_capabilities_kinds_relations_and_outcomes_exist():
    assert {w for x in EACH for w in x.held} | {w for x in TABLE.leads for w in x.gives} <= WORDS["capability"].keys()
    assert {k for x in EACH for k in x.at} | {k for x in TABLE.leads for k in x.into} <= vocabulary().kinds.keys()
    assert {x.along for x in TABLE.leads} <= set(RELATIONS)
    assert {x.harms for x in TABLE.ends} | TABLE.impact.keys() <= WORDS["outcomes"].keys()
    assert HARM.keys() == WORDS["outcomes"].keys()


def test_facts_that_it_asks_for_can_be_said():
    asked = [
        (name, w) for x in EACH for facts in (x.here, getattr(x, "there", {})) for name in facts for w in facts[name]
    ]
    wrong = [
        (name, word) for name, word in asked if name not in FIELDS or word not in (FIELDS[name].words or ("yes", "no"))
    ]
    assert wrong == []


def test_techniques_of_steps_are_those_after_a_foothold_and_all_of_them_are_steps():
    assert {i for x in TABLE.leads for i in x.atlas} == role("post_compromise")


def test_techniques_of_ends_are_impacts_and_all_impacts_are_ends():
    assert {i for ids in TABLE.impact.values() for i in ids} | set(TABLE.people) == role("impact")


def test_each_step_to_another_component_is_said_to_people():
    silent = [x for x in TABLE.leads if (x.along == "itself") == bool(x.says)]
    assert silent == []
    named = {name for x in EACH for name in re.findall(r"\{(\w+)\}", x.says)}
    assert named == {"here", "there"}
    assert [x.says for x in TABLE.ends if "{there}" in x.says or "{here}" not in x.says] == []


def test_nothing_is_said_twice():
    keys = [(h, k, x.along, i, g, str(x.here), str(x.there)) for x in TABLE.leads for h in x.held for k in x.at or ("",)
            for i in x.into or ("",) for g in x.gives]  # fmt: skip
    assert len(keys) == len(set(keys))
