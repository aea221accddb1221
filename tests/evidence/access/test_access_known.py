"""Known answers: what the documentation of AWS, Google Cloud, Kubernetes, GitHub and POSIX says, written by hand."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.evidence.access.export import documents, read
from casemate.evidence.access.readers.codeowners import fits
from casemate.evidence.access.right import Target

BUCKET = Target(("arn:aws:s3:::b",))
ROLE = {"RoleName": "AWSServiceRoleForSupport"}
ETL, OLD = "arn:aws:iam::111122223333:role/etl", "arn:aws:iam::111122223333:role/old"


def rights(target, *trees):
    return read(
        [d for i, t in enumerate(trees) for d in documents(t if isinstance(t, str) else json.dumps(t), f"e{i}")], target
    )


def may(target, *trees):
    """{who: words}, with a question mark behind what is unsure."""
    out = {}
    for r in rights(target, *trees).rights:
        out.setdefault(r.who, set()).add(r.may + ("" if r.sure else "?"))
    return out


def statement(effect="Allow", who=ETL, action="s3:PutObject", resource="arn:aws:s3:::b/*", **more):
    return {"Effect": effect, "Principal": {"AWS": who}, "Action": action, "Resource": resource, **more}


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


# ------------------------------------------------------------------------------------------------ AWS


@pytest.mark.parametrize(("statements", "expected"), [
    ([statement()], {ETL: {"write"}}),
    ([statement(action="s3:*", resource=["arn:aws:s3:::b", "arn:aws:s3:::b/*"])], {ETL: {"read", "write", "grant"}}),
    ([statement(action="S3:putobject")], {ETL: {"write"}}),
    ([statement(action="s3:List*")], {}),
    ([statement(resource="arn:aws:s3:::b")], {}),  # objects are b/*, never the bucket
    ([statement(resource="arn:aws:s3:::b/incoming/*")], {ETL: {"write"}}),  # a part is enough
    ([statement(resource="arn:aws:s3:::bb/*")], {}),
    ([statement(who="*")], {"anyone": {"write"}}),
    ([statement(who="111122223333")], {"account:111122223333": {"write"}}),
    ([statement(), statement("Deny")], {}),
    ([statement(), statement("Deny", who="*", action="*", resource="*")], {}),
    ([statement(), statement("Deny", who="111122223333")], {}),
    ([statement(), statement("Deny", resource="arn:aws:s3:::b/private/*")], {ETL: {"write"}}),
    ([statement(), statement("Deny", who=OLD)], {ETL: {"write"}}),
    ([statement(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})], {ETL: {"write?"}}),
    ([statement(), statement("Deny", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})], {ETL: {"write?"}}),
    ([statement(), statement("Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})], {ETL: {"write"}}),
    ([statement(Condition={"StringEquals": {"aws:PrincipalTag/x": "1"}}), statement()], {ETL: {"write"}}),
    ([statement(action="x", resource="${aws:username}")], {}),
    ([statement(), statement("Deny", resource="arn:aws:s3:::b/${aws:username}/*")], {ETL: {"write?"}}),
])  # fmt: skip
def test_a_bucket_policy(statements, expected):
    assert may(BUCKET, policy(*statements)) == expected


def test_not_action_allows_all_the_others():
    s = {**statement(), "NotAction": "s3:GetObject*"}
    del s["Action"]
    assert may(BUCKET, policy(s)) == {ETL: {"write", "grant"}}  # PutObjectAcl is on objects too


def test_not_principal_in_a_deny_spares_only_those_named():
    spared = {**statement("Deny"), "NotPrincipal": {"AWS": ETL}}
    del spared["Principal"]
    assert may(BUCKET, policy(statement(), statement(who=OLD), spared)) == {ETL: {"write"}}


def test_not_resource_allows_everything_else():
    s = {**statement(), "NotResource": "arn:aws:s3:::other/*"}
    del s["Resource"]
    assert may(BUCKET, policy(s)) == {ETL: {"write"}}
    s["NotResource"] = "arn:aws:s3:::b*"
    assert may(BUCKET, policy(s)) == {}


def account(*roles, **more):
    return {
        "UserDetailList": [],
        "GroupDetailList": [],
        "RoleDetailList": list(roles) or [ROLE],
        "Policies": [],
        **more,
    }


def role(arn, *statements, **more):
    plain = [{k: v for k, v in s.items() if k != "Principal"} for s in statements]
    return {"RoleName": arn.rpartition("/")[2], "Arn": arn,
            "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": policy(*plain)}], **more}  # fmt: skip


def test_the_identities_of_an_account_and_the_policy_of_the_bucket_are_judged_together():
    both = rights(BUCKET, account(role(ETL, statement()), role(OLD, statement())), policy(statement("Deny", who=OLD)))
    assert ({r.who for r in both.rights}, both.whole) == ({ETL}, True)


def test_one_of_the_two_is_not_the_whole():
    assert rights(BUCKET, account(role(ETL, statement()))).whole is False
    assert rights(BUCKET, policy(statement())).whole is False


def test_the_policy_of_another_bucket_or_a_part_of_an_account_is_not_the_whole():
    other = policy(statement(resource="arn:aws:s3:::c/*"))
    assert rights(BUCKET, account(), other).lacks == ("the policy of the resource, an empty one if it has none",)
    part = rights(BUCKET, account(IsTruncated=True), policy())
    assert part.doubts == ("e0: is only a part of the export",)


def test_a_managed_policy_counts_in_its_default_version_and_a_missing_one_is_a_doubt():
    arn = "arn:aws:iam::111122223333:policy/w"
    plain = {k: v for k, v in statement().items() if k != "Principal"}
    versions = [
        {"IsDefaultVersion": True, "Document": policy(plain)},
        {"IsDefaultVersion": False, "Document": policy(plain)},
    ]
    attached = {"Arn": ETL, "RoleName": "etl", "AttachedManagedPolicies": [{"PolicyArn": arn}]}
    known = account(attached, Policies=[{"Arn": arn, "PolicyVersionList": versions}])
    assert may(BUCKET, known) == {ETL: {"write"}}
    assert rights(BUCKET, account(attached)).doubts == (f"e0:1: the policy {arn} of {ETL} is not in the export",)


def test_a_member_of_a_group_has_its_rights():
    user = {"Arn": "arn:aws:iam::111122223333:user/ann", "UserName": "ann", "GroupList": ["ml"]}
    group = {"GroupName": "ml", "GroupPolicyList": role(ETL, statement())["RolePolicyList"]}
    assert may(BUCKET, {**account(), "UserDetailList": [user], "GroupDetailList": [group]}) == {user["Arn"]: {"write"}}


def test_a_boundary_makes_a_right_unsure():
    bounded = role(ETL, statement(), PermissionsBoundary={"PermissionsBoundaryArn": "x"})
    assert may(BUCKET, account(bounded)) == {ETL: {"write?"}}


def test_a_policy_inside_a_text_is_read():
    assert may(BUCKET, {"Policy": json.dumps(policy(statement()), indent=1)}) == {ETL: {"write"}}


def test_a_policy_of_several_buckets_asks_which_one():
    (doubt,) = rights(Target(), policy(statement(), statement(resource="arn:aws:s3:::c/*"))).doubts
    assert doubt == "e0: speaks of arn:aws:s3:::b, arn:aws:s3:::c; say with `resource:` which of it is meant"
    assert may(Target(), policy(statement())) == {ETL: {"write"}}


@pytest.mark.parametrize(("statements", "mfa"), [
    ([statement(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})], True),
    ([statement(Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}})], False),
    ([statement(), statement("Deny", "*", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})], True),
    ([statement(), statement("Deny", "*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}})], False),
    ([statement(), statement(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})], False),
])  # fmt: skip
def test_a_second_factor_is_shown_only_where_every_way_needs_it(statements, mfa):
    (r,) = rights(BUCKET, policy(*statements)).rights
    assert (r.sure, r.mfa) == (True, mfa)


STATEMENTS = st.builds(
    statement,
    st.sampled_from(["Allow", "Deny"]),
    st.sampled_from([ETL, OLD, "*", "111122223333"]),
    st.sampled_from(["s3:PutObject", "s3:*", "*", "s3:Get*", "s3:PutBucketPolicy"]),
    st.sampled_from(["*", "arn:aws:s3:::b", "arn:aws:s3:::b/*", "arn:aws:s3:::b/in/*", "arn:aws:s3:::c/*"]),
    Condition=st.sampled_from(
        [{}, {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"Bool": {"aws:SecureTransport": "true"}}]
    ),
)
POLICIES = st.lists(STATEMENTS, max_size=5)


def pairs(statements, *, sure=False):
    return {(r.who, r.may) for r in rights(BUCKET, policy(*statements)).rights if r.sure or not sure}


@given(POLICIES, STATEMENTS)
def test_one_more_allow_never_takes_a_right(statements, extra):
    more = [*statements, {**extra, "Effect": "Allow"}]
    assert pairs(statements) <= pairs(more)
    assert pairs(statements, sure=True) <= pairs(more, sure=True)


@given(POLICIES, STATEMENTS)
def test_one_more_deny_never_gives_a_right(statements, extra):
    more = [*statements, {**extra, "Effect": "Deny"}]
    assert pairs(more) <= pairs(statements)
    assert pairs(more, sure=True) <= pairs(statements, sure=True)


@given(POLICIES)
def test_a_deny_of_everything_leaves_nothing(statements):
    assert pairs([*statements, statement("Deny", "*", "*", "*")]) == set()


@given(POLICIES, st.randoms())
def test_the_order_of_the_statements_plays_no_part(statements, rng):
    other = list(statements)
    rng.shuffle(other)
    assert pairs(statements) == pairs(other)
    assert pairs(statements, sure=True) == pairs(other, sure=True)


def test_an_acl_that_everybody_may_write():
    everyone = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
    signed_in = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}
    grants = [{"Grantee": everyone, "Permission": "READ"}, {"Grantee": signed_in, "Permission": "WRITE_ACP"}]
    found = rights(BUCKET, {"Owner": {}, "Grants": grants}).rights
    assert [(r.who, r.may, str(r.trust)) for r in found] == [
        ("anyone", "read", "public"), ("anyone with an AWS account", "grant", "account"),
    ]  # fmt: skip


def test_a_public_access_block_takes_what_is_public_only():
    block = {"PublicAccessBlockConfiguration": {"RestrictPublicBuckets": True, "IgnorePublicAcls": True}}
    acl = {"Grants": [{"Grantee": {"URI": "http://acs.amazonaws.com/groups/global/AllUsers"}, "Permission": "WRITE"}]}
    assert may(BUCKET, policy(statement(who="*"), statement()), acl, block) == {ETL: {"write"}}
    off = {"PublicAccessBlockConfiguration": {"RestrictPublicBuckets": False}}
    assert may(BUCKET, policy(statement(who="*")), off) == {"anyone": {"write"}}
    assert rights(BUCKET, account(), policy(), block).whole


def test_a_policy_that_aws_would_not_take_is_a_doubt():
    found = rights(BUCKET, policy(*[statement()] * 600))
    assert (found.rights, found.doubts[0]) == ((), "e0:1: is a larger policy than AWS takes")


def test_more_statements_than_we_judge_leave_the_rights_unsure():
    inline = [{"PolicyDocument": policy(*[{**statement(e), "Principal": 0} for e in ("Allow", "Deny") * 100])}] * 6
    for p in inline:
        for s in p["PolicyDocument"]["Statement"]:
            s.pop("Principal", None)
    assert may(BUCKET, account({"Arn": ETL, "RolePolicyList": inline})) == {ETL: {"write?"}}


# ------------------------------------------------------------------------------------------------ Google Cloud

GS = Target(("gs://b",))


def binding(role, *members, **more):
    return {"role": role, "members": list(members), **more}


@pytest.mark.parametrize(("bindings", "expected"), [
    ([binding("roles/storage.objectViewer", "allUsers")], {"anyone": {"read"}}),
    ([binding("roles/storage.objectCreator", "allAuthenticatedUsers")], {"anyone with a Google account": {"write"}}),
    ([binding("roles/storage.objectAdmin", "user:a@x.com")], {"user:a@x.com": {"read", "write", "grant"}}),
    ([binding("roles/storage.legacyBucketWriter", "projectEditor:p")], {"projectEditor:p": {"write"}}),
    ([binding("roles/storage.objectUser", "user:a@x.com", condition={"expression": "request.time < x"})],
     {"user:a@x.com": {"read?", "write?"}}),
    ([binding("roles/storage.objectUser", "user:a@x.com", condition=None)], {"user:a@x.com": {"read", "write"}}),
    ([binding("projects/p/roles/own", "user:a@x.com")], {"user:a@x.com": {"read?", "write?"}}),
])  # fmt: skip
def test_an_iam_policy_of_a_bucket(bindings, expected):
    assert may(GS, {"bindings": bindings, "etag": "x", "version": 1}) == expected


def test_a_role_of_ones_own_is_what_it_permits():
    own = {"name": "projects/p/roles/own", "includedPermissions": ["storage.objects.create", "storage.objects.list"]}
    assert may(GS, own, {"bindings": [binding("projects/p/roles/own", "user:a@x.com")]}) == {"user:a@x.com": {"write"}}


def test_a_bucket_inherits_what_is_around_it_as_far_as_it_reaches_storage():
    bindings = [
        binding("roles/storage.admin", "group:ops@x.com"), binding("roles/pubsub.admin", "user:p@x.com"),
        binding("roles/editor", "user:e@x.com"),
    ]  # fmt: skip
    around = [{"id": "p", "type": "project", "policy": {"bindings": bindings}}]
    found = rights(GS, around, {"etag": "x"})
    assert found.whole
    assert {(r.who, r.sure) for r in found.rights} == {("group:ops@x.com", True), ("user:e@x.com", False)}


def test_the_policy_of_the_bucket_alone_is_not_the_whole():
    found = rights(GS, {"bindings": [binding("roles/storage.admin", "group:ops@x.com")]})
    assert (found.whole, found.lacks) == (
        False, ("the policies of the project and what is above it (get-ancestors-iam-policy)",),
    )  # fmt: skip


def test_the_acl_of_a_bucket():
    entries = [
        {"entity": "allUsers", "role": "READER"}, {"entity": "user-a@x.com", "email": "a@x.com", "role": "WRITER"},
        {"entity": "project-owners-12", "role": "OWNER"},
    ]  # fmt: skip
    assert may(GS, entries) == {
        "anyone": {"read"}, "user:a@x.com": {"read", "write"}, "projectOwner:12": {"read", "write", "grant"},
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------ Kubernetes

SECRET = Target(("k8s:ml/secrets/key",))


def kube(kind, name, namespace=None, **more):
    return {"kind": kind, "metadata": {"name": name, **({"namespace": namespace} if namespace else {})}, **more}


def rule(*verbs, resources=("secrets",), **more):
    return {"apiGroups": [""], "resources": list(resources), "verbs": list(verbs), **more}


def bound(rules, namespace="ml", kind="Role", subject=None):
    subject = subject or {"kind": "ServiceAccount", "name": "etl"}
    ref = {"roleRef": {"kind": kind, "name": "r"}, "subjects": [subject]}
    of_role = kube(kind, "r", namespace if kind == "Role" else None, rules=rules)
    return [of_role, kube("RoleBinding" if namespace else "ClusterRoleBinding", "b", namespace, **ref)]


ETL_ML = "serviceaccount:ml/etl"


@pytest.mark.parametrize(("objects", "expected"), [
    (bound([rule("get", "list")]), {ETL_ML: {"read"}}),
    (bound([rule("*", resources=["*"])]), {ETL_ML: {"read", "write", "grant"}}),
    (bound([rule("update")], namespace="other"), {}),
    (bound([rule("update")], kind="ClusterRole"), {ETL_ML: {"write"}}),  # a ClusterRole, bound in one namespace
    (bound([rule("update")], kind="ClusterRole", namespace="other"), {}),
    (bound([rule("update")], kind="ClusterRole", namespace=None, subject={"kind": "User", "name": "jane"}),
     {"user:jane": {"write"}}),
    (bound([rule("get", resourceNames=["key"])]), {ETL_ML: {"read"}}),
    (bound([rule("get", resourceNames=["other"])]), {}),
    (bound([rule("create", resourceNames=["key"])]), {}),  # cannot be limited to a name, so it gives nothing
    (bound([rule("bind", resources=["roles"])]), {ETL_ML: {"grant"}}),
    (bound([rule("get", resources=["pods"])]), {}),
    (bound([rule("get")], subject={"kind": "Group", "name": "system:unauthenticated"}), {"anyone": {"read"}}),
    (bound([rule("get")], subject={"kind": "User", "name": "system:serviceaccount:ml:etl"}), {ETL_ML: {"read"}}),
])  # fmt: skip
def test_roles_and_bindings(objects, expected):
    assert may(SECRET, {"kind": "List", "items": objects}) == expected


def test_the_bindings_of_other_namespaces_are_not_the_whole():
    items = [*bound([rule("get")], namespace="other"), *bound([rule("get")], kind="ClusterRole", namespace=None)]
    found = rights(SECRET, {"kind": "List", "metadata": {"continue": "abc"}, "items": items})
    assert (found.whole, found.lacks) == (False, ("any RoleBinding of the namespace ml",))
    assert found.doubts == ("e0: is only a part of the export",)
    items += bound([rule("get")])
    assert rights(SECRET, {"kind": "List", "items": items}).whole


def test_manifests_divided_by_lines_are_read_together_with_their_lines():
    text = """\
kind: Role
metadata: {name: r, namespace: ml}
rules:
  - {resources: [secrets], verbs: [update]}
---
kind: RoleBinding
metadata: {name: b, namespace: ml}
roleRef: {kind: Role, name: r}
subjects: [{kind: User, name: jane}]
"""
    (found,) = rights(SECRET, text).rights
    assert (found.who, found.may, found.at) == ("user:jane", "write", "e0:4")


def test_a_role_that_is_not_in_the_export_is_a_doubt_and_cluster_admin_is_known():
    ref = {"roleRef": {"kind": "ClusterRole", "name": "edit"}, "subjects": [{"kind": "User", "name": "jane"}]}
    found = rights(SECRET, {"kind": "List", "items": [kube("RoleBinding", "b", "ml", **ref)]})
    assert found.doubts == ("e0:1: what the ClusterRole edit permits is not in the export",)
    ref["roleRef"]["name"] = "cluster-admin"
    assert may(SECRET, kube("ClusterRoleBinding", "b", **ref)) == {"user:jane": {"read", "write", "grant"}}


# ------------------------------------------------------------------------------------------------ GitHub


@pytest.mark.parametrize(("pattern", "path", "expected"), [
    ("*", "a/b.csv", True), ("*.js", "src/x.js", True), ("*.js", "src/x.ts", False),
    ("/build/logs/", "build/logs/a.txt", True), ("/build/logs/", "x/build/logs/a.txt", False),
    ("docs/*", "docs/getting-started.md", True), ("docs/*", "docs/build-app/troubleshooting.md", False),
    ("apps/", "x/apps/y/z.py", True), ("/docs/", "docs/a/b.md", True), ("/docs/", "x/docs/a.md", False),
    ("/apps/github", "apps/github/x", True), ("**/logs", "deeply/nested/logs/a", True), ("**/logs", "logs/a", True),
    ("/a/**/b.csv", "a/b.csv", True), ("/a/**/b.csv", "a/x/y/b.csv", True), ("logs/x", "a/logs/x", False),
])  # fmt: skip
def test_patterns_of_code_owners(pattern, path, expected):
    assert fits(pattern, path) is expected


def test_the_last_line_that_fits_decides():
    text = "* @acme/all\n/data/ @acme/data  # ours\n*.md @docs\n"
    assert may(Target(path="data/a.csv"), text) == {"@acme/data": {"write"}}
    assert may(Target(path="data/a.md"), text) == {"@docs": {"write"}}
    assert may(Target(path="./src/a.py"), text) == {"@acme/all": {"write"}}


def test_a_path_that_nobody_owns_is_a_doubt():
    found = rights(Target(path="data/a.csv"), "* @acme/all\n/data/\n")
    assert found.doubts == ("e0: nobody owns data/a.csv: whoever may push may change it",)


# ------------------------------------------------------------------------------------------------ POSIX

FACL = """\
# file: data
# owner: etl
# group: ml
# flags: --t
user::rwx
user:guest:rwx\t#effective:r-x
group::r-x
mask::r-x
other::-wx
default:other::rwx

# file: data/a.csv
# owner: etl
# group: ml
user::rw-
group::rw-
other::r--
"""


def test_the_mask_bounds_all_but_the_owner_and_the_others_and_defaults_count_for_new_files_only():
    assert may(Target(path="data"), FACL) == {
        "user:etl": {"read", "write", "grant"}, "group:ml": {"read", "write"}, "other": {"read", "write"},
    }  # fmt: skip
    assert may(Target(path="data/a.csv"), FACL)["other"] == {"read"}


def test_a_path_that_the_export_does_not_speak_of_is_a_doubt():
    assert rights(Target(path="elsewhere"), FACL).doubts == ("e0: does not speak of elsewhere",)


def test_an_account_without_any_role_is_a_filtered_export():
    empty = {**account(), "RoleDetailList": []}
    assert rights(BUCKET, account(), policy()).whole
    assert not rights(BUCKET, empty, policy()).whole


@pytest.mark.parametrize(("resource", "sure"), [("*", True), ("arn:aws:iam::1:user/eve", False)])
def test_whoever_may_write_policies_may_give_themselves_the_right(resource, sure):
    found = rights(BUCKET, account(role(ETL, statement(action="iam:PutUserPolicy", resource=resource))), policy())
    assert [(r.who, r.may, r.sure) for r in found.rights] == [(ETL, "grant", sure)]


def test_an_export_in_which_many_hold_policies_made_to_keep_us_busy_ends_in_doubts(monkeypatch):
    monkeypatch.setattr("casemate.evidence.access.aws.ALL_WORK", 3)
    many = [role(f"{ETL}{i}", statement(), statement("Deny", resource="arn:aws:s3:::b/x*")) for i in range(5)]
    found = rights(BUCKET, account(*many), policy()).rights
    assert [r.note for r in found].count("by more statements than we judge") == 2
    assert len(found) == 5
