"""What counts as worse, and the exit code that follows: what the gate would mind, never guessed money."""

import pytest

from casemate.core.times import times
from casemate.report.view.difference import changed, verdict
from casemate.validate.diff import diff
from small import LOADED, OWNED, PRICED, THEFT, look, results, small

PROOF = results("query-quota", kind="verify", verified=True)
RULES = (THEFT, LOADED)
DEAR = PRICED.replace("50k to 800k", "5M to 80M")
ACCEPTED = "accept: [{threat: theft@scorer, reason: cheap, owner: ann, until: 2026-12-01}]\n"
LAX = "name: lax\n"


def pickle(more="", *records, **said):
    return look(small(more, scorer="format: pickle"), *records, rules=RULES, **{"policy": LAX, **said})


def other(format, more=""):
    return look(small(more, scorer=f"format: {format}"), rules=RULES, policy=LAX)


def worse(old, new):
    return [t.id for t in diff(old, new).worse]


def test_a_threat_that_opens_is_worse_and_one_that_closes_is_not():
    assert worse(other("onnx"), pickle()) == ["loaded@scorer"]
    assert worse(pickle(), other("onnx")) == []
    assert (diff(other("onnx"), pickle()).exit_code, diff(pickle(), other("onnx")).exit_code) == (1, 0)


def test_a_proof_that_is_lost_is_worse():
    assert worse(pickle("", PROOF), pickle()) == ["theft@scorer"]
    assert worse(pickle(), pickle("", PROOF)) == []


def test_an_acceptance_that_is_taken_back_is_worse():
    assert worse(pickle(ACCEPTED), pickle()) == ["theft@scorer"]
    assert worse(pickle(), pickle(ACCEPTED)) == []


@pytest.mark.parametrize(("owned", "found"), [(OWNED, ["theft@scorer"]), ("", [])])
def test_a_severity_that_rose_is_worse_only_where_somebody_owns_the_attempts(owned, found):
    d = diff(pickle(owned + PRICED), pickle(owned + DEAR))
    assert [t.id for t in d.threats] == ["theft@scorer"]
    assert d.threats[0].kind == "severity"
    assert [t.id for t in d.worse] == found
    assert d.exit_code == len(found)


def test_a_threat_in_draft_never_counts():
    draft = LOADED + "status: draft\n"
    old, new = (look(small(scorer=f"format: {f}"), rules=(draft,), policy=LAX) for f in ("onnx", "pickle"))
    assert [t.id for t in diff(old, new).threats] == ["loaded@scorer"]
    assert worse(old, new) == []


def test_a_new_reason_of_the_gate_is_worse_and_an_old_one_is_not():
    strict = "name: strict\nfails on: [review-overdue]\n"
    d = diff(pickle(), pickle(policy=strict))
    assert (d.exit_code, [r.what for r in d.reasons_new]) == (1, ["nobody has reviewed it yet"])
    assert diff(pickle(policy=strict), pickle(policy=strict)).exit_code == 0
    assert diff(pickle(policy=strict), pickle()).reasons_gone == d.reasons_new


def test_evidence_that_is_lost_and_required_ends_with_3():
    scan = "name: scanned\nrequires: [{evidence: verify, of: [model]}]\n"
    never = THEFT.replace("unless: {control: [query-quota]}\n", "")
    old = look(small(), PROOF, rules=(never,), policy=scan)
    new = look(small(), rules=(never,), policy=scan)
    d = diff(old, new)
    assert ([t.id for t in d.worse], d.exit_code) == ([], 3)
    assert [r.what for r in d.reasons_new] == ["the policy requires a verify of scorer: there is none"]


def test_another_order_of_a_list_is_no_change():
    old, new = (look(small(api=f"returns: [{words}]")) for words in ("scores, labels", "labels, scores"))
    assert diff(old, new).changes == ()


HARMED = "harms: {{hit: {{outcome: takeover, hurts: patients, at most: 1 in {years} years}}}}\n"


def test_a_danger_to_people_that_rose_is_worse_and_is_told():
    lax, strict = (pickle(HARMED.format(years=n)) for n in (1000, 9000))
    d = diff(lax, strict)
    assert [(t.id, t.kind, t.worse) for t in d.threats] == [("loaded@scorer", "risk", True)]
    was, now = (times(t.danger) for t in (d.threats[0].before, d.threats[0].after))
    assert (was, now) == ("34", "300")
    assert verdict(d) == (
        "Worse.",
        "One threat got worse; the danger to people rose in loaded@scorer from 34 to 300 times what is tolerable; "
        "the gate: passed, as before.",
        "fail",
    )
    assert changed(d.threats[0], d) == "34× → 300× tolerable"
    assert [c.section for c in d.threats[0].cause.changes] == ["harms"]
    back = diff(strict, lax)
    assert (back.exit_code, verdict(back)[0]) == (0, "No worse.")


@pytest.mark.parametrize(("owned", "word", "exit_code"), [(OWNED, "Worse.", 1), ("", "Dearer.", 0)])
def test_a_loss_that_rose_is_told_and_decides_only_where_somebody_owns_the_attempts(owned, word, exit_code):
    d = diff(pickle(owned + PRICED), pickle(owned + PRICED.replace("800k", "900k")))
    assert (d.dearer, d.exit_code, verdict(d)[0]) == (True, exit_code, word)
    rose = "the expected yearly loss rose from "
    assert (rose in verdict(d)[1], "by guessed attempts" in verdict(d)[1]) == (True, not owned)
    back = diff(pickle(owned + PRICED.replace("800k", "900k")), pickle(owned + PRICED))
    assert (back.dearer, verdict(back)[0], rose in verdict(back)[1]) == (False, "No worse.", False)


def test_a_fact_that_a_reason_names_is_not_called_idle_though_another_made_the_threat():
    gate = "id: seen\nabout: model\nattacker: public\nwhen: {decides: gate, format: pickle}\nharms: takeover\n"
    old = look(small(scorer="decides: advice"), rules=(gate,), policy=LAX)
    new = look(small(scorer="decides: gate, format: pickle, retrains: weekly"), rules=(gate,), policy=LAX)
    d = diff(old, new)
    (seen,) = d.threats
    assert [c.id for c in seen.cause.changes] == ["decides@scorer"]
    assert "format of scorer: unknown → pickle" in seen.how
    assert {c.id for c in d.changes} == {"decides@scorer", "format@scorer", "retrains@scorer"}
    assert [c.id for c in d.idle] == ["retrains@scorer"]
