"""AWS: policies of identities and of resources.

    aws iam get-account-authorization-details      users, groups and roles with all their policies
    aws iam get-role-policy, get-user-policy, get-group-policy
    aws s3api get-public-access-block
    aws s3api get-bucket-policy, or any policy document with principals; an empty one where there is none

An export without any role is filtered (`--filter User`): AWS makes some in every account.
Both kinds together show everybody who has rights in the account; one of them alone does not. Whoever may take on a role
that has rights has them too.
"""

from __future__ import annotations

from collections.abc import Iterator

from casemate.core.yamltree import Map
from casemate.evidence.access import aws, aws_roles
from casemate.evidence.access.aws_actions import ACTIONS
from casemate.evidence.access.export import Doc, inner, maps, text_of, texts
from casemate.evidence.access.globs import overlaps
from casemate.evidence.access.right import Rights, Target

KINDS = {
    "UserDetailList": ("UserName", "UserPolicyList"),
    "RoleDetailList": ("RoleName", "RolePolicyList"),
    "GroupDetailList": ("GroupName", "GroupPolicyList"),
}
ACCOUNT = frozenset({*KINDS, "Policies"})


def recognise(doc: Doc) -> bool:
    """Whether it holds statements, an account's identities, or a policy as a text."""
    t = doc.tree
    if not isinstance(t, Map):
        return False
    return aws.BLOCK in t or (
        any(text_of(s, "Effect") for s in maps(t.get("Statement"))) or ("Version" in t and t.get("Statement") == [])
        or bool(ACCOUNT & t.keys() - {"Policies"}) or "PolicyDocument" in t or text_of(t, "Policy").startswith("{")
    )  # fmt: skip


def read(docs: tuple[Doc, ...], target: Target) -> Rights:
    """The rights of all identities that the documents name, on the target's ARNs."""
    if all(isinstance(d.tree, Map) and aws.BLOCK in d.tree for d in docs):
        return Rights(whole=True)  # it gives nothing
    doubts: list[str] = []
    by_doc = [list(_statements(d, doubts)) for d in docs]
    said = [s for of_doc in by_doc for s in of_doc]
    arns = target.of("arn:") or _only(said, docs[0].path, doubts)
    unknown = sorted({aws.service(a) for a in arns} - ACTIONS.keys())
    doubts += [f"{docs[0].path}: we do not know which actions of {s!r} read or write" for s in unknown]
    identities = any(isinstance(d.tree, Map) and any(maps(d.tree.get("RoleDetailList"))) for d in docs)
    resources = any(_resource_policy(d) and _about(s, arns) for d, s in zip(docs, by_doc, strict=True))
    doubts += [
        f"{d.path}: is only a part of the export" for d in docs if text_of(d.tree, "IsTruncated").lower() == "true"
    ]
    lacks = [
        text
        for there, text in (
            (identities, "the policies of all identities (aws iam get-account-authorization-details)"),
            (resources, "the policy of the resource, an empty one if it has none"),
        )
        if not there
    ]
    kept_private = aws.blocked(docs, "RestrictPublicBuckets")
    given = [r for r in aws.rights(said, arns) if r.trust is None or not kept_private]
    followed = aws_roles.roles(dict(_trusts(docs, doubts)), said)
    found = tuple(aws_roles.through(given, followed))
    if followed.too_many:
        doubts.append(f"{docs[0].path}: has more policies than we judge; not everybody who may take on a role is named")
    return Rights(found, identities and resources, tuple(doubts), tuple(lacks))


def _trusts(docs: tuple[Doc, ...], doubts: list[str]) -> Iterator[tuple[str, list[aws.Said]]]:
    """The trust policy of each role, by the role's name."""
    for doc in docs:
        for role in maps(doc.tree.get("RoleDetailList") if isinstance(doc.tree, Map) else None):
            if "AssumeRolePolicyDocument" in role:
                yield _name_of(role), list(_inner(doc, role, "AssumeRolePolicyDocument", "", False, doubts))


def _name_of(role: Map) -> str:
    return text_of(role, "Arn") or f"role/{text_of(role, 'RoleName')}"


def _resource_policy(doc: Doc) -> bool:
    t = doc.tree
    return isinstance(t, Map) and ("Policy" in t or ("Statement" in t and not _holder_unknown(t)))


def _about(said: list[aws.Said], arns: tuple[str, ...]) -> bool:
    """Whether the policy is that of the target: one that speaks of something else says nothing of who is left out."""
    targets = [t for a in arns for t in (a, *aws.parts(a, "Object"))]
    return not said or any(s.but_resources or any(overlaps(r, t) for r in s.resources for t in targets) for s in said)


def _holder_unknown(policy: Map) -> bool:
    """A policy that names no principal is held by an identity that the document does not tell."""
    return any("Principal" not in s and "NotPrincipal" not in s for s in maps(policy.get("Statement")))


def _statements(doc: Doc, doubts: list[str]) -> Iterator[aws.Said]:
    t = doc.tree
    assert isinstance(t, Map)  # noqa: S101  recognised
    if "Statement" in t:
        holder = f"whoever holds {doc.path}" if _holder_unknown(t) else ""
        yield from _policy(doc, t, holder, False, doubts)
    for key, holder in (("Policy", ""), ("PolicyDocument", _holder(t))):
        if key in t:
            yield from _inner(doc, t, key, holder, False, doubts)
    yield from _identities(doc, t, doubts)


def _holder(t: Map) -> str:
    for kind in ("Role", "User", "Group"):
        if name := text_of(t, f"{kind}Name"):
            return f"{kind.lower()}/{name}"
    return "whoever holds it"


def _identities(doc: Doc, t: Map, doubts: list[str]) -> Iterator[aws.Said]:
    managed = {text_of(p, "Arn"): p for p in maps(t.get("Policies"))}
    groups = {text_of(g, "GroupName"): g for g in maps(t.get("GroupDetailList"))}
    for kind, (name, inline) in KINDS.items():
        for i in maps(t.get(kind)):
            if kind == "GroupDetailList":
                continue  # its members have its rights; a group without members gives them to nobody
            who = text_of(i, "Arn") or f"{kind[:4].lower()}/{text_of(i, name)}"
            bounded = "PermissionsBoundary" in i
            yield from _held(doc, i, inline, who, bounded, managed, doubts)
            for g in texts(i.get("GroupList")):
                if g in groups:
                    yield from _held(doc, groups[g], "GroupPolicyList", who, bounded, managed, doubts)
                else:
                    doubts.append(f"{doc.at(i.at)}: the group {g} of {who} is not in the export")


def _held(
    doc: Doc, i: Map, inline: str, who: str, bounded: bool, managed: dict[str, Map], doubts: list[str]
) -> Iterator[aws.Said]:
    for p in maps(i.get(inline)):
        yield from _inner(doc, p, "PolicyDocument", who, bounded, doubts)
    for attached in maps(i.get("AttachedManagedPolicies")):
        arn = text_of(attached, "PolicyArn")
        versions = [v for v in maps(managed.get(arn, Map()).get("PolicyVersionList")) if _default(v)]
        if not versions:
            doubts.append(f"{doc.at(attached.at)}: the policy {arn} of {who} is not in the export")
        for v in versions:
            yield from _inner(doc, v, "Document", who, bounded, doubts)


def _default(version: Map) -> bool:
    return text_of(version, "IsDefaultVersion").lower() == "true"


def _inner(doc: Doc, t: Map, key: str, who: str, bounded: bool, doubts: list[str]) -> Iterator[aws.Said]:
    found, tree = inner(doc, t.get(key), t.value_at(key))
    if isinstance(tree, Map):
        yield from _policy(found, tree, who, bounded, doubts)
    else:
        doubts.append(found.wrong or f"{doc.at(t.value_at(key))}: holds no policy")


def _policy(doc: Doc, policy: Map, who: str, bounded: bool, doubts: list[str]) -> Iterator[aws.Said]:
    if aws.too_large(policy):
        doubts.append(f"{doc.at(policy.at)}: is a larger policy than AWS takes")
    else:
        yield from aws.statements(doc, policy, who, bounded)


def _only(said: list[aws.Said], path: str, doubts: list[str]) -> tuple[str, ...]:
    """The one resource that the policies speak of, where the file does not say which is meant."""
    every = {r.split("/", 1)[0] if aws.service(r) == "s3" else r for s in said for r in s.resources}
    named = {r for r in every if "*" not in r}
    if len(named) == 1:
        return tuple(named)
    shown = ", ".join(sorted(named)[:3]) or "everything"
    doubts.append(f"{path}: speaks of {shown}; say with `resource:` which of it is meant")
    return ()
