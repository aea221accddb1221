"""Kubernetes: roles and their bindings, `kubectl get roles,rolebindings,clusterroles,clusterrolebindings -A -o yaml`.

The target is `k8s:<namespace>/<resource>[/<name>]`, or `k8s:/<resource>` of the whole cluster.
Source: Kubernetes documentation, "Using RBAC Authorization". There is no deny: rights only add up.

    a RoleBinding            counts in its namespace, whatever it refers to
    create, deletecollection cannot be limited to a name, so a rule with names does not give them
    bind, escalate           on roles: may give away every right there; impersonate: may act as somebody else
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from casemate.core.trust import Trust
from casemate.core.yamltree import Map
from casemate.evidence.access.export import Doc, maps, text_of, texts
from casemate.evidence.access.right import ANYONE, MAY, Right, Rights, Target

KINDS = frozenset({"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"})
VERBS = {
    "read": ("get", "list", "watch"),
    "write": ("create", "update", "patch", "delete", "deletecollection"),
}
NAMELESS = frozenset({"create", "deletecollection"})
GRANTS = {
    "bind": ("roles", "clusterroles"),
    "escalate": ("roles", "clusterroles"),
    "impersonate": ("users", "groups", "serviceaccounts"),
}
NOBODY = frozenset({"system:unauthenticated", "system:anonymous"})
EVERYTHING = frozenset({"cluster-admin"})
"""Of the roles that every cluster has, the one that we know without seeing it."""


@dataclass(frozen=True, slots=True)
class Place:
    """What the rights are on."""

    namespace: str
    resource: str
    name: str


Roles: TypeAlias = dict[tuple[str, str, str], tuple[Doc, Map]]
"""By kind, namespace and name."""
Known: TypeAlias = dict[tuple[int, Place], dict[str, str]]


def recognise(doc: Doc) -> bool:
    """Whether it is one of the four kinds, or a list of them."""
    return any(text_of(m, "kind") in KINDS for m in _objects(doc))


def _objects(doc: Doc) -> Iterator[Map]:
    for m in maps(doc.tree):
        if text_of(m, "kind").endswith("List") or "items" in m:
            yield from maps(m.get("items"))
        else:
            yield m


def _head(doc: Doc) -> object:
    return doc.tree.get("metadata") if isinstance(doc.tree, Map) else None


def read(docs: tuple[Doc, ...], target: Target) -> Rights:
    """The rights of all subjects that some binding names."""
    doubts: list[str] = []
    every = [(d, m) for d in docs for m in _objects(d)]
    places = [_place(n) for n in target.of("k8s:")]
    if not places:
        doubts.append(f"{docs[0].path}: say with `resource: k8s:<namespace>/<resource>` what is meant")
    roles = {(text_of(m, "kind"), _namespace(m), _name(m)): (d, m) for d, m in every if _is(m, "Role")}
    known: Known = {}
    found = [
        r for d, m in every if _is(m, "RoleBinding") for p in places for r in _bound(d, m, p, roles, known, doubts)
    ]
    seen = {(text_of(m, "kind"), _namespace(m)) for _, m in every}
    needed = {("ClusterRoleBinding", ""), *(("RoleBinding", p.namespace) for p in places if p.namespace)}
    lacks = tuple(f"any {kind} {of and f'of the namespace {of}'}".strip() for kind, of in sorted(needed - seen))
    doubts += [f"{d.path}: is only a part of the export" for d in docs if text_of(_head(d), "continue")]
    return Rights(tuple(found), not lacks and bool(places), tuple(dict.fromkeys(doubts)), lacks)


def _is(m: Map, kind: str) -> bool:
    return text_of(m, "kind") in (kind, f"Cluster{kind}")


def _place(name: str) -> Place:
    namespace, _, rest = name.removeprefix("k8s:").partition("/")
    resource, _, called = rest.partition("/")
    return Place(namespace, resource, called)


def _name(m: Map) -> str:
    return text_of(m.get("metadata"), "name")


def _namespace(m: Map) -> str:
    """Empty for what belongs to the whole cluster."""
    if text_of(m, "kind").startswith("Cluster"):
        return ""
    return text_of(m.get("metadata"), "namespace") or "default"


def _bound(doc: Doc, binding: Map, place: Place, roles: Roles, known: Known, doubts: list[str]) -> Iterator[Right]:
    namespace = _namespace(binding)
    if namespace and namespace != place.namespace:
        return
    ref = binding.get("roleRef")
    kind, name = text_of(ref, "kind"), text_of(ref, "name")
    found = roles.get((kind, "" if kind == "ClusterRole" else namespace, name))
    words: dict[str, str] = {}
    if found is None and kind == "ClusterRole" and name in EVERYTHING:
        words = dict.fromkeys(MAY, doc.at(binding.at))
    elif found is None or ("aggregationRule" in found[1] and not any(maps(found[1].get("rules")))):
        doubts.append(f"{doc.at(binding.at)}: what the {kind or 'role'} {name} permits is not in the export")
    else:
        words = _words(*found, place, known)
    for subject in maps(binding.get("subjects")):
        who, trust = _subject(subject, namespace)
        for may, at in words.items():
            yield Right(who, may, at, f"{_name(binding)}", trust=trust)


def _words(doc: Doc, role: Map, place: Place, known: Known) -> dict[str, str]:
    """What a role permits there, and where it says so. Worked out once, however many bindings refer to it."""
    key = (id(role), place)
    if key not in known:
        known[key] = {}
        for rule in maps(role.get("rules")):
            for may in _permitted(rule, place):
                known[key].setdefault(may, doc.at(rule.at))
    return known[key]


def _permitted(rule: Map, place: Place) -> Iterator[str]:
    verbs, resources, only = (set(texts(rule.get(k))) for k in ("verbs", "resources", "resourceNames"))
    if place.resource in resources or "*" in resources:
        named = bool(only) and (not place.name or place.name in only)
        for may, words in VERBS.items():
            given = set(words) if "*" in verbs else verbs & set(words)
            if (given and not only) or (named and given - NAMELESS):
                yield may
    if any(verb in verbs or "*" in verbs for verb, of in GRANTS.items() if "*" in resources or resources & set(of)):
        yield "grant"


def _subject(s: Map, namespace: str) -> tuple[str, Trust | None]:
    """`user:jane`, `group:devs`, `serviceaccount:ml/etl`; those whom nobody asks who they are are anyone."""
    kind, name = text_of(s, "kind"), text_of(s, "name")
    if name in NOBODY:
        return ANYONE, Trust.PUBLIC
    parts = name.split(":")
    if kind == "ServiceAccount":
        return f"serviceaccount:{text_of(s, 'namespace') or namespace}/{name}", None
    if kind == "User" and parts[:2] == ["system", "serviceaccount"] and len(parts) == 4:
        return f"serviceaccount:{parts[2]}/{parts[3]}", None
    return f"{kind.lower() or 'subject'}:{name}", None
