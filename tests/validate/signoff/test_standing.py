"""A sign-off binds to the assessment: what changes it voids the sign-off and is named; what does not, does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from casemate.evidence.sign.keys import new_pair, read_public
from casemate.validate.gate import Reason
from casemate.validate.policy import Signer, policy_of
from casemate.validate.signoff import binds, hold, standings
from casemate.validate.signoff.binds import digest
from casemate.validate.signoff.chain import FIRST, Chain
from casemate.validate.signoff.entry import Entry
from casemate.validate.signoff.standing import taken
from strategies import OTHER, TODAY, assessed, only, record, system_of, text_of, trial

DOC = {
    "casemate": "1",
    "name": "n",
    "zones": {"cloud": {"trust": "staff"}, "internet": {"trust": "public"}},
    "components": {
        "m": {"kind": "model", "zone": "cloud", "path": "m", "exposed to": ["internet"], "decides": "gate"},
        "api": {"kind": "endpoint", "zone": "cloud"},
    },
    "flows": [{"from": "api", "to": "m"}],
}
RULE = "about: model\nattacker: public\nwhen: {decides: gate}\n"
POLICY = policy_of("name: p\n", "p.yaml")
SCAN = record("m", kind="scan", facts={"contents": "clean"})


def made(*records, doc=DOC, policy=POLICY, **more):
    return assessed(doc, *(records or (SCAN,)), of=only(RULE), policy=policy, **more)


def signed(a, role="security", by="ann", **more):
    parts = binds(a)
    return Entry(1, FIRST, role, by, "fine", a.today, a.system.path, digest(parts), parts, **more)


def stands(a, *entries, broken=()):
    return standings(a, Chain(entries, broken), ("security",))[0]


def state(before, after):
    found = stands(after, signed(before))
    return found.state, found.changed


def test_the_same_assessment_stands_on_another_day_and_with_another_seed():
    assert state(made(), made(today=TODAY + timedelta(days=40))) == ("signed", ())
    assert state(made(), made(seed=7)) == ("signed", ())


def test_looking_again_with_the_same_result_changes_nothing():
    again = replace(SCAN, measured=TODAY + timedelta(days=1))
    assert state(made(), made(again, today=TODAY + timedelta(days=2))) == ("signed", ())


def test_the_day_of_the_last_review_belongs_to_the_sign_off_itself():
    reviewed = {**DOC, "review": {"last": TODAY.isoformat()}}
    assert state(made(), made(doc=reviewed)) == ("signed", ())
    assert state(made(), made(doc={**DOC, "review": {"every": "9 days"}})) == ("void", ("system",))


def test_comments_order_and_form_change_nothing():
    moved = {k: DOC[k] for k in reversed(DOC)}
    assert text_of(moved) != text_of(DOC)
    assert state(made(), made(doc=moved)) == ("signed", ())


@pytest.mark.parametrize(
    ("after", "changed"),
    [
        (lambda: made(doc={**DOC, "purpose": "another"}), ("system",)),
        (lambda: made(policy=policy_of("name: q\n", "p.yaml")), ("policy",)),
        (lambda: made(digest=OTHER), ("evidence",)),  # a retrained model
        (lambda: made(replace(SCAN, facts={"contents": "unsafe"})), ("evidence",)),
        (lambda: made(SCAN, record("m", trials=(trial("r0", 1, 9),))), ("evidence", "threats")),
        (
            lambda: made(
                doc={**DOC, "dismiss": [{"threat": "r0@m", "because": "b", "by": "x", "until": TODAY.isoformat()}]}
            ),
            ("decisions", "threats"),
        ),
    ],
)
def test_what_changes_the_assessment_voids_it_and_is_named(after, changed):
    assert state(made(), after()) == ("void", changed)


def test_a_day_on_which_a_decision_ends_voids_what_rested_on_it():
    doc = {**DOC, "accept": [{"threat": "r0@m", "reason": "b", "owner": "x", "until": TODAY.isoformat()}]}
    assert state(made(doc=doc), made(doc=doc, today=TODAY)) == ("signed", ())
    assert state(made(doc=doc), made(doc=doc, today=TODAY + timedelta(days=1))) == ("void", ("decisions", "threats"))


def test_the_newest_sign_off_of_a_role_counts():
    a, other = made(), made(doc={**DOC, "purpose": "another"})
    assert stands(a, signed(other), signed(a)).state == "signed"
    assert stands(a, signed(a), signed(other)).state == "void"
    assert stands(a, signed(a, role="operations")).state == "missing"


def test_a_sign_off_of_another_system_file_beside_it_says_nothing():
    assert stands(made(), replace(signed(made()), file="b.casemate.yaml")).state == "missing"


def test_one_from_tomorrow_does_not_count_yet():
    assert stands(made(), replace(signed(made()), on=TODAY + timedelta(days=1))).state == "early"


def test_in_a_broken_record_nothing_counts():
    assert stands(made(), signed(made()), broken=("line 1",)).state == "broken"


def test_a_name_whose_key_is_known_counts_with_that_key_alone(tmp_path):
    new_pair(tmp_path / "k", "ed25519", None)
    key = read_public(tmp_path / "k.pub")
    a = made(policy=replace(POLICY, signers=(Signer("ann", key),)))
    assert stands(a, signed(a)).state == "unproven"
    assert stands(a, signed(a, key="unknown")).state == "unproven"
    assert stands(a, signed(a, key=key.id)).state == "signed"
    assert stands(a, signed(a, by="bob")).state == "signed"


# ------------------------------------------------------------------------------------------------- the gate

WANTS = replace(POLICY, sign_off=("security", "operations"))


def reasons(a):
    return [(r.what, r.todo, r.exit) for r in a.gate.reasons if r.rule == "sign-off"]


def test_a_policy_without_roles_asks_for_nobody():
    a = made()
    assert hold(a, Chain()) is a


def test_without_the_record_every_required_role_is_missing():
    assert made(policy=WANTS).gate.reasons == (
        Reason(
            "sign-off",
            "the policy requires a sign-off by security: nobody signed for security",
            "casemate review sign --role security",
        ),
        Reason(
            "sign-off",
            "the policy requires a sign-off by operations: nobody signed for operations",
            "casemate review sign --role operations",
        ),
    )


def test_who_signed_is_no_reason_any_more():
    a = made(policy=WANTS)
    one = hold(a, Chain((signed(a),)))
    assert reasons(one) == [
        (
            "the policy requires a sign-off by operations: nobody signed for operations",
            "casemate review sign --role operations",
            1,
        )
    ]
    assert hold(a, Chain((signed(a), signed(a, role="operations", by="bob")))).gate.passed


@pytest.mark.parametrize(
    ("by", "keys"),
    [("ann", ("", "")), (" Ann ", ("", "")), ("bob", ("k1", "k1"))],
)
def test_one_person_stands_for_the_role_that_they_signed_first(by, keys):
    a = made(policy=WANTS)
    later = replace(signed(a, role="operations", by=by, key=keys[1]), number=2)
    found = hold(a, Chain((signed(a, key=keys[0]), later)))
    assert reasons(found) == [
        (
            f"the policy requires a sign-off by operations: {by} signed for operations on {TODAY} and stands for "
            "security already, and the policy wants a person of its own for each",
            "let somebody else sign: casemate review sign --role operations",
            1,
        )
    ]
    first = Chain((replace(later, number=1), replace(signed(a, key=keys[0]), number=2)))
    assert [s.state for s in standings(a, first, WANTS.sign_off)] == ["shared", "signed"]


def test_the_policy_may_let_one_person_stand_for_several_roles():
    a = made(policy=replace(WANTS, separate_roles=False))
    assert hold(a, Chain((signed(a), signed(a, role="operations")))).gate.passed


def test_two_whose_keys_nobody_knows_are_two_people():
    a = made(policy=WANTS)
    both = signed(a, key="unknown"), signed(a, role="operations", by="bob", key="unknown")
    assert hold(a, Chain(both)).gate.passed


def test_whoever_stands_for_a_role_is_told_before_they_sign_for_another():
    a, chain = made(policy=WANTS), Chain((signed(made(policy=WANTS)),))
    assert taken(a, chain, "operations", "ANN", "") == "security"
    assert taken(a, chain, "operations", "bob", "") == ""
    assert taken(a, chain, "security", "ann", "") == ""  # again, in the same role
    assert taken(a, chain, "data-science", "ann", "") == ""  # a role that nobody requires
    assert taken(made(policy=replace(WANTS, separate_roles=False)), chain, "operations", "ann", "") == ""


def test_a_void_sign_off_says_what_changed():
    a, other = made(policy=WANTS), made(policy=WANTS, doc={**DOC, "purpose": "another"}, digest=OTHER)
    found = hold(a, Chain((signed(other), signed(a, role="operations"))))
    assert reasons(found) == [
        (
            f"the policy requires a sign-off by security: ann signed for security on {TODAY}, and since then what the "
            "file says and the evidence changed",
            "casemate review sign --role security",
            1,
        )
    ]


def test_a_broken_record_fails_every_role():
    a = made(policy=WANTS)
    found = hold(a, Chain((signed(a), signed(a, role="operations")), ("s.jsonl:1:1: was edited",)))
    assert reasons(found) == [
        (
            f"the policy requires a sign-off by {role}: the record of sign-offs is broken",
            "casemate review verify",
            1,
        )
        for role in ("security", "operations")
    ]


def test_the_digest_does_not_hang_on_how_a_flow_is_written():
    short = text_of({k: v for k, v in DOC.items() if k != "flows"}) + "flows:\n  - api -> m\n"
    from casemate.define.build import from_text

    one = made(doc=from_text(short, system_of(DOC).path, {"fines": ()}))
    assert binds(one)["system"] == binds(made())["system"]
