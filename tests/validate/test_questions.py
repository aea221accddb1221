"""What to find out next: each question once, the one that settles most first, and none that is answered."""

import pytest

from casemate.define.vocabulary import vocabulary
from small import LOADED, PRICED, THEFT, look, small
from strategies import assessed, record

AUTH = "id: open-door\nabout: endpoint\nwhen: {auth: none}\nattacker: public\nharms: outage"


def asked(a):
    return [(q.id, q.kind) for q in a.questions]


def test_a_missing_fact_is_a_question_to_whom_can_answer_it():
    (q,) = look(small(PRICED), rules=(LOADED,)).questions
    assert (q.id, q.kind, q.role, q.measured_by) == ("format@scorer", "say", "data-science", ("scan",))
    assert (q.ask, q.where) == ("In which format is scorer kept?", "small.yaml:9")
    assert q.settles == ("loaded@scorer",)


@pytest.mark.parametrize("said", ["format: pickle", "format: onnx"])
def test_it_vanishes_when_it_is_answered(said):
    assert ("format@scorer", "say") not in asked(look(small(scorer=said), rules=(LOADED,)))


def test_or_measured():
    r = record("scorer", "scan", facts={"format": "onnx"})
    assert look(small(), r, rules=(LOADED,)).questions == ()


def test_a_fact_that_rules_a_threat_out_by_declaration_alone_asks_how_we_know():
    (q,) = look(small(scorer="format: onnx"), rules=(LOADED,)).questions
    assert (q.id, q.kind) == ("format@scorer", "prove")
    assert q.ask == "The file says format of scorer is onnx. How do we know?"


def test_a_record_that_nobody_signed_is_no_better_than_the_file():
    r = record("scorer", "scan", facts={"format": "onnx"})
    (q,) = look(small(), r, rules=(LOADED,), measured=False).questions
    assert q.ask == "A record that nobody signed says format of scorer is onnx. How do we know?"


def test_what_settles_most_comes_first():
    more = "harms: {takeover: 1k, outage: 900M}\n"
    qs = look(small(more), rules=(LOADED, AUTH)).questions
    assert [q.id for q in qs] == ["auth@api", "format@scorer"]
    assert qs[0].at_stake > qs[1].at_stake
    more = "harms: {takeover: 900M, outage: 1k}\n"
    assert [q.id for q in look(small(more), rules=(LOADED, AUTH)).questions] == ["format@scorer", "auth@api"]


def test_one_fact_that_two_threats_need_is_asked_once_for_both():
    twin = LOADED.replace("id: loaded", "id: twin")
    one = look(small(PRICED), rules=(LOADED,)).questions[0]
    (both,) = look(small(PRICED), rules=(LOADED, twin)).questions
    assert both.settles == ("loaded@scorer", "twin@scorer")
    assert both.at_stake == pytest.approx(2 * one.at_stake)


@pytest.mark.parametrize(
    "decided",
    ["accept: [{threat: loaded@scorer, reason: r, owner: ann, until: 2026-12-31}]\n",
     "dismiss: [{threat: loaded@scorer, because: b, by: ann, until: 2026-12-31}]\n"],
)  # fmt: skip
def test_what_is_decided_asks_nothing(decided):
    assert look(small(decided), rules=(LOADED,)).questions == ()


def test_an_open_threat_asks_nothing():
    assert look(small(), rules=(THEFT,)).questions == ()


def test_every_question_of_the_whole_catalogue_is_ranked_and_has_a_role_and_a_place():
    qs = assessed(small(PRICED)).questions
    stakes = [q.at_stake for q in qs]
    assert len(qs) > 5
    assert stakes == sorted(stakes, reverse=True)
    assert len({(q.id, q.kind) for q in qs}) == len(qs)
    for q in qs:
        assert q.role in vocabulary().words["roles"], q.id
        assert q.where.startswith("small.yaml:"), q.id
        assert q.ask.endswith("?"), q.id
        assert "{" not in q.ask, q.id


def test_each_property_is_asked_of_the_role_that_the_vocabulary_names():
    fields = vocabulary().component
    for q in assessed(small(PRICED)).questions:
        name, _, element = q.id.partition("@")
        if element in ("api", "engine", "scorer") and name in fields and fields[name].asks:
            assert q.role == fields[name].asks, q.id
