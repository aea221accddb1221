"""The clause language: every operator on known and unknown facts, Kleene's tables, and each error of a rule's file."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.errors import Problems
from casemate.core.tri import both, either, negate
from casemate.core.trust import Trust
from casemate.decompose.thing import Thing
from casemate.identify.explain import explain
from casemate.identify.judge import judge
from casemate.identify.shelf import rules_of
from strategies import only, outcomes, rule

TRI = (True, False, None)


# ------------------------------------------------------------------------------------------------ Kleene


@given(st.lists(st.sampled_from(TRI), max_size=6))
def test_both_either_and_not_follow_kleenes_tables(values):
    order = {False: 0, None: 1, True: 2}
    assert both(values) is min([*values, True], key=order.__getitem__)
    assert either(values) is max([*values, False], key=order.__getitem__)
    assert negate(both(values)) is either(negate(v) for v in values)


@given(st.lists(st.sampled_from(TRI), min_size=1, max_size=6), st.data())
def test_learning_never_changes_what_is_certain(values, data):
    learned = [data.draw(st.booleans()) if v is None else v for v in values]
    for f in (both, either):
        assert f(values) in (None, f(learned))


# ------------------------------------------------------------------------------------------------ operators


def thing(**facts):
    return Thing("m", "component", {"id": "m", "trust": Trust.STAFF, **facts}, kind="model")


def verdict(when, x, more=""):
    return judge(rule(f"about: model\nattacker: public\nwhen: {when}\n{more}"), x)[0]


def spaced(**facts):
    return thing(**{k.replace("_", " "): v for k, v in facts.items()})


def member(id="x", about="reach", **facts):
    return Thing(id, about, {k.replace("_", " "): v for k, v in {"id": id, **facts}.items()})


OPEN, ASSUMED, NONE, DECLARED = "open", "assumed", None, "declared"


@pytest.mark.parametrize(
    ("when", "facts", "gives"),
    [
        ("{origin: public}", {"origin": "public"}, OPEN),
        ("{origin: public}", {"origin": "own"}, NONE),
        ("{origin: public}", {}, ASSUMED),
        ("{origin: [own, public]}", {"origin": "own"}, OPEN),
        ("{origin not: public}", {"origin": "own"}, OPEN),
        ("{origin not: [own, public]}", {"origin": "own"}, NONE),
        ("{origin not: public}", {}, ASSUMED),
        ("{format: pickle}", {"format": "onnx"}, DECLARED),  # a scan could settle it
        ("{proprietary: yes}", {"proprietary": True}, OPEN),
        ("{proprietary: no}", {"proprietary": True}, NONE),
        ("{proprietary: no}", {}, ASSUMED),
        ("{holds: personal}", {"holds": ("prompts", "personal")}, OPEN),
        ("{holds: personal}", {"holds": ()}, NONE),
        ("{holds not: personal}", {"holds": ("prompts",)}, OPEN),
        ("{holds not: personal}", {"holds": ("prompts", "personal")}, NONE),
        ("{holds: personal}", {}, ASSUMED),
        ("{trust below: restricted}", {}, OPEN),
        ("{trust below: staff}", {}, NONE),
        ("{trust at least: staff}", {}, OPEN),
        ("{trust: staff}", {}, OPEN),
        ("{exposure below: trust}", {"exposure": Trust.PUBLIC}, OPEN),
        ("{exposure below: trust}", {"exposure": Trust.STAFF}, NONE),
        ("{exposure at least: trust}", {"exposure": Trust.STAFF}, OPEN),
        ("{exposure below: trust}", {}, ASSUMED),
        ("{agreement below: 2}", {"agreement": 1}, OPEN),
        ("{agreement below: 2}", {"agreement": 2}, NONE),
        ("{agreement at least: 2}", {"agreement": 2}, OPEN),
        ("{agreement at least: 2}", {}, ASSUMED),
        ("{origin: public, proprietary: yes}", {"origin": "public"}, ASSUMED),
        ("{origin: public, proprietary: yes}", {"origin": "own"}, NONE),
    ],
)
def test_each_operator_on_a_fact_that_fits_that_does_not_and_that_nobody_knows(when, facts, gives):
    assert verdict(when, thing(**facts)) == gives


PUBLIC, CLERK, SOMEBODY, UNSURE = (
    member("p", trust=Trust.PUBLIC), member("c", trust=Trust.STAFF), member(None, trust=Trust.PUBLIC), member("u"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("op", "members", "gives"),
    [
        ("any", [PUBLIC], OPEN), ("any", [CLERK], NONE), ("any", [], NONE), ("any", [CLERK, UNSURE], ASSUMED),
        ("any", [PUBLIC, UNSURE], OPEN), ("any", [SOMEBODY], ASSUMED), ("any", [CLERK, SOMEBODY], ASSUMED),
        ("no", [PUBLIC], NONE), ("no", [CLERK], OPEN), ("no", [], OPEN), ("no", [CLERK, UNSURE], ASSUMED),
        ("no", [PUBLIC, UNSURE], NONE), ("no", [SOMEBODY], ASSUMED),
        ("every", [PUBLIC], OPEN), ("every", [CLERK, PUBLIC], NONE), ("every", [], OPEN), ("every", [UNSURE], ASSUMED),
        ("every", [SOMEBODY], ASSUMED), ("any", None, ASSUMED), ("no", None, ASSUMED), ("every", None, ASSUMED),
    ],
)  # fmt: skip
def test_any_no_and_every_member_of_a_list(op, members, gives):
    facts = {} if members is None else {"reached_by": tuple(members)}
    assert verdict(f"{{reached by {op}: {{trust: public}}}}", spaced(**facts)) == gives


@pytest.mark.parametrize(
    ("op", "members", "gives"), [("any", 1, OPEN), ("any", 0, NONE), ("no", 0, OPEN), ("no", 1, NONE)]
)
def test_a_list_without_clauses_asks_whether_there_is_a_member(op, members, gives):
    assert verdict(f"{{runs {op}: {{}}}}", thing(runs=(member("x", "component"),) * members)) == gives


def test_lists_nest_and_a_field_of_the_element_is_meant_by_its_name_inside_too():
    inner = member("e", "component", reached_by=(PUBLIC,))
    assert verdict("{run by any: {reached by any: {trust below: trust}}}", spaced(run_by=(inner,))) == OPEN


def test_a_declared_fact_is_doubted_only_where_evidence_could_settle_it_and_did_not():
    assert verdict("{signed: no}", thing(signed=True)) == DECLARED
    measured = Thing("m", "component", {"id": "m", "trust": Trust.STAFF, "signed": True}, "model", {"signed": "abc"})
    assert verdict("{signed: no}", measured) == NONE
    assert verdict("{signed: no, proprietary: yes}", thing(signed=True, proprietary=False)) == NONE


@pytest.mark.parametrize(("control", "gives"), [((), OPEN), (("query-quota",), "countered"), (("rounding",), OPEN)])
def test_a_proven_control_counters(control, gives):
    found = judge(
        rule("about: model\nattacker: public\nwhen: {proprietary: yes}\nunless: {control: query-quota}\n"),
        thing(proprietary=True, control=control),
    )
    assert found == (gives, ("query-quota",) if gives == "countered" else ())


FACTS = {
    "origin": ("own", "partner", "public"), "format": ("pickle", "onnx"), "proprietary": (True, False),
    "holds": ((), ("personal",), ("prompts", "personal")), "agreement": (0, 1, 2), "exposure": tuple(Trust),
}  # fmt: skip
CLAUSES = (
    "origin: public", "origin not: own", "format: pickle", "format not: [onnx]", "proprietary: yes", "holds: personal",
    "holds not: prompts", "agreement below: 2", "exposure below: trust", "exposure at least: partner",
    "reached by any: {trust below: trust, limited: no}", "reached by no: {returns: scores}",
    "reached by every: {direct: yes}",
)  # fmt: skip
MEMBER = {
    "trust": tuple(Trust),
    "limited": (True, False),
    "returns": (("scores",), ("labels",)),
    "direct": (True, False),
}


@st.composite
def facts(draw):
    own = {k: draw(st.sampled_from(v)) for k, v in FACTS.items() if draw(st.booleans())}
    one = {k: draw(st.sampled_from(v)) for k, v in MEMBER.items() if draw(st.booleans())}
    return own, one, draw(st.booleans())


@given(
    st.lists(st.sampled_from(CLAUSES), min_size=1, max_size=4, unique_by=lambda c: c.split(":")[0]), facts(), st.data()
)
def test_whatever_a_rule_asks_learning_a_fact_never_overturns_a_certain_verdict(clauses, known, data):
    own, one, sure = known
    r = rule("about: model\nattacker: public\nwhen: {" + ", ".join(clauses) + "}\n")

    def now(own, one, sure):
        return judge(r, thing(**own, **{"reached by": (member("v" if sure else None, **one),)}))[0]

    before = now(own, one, sure)
    more = {k: own.get(k, data.draw(st.sampled_from(v))) for k, v in FACTS.items()}
    more_of = {k: one.get(k, data.draw(st.sampled_from(v))) for k, v in MEMBER.items()}
    after = now(more, more_of, True)
    if before in (NONE, DECLARED):
        assert after in (NONE, DECLARED)
    if before == OPEN:
        assert after == OPEN


# ------------------------------------------------------------------------------------------------ errors


def errors(text):
    with pytest.raises(Problems) as caught:
        rule(text)
    return str(caught.value).split("\n")


HEAD = "about: model\nattacker: public\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "when: {fromat: pickle}\n", "r.yaml:3:8: a component has no 'fromat'; did you mean 'format'?"),
        (
            HEAD + "when: {format below: pickle}\n",
            "r.yaml:3:8: format cannot be asked with 'below'; use the field alone or `not`",
        ),
        (
            HEAD + "when: {trained on: {}}\n",
            "r.yaml:3:8: trained on cannot be asked with 'nothing'; use `any` or `no` or `every`",
        ),
        (
            HEAD + "when: {agreement: 2}\n",
            "r.yaml:3:8: agreement cannot be asked with 'nothing'; use `below` or `at least`",
        ),
        (HEAD + "when: {signed not: yes}\n", "r.yaml:3:8: signed cannot be asked with 'not'; use the field alone"),
        (HEAD + "when: {format: pikle}\n", "r.yaml:3:16: format is never 'pikle'; did you mean 'pickle'?"),
        (HEAD + "when: {format: [onnx, pikle]}\n", "r.yaml:3:23: format is never 'pikle'; did you mean 'pickle'?"),
        (HEAD + "when: {signed: maybe}\n", "r.yaml:3:16: signed is never 'maybe'; it is yes or no"),
        (
            HEAD + "when: {trust below: everybody}\n",
            "r.yaml:3:21: trust is never 'everybody'; give a word of its order, or a field of the component",
        ),
        (
            HEAD + "when: {agreement below: two}\n",
            "r.yaml:3:25: agreement is never 'two'; give a word of its order, or a field of the component",
        ),
        (
            HEAD + "when: {reached by any: {sensitivity: personal}}\n",
            "r.yaml:3:25: a reach has no 'sensitivity'; "
            "there is apart, direct, id, limited, logged, returns, sized, trust",
        ),
        (
            HEAD + "when: {reached by any: public}\n",
            "r.yaml:3:24: is no mapping of clauses; write `field: what is wanted`",
        ),
        (
            "about: model\nwhen: {format: pickle}\n",
            "r.yaml:2:7: no clause says whose attempt it is; add `attacker: public`, or ask for an actor",
        ),
        (
            HEAD + "when: {format: pickle}\nbecause: it is a {fromat} file\n",
            "r.yaml:4:10: because names {fromat}, which a component does not have; did you mean 'format'?",
        ),
        (
            HEAD + "when: {reached by any: {}}\nbecause: '{reached by.sensitivity} is there'\n",
            "r.yaml:4:10: because names {reached by.sensitivity}, which a component does not have; "
            "did you mean 'reached by'?",
        ),
        (
            HEAD + "when: {format: pickle}\nmaturity: rumoured\n",
            "r.yaml:4:11: maturity is never 'rumoured'; there is demonstrated, feasible, realized",
        ),
        (HEAD + "when: {format: pickle}\nstride: [theft]\n", None),
        (HEAD + "when: {format: pickle}\nlikelihood: high\n", None),
        (
            HEAD + "when: {format: pickle}\nunits: {row: ten}\n",
            "r.yaml:4:8: units are whole numbers; write `row: 10` when one attempt tries ten rows",
        ),
        (
            "about: modle\nattacker: public\nwhen: {format: pickle}\n",
            "r.yaml:1:8: about is never 'modle'; did you mean 'model'?",
        ),
        (HEAD + "when: {format: pickle}\nharms: money\n", None),
    ],
)
def test_a_broken_line_of_a_rule_says_where_what_and_what_to_do(text, said):
    found = errors(text)
    if said is None:  # the same shape, with a list of words that grows
        assert len(found) == 1
        assert found[0].startswith(
            (
                "r.yaml:4:9: stride is never 'theft'; ",
                "r.yaml:4:1: a threat has no 'likelihood'; ",
                "r.yaml:4:8: harms is never 'money'; ",
            )
        )
    else:
        assert found == [said]


def test_all_errors_of_a_rule_come_at_once_in_the_order_of_their_places():
    found = errors("about: model\nattacker: nobody\nwhen: {fromat: pickle, signed: maybe}\nbecause: '{x}'\n")
    assert [e.split(": ")[0] for e in found] == ["r.yaml:2:11", "r.yaml:3:8", "r.yaml:3:32", "r.yaml:4:10"]


def test_a_rule_may_name_only_controls_that_exist():
    with pytest.raises(Problems) as caught:
        rules_of(only(HEAD + "when: {format: pickle}\ncountered by: [query-qouta]\n"))
    assert str(caught.value).startswith(
        "r0.yaml:4:15: names the control 'query-qouta', which does not exist; did you mean 'query-quota'?"
    )


# ------------------------------------------------------------------------------------------------ findings


def test_of_many_ways_the_shortest_is_shown_and_its_witness_is_the_attacker():
    from strategies import ACTORS, ZONES, found_in

    doc = {
        "casemate": "1", "name": "n", "zones": ZONES, "actors": {a: ACTORS[a] for a in ("visitor", "supplier")},
        "components": {c: {"kind": k, "zone": "cloud"} for c, k in (("a", "gateway"), ("b", "endpoint"), ("m", "llm"))},
        "flows": [{"from": a, "to": b} for a, b in (("visitor", "a"), ("a", "b"), ("b", "m"), ("supplier", "b"))],
    }  # fmt: skip
    (found,) = found_in(
        doc,
        by=[rule("about: llm\nwhen: {reached by any: {trust below: trust}}\nbecause: '{reached by.id} can ask it'\n")],
    ).values()
    assert found.reason.path == ("supplier", "b", "m")
    assert found.attackers == ("public", "partner")
    assert found.reason.because == "visitor and supplier can ask it"
    assert outcomes(doc, by=[rule("about: gateway\nwhen: {reached by any: {trust below: account}}\n")]) == {
        "r@a": "open"
    }


def test_an_example_of_every_outcome_is_told_apart():
    seen = {
        verdict(w, thing(**f))
        for w, f in itertools.product(["{format: pickle}"], [{}, {"format": "pickle"}, {"format": "csv"}])
    }
    assert seen == {OPEN, ASSUMED, DECLARED}


# ------------------------------------------------------------------------------------------------ what prevents it


@pytest.mark.parametrize(
    ("said", "measured", "outcome"),
    [
        ({}, (), OPEN),  # nobody needs to say that nothing prevents it
        ({"signed": False}, (), OPEN),
        ({"signed": True}, (), DECLARED),
        ({"signed": True}, ("signed",), "countered"),
        ({"signed": False}, ("signed",), OPEN),
    ],
)
def test_a_fact_that_prevents_a_threat_counters_it_when_it_is_measured(said, measured, outcome):
    x = Thing("m", "component", {"id": "m", "proprietary": True, **said}, "model", dict.fromkeys(measured, "record"))
    assert verdict("{proprietary: yes}", x, "unless: {signed: yes}") == outcome


def test_what_is_unknown_of_the_prevention_is_asked_and_what_is_declared_is_doubted():
    made = rule("about: model\nattacker: public\nwhen: {proprietary: yes}\nunless: {signed: yes}")
    assert explain(made, thing(proprietary=True)).missing == (("m", "signed"),)
    assert explain(made, thing(proprietary=True, signed=True), True).doubted == (("m", "signed"),)
    assert explain(made, thing(proprietary=True, signed=False)).missing == ()


def test_one_member_that_nobody_limits_leaves_a_threat_open_and_asks_for_the_limit():
    made = rule("about: model\nwhen: {reached by any: {trust below: trust}}\nunless: {reached by no: {limited: no}}")
    free = Thing("x", "reach", {"id": "x", "trust": Trust.PUBLIC}, asks={"limited": ("api", "rate limit")})
    shut = Thing("y", "reach", {"id": "y", "trust": Trust.PUBLIC, "limited": True}, doubted=frozenset({"limited"}),
                 asks={"limited": ("gate", "rate limit")})  # fmt: skip
    both_ways = thing(**{"reached by": (free, shut)})
    assert judge(made, both_ways)[0] == OPEN
    assert explain(made, both_ways).missing == (("api", "rate limit"),)
    only_shut = thing(**{"reached by": (shut,)})
    assert judge(made, only_shut)[0] == DECLARED
    assert explain(made, only_shut, True).doubted == (("gate", "rate limit"),)
