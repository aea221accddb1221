"""Google Cloud: IAM policies (`get-iam-policy`) of a resource, and those of what is around it.

    gcloud storage buckets get-iam-policy gs://b --format=json
    gcloud projects get-ancestors-iam-policy p --format=json     [{id, type, policy}]; a resource inherits them
    gcloud iam roles describe r --format=json                    what a role of one's own permits

Source: IAM documentation, "Allow policies", "Predefined roles". A basic role on the project reaches a bucket only
through the bucket's own policy, so that it is unsure there. Deny policies are not in these exports.
"""

from __future__ import annotations

from collections.abc import Iterator

from casemate.core.trust import Trust
from casemate.core.yamltree import Map
from casemate.evidence.access.export import Doc, maps, text_of, texts
from casemate.evidence.access.right import ANYONE, Right, Rights, Target

ALL = ("read", "write", "grant")
BASIC = {"roles/viewer": ("read",), "roles/editor": ("read", "write"), "roles/owner": ALL}
ROLES = {
    **BASIC,
    "roles/storage.objectViewer": ("read",), "roles/storage.legacyObjectReader": ("read",),
    "roles/storage.legacyBucketReader": (), "roles/storage.bucketViewer": (),
    "roles/storage.objectCreator": ("write",), "roles/storage.objectUser": ("read", "write"),
    "roles/storage.objectAdmin": ALL, "roles/storage.admin": ALL, "roles/storage.legacyObjectOwner": ALL,
    "roles/storage.legacyBucketWriter": ("write",), "roles/storage.legacyBucketOwner": ("write", "grant"),
    "roles/artifactregistry.reader": ("read",), "roles/artifactregistry.writer": ("read", "write"),
    "roles/artifactregistry.repoAdmin": ("read", "write"), "roles/artifactregistry.admin": ALL,
    "roles/bigquery.dataViewer": ("read",), "roles/bigquery.dataEditor": ("read", "write"),
    "roles/bigquery.dataOwner": ALL, "roles/bigquery.admin": ALL,
    "roles/secretmanager.secretAccessor": ("read",), "roles/secretmanager.secretVersionAdder": ("write",),
    "roles/secretmanager.secretVersionManager": ("write",), "roles/secretmanager.viewer": (),
    "roles/secretmanager.admin": ALL,
    "roles/logging.viewer": ("read",), "roles/logging.logWriter": ("write",), "roles/logging.admin": ALL,
    "roles/iam.securityReviewer": (), "roles/iam.securityAdmin": ("grant",),
}  # fmt: skip
CROWDS = {"allUsers": (ANYONE, Trust.PUBLIC), "allAuthenticatedUsers": ("anyone with a Google account", Trust.ACCOUNT)}
READS = ("get", "getData", "access", "read", "export", "download")
WRITES = ("create", "update", "delete", "updateData", "write", "import", "upload", "add", "move", "restore", "set")
AROUND = frozenset({"project", "folder", "organization"})


def recognise(doc: Doc) -> bool:
    """Whether it is a policy with bindings, a list of policies, or a role."""
    if isinstance(doc.tree, Map):
        return (
            bool(list(maps(doc.tree.get("bindings"))))
            or _is_role(doc.tree)
            or {"etag"} == doc.tree.keys() - {"version"}
        )
    return any(_is_around(m) or _is_role(m) for m in maps(doc.tree))


def _is_role(m: Map) -> bool:
    return "includedPermissions" in m and "name" in m


def _is_around(m: Map) -> bool:
    return text_of(m, "type") in AROUND and isinstance(m.get("policy"), Map)


def read(docs: tuple[Doc, ...], target: Target) -> Rights:
    """The rights of all members; of what is around, those that reach the service of the target."""
    doubts: list[str] = []
    own = {text_of(m, "name"): _permits(m) for d in docs for m in maps(d.tree) if _is_role(m)}
    service = _service(target)
    found: list[Right] = []
    at_resource = around = False
    for d in docs:
        for m in maps(d.tree):
            if _is_around(m):
                around = True
                found += _bindings(d, m["policy"], own, service, doubts)
            elif not _is_role(m):
                at_resource = True
                found += _bindings(d, m, own, None, doubts)
    lacks = [] if at_resource else ["the policy of the resource itself"]
    lacks += [] if around else ["the policies of the project and what is above it (get-ancestors-iam-policy)"]
    return Rights(tuple(found), at_resource and around, tuple(doubts), tuple(lacks))


def _service(target: Target) -> str:
    """`storage` of `gs://b` or `//storage.googleapis.com/...`; empty where it is not told."""
    for name in target.of("gs://", "//"):
        return "storage" if name.startswith("gs://") else name[2:].split(".", 1)[0]
    return ""


def _bindings(
    doc: Doc, policy: Map, own: dict[str, tuple[str, ...]], inherited: str | None, doubts: list[str]
) -> Iterator[Right]:
    """inherited: the service that rights from around must reach; None at the resource itself."""
    for b in maps(policy.get("bindings")):
        role, members = text_of(b, "role"), texts(b.get("members"))
        if (
            inherited
            and role not in BASIC
            and role.startswith("roles/")
            and role.split("/")[1].split(".")[0] != inherited
        ):
            continue
        may = own.get(role, ROLES.get(role))
        mark = b.value_at("role") if "role" in b else b.at
        if may is None:
            doubts.append(f"{doc.at(mark)}: we do not know what {role or 'a binding without a role'} permits")
        note = "under a condition" if b.get("condition") not in (None, "null") else ""
        note = note or (
            f"{role} reaches it only through its own policy" if inherited is not None and role in BASIC else ""
        )
        for member in members:
            who, trust = CROWDS.get(member, (member, None))
            for word in may if may is not None else ("read", "write"):
                why = note or ("" if may is not None else f"by {role}")
                yield Right(who, word, doc.at(mark), role, not why, why, trust)


def _permits(role: Map) -> tuple[str, ...]:
    """What the permissions of a role come to. Of one that nobody knows, both are assumed."""
    out: dict[str, None] = {}
    for p in texts(role.get("includedPermissions")):
        verb = p.rpartition(".")[2]
        if verb == "setIamPolicy":
            out["grant"] = None
        elif verb in WRITES:
            out["write"] = None
        elif verb in READS and not p.endswith("buckets.get"):
            out["read"] = None
    return tuple(out)
