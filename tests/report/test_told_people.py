"""Safety is an axis of its own in every line that is read first: beside the price, before the money, in the verdict."""

from __future__ import annotations

import re

from casemate.report import markdown, text
from casemate.report.review.walk import asked, next_question
from casemate.report.view.asking import NOT_WORTH, best_test, next_tests, questions
from casemate.report.view.story import story
from small import PRICED, look, small
from strategies import assessed, only, record, trial

DOC = {
    "casemate": "1", "name": "n", "zones": {"cloud": {"trust": "staff"}, "net": {"trust": "public"}},
    "components": {
        "api": {"kind": "endpoint", "zone": "cloud", "exposed to": ["net"]},
        "m": {"kind": "model", "zone": "cloud", "path": "m", "decides": "gate"},
    },
    "flows": [{"from": "api", "to": "m"}],
    "harms": {
        "hit": {"hurts": "patients", "outcome": "wrong-decision", "of": "m", "at most": "1 in 1000 years"},
        "lost": {"outcome": "wrong-decision", "loss": "10k to 20k"}, "outage": "1M to 2M",
    },
    "attempts": {"public": "1 a year", "by": "ann", "on": "2026-10-01"},
}  # fmt: skip
FOOLED = """about: model
attacker: public
when: {decides: gate}
countered by: [human-approval]
measured by: [redteam]
"""
ASKED = "about: model\nattacker: public\nwhen: {proprietary: yes}\n"
DEAR = "about: model\nattacker: public\nwhen: {learns online: yes}\nharms: outage\n"


def flat(said):
    return " ".join(said.split())


def test_the_verdict_speaks_of_people_before_it_speaks_of_money():
    said = story(assessed(DOC, of=only(FOOLED))).sentence
    assert re.sub(r"€[0-9.]+k?", "€", said) == (
        "One threat is open, and critical; people may be hurt 50 times as often as tolerable, "
        "and 25 times after the plan; the plan cuts the expected yearly loss from € to €"
    )


def test_where_nobody_is_hurt_too_often_it_does_not():
    a = assessed({**DOC, "harms": {"outage": "1M"}}, of=only(FOOLED))
    assert "people" not in story(a).sentence


def test_a_price_stands_behind_the_danger_that_makes_the_threat_severe():
    a = assessed(DOC, of=only(FOOLED))
    assert re.search(r"^CRITICAL  r0@m +50× tolerable, €720$", text.render(a), re.M)
    assert "50× tolerable, €720" in markdown.render(a)


def test_a_danger_that_is_far_below_what_is_tolerable_is_no_part_of_it():
    rare = {**DOC["harms"], "hit": {**DOC["harms"]["hit"], "at most": "90 in 1 years"}}
    assert re.search(r" r0@m +€720$", text.render(assessed({**DOC, "harms": rare}, of=only(FOOLED))), re.M)


def test_the_first_action_says_that_it_makes_people_safer():
    part = text.render(assessed(DOC, of=only(FOOLED)))
    assert "1  Let a person approve actions that matter at m\n   Operations, €14k, makes people safer, " in part


def test_a_record_that_nobody_signed_says_what_makes_it_count():
    clean = record("m", "scan", facts={"contents": "clean"})
    rule = "about: model\nattacker: public\nwhen: {contents not: clean}\nharms: outage\n"
    part = text.render(assessed(DOC, clean, of=only(rule), measured=False))
    assert (
        "1  Sign the record that contents is clean at m\n   Security, €800, worth €72k a year\n"
        "   `casemate measure --key KEY` and its public key under `signers:` of the\n"
        "   policy, or `casemate assess --measure`\n"
    ) in part
    assert "Sign the record" not in text.render(assessed(DOC, clean, of=only(rule)))


def test_a_question_about_peoples_safety_comes_first_and_says_so():
    a = assessed(DOC, of=only(ASKED, DEAR))
    first, second = questions(a)
    assert first.below[0] == (
        "Data science, drawn.yaml:13; people may be hurt 50 times as often as tolerable, and €720 a year at stake"
    )
    assert re.fullmatch(r"Data science, drawn\.yaml:13; €72k a year at stake", second.below[0])


def test_so_does_the_walk():
    a = assessed(DOC, of=only(ASKED, DEAR))
    found, _ = next_question(a, "data-science", ())
    said = flat(asked(a, found, 1, 2))
    assert "people may be hurt 50 times as often as tolerable, and €720 a year at stake" in said


def test_where_the_harm_has_no_price_no_money_is_at_stake():
    harms = {k: v for k, v in DOC["harms"].items() if k != "lost"}
    (q,) = questions(assessed({**DOC, "harms": harms}, of=only(ASKED)))
    assert q.below[0] == "Data science, drawn.yaml:13; people may be hurt 50 times as often as tolerable"


def test_the_best_test_is_wanted_for_people_and_not_for_nothing_a_year():
    harms = {k: v for k, v in DOC["harms"].items() if k != "lost"}
    a = assessed({**DOC, "harms": harms}, of=only(FOOLED))
    assert best_test(a) == (
        "The best next test: Attack m, because people may be hurt 50 times as often as tolerable; costs €800."
    )
    (t,) = next_tests(a)
    assert t.below[0] == "Security; people may be hurt 50 times as often as tolerable; costs €800"


def test_where_no_test_is_worth_its_price_the_report_says_so():
    rule = "about: model\nwhen: {kind: model}\nattacker: public\nharms: model-stolen\ncountered by: [query-quota]\n"
    cheap = look(small("harms: {model-stolen: 10 to 20}\n"), rules=(rule + "measured by: [redteam]\n",))
    assert best_test(cheap) == NOT_WORTH
    assert flat(NOT_WORTH) in flat(text.render(cheap))
    assert best_test(look(small("harms: {model-stolen: 10 to 20}\n"), rules=(rule,))) == ""


SEEN = "about: model\nattacker: public\nwhen: {contents: unsafe}\n"
POLICY = "name: p\nfails on: [open-measured]\n"


def test_what_nobody_signed_is_not_called_a_measurement():
    scan = record("scorer", "scan", facts={"contents": "unsafe"})
    broken = record("scorer", trials=(trial("r0", 5, 5),))
    for measured, said in ((True, "by measurement"), (False, "by records that nobody signed")):
        a = look(small(PRICED), scan, rules=(SEEN,), policy=POLICY, measured=measured)
        assert story(a).sentence.startswith(f"One threat is open, and shown {said}; ")
        assert (a.basis["measured"] > 0) is measured
    tried = "about: model\nattacker: public\nwhen: {proprietary: yes}\n"
    a = look(small(PRICED), broken, rules=(tried,), policy=POLICY)
    assert story(a).sentence.startswith("One threat is open, and shown by measurement; ")
