"""Signed records: a Statement in a DSSE envelope, one on each line. What a signature is worth, the policy says.

by a key that the policy names     counts as measured
by a key that it does not name     counts as any record on disk: attested
said to be by a key that it names, and not made by it     an error; such a record is never used
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from casemate.evidence.sign import dsse
from casemate.evidence.sign.dsse import Broken
from casemate.evidence.sign.keys import Private, Public
from casemate.evidence.statement import Statement, to_json


def seal(s: Statement, key: Private) -> Statement:
    """The record with an envelope around it, signed by the key. Its id stays."""
    text = json.dumps(to_json(s), sort_keys=True, ensure_ascii=False, allow_nan=False)
    return replace(s, sealed=dsse.line(dsse.sign(text.encode("utf-8", "backslashreplace"), key)).rstrip("\n"))


def unseal(doc: Any, keys: Iterable[Public]) -> tuple[str, bool]:
    """The text of the record in an envelope, and whether one of the keys signed these very bytes. Raises Broken."""
    keys = tuple(keys)
    envelope = dsse.from_json(doc)
    if envelope.type != dsse.IN_TOTO:
        raise Broken(f"is an envelope around {envelope.type[:60]!r}")
    signed = dsse.signer(envelope, keys) is not None
    if not signed and dsse.claimed(envelope, keys) is not None:
        raise Broken("has a broken signature")
    try:
        return envelope.payload.decode(), signed
    except UnicodeDecodeError:
        raise Broken("is an envelope around no text") from None
