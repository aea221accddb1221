"""Questions: what nobody said, and what is only declared, by what each would settle; answered ones are gone."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given

from strategies import assessed, documents, only, record

DOC = {
    "casemate": "1",
    "name": "n",
    "zones": {"cloud": {"trust": "staff"}, "internet": {"trust": "public"}},
    "components": {
        "api": {"kind": "endpoint", "zone": "cloud", "exposed to": ["internet"]},
        "m": {"kind": "model", "zone": "cloud", "path": "m"},
    },
    "flows": [{"from": "api", "to": "m"}],
    "harms": {"wrong-decision": "1M", "outage": "10"},
}
DEAR = "about: model\nattacker: public\nwhen: {proprietary: yes}\n"
CHEAP = "about: model\nattacker: public\nwhen: {learns online: yes}\nharms: outage\n"
FORMAT = "about: model\nattacker: public\nwhen: {format: pickle}\n"


def asked(*rules, records=(), measured=True, **props):
    doc = copy.deepcopy(DOC)
    doc["components"]["m"] |= props
    return {q.id: q for q in assessed(doc, *records, of=only(*rules), measured=measured).questions}


def test_the_question_that_settles_most_comes_first():
    assert list(asked(CHEAP, DEAR)) == ["proprietary@m", "learns online@m"]


HURTS = {"hurts": "patients", "outcome": "wrong-decision", "of": "m", "at most": "1 in 1000 years"}


def test_the_question_about_peoples_safety_comes_before_any_money():
    doc = {**copy.deepcopy(DOC), "harms": {"hit": HURTS, "outage": "100M to 900M"}}
    a = assessed(doc, of=only(CHEAP, DEAR))
    assert [(q.id, q.at_stake > 1e6, q.danger > 1) for q in a.questions] == [
        ("proprietary@m", False, True),
        ("learns online@m", True, False),
    ]


def test_what_is_tolerable_is_asked_by_its_money():
    doc = {**copy.deepcopy(DOC), "harms": {"hit": HURTS | {"at most": "99 in 1 years"}, "outage": "10"}}
    a = assessed(doc, of=only(CHEAP, DEAR))
    assert [(q.id, q.danger) for q in a.questions] == [("learns online@m", 0.0), ("proprietary@m", 0.0)]


def test_at_equal_risk_what_is_likelier_is_asked_first():
    rare = "about: model\nattacker: restricted\nwhen: {learns online: yes}\nharms: outage\n"
    often = "about: model\nattacker: public\nwhen: {proprietary: yes}\nharms: outage\n"
    doc = {**copy.deepcopy(DOC), "harms": {"hit": HURTS | {"outcome": "outage", "at most": "99 in 1 years"}}}
    assert [q.id for q in assessed(doc, of=only(rare, often)).questions] == ["proprietary@m", "learns online@m"]


def test_a_fact_that_several_threats_wait_for_is_asked_once_for_all():
    q = asked(DEAR, DEAR + "harms: outage\n")["proprietary@m"]
    assert q.settles == ("r0@m", "r1@m")
    assert (q.kind, q.ask, q.role) == ("say", "Would a copy of m be worth something to others?", "data-science")
    assert q.where == "drawn.yaml:13"


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_an_answered_question_is_gone(answer):
    assert "proprietary@m" not in asked(DEAR, proprietary=answer)


def test_what_only_a_declaration_rules_out_asks_how_we_know_until_it_is_measured():
    (q,) = asked(FORMAT, format="onnx").values()
    assert (q.kind, q.ask, q.measured_by, q.prevents) == (
        "prove",
        "In which format is m kept? The file says onnx; how do we know?",
        ("scan",),
        (),
    )
    scan = record("m", "scan", facts={"format": "onnx"})
    assert asked(FORMAT, records=[scan], format="onnx") == {}
    attested = asked(FORMAT, records=[scan], measured=False)
    assert attested["format@m"].ask == (
        "In which format is m kept? A record that nobody signed says onnx; how do we know?"
    )


def test_what_the_way_only_declares_is_asked_where_it_is_declared():
    doc = copy.deepcopy(DOC)
    doc["components"]["api"]["rate limit"] = "per-client"
    rule = "about: model\nwhen: {reached by any: {trust below: trust, limited: no}}\n"
    (q,) = assessed(doc, of=only(rule)).questions
    assert (q.id, q.kind) == ("rate limit@api", "prove")
    assert q.ask == "How many calls may one client make to api? The file says per-client; how do we know?"


def test_what_a_flow_carries_is_asked_of_its_sender():
    rule = "about: flow\nattacker: public\nwhen: {sensitivity: [personal, secret]}\n"
    q = asked(rule)["sensitivity@api"]
    assert (q.settles, q.role) == (("r0@api->m",), "data-science")
    assert q.ask == "What is the most delicate thing in api: public, internal, personal or secret?"


PREVENTED = "about: model\nattacker: public\nwhen: {learns online: yes}\nunless: {validated: yes}\n"


def test_what_would_prevent_an_open_threat_is_asked_and_said_to_prevent_it():
    q = asked(PREVENTED, **{"learns online": "yes"})["validated@m"]
    assert (q.kind, q.settles, q.prevents) == ("say", ("r0@m",), ("r0@m",))
    assert q.ask == "Is m tested against limits before every release?"


def test_what_decides_is_asked_before_what_only_prevents():
    found = asked(PREVENTED)
    assert list(found) == ["learns online@m", "validated@m"]
    assert [q.prevents for q in found.values()] == [(), ("r0@m",)]


@pytest.mark.parametrize("word", ["accept", "dismiss"])
def test_a_decided_threat_asks_nothing(word):
    why, by = ("reason", "owner") if word == "accept" else ("because", "by")
    doc = {**DOC, word: [{"threat": "r0@m", why: "r", by: "o", "until": "2027-01-01"}]}
    assert assessed(doc, of=only(DEAR)).questions == ()


def test_a_silent_engine_is_asked_what_it_runs():
    doc = copy.deepcopy(DOC)
    doc["components"]["e"] = {"kind": "inference", "zone": "cloud"}
    doc["flows"] = [{"from": "api", "to": "e"}]
    rule = "about: model\nwhen: {reached by any: {trust below: trust}}\n"
    (q,) = assessed(doc, of=only(rule)).questions
    assert (q.id, q.settles) == ("runs@e", ("r0@m",))


@given(documents())
def test_every_question_settles_something_has_a_place_and_is_asked_once_and_in_order(doc):
    a = assessed(doc)
    waiting = {r.id for r in a.risks.risks if a.outcomes[r.id] in ("assumed", "declared")}
    open_ = {r.id for r in a.risks.risks if a.outcomes[r.id] == "open"}
    found = a.questions
    assert len({(q.id, q.kind) for q in found}) == len(found)
    assert [q.rank for q in found] == sorted(q.rank for q in found)
    for q in found:
        assert q.settles
        assert set(q.settles) <= waiting | open_
        assert set(q.settles) & open_ <= set(q.prevents) <= set(q.settles)
        assert q.ask.endswith("?")
        assert q.where.startswith("drawn.yaml")
    assert waiting <= {i for q in found for i in q.settles}
