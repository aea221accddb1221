"""What every report says of a passport: valid, valid and signed by nobody the policy names, void and why."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from test_html import Page

import sarif_rules
from casemate.report import github, html, junit, markdown, sarif, text
from casemate.validate.gate import Gate, Reason
from casemate.validate.passport.standing import Standing
from scoring import CLEAN, SCORING
from strategies import TODAY, assessed

DAYS = {"issued": TODAY, "until": TODAY + timedelta(days=90)}
FROM_TO = f"{TODAY} to {TODAY + timedelta(days=90)}"
VALID = Standing("passport.json", "valid", (), True, **DAYS)
UNSIGNED = replace(VALID, signed=False)
VOID = Standing("<b>.json", "void", ("the policy is another", "scorer is another than the one that passed"))
STATES = (VALID, UNSIGNED, VOID)
ASKED = Reason("passport-void", "the passport is void, because the policy is another", "casemate passport issue")
SCORED = assessed(SCORING, CLEAN)


def of(passport, *reasons):
    return replace(SCORED, passport=passport, gate=Gate(reasons))


def page(passport):
    return " ".join(Page(html.render(of(passport), by=[])).said.split())


def test_the_page_says_the_state_the_days_and_every_reason():
    days = f"issued on {TODAY}, good until {TODAY + timedelta(days=90)}"
    assert f"Passport Valid passport.json: {days}. " in page(VALID)
    assert f"{days}; nobody whom the policy names signed it, so that anybody could have written it." in page(UNSIGNED)
    why = "the policy is another scorer is another than the one that passed"
    assert f"Void <b>.json: nothing shows any more that what runs is what passed: {why}" in page(VOID)
    assert "Passport" not in page(None)


@pytest.mark.parametrize("passport", STATES)
def test_the_text_and_the_comment_on_a_pull_request_say_it_in_one_sentence(passport):
    assert " ".join(passport.sentence.split()) in " ".join(text.render(of(passport)).split())
    said = f"P{passport.sentence[1:]}"
    assert f"\n\n{markdown.MARK[passport.tone]} {markdown.escaped(said)}\n" in markdown.render(of(passport))
    assert "<b>" not in markdown.render(of(passport))
    assert "assport" not in markdown.render(of(None))


def run_of(a):
    log = json.loads(sarif.render(a))
    assert sarif_rules.wrong(log) == []
    return log["runs"][0]


def told(a):
    """(level, text) of the results about passports, and the last notification."""
    run = run_of(a)
    found = [(x["ruleId"], x["level"]) for x in run["results"] if x["ruleId"].startswith("policy/passport")]
    notes = [(n["level"], n["message"]["text"]) for n in run["invocations"][0]["toolExecutionNotifications"]]
    return found, notes[-1:]


def test_sarif_notes_the_state_and_has_a_result_where_it_does_not_hold():
    assert told(of(VALID)) == ([], [("note", f"passport: valid from {FROM_TO} (passport.json)")])
    found, notes = told(of(UNSIGNED))
    assert found == [("policy/passport", "note")]
    assert notes == [("note", UNSIGNED.sentence)]
    assert told(of(VOID)) == ([("policy/passport", "warning")], [("warning", VOID.sentence)])
    assert told(of(None)) == ([], [])


def test_where_the_gate_asks_for_one_it_is_told_once_and_as_an_error():
    a = of(VOID, ASKED)
    assert told(a)[0] == [("policy/passport-void", "error")]
    assert markdown.render(a).count("assport is void") == 1
    errors = [line for line in github.render(a).splitlines() if "passport" in line]
    assert [line.partition(" ")[0] for line in errors] == ["::error"]


def test_an_annotation_warns_of_one_that_does_not_hold():
    assert f"::warning file=drawn.yaml,line=1,title=passport::{VOID.sentence}\n" in github.render(of(VOID))
    assert "title=passport::" in github.render(of(UNSIGNED))
    assert "passport" not in github.render(of(VALID))


def case(passport):
    found = re.findall(
        r'classname="release" name="(\w+)"(/>|>\n *<skipped message="(.*)"/>)', junit.render(of(passport))
    )
    return [(name, said.replace("&lt;", "<").replace("&gt;", ">")) for name, _, said in found]


def test_only_one_that_holds_passes_as_a_test():
    assert case(VALID) == [("passport", "")]
    assert case(VOID) == [("passport", VOID.sentence)]
    assert case(UNSIGNED) == [("passport", UNSIGNED.sentence)]
    assert case(None) == []
