"""From bytes to a passport, only behind a good signature. Whatever is in them, the one outcome beside it is Refusal.

The file must be spelled as it was written, byte for byte: key ids, base64 and white space are outside of a signature,
and a file that differs from the one that was issued is another file. Size and names are bounded before they are used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from casemate.core import files
from casemate.core.day import day
from casemate.core.errors import CasemateError
from casemate.evidence.passport import form
from casemate.evidence.passport.form import Grounds, Passport, Thing
from casemate.evidence.sign import dsse
from casemate.evidence.sign.bundle import strict
from casemate.evidence.sign.dsse import Broken
from casemate.evidence.sign.keys import Public

MAX_BYTES = 8_000_000  # 10,000 components, each with a file and a record, make 4.3 MB
BEGIN = b'{"payload": "'
MAX_NAME = 4096  # characters of a path
MAX_SEED = 2**31 - 1
_HEX = re.compile("[0-9a-f]{64}")


class Refusal(Exception):
    """Why a passport does not let a model pass, in words that follow its name."""


def read(path: Path, keys: Iterable[Public]) -> Passport:
    """The passport of a file, signed by one of the keys. Raises Refusal, also when there is none."""
    return from_bytes(content(path), keys)


def content(path: Path) -> bytes:
    """The bytes of a passport's file. Raises Refusal."""
    try:
        data = files.read(path, MAX_BYTES + 1)
    except CasemateError as e:
        raise Refusal(f"was not read: {e.what}") from None
    if len(data) > MAX_BYTES:
        raise Refusal(f"is larger than {MAX_BYTES // 1_000_000} MB")
    return data


def from_bytes(data: bytes, keys: Iterable[Public]) -> Passport:
    """The passport in these bytes, signed by one of the keys. Raises Refusal."""
    keys = tuple(keys)
    try:
        envelope = _envelope(data)
        signed = dsse.opened(envelope, keys)
        named = dsse.claimed(envelope, keys)
        if named is None or named != dsse.signer(envelope, [named]):
            raise Broken("names another key than the one that signed it")
        return _passport(_Object(strict(signed), "it"))
    except Broken as e:
        raise Refusal(str(e)) from None


def parts(data: bytes, keys: Iterable[Public]) -> tuple[Passport, bool]:
    """The passport in these bytes, and whether one of the keys signed it; for a report that says so. Raises Refusal.

    One that a key is said to have signed and did not is refused.
    """
    keys = tuple(keys)
    try:
        envelope = _envelope(data)
        if dsse.claimed(envelope, keys) is not None:
            return from_bytes(data, keys), True
        if envelope.type != dsse.IN_TOTO:
            raise Broken(f"holds {envelope.type[:60]!r}, not {dsse.IN_TOTO!r}")
        return _passport(_Object(strict(envelope.payload), "it")), False
    except Broken as e:
        raise Refusal(str(e)) from None


def _envelope(data: bytes) -> dsse.Envelope:
    """The one envelope that is spelled like this, with one signature: two objects and one list, which is cheap to see.

    Anything else is not parsed: nested JSON takes 25 times its size in memory.
    """
    if not data.startswith(BEGIN) or data.count(b"{") != 2 or data.count(b"[") != 1:
        raise Broken("is no passport as it was written")
    envelope = dsse.from_json(strict(data))
    if dsse.line(envelope).encode() != data:
        raise Broken("is not spelled as it was written: somebody edited it")
    return envelope


class _Object:
    """A JSON object whose members are checked when they are taken. Raises Broken."""

    def __init__(self, doc: Any, called: str) -> None:
        if not isinstance(doc, dict):
            raise Broken(f"says nothing that can be read: {called} is no object")
        self.doc, self.called = doc, called

    def wrong(self, key: str) -> Broken:
        return Broken(f"says nothing that can be read: {key!r} of {self.called} is missing or of another form")

    def object(self, key: str) -> _Object:
        return _Object(self.doc.get(key), key)

    def text(self, key: str) -> str:
        found = self.doc.get(key)
        if not isinstance(found, str) or not 0 < len(found) <= MAX_NAME or not found.isprintable():
            raise self.wrong(key)
        return found

    def day(self, key: str) -> date:
        found = day(self.text(key))
        if found is None:
            raise self.wrong(key)
        return found

    def sha256(self, key: str = "digest") -> str:
        found = self.object(key).doc.get("sha256")
        if not isinstance(found, str) or not _HEX.fullmatch(found):
            raise self.wrong(key)
        return found

    def whole(self, key: str) -> int:
        found = self.doc.get(key)
        if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= MAX_SEED:
            raise self.wrong(key)
        return found

    def each(self, key: str) -> list[_Object]:
        found = self.doc.get(key)
        if not isinstance(found, list):
            raise self.wrong(key)
        return [_Object(x, f"one of {key!r}") for x in found]


def _passport(doc: _Object) -> Passport:
    if doc.doc.get("_type") != form.STATEMENT or doc.doc.get("predicateType") != form.PREDICATE:
        raise Broken("is a signed statement of something else, and no passport")
    said = doc.object("predicate")
    system, policy, evidence = (said.object(k) for k in ("system", "policy", "evidence"))
    assessment = said.object("assessment")
    return Passport(
        system=system.text("name"),
        subjects=_things(doc.each("subject")),
        system_digest=system.sha256(),
        described=_things(system.each("files")),
        policy=policy.text("name"),
        policy_digest=policy.sha256(),
        policy_file=policy.sha256("file") if "file" in policy.doc else None,
        evidence=_things(evidence.each("files")),
        grounds=tuple(
            Grounds(r.text("id"), r.text("element"), r.text("kind"), r.sha256("says")) for r in evidence.each("records")
        ),
        sign_offs=tuple(_Object({"digest": s.doc}, "sign-offs").sha256() for s in said.each("sign-offs")),
        assessment=assessment.sha256(),
        verdict=assessment.text("verdict"),
        seed=assessment.whole("seed"),
        issued=said.day("issued"),
        until=said.day("valid until"),
        because=said.text("because"),
        version=said.text("casemate"),
    )


def _things(found: list[_Object]) -> tuple[Thing, ...]:
    if not found:
        return ()
    made = tuple(_thing(t) for t in found)
    if len({t.name for t in made}) != len(made):
        raise Broken("names one thing twice")
    return made


def _thing(t: _Object) -> Thing:
    notes = t.object("annotations") if "annotations" in t.doc else None
    folder = notes.doc.get("folder", False) if notes else False
    kind = notes.text("kind") if notes and "kind" in notes.doc else ""
    if not isinstance(folder, bool):
        raise t.wrong("annotations")
    return Thing(t.text("name"), t.sha256(), folder, kind)
