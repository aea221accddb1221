"""Law 7: every number explains itself, and so does every threat of our own example."""

import re
from pathlib import Path

import pytest

from casemate.assess import assess
from casemate.define.build import from_text
from casemate.evidence.bind import Evidence
from casemate.report.view.why import why
from casemate.validate.policy import read_policy
from small import LOADED, PRICED, THEFT, look, results, risk, small
from strategies import TODAY, record, shelf, trial

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "credit-scoring"
WORDS = {"fines": tuple(shelf().fines)}


@pytest.fixture(scope="module")
def lender():
    system = from_text((EXAMPLE / "casemate.yaml").read_text("utf-8"), "casemate.yaml", WORDS)
    return assess(system, Evidence(), shelf(), read_policy(EXAMPLE / "policy.yaml"), TODAY)


def said(a, id="theft@scorer"):
    return "\n".join(line for _, lines in why(a, risk(a, id)) for line in lines)


def test_every_threat_of_the_example_says_its_likelihood_its_loss_and_its_lines(lender):
    assert len(lender.risks.risks) > 20
    for r in lender.risks.risks:
        text = said(lender, r.id)
        assert "prior " in text or "posterior " in text, r.id
        assert "one event costs €" in text or "hurts " in text, r.id
        assert re.search(r"casemate\.yaml:\d+", text), r.id
        assert r.found.rule.path in text, r.id
        assert all(view in text for view in ("inherent", "current", "claimed", "target")), r.id


def test_the_lines_that_it_names_hold_what_it_says(lender):
    lines = (EXAMPLE / "casemate.yaml").read_text("utf-8").splitlines()
    facts = [f for r in lender.risks.risks for f in r.found.reason.facts if f.element in lender.system.components]
    assert facts
    for f in facts:
        _, _, number = lender.system.line("components", f.element, f.field).rpartition(":")
        assert f.field in lines[int(number) - 1] or f.element in lines[int(number) - 1], f


def test_a_trial_is_told_with_what_it_counts():
    text = said(look(small(PRICED), record("scorer", trials=(trial("theft", 1, 9),))))
    assert "1 of 10 campaigns broken, equal: counts 1.0 broken, 9.0 held" in text
    assert "effective n 10.0" in text
    assert "posterior Beta(1.20, 12.80), mean 9 %" in text


def test_a_trial_in_a_unit_that_nobody_converted_is_shown_and_said_not_to_count():
    text = said(look(small(PRICED), record("scorer", trials=(trial("theft", 5, 5, unit="token"),))))
    assert "5 of 10 tokens broken, equal: no conversion from token to campaign" in text
    assert "effective n 0.0" in text


def test_a_control_that_is_only_declared_says_where_it_counts():
    text = said(look(small(PRICED, scorer="controls: [query-quota]")))
    assert "query-quota at scorer: declared; counts only in the claimed risk" in text


def test_a_verified_control_says_what_it_takes_and_by_which_record():
    r = results("query-quota", verified=True)
    assert f"query-quota at scorer: verified; takes 20 % of success ({r.id})" in said(look(small(PRICED), r))


def test_an_adaptive_test_says_what_it_saw():
    r = results("query-quota", adaptive=(2, 48))
    assert f"tested, and worth nothing; 2 of 50 campaign broken by one who knows it ({r.id})" in said(
        look(small(PRICED), r)
    )


def test_a_threat_that_is_only_ruled_out_by_declaration_says_by_which_line():
    a = look(small(PRICED, scorer="format: safetensors"), rules=(LOADED,))
    assert "format of scorer (small.yaml:9)" in said(a, "loaded@scorer")


UNSAFE = "id: unsafe\nabout: model\nwhen: {contents: unsafe}\nattacker: public\nharms: takeover"


@pytest.mark.parametrize(
    ("measured", "words", "status"),
    [(True, "measured by {id}", "measured: contents of scorer is unsafe"),
     (False, "says record {id}, which nobody signed", "attested: contents of scorer is unsafe")],
)  # fmt: skip
def test_what_only_evidence_can_say_is_never_said_to_stand_in_the_file(measured, words, status):
    r = record("scorer", "scan", facts={"contents": "unsafe"})
    text = said(look(small(PRICED), r, rules=(UNSAFE,), measured=measured), "unsafe@scorer")
    assert f"contents of scorer is unsafe ({words.format(id=r.id)})" in text
    assert status in text


def test_another_way_to_the_same_goal_is_named():
    copy = THEFT.replace("id: theft", "id: copy")
    assert "other ways to model-stolen at scorer stay open" in said(look(small(PRICED), rules=(THEFT, copy)))
