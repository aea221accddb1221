"""Google Cloud Storage: access control lists of buckets and objects, `gsutil acl get gs://b`."""

from __future__ import annotations

from collections.abc import Iterator

from casemate.core.trust import Trust
from casemate.core.yamltree import Map, Seq
from casemate.evidence.access.export import Doc, maps, text_of
from casemate.evidence.access.right import ANYONE, Right, Rights, Target

ROLES = {"READER": ("read",), "WRITER": ("read", "write"), "OWNER": ("read", "write", "grant")}
CROWDS = {"allUsers": (ANYONE, Trust.PUBLIC), "allAuthenticatedUsers": ("anyone with a Google account", Trust.ACCOUNT)}


def recognise(doc: Doc) -> bool:
    """Whether it lists entities and their roles, by itself or as `acl` of a bucket."""
    return any("entity" in m and "role" in m for m in _entries(doc))


def _entries(doc: Doc) -> Iterator[Map]:
    if isinstance(doc.tree, Seq):
        yield from maps(doc.tree)
    elif isinstance(doc.tree, Map):
        yield from maps(doc.tree.get("acl"))


def read(docs: tuple[Doc, ...], target: Target) -> Rights:
    """What the list grants. IAM policies may grant more, so that it is never the whole."""
    doubts: list[str] = []
    found = tuple(r for d in docs for r in _rights(d, doubts))
    return Rights(found, False, tuple(doubts), ("the IAM policies of the bucket and what is around it",))


def _rights(doc: Doc, doubts: list[str]) -> Iterator[Right]:
    for m in _entries(doc):
        role = text_of(m, "role")
        if role not in ROLES or not text_of(m, "entity"):
            doubts.append(f"{doc.at(m.at)}: is no entry that we know")
            continue
        who, trust = _entity(m)
        for may in ROLES[role]:
            yield Right(who, may, doc.at(m.at), trust=trust)


def _entity(m: Map) -> tuple[str, Trust | None]:
    entity = text_of(m, "entity")
    if entity in CROWDS:
        return CROWDS[entity]
    kind, _, name = entity.partition("-")
    if kind == "project":  # project-editors-1234
        team, _, number = name.partition("-")
        return f"project{team[:-1].capitalize()}:{number}", None
    return f"{kind}:{text_of(m, 'email') or text_of(m, 'domain') or name}", None
