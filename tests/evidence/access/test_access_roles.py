"""Roles of AWS: whoever may take one on has its rights."""

import json
from itertools import pairwise

import pytest

from casemate.core.trust import Trust
from casemate.evidence.access import aws_roles
from casemate.evidence.access.export import documents, read
from casemate.evidence.access.right import Target

BUCKET = Target(("arn:aws:s3:::b",))
ETL = "arn:aws:iam::111122223333:role/etl"
ANN, BOB = (f"arn:aws:iam::111122223333:user/{n}" for n in ("ann", "bob"))
WRITES = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*"}
TAKES = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ETL}


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(who, effect="Allow", action="sts:AssumeRole", **more):
    return {"Effect": effect, "Principal": who, "Action": action, **more}


def role(arn, *trusts, inline=()):
    return {
        "RoleName": arn.rpartition("/")[2], "Arn": arn, "AssumeRolePolicyDocument": policy(*trusts),
        "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": policy(*inline)}] if inline else [],
    }  # fmt: skip


def user(arn, *inline):
    held = [{"PolicyName": "p", "PolicyDocument": policy(*inline)}] if inline else []
    return {"UserName": arn.rpartition("/")[2], "Arn": arn, "UserPolicyList": held}


def found(*roles, users=()):
    text = json.dumps({"RoleDetailList": list(roles), "UserDetailList": list(users)})
    return read(documents(text, "iam.json"), BUCKET)


def may(*roles, users=()):
    return {r.who: r.may + ("" if r.sure else "?") for r in found(*roles, users=users).rights}


@pytest.mark.parametrize(
    ("who", "more", "expected"),
    [
        ({"AWS": ANN}, {}, {ANN: "write"}),
        ({"AWS": [ANN, BOB]}, {}, {ANN: "write", BOB: "write"}),
        ({"AWS": "999988887777"}, {}, {"account:999988887777": "write"}),
        ({"AWS": "arn:aws:iam::999988887777:root"}, {}, {"account:999988887777": "write"}),
        ("*", {}, {"anyone": "write"}),
        ({"AWS": "*"}, {}, {"anyone": "write"}),
        ({"Service": "ec2.amazonaws.com"}, {}, {}),
        ({"AWS": ANN}, {"Condition": {"StringEquals": {"sts:ExternalId": "x"}}}, {ANN: "write?"}),
        ({"AWS": ANN}, {"action": "sts:TagSession"}, {}),
        ({"Federated": "arn:aws:iam::111122223333:oidc-provider/ci"},
         {"action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringLike": {"ci:sub": "repo:lender/*"}}},
         {"federated:arn:aws:iam::111122223333:oidc-provider/ci": "write?"}),
    ],
)  # fmt: skip
def test_who_a_trust_policy_names_has_the_rights_of_the_role(who, more, expected):
    assert may(role(ETL, trust(who, **more), inline=[WRITES])) == {ETL: "write"} | expected


def test_anyone_is_the_public():
    rights = found(role(ETL, trust("*"), inline=[WRITES])).rights
    assert {r.who: r.trust for r in rights} == {ETL: None, "anyone": Trust.PUBLIC}


def test_it_says_by_which_role_and_where():
    (one,) = [r for r in found(role(ETL, trust({"AWS": ANN}), inline=[WRITES])).rights if r.who == ANN]
    assert (one.note, one.at) == ("by taking on role/etl", "iam.json:1")


def test_of_a_long_way_the_first_steps_are_told():
    arns = [f"arn:aws:iam::111122223333:role/r{i:03}" for i in range(120)]
    chain = [role(a, trust({"AWS": b}), inline=[WRITES] if a == arns[0] else ()) for a, b in pairwise(arns)]
    rights = {r.who: r.note for r in found(*chain).rights}
    steps = "by taking on role/r002, by taking on role/r001, by taking on role/r000"
    assert (rights[arns[3]], len(rights)) == (steps, 120)
    assert (
        rights[arns[119]]
        == steps.replace("r002", "r118").replace("r001", "r117").replace("r000", "r116") + ", and so on"
    )


def test_a_role_with_a_name_without_end_is_cut():
    long = f"arn:aws:iam::111122223333:role/{'x' * 100_000}"
    rights = found(role(long, trust({"AWS": [ANN, BOB]}), inline=[WRITES])).rights
    assert all(len(r.note) < 400 for r in rights)


def test_the_own_account_means_those_whose_policies_allow_it():
    own = trust({"AWS": "arn:aws:iam::111122223333:root"})
    users = [user(ANN, TAKES), user(BOB, {**TAKES, "Resource": "arn:aws:iam::111122223333:role/other"})]
    assert may(role(ETL, own, inline=[WRITES]), users=users) == {ETL: "write", ANN: "write"}
    users = [user(ANN, TAKES, {**TAKES, "Effect": "Deny"}), user(BOB)]
    assert may(role(ETL, own, inline=[WRITES]), users=users) == {ETL: "write"}


def test_a_deny_in_a_trust_policy_takes_it_away():
    both = [trust({"AWS": [ANN, BOB]}), trust({"AWS": BOB}, "Deny")]
    assert may(role(ETL, *both, inline=[WRITES])) == {ETL: "write", ANN: "write"}


def test_roles_are_followed_from_one_to_the_next_and_not_in_circles():
    mid = ETL.replace("etl", "mid")
    roles = [role(ETL, trust({"AWS": mid}), inline=[WRITES]), role(mid, trust({"AWS": [ETL, ANN]}))]
    assert may(*roles) == {ETL: "write", mid: "write", ANN: "write"}


def test_a_second_factor_on_the_way_counts():
    fa = trust({"AWS": ANN}, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    rights = {r.who: (r.sure, r.mfa) for r in found(role(ETL, fa, inline=[WRITES])).rights}
    assert rights == {ETL: (True, False), ANN: (True, True)}


def test_a_trust_policy_that_is_none_and_too_many_of_them_are_doubts(monkeypatch):
    broken = {**role(ETL, inline=[WRITES]), "AssumeRolePolicyDocument": "%7Bno"}
    assert found(broken).doubts != ()
    monkeypatch.setattr(aws_roles, "WORK", 1)
    users = [user(ANN, TAKES), user(BOB, TAKES)]
    many = found(role(ETL, trust({"AWS": "111122223333"}), inline=[WRITES]), users=users)
    assert "iam.json: has more policies than we judge; not everybody who may take on a role is named" in many.doubts
