"""AWS: access control lists of S3 buckets and objects, `aws s3api get-bucket-acl`. They do not name their bucket."""

from __future__ import annotations

from collections.abc import Iterator

from casemate.core.trust import Trust
from casemate.core.yamltree import Map
from casemate.evidence.access import aws
from casemate.evidence.access.export import Doc, maps, text_of
from casemate.evidence.access.right import ANYONE, Right, Rights, Target

PERMISSIONS = {
    "READ": ("read",),
    "WRITE": ("write",),
    "READ_ACP": (),
    "WRITE_ACP": ("grant",),
    "FULL_CONTROL": ("read", "write", "grant"),
}
GROUPS = {
    "AllUsers": (ANYONE, Trust.PUBLIC),
    "AuthenticatedUsers": ("anyone with an AWS account", Trust.ACCOUNT),
    "LogDelivery": ("service:log delivery", None),
}


def recognise(doc: Doc) -> bool:
    """Whether it is a list of grants to grantees."""
    listed = isinstance(doc.tree, Map) and maps(doc.tree.get("Grants"))
    return any("Grantee" in g and "Permission" in g for g in listed or ()) or _is_block(doc)


def _is_block(doc: Doc) -> bool:
    return isinstance(doc.tree, Map) and aws.BLOCK in doc.tree


def read(docs: tuple[Doc, ...], target: Target) -> Rights:
    """What the list grants. Policies may grant more, so that it is never the whole."""
    if all(_is_block(d) for d in docs):
        return Rights(whole=True)  # it gives nothing
    doubts: list[str] = []
    ignored = aws.blocked(docs, "IgnorePublicAcls")
    found = tuple(r for d in docs for r in _rights(d, doubts) if r.trust is None or not ignored)
    return Rights(found, False, tuple(doubts), ("the policies of the bucket and of all identities",))


def _rights(doc: Doc, doubts: list[str]) -> Iterator[Right]:
    for g in maps(doc.tree.get("Grants") if isinstance(doc.tree, Map) else None):
        who, trust = _grantee(g.get("Grantee"))
        word = text_of(g, "Permission")
        if word not in PERMISSIONS or not who:
            doubts.append(f"{doc.at(g.at)}: is no grant that we know")
        for may in PERMISSIONS.get(word, ()) if who else ():
            yield Right(who, may, doc.at(g.at), trust=trust)


def _grantee(g: object) -> tuple[str, Trust | None]:
    if uri := text_of(g, "URI"):
        name = uri.rpartition("/")[2]
        return GROUPS.get(name, (name, None))
    return text_of(g, "DisplayName") or text_of(g, "EmailAddress") or text_of(g, "ID"), None
