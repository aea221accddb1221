"""Law 10: the gate does not rest on guessed money. Until somebody owns the attempts, no amount changes what it says."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import TODAY, assessed, documents, record, rules, trial

STRICT = """name: strict
requires: [{evidence: scan, of: [model]}]
fails on: [open-measured, open-critical, open-high, assumed-critical, hurts-people, expired-decision, review-overdue]
may accept: {critical: [ciso], medium: [lead]}
"""
LOSS = st.sampled_from(["1", "10k", "1k to 9M", "5M to 1bn"])
OUTCOMES = ("wrong-decision", "personal-data", "secrets", "model-stolen", "outage", "takeover", "unaccountable")


@st.composite
def priced(draw):
    """A system with some decisions and harms, and the same with all money changed."""
    doc = draw(documents())
    names = list(doc["components"])
    some = draw(
        st.lists(st.tuples(st.sampled_from([r.id for r in rules()]), st.sampled_from(names)), max_size=3, unique=True)
    )
    who = draw(st.sampled_from(["ciso", "lead", "team"]))
    doc["accept"] = [
        {"threat": f"{r}@{c}", "reason": "r", "owner": who, "until": "2027-01-01"} for r, c in some
    ]  # fmt: skip
    other = copy.deepcopy(doc)
    for d in (doc, other):
        d["harms"] = {o: draw(LOSS) for o in OUTCOMES}
        d["appetite"] = {"loss": draw(LOSS.filter(lambda x: " to " not in x)), "at most": "5%"}
        d["plan"] = {"budget": draw(st.sampled_from(["1", "50k", "9M"])), "cost per day": "800"}
    return doc, other


def evidence(doc):
    tested = ("model-extraction", "membership-inference", "adversarial-input")
    trials = tuple(trial(t, 4, 6) for t in tested)
    return [record(c, trials=trials) for c, p in doc["components"].items() if "path" in p]


def gate(doc):
    g = assessed(doc, *evidence(doc), policy=STRICT).gate
    return g.exit_code, {(r.rule, r.what) for r in g.reasons}


@given(priced())
def test_money_never_changes_the_gate_while_nobody_owns_the_attempts(docs):
    before, after = docs
    assert gate(before) == gate(after)


@given(documents(), st.sampled_from(["0.1", "1000"]))
def test_nor_do_attempts_that_nobody_owns(doc, often):
    assert gate(doc) == gate({**doc, "attempts": {"public": f"{often} a year", "staff": f"{often} a year"}})


DOC = {
    "casemate": "1",
    "name": "one",
    "zones": {"cloud": {"trust": "staff"}, "internet": {"trust": "public"}},
    "components": {"m": {"kind": "endpoint", "zone": "cloud", "exposed to": ["internet"], "rate limit": "none"}},
    "harms": {"outage": "5M to 9M"},
}
OWNED = {"public": "1 to 20 a year", "by": "sec@example.org", "on": "2026-01-01"}


@pytest.mark.parametrize(
    ("attempts", "failed"), [(None, []), ({"public": "1 to 20 a year"}, []), (OWNED, ["open-critical"])]
)
def test_owned_and_dated_attempts_make_severity_count(attempts, failed):
    doc = {**DOC, "attempts": attempts} if attempts else DOC
    a = assessed(doc, policy="name: p\nfails on: [open-critical]\n")
    assert [r.rule for r in a.gate.reasons] == failed
    assert a.owned is bool(failed)


@pytest.mark.parametrize(("owner", "owned", "loss", "state"), [
    ("lead", True, "100", "active"), ("lead", True, "5M to 9M", "refused"), ("ciso", True, "5M to 9M", "active"),
    ("lead", False, "100", "refused"), ("lead", False, "5M to 9M", "refused"), ("ciso", False, "100", "active"),
])  # fmt: skip
def test_while_money_is_a_guess_it_takes_whoever_may_accept_the_gravest(owner, owned, loss, state):
    accept = {"threat": "denial-of-service@m", "reason": "r", "owner": owner, "until": TODAY.isoformat()}
    doc = {**DOC, "harms": {"outage": loss}, "accept": [accept], **({"attempts": OWNED} if owned else {})}
    assert [r.state for r in assessed(doc, policy="name: p\nmay accept: {critical: [ciso]}\n").rulings] == [state]
