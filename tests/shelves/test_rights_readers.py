"""Every reader of rights on the shelf, unasked: documented, total, bounded, repeatable."""

import copy
import inspect as source
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casemate.core import shelf
from casemate.evidence.access.export import SHELF, Doc, documents, read
from casemate.evidence.access.right import MAY, Rights, Target

NAMES = shelf.names(SHELF)
TARGET = Target(("arn:aws:s3:::applications", "gs://applications", "k8s:ml/secrets/key"), "data/applications.csv")
# An export per reader in which somebody may write; a reader without one fails below.
EXAMPLES = {
    "aws-policies": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/etl"},
                       "Action": "s3:PutObject", "Resource": "arn:aws:s3:::applications/*"}],
    },
    "s3-acl": {"Grants": [{"Grantee": {"Type": "CanonicalUser", "ID": "75aa"}, "Permission": "WRITE"}]},
    "gcp-policies": {"bindings": [{"role": "roles/storage.objectCreator", "members": ["user:etl@example.com"]}]},
    "gcs-acl": [{"entity": "user-etl@example.com", "email": "etl@example.com", "role": "WRITER"}],
    "kubernetes": {"kind": "List", "items": [
        {"kind": "Role", "metadata": {"name": "w", "namespace": "ml"},
         "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["update"]}]},
        {"kind": "RoleBinding", "metadata": {"name": "b", "namespace": "ml"},
         "roleRef": {"kind": "Role", "name": "w"}, "subjects": [{"kind": "User", "name": "etl"}]}]},
    "codeowners": "*.csv @acme/data\n",
    "getfacl": "# file: data/applications.csv\n# owner: etl\n# group: ml\nuser::rw-\ngroup::r--\nother::---\n",
}  # fmt: skip
TEXTS = {name: e if isinstance(e, str) else json.dumps(e, indent=1) for name, e in EXAMPLES.items()}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["*", "Allow", "Deny", "s3:*"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from([
            "Statement", "Effect", "Action", "Resource", "Principal", "NotPrincipal", "Condition", "Policy", "Grants",
            "Grantee", "Permission", "bindings", "role", "members", "entity", "kind", "items", "rules", "verbs", "acl",
            "roleRef", "metadata", "name", "UserDetailList", "RoleDetailList", "PolicyDocument", "type", "policy",
            "subjects",
            "includedPermissions", "NotResource", "NotAction", "AttachedManagedPolicies", "RolePolicyList", "resources",
        ]), inner, max_size=4),
    max_leaves=30,
)  # fmt: skip

relaxed = settings(deadline=None)
each = pytest.mark.parametrize("name", NAMES)


def member(name):
    return shelf.member(SHELF, name)


def docs_of(name):
    return tuple(documents(TEXTS[name], "e"))


def test_the_shelf_is_not_empty():
    assert "aws-policies" in NAMES


@each
def test_it_says_what_it_is(name):
    for thing in (member(name), member(name).recognise, member(name).read):
        assert source.getdoc(thing)


@each
def test_it_knows_no_other_member_and_no_regular_expression(name):
    text = source.getsource(member(name))
    assert "access.readers" not in text
    assert "import re\n" not in text


@each
def test_it_recognises_its_own_export_and_nobody_elses(name):
    assert [other for other in NAMES if all(member(other).recognise(d) for d in docs_of(name))] == [name]


@each
def test_somebody_may_write_and_the_place_is_told(name):
    found = [r for r in member(name).read(docs_of(name), TARGET).rights if r.may == "write"]
    assert found
    assert all(r.at.startswith("e:") and r.at.partition(":")[2].isdigit() and r.sure for r in found)


@each
@relaxed
@given(text=st.text(max_size=200))
def test_it_takes_any_text(name, text):
    for d in documents(text, "e"):
        assert member(name).recognise(d) in (True, False)
        if member(name).recognise(d):
            assert isinstance(member(name).read((d,), TARGET), Rights)


@relaxed
@given(tree=JSON)
def test_any_json_gives_rights_or_doubts_and_no_error(tree):
    found = read(documents(json.dumps(tree), "e"), TARGET)
    assert {r.may for r in found.rights} <= set(MAY)


def changed(tree, draw):
    """The same export with one value replaced by anything, or one key lost."""
    tree = copy.deepcopy(tree)
    here = tree
    while True:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        key = draw(st.sampled_from(keys))
        if isinstance(here[key], (dict, list)) and here[key] and draw(st.booleans()):
            here = here[key]
            continue
        if draw(st.booleans()):
            here[key] = draw(JSON)
        else:
            del here[key]
        return tree


@each
@relaxed
@given(data=st.data())
def test_a_broken_export_is_no_error(name, data):
    if isinstance(EXAMPLES[name], str):
        text = TEXTS[name]
        at = data.draw(st.integers(0, len(text) - 1))
        docs = documents(text[:at] + data.draw(st.text(max_size=3)) + text[at + 1 :], "e")
    else:
        docs = documents(json.dumps(changed(EXAMPLES[name], data.draw)), "e")
    assert read(docs, TARGET) == read(docs, TARGET)


def test_what_no_reader_knows_is_a_doubt():
    assert read(documents('{"a": 1}', "x.json"), TARGET).doubts == ("x.json:1: is no export of rights that we know",)


def test_what_is_too_deep_is_a_doubt():
    found = read(documents("[" * 100_000, "x.json"), TARGET)
    assert (found.doubts, found.rights) == (("x.json:1: is nested deeper than 24",), ())


def test_an_alias_is_no_way_to_a_billion_laughs():
    (found,) = read(documents("a: &a [1]\nb: [*a, *a]\n", "x.yaml"), TARGET).doubts
    assert found == "x.yaml:1: uses the anchor 'a'"


def test_a_document_knows_its_lines_behind_others():
    (_, second) = documents("kind: Role\n---\nkind: RoleBinding\nsubjects: x\n", "k.yaml")
    assert isinstance(second, Doc)
    assert second.at(second.tree.key_at("subjects")) == "k.yaml:4"
