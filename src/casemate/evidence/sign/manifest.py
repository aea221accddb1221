"""What a model signature says: an in-toto Statement that lists every file with its digest.

Source: OpenSSF Model Signing v1.0. Its root digest hashes the digests in the order of the names, and not the names: two
models that differ only in names have one root, so it is never used as an identity here. `casemate sign` adds
`casemate: {version, signed on}` to the predicate; verifiers of v1.0 leave out what they do not know.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from casemate.core.day import day
from casemate.evidence.sign.bundle import Unsupported, strict
from casemate.evidence.sign.dsse import Broken
from casemate.evidence.sign.tree import NEW, How, parts

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://model_signing/signature/v1.0"
EARLIER = "https://model_signing/Digests/v0.1"
MAX_VERSION = 10**12
_HEX = re.compile(r"[0-9a-f]{64}([0-9a-f]{64})?")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The signed list. `resources`: names and digests in hex, in the order in which the root hashes them."""

    name: str
    how: How
    resources: Mapping[str, str]
    ignored: tuple[str, ...] = ()
    version: int | None = None
    signed_on: date | None = None
    root: str = ""

    def ignores(self) -> Callable[[str], bool]:
        """Says of a path whether the signer left it out, itself or with a folder above it."""
        these = frozenset(map(_clean, self.ignored))
        below = tuple(f"{i}/" for i in these)
        if "" in these:
            return lambda _name: True
        return lambda name: name in these or name.startswith(below)


def _clean(path: str) -> str:
    return "/".join(p for p in path.split("/") if p not in ("", "."))


def by_file(digests: Mapping[str, str], how: How) -> Mapping[str, Any]:
    """What stands for each file: its digest, or those of its shards (`name:start:end`)."""
    if how.shard is None:
        return digests
    out: dict[str, dict[str, str]] = {}
    for name, digest in digests.items():
        out.setdefault(name.rsplit(":", 2)[0], {})[name] = digest
    return out


def root_of(digests: Mapping[str, str]) -> str:
    """The root digest: sha256 over the digests of the files, in the order given."""
    return hashlib.sha256(bytes.fromhex("".join(digests.values()))).hexdigest()


def written(m: Manifest) -> bytes:
    """The Statement as bytes. Resources stand in the order of their names' parts."""
    resources = {name: m.resources[name] for name in sorted(m.resources, key=parts)}
    extra = {"version": m.version, "signed on": m.signed_on.isoformat() if m.signed_on else None}
    predicate = {
        "serialization": {
            "method": "files",
            "hash_type": m.how.algorithm,
            "allow_symlinks": m.how.follow,
            "ignore_paths": sorted(m.ignored),
        },
        "resources": [{"name": n, "algorithm": m.how.algorithm, "digest": d} for n, d in resources.items()],
        "casemate": {k: v for k, v in extra.items() if v is not None},
    }
    doc = {
        "_type": STATEMENT,
        "subject": [{"name": m.name, "digest": {"sha256": root_of(resources)}}],
        "predicateType": PREDICATE,
        "predicate": predicate,
    }
    return json.dumps(doc).encode()


def read(payload: bytes) -> Manifest:
    """The list that verified bytes hold. Raises Broken or Unsupported."""
    doc = strict(payload)
    if not isinstance(doc, dict) or doc.get("_type") != STATEMENT:
        raise Broken("holds no in-toto Statement v1")
    if doc.get("predicateType") == EARLIER:
        raise Unsupported("was made before version 1.0 of model signing; sign again with a current tool")
    if doc.get("predicateType") != PREDICATE:
        raise Unsupported(f"signs something else than a model: {str(doc.get('predicateType'))[:80]!r}")
    predicate = doc.get("predicate")
    if not isinstance(predicate, dict):
        raise Broken("lists no files")
    name, root = _subject(doc.get("subject"))
    how, ignored = _serialization(predicate.get("serialization"))
    resources = _resources(predicate.get("resources"), how)
    if root_of(resources) != root:
        raise Broken("contradicts itself: its root digest is not that of its files")
    return Manifest(name, how, resources, ignored, **_ours(predicate.get("casemate")), root=root)


def _subject(found: Any) -> tuple[str, str]:
    one = found[0] if isinstance(found, list) and len(found) == 1 else None
    digest = one.get("digest") if isinstance(one, dict) else None
    root = digest.get("sha256") if isinstance(digest, dict) else None
    name = one.get("name", "") if isinstance(one, dict) else None
    if not isinstance(name, str) or not isinstance(root, str):
        raise Broken("must have one subject with a sha256 digest")
    return name, root


def _serialization(found: Any) -> tuple[How, tuple[str, ...]]:
    if not isinstance(found, dict):
        raise Broken("does not say how its files were read")
    method, algorithm, ignored = found.get("method"), found.get("hash_type"), found.get("ignore_paths", [])
    if not isinstance(ignored, list) or not all(isinstance(i, str) for i in ignored):
        raise Broken("has ignored paths that are no list of texts")
    if method not in ("files", "shards"):
        raise Unsupported(f"reads files by {str(method)[:40]!r}, which we do not know")
    if not isinstance(algorithm, str) or algorithm not in NEW:
        raise Unsupported(f"uses the hash {str(algorithm)[:40]!r}; sign with sha256")
    shard = _shard(found.get("shard_size")) if method == "shards" else None
    return How(algorithm, shard, found.get("allow_symlinks") is True), tuple(ignored)


def _shard(found: Any) -> int:
    """model_signing writes the size as 4096.0. Sizes below a page would make a list longer than the model."""
    whole = isinstance(found, int | float) and not isinstance(found, bool) and found == found // 1
    if not whole or not 4096 <= found <= 2**50:
        raise Unsupported("has shards of an impossible size; sign by files")
    return int(found)


def _resources(found: Any, how: How) -> dict[str, str]:
    if not isinstance(found, list):
        raise Broken("lists no files")
    out: dict[str, str] = {}
    for r in found:
        name, digest = (r.get("name"), r.get("digest")) if isinstance(r, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(digest, str) or not _HEX.fullmatch(digest):
            raise Broken("lists a file without name or digest")
        if not str(r.get("algorithm", "")).startswith(how.algorithm):
            raise Unsupported(f"lists a file with the hash {str(r.get('algorithm'))[:40]!r}; sign with sha256")
        if name in out:
            raise Broken("lists one file twice")
        out[name] = digest
    return out


def _ours(found: Any) -> dict[str, Any]:
    """What `casemate sign` adds; whatever is not as it would be counts as not said."""
    if not isinstance(found, dict):
        return {}
    version, when = found.get("version"), found.get("signed on")
    fine = isinstance(version, int) and not isinstance(version, bool) and 0 <= version <= MAX_VERSION
    return {
        "version": version if fine else None,
        "signed_on": day(when) if isinstance(when, str) else None,
    }
