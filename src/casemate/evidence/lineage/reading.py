"""From the text of a statement to what it says. It comes from strangers: size, depth, numbers and names are bounded.

A signed statement is read only from bytes whose signature was found good, once a key is given.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casemate.core import files
from casemate.evidence.lineage import provenance as p
from casemate.evidence.lineage.prints import MAX_NAME, UNSEEN
from casemate.evidence.lineage.report import Verdict
from casemate.evidence.sign import dsse
from casemate.evidence.sign.keys import Public

MAX_BYTES = 8_000_000  # 10,000 files with names of 60 characters make 3 MB in an envelope
MAX_DEPTH = 32  # ours nest 7 deep
MAX_INPUTS = 20_000  # twice what record lists before it writes a manifest
STRONG = {"sha256": re.compile("[0-9a-f]{64}"), "dirHash": re.compile("[0-9a-f]{64}")}
OTHER = re.compile(r"[\w:+/=.-]{1,256}", re.ASCII)  # digests that we ignore, in whatever notation


class Rejected(Exception):
    """Why a statement says nothing to us: a verdict, and a reason."""

    def __init__(self, verdict: Verdict, why: str) -> None:
        self.verdict, self.why = verdict, why
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Read:
    """A statement and who signed it: the id of the key, None when no key was given to check with."""

    says: p.Provenance
    signer: str | None = None
    signed: bool = False
    """Whether there is a signature, checked or not."""


def read(path: Path, keys: Iterable[Public] = ()) -> Read:
    """The statement of a file. Raises Rejected for its contents, CasemateError when there is no such file."""
    data = files.read(path, MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise _unreadable(f"it is larger than {MAX_BYTES // 1_000_000} MB")
    return from_bytes(data, tuple(keys))


def from_bytes(data: bytes, keys: tuple[Public, ...] = ()) -> Read:
    """The statement in these bytes, plain or in a DSSE envelope. Raises Rejected."""
    doc = _json(data)
    if isinstance(doc, dict) and "dsseEnvelope" in doc:  # a sigstore bundle
        doc = doc["dsseEnvelope"]
    if not dsse.is_envelope(doc):
        if keys:
            raise Rejected(Verdict.UNSIGNED, "it is not signed")
        return Read(provenance(doc))
    try:
        envelope = dsse.from_json(doc)
    except dsse.Broken as e:
        raise _unreadable(f"it {e}") from None
    if envelope.type != dsse.IN_TOTO:
        raise _unreadable("its envelope holds no in-toto Statement")
    signer = _signer(envelope, keys) if keys else None
    return Read(provenance(_json(envelope.payload)), signer.id if signer else None, signed=True)


def _signer(envelope: dsse.Envelope, keys: tuple[Public, ...]) -> Public:
    found = dsse.signer(envelope, keys)
    if found is None and dsse.claimed(envelope, keys) is not None:
        raise Rejected(Verdict.BAD_SIGNATURE, "its signature is not one over these bytes")
    if found is None:
        raise Rejected(Verdict.UNTRUSTED_SIGNER, "none of the given keys signed it")
    return found


def _unreadable(why: str) -> Rejected:
    return Rejected(Verdict.UNREADABLE, why)


def _json(data: bytes) -> Any:
    try:
        doc = json.loads(data.decode("utf-8"), object_pairs_hook=_no_twins, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _unreadable("it is not JSON, or not all of it is here") from None
    level = [doc]
    for _ in range(MAX_DEPTH):
        level = [v for x in level if isinstance(x, dict | list) for v in (x.values() if isinstance(x, dict) else x)]
        if not level:
            return doc
    raise _unreadable(f"it is nested deeper than {MAX_DEPTH}")


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers take different ones of two equal keys."""
    out = dict(pairs)
    if len(out) != len(pairs):
        raise _unreadable("it gives one key twice")
    return out


def provenance(doc: Any) -> p.Provenance:
    """What a Statement v1 with SLSA provenance v1 says. Raises Rejected."""
    if not isinstance(doc, dict) or doc.get("_type") != p.STATEMENT:
        raise _unreadable("it is no in-toto Statement v1")
    if doc.get("predicateType") != p.SLSA:
        raise _unreadable("its predicate is no SLSA provenance v1")
    predicate = _map(doc, "predicate")
    build, run = _map(predicate, "buildDefinition"), _map(predicate, "runDetails")
    inner, outer, metadata = (
        _map(of, key, {})
        for of, key in ((build, "internalParameters"), (build, "externalParameters"), (run, "metadata"))
    )
    made = tuple(_resource(r) for r in _list(doc, "subject"))
    if not made or any(not r.name or not r.digest for r in made):
        raise _unreadable("it does not say what was made, with a name and a digest")
    return p.Provenance(
        made=made,
        inputs=tuple(_resource(r) for r in _list(build, "resolvedDependencies", [])),
        builder=_text(_map(run, "builder"), "id") or "",
        command=tuple(w for w in _list(outer, "command", []) if isinstance(w, str)),
        watched=inner.get("watched") is True or build.get("buildType") != p.BUILD_TYPE,
        started=_text(metadata, "startedOn"),
        finished=_text(metadata, "finishedOn"),
        build_type=_text(build, "buildType") or "",
    )


def _resource(doc: Any) -> p.Resource:
    if not isinstance(doc, dict):
        raise _unreadable("it names an input that is no mapping")
    notes, digest = _map(doc, "annotations", {}), _map(doc, "digest", {})
    for algorithm, value in digest.items():
        form = STRONG.get(algorithm, OTHER)
        if not OTHER.fullmatch(algorithm) or not isinstance(value, str) or not form.fullmatch(value):
            raise _unreadable("it gives a digest that is none")
    address = _text(doc, "uri") or _text(doc, "downloadLocation")
    return p.Resource(
        name=_text(doc, "name") or address or "",
        digest=digest,
        role=_text(notes, "role") or "",
        within=_text(notes, "in"),
        origin=_text(notes, "origin") or address,
        changed=notes.get("changed during the run", False) is not False,
        untouched=notes.get("not written by the run", False) is not False,
        checked=notes.get("checked before the run") is True,
    )


_NEEDED: Any = object()


def _map(doc: dict[str, Any], key: str, default: Any = _NEEDED) -> dict[str, Any]:
    return _of(doc, key, dict, default)  # type: ignore[no-any-return]


def _list(doc: dict[str, Any], key: str, default: Any = _NEEDED) -> list[Any]:
    found = _of(doc, key, list, default)
    if len(found) > MAX_INPUTS:
        raise _unreadable(f"it names more than {MAX_INPUTS:,} inputs")
    return found  # type: ignore[no-any-return]


def _of(doc: dict[str, Any], key: str, kind: type, default: Any) -> Any:
    value = doc.get(key)
    if value is None and default is not _NEEDED:
        return default
    if not isinstance(value, kind):
        raise _unreadable(f"its {key} is missing or of another form")
    return value


def _text(doc: dict[str, Any], key: str) -> str | None:
    value = doc.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > MAX_NAME or UNSEEN.search(value):
        raise _unreadable(f"its {key} is no plain text of at most {MAX_NAME} characters")
    return value
