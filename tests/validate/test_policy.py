"""The policy: read whole, every unknown word an error, because a word that is ignored waives a rule."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.digest import of_text
from casemate.core.errors import CasemateError
from casemate.validate.policy import DEFAULT, Required, policy_of, read_policy

LINE = re.compile(r"p\.yaml(:\d+:\d+)?: .+; .+")


def errors_of(text):
    with pytest.raises(CasemateError) as caught:
        policy_of(text, "p.yaml")
    return str(caught.value).split("\n")


def test_the_built_in_policy_wants_a_scan_of_every_model_file():
    p = read_policy()
    assert p.requires == (Required("scan", ("model", "llm"), False),)
    assert p.fails_on == {"open-measured", "open-critical", "hurts-people", "unproven-safety", "expired-decision"}
    assert p.severity == {"critical": 1, "high": 0.3, "medium": 0.05}
    assert p.maximum_age == {"scan": 90}
    assert p.digest == of_text(DEFAULT.read_text("utf-8"))


def test_a_whole_policy():
    p = policy_of(
        "name: ours\nrequires: [{evidence: redteam, of: [model, llm], measured: yes}]\nfails on: review-overdue\n"
        "may accept: {high: [risk@lender.example]}\nseverity: {critical: 50%}\nmaximum age: {redteam: 2 quarters}\n",
        "p.yaml",
    )
    assert p.requires == (Required("redteam", ("model", "llm"), True),)
    assert (p.fails_on, p.severity, p.maximum_age) == ({"review-overdue"}, {"critical": 0.5}, {"redteam": 182})
    assert p.may_accept == {"high": ("risk@lender.example",)}


def test_each_role_needs_a_person_of_its_own_unless_the_policy_says_no():
    assert policy_of("name: p\n", "p.yaml").separate_roles
    assert not policy_of("name: p\nseparate roles: no\n", "p.yaml").separate_roles


def test_a_policy_may_fail_on_a_passport_that_is_missing_or_void():
    text = "name: p\nfails on: [passport-void, passport-missing]\n"
    assert policy_of(text, "p.yaml").fails_on == {"passport-void", "passport-missing"}


def test_a_policy_names_the_roles_that_must_sign_off():
    assert policy_of("name: p\nsign off: [security, operations]\n", "p.yaml").sign_off == ("security", "operations")
    assert policy_of("name: p\n", "p.yaml").sign_off == ()
    assert errors_of("name: p\nsign off: [securty]\n") == [
        "p.yaml:2:12: sign off is never 'securty'; did you mean 'security'?"
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("fail on: []", "p.yaml:2:1: the policy has no field 'fail on'; did you mean 'fails on'?"),
        ("fails on: [open-critcal]", "p.yaml:2:12: fails on is never 'open-critcal'; did you mean 'open-critical'?"),
        ("requires: [{evidence: scn, of: model}]", "p.yaml:2:23: evidence is never 'scn'; did you mean 'scan'?"),
        ("requires: [{evidence: scan, of: modl}]", "p.yaml:2:33: of is never 'modl'; did you mean 'model'?"),
        ("requires: [{evidence: scan}]", "p.yaml:2:12: an entry of requires has no 'of'; give it: kinds of components"),
        ("requires: scan", "p.yaml:2:11: requires is 'scan'; write a list, one entry a line with `- `"),
        ("maximum age: {scn: 9 days}", "p.yaml:2:15: maximum age has no 'scn'; did you mean 'scan'?"),
        (
            "maximum age: {scan: 999 years}",
            "p.yaml:2:21: maximum age of scan is '999 years'; it takes a time such as 90 days, a century at most",
        ),
        ("may accept: {hgh: [a]}", "p.yaml:2:14: may accept has no 'hgh'; did you mean 'high'?"),
        ("severity: {critical: much}", "p.yaml:2:22: severity of critical is 'much'; it takes a share such as 5%"),
        (
            "severity: {critical: 5%, high: 30%}",
            "p.yaml:2:11: severity rises from critical to low; let each share be smaller",
        ),
    ],
)
def test_a_word_that_nobody_knows_is_an_error_at_its_place(line, said):
    assert errors_of(f"name: ours\n{line}\n") == [said]


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n", "word\n"])
def test_what_is_no_mapping_is_no_policy(text):
    assert errors_of(text) == ["p.yaml: is no policy; begin with `name: ...`"]


def test_all_errors_come_at_once():
    assert errors_of("nam: x\nfails on: [x]\n") == [
        "p.yaml:1:1: the policy has no 'name'; give it: what the policy is called",
        "p.yaml:1:1: the policy has no field 'nam'; did you mean 'name'?",
        "p.yaml:2:12: fails on is never 'x'; it is open-measured, open-critical, open-high, assumed-critical, "
        "hurts-people, unproven-safety, expired-decision, review-overdue, passport-void or passport-missing",
    ]


def test_two_policies_that_differ_in_anything_have_two_digests():
    assert policy_of("name: a\n", "p").digest != policy_of("name: a\n# waived\n", "p").digest


def outcome(text):
    try:
        policy_of(text, "p.yaml")
        lines = []
    except CasemateError as e:
        lines = str(e).split("\n")
    assert all(LINE.fullmatch(line) for line in lines)


@given(st.text())
def test_any_text_is_a_policy_or_our_errors(text):
    outcome(text)


@given(st.sampled_from(["name", "requires", "fails on", "may accept", "severity", "maximum age"]),
       st.text(alphabet="abc[]{}:, 0159%-\n'\"yearsdscan", max_size=30))  # fmt: skip
def test_any_value_of_a_field_is_a_policy_or_our_errors(name, value):
    outcome(f"name: x\n{name}: {value}\n")
