"""From JSON lines to statements. Evidence comes from outside: every field is checked, every error has its line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from casemate.core.day import day
from casemate.core.errors import CasemateError, Problems, Where
from casemate.evidence.seal import unseal
from casemate.evidence.sign.dsse import Broken, is_envelope
from casemate.evidence.sign.keys import Public
from casemate.evidence.statement import PREDICATE, TYPE, ControlResult, Statement, Trial

MAX_LINE = 4_000_000  # bytes; records hold aggregates, never rows
MAX_COUNT = 10**12
MAX_NUMBER = 10**18
MAX_DEPTH = 16  # our own records nest 6 deep; beyond some 900, what was read could not be written again
# Half a character cannot be written as UTF-8; a control character moves the cursor of whoever reads the report.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class _Wrong(Exception):
    """What is wrong with one record, and what to do."""


def statements(text: str, path: str, keys: Iterable[Public] = ()) -> list[Statement]:
    """The statements of a JSONL text, in envelopes or bare. All broken lines are reported at once as `Problems`.

    keys: those whose signatures the policy accepts.
    """
    out, errors, keys = [], [], tuple(keys)
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            out.append(_of_line(line, keys))
        except _Wrong as e:
            errors.append(CasemateError(Where(path, number, 1), *e.args))
    if errors:
        raise Problems(errors)
    return out


def _of_line(line: str, keys: tuple[Public, ...]) -> Statement:
    doc = _json(line)
    if not is_envelope(doc):
        return statement(doc)
    try:
        text, signed = unseal(doc, keys)
    except Broken as e:
        raise _Wrong(str(e), "measure again with the signer's key") from None
    return replace(statement(_json(text)), signed=signed, sealed=line.strip())


def _json(line: str) -> Any:
    if len(line) > MAX_LINE:
        raise _Wrong("is a record larger than 4 MB", "store aggregates, not rows")
    try:
        found = json.loads(line, parse_constant=_no_constant, object_pairs_hook=_no_twins)
    except (ValueError, RecursionError):
        raise _Wrong("is not JSON", "write one in-toto Statement on each line") from None
    _bounded(found)
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers take different ones of two equal keys."""
    out = dict(pairs)
    if len(out) != len(pairs):
        seen: set[str] = set()  # counting each key in a list would take hours for a line of 4 MB
        twin = next(k for k, _ in pairs if k in seen or seen.add(k))  # type: ignore[func-returns-value]
        raise _Wrong(f"gives {twin[:60]!r} twice", "measure again")
    return out


def _bounded(doc: Any) -> None:
    """Nothing in a record is too deep, too large or unfit to be written down again."""
    level = [doc]
    for _ in range(MAX_DEPTH):
        if not level:
            return
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inner += [*value, *value.values()]
            elif isinstance(value, list):
                inner += value
            elif isinstance(value, str) and _UNSEEN.search(value):
                raise _Wrong("holds a control character or half a character", "measure again")
            elif isinstance(value, (int, float)) and not abs(value) <= MAX_NUMBER:
                raise _Wrong("holds a number beyond 10^18", "measure again")
        level = inner
    raise _Wrong(f"is nested deeper than {MAX_DEPTH}", "store aggregates")


def statement(doc: Any) -> Statement:
    """One Statement v1 with our predicate. Raises _Wrong."""
    if not isinstance(doc, dict) or doc.get("_type") != TYPE:
        raise _Wrong("is no in-toto Statement v1", f"give it `_type: {TYPE}`")
    if doc.get("predicateType") != PREDICATE:
        raise _Wrong("has a predicate that is not ours", f"give it `predicateType: {PREDICATE}`")
    subjects = doc.get("subject")
    digest = _digest(subjects[0]) if isinstance(subjects, list) and len(subjects) == 1 else None
    p = doc.get("predicate")
    if digest is None or not isinstance(p, dict):
        raise _Wrong("does not say what was measured", "give one subject with a sha256 digest, and a predicate")
    return Statement(
        kind=_get(p, "kind", str),
        about=_get(p, "about", str),
        digest=digest,
        tool=_get(p, "tool", str),
        measured=_day(p, "measured", required=True),
        valid_until=_day(p, "valid until"),
        facts=_facts(p),
        trials=tuple(_trial(t) for t in _get(p, "trials", list, [])),
        controls=tuple(_control(c) for c in _get(p, "controls", list, [])),
        accuracy=_get(p, "accuracy", dict, {}),
        coverage=_get(p, "coverage", dict, {}),
        settings=_get(p, "settings", dict, {}),
        findings=tuple(str(f)[:400] for f in _get(p, "findings", list, [])),
        seed=_get(p, "seed", int, None),
        recipe=_get(p, "recipe", str, None),
    )


def _digest(subject: Any) -> str | None:
    digest = subject.get("digest") if isinstance(subject, dict) else None
    sha = digest.get("sha256") if isinstance(digest, dict) else None
    return sha if isinstance(sha, str) and _SHA256.fullmatch(sha) else None


_MISSING = object()
_SAID = {str: "text", int: "whole number", bool: "true or false", list: "list", dict: "mapping"}


def _get(p: dict[str, Any], key: str, kind: type, default: Any = _MISSING) -> Any:
    value = p.get(key, default)
    if value is _MISSING:
        raise _Wrong(f"has no {key!r}", "the record is incomplete; measure again")
    if value is default or (isinstance(value, kind) and not (kind is int and isinstance(value, bool))):
        return value
    raise _Wrong(f"has a {key!r} that is no {_SAID[kind]}", "measure again")


def _day(p: dict[str, Any], key: str, required: bool = False) -> Any:
    text = _get(p, key, str) if required else _get(p, key, str, None)
    if text is None:
        return None
    found = day(text)
    if found is None:
        raise _Wrong(f"has a {key!r} that is no date", "write it as 2026-10-02")
    return found


def _facts(p: dict[str, Any]) -> dict[str, Any]:
    facts = _get(p, "facts", dict, {})
    fine: Callable[[Any], bool] = lambda v: isinstance(v, (str, bool, int))  # noqa: E731
    for key, value in facts.items():
        if not (fine(value) or (isinstance(value, list) and all(map(fine, value)))):
            raise _Wrong(f"states {key!r} as neither a word nor a list of words", "measure again")
    return {k: tuple(v) if isinstance(v, list) else v for k, v in facts.items()}


def _trial(doc: Any) -> Trial:
    if not isinstance(doc, dict):
        raise _Wrong("has a trial that is no mapping", "measure again")
    counts = {k: _get(doc, k, int, 0) for k in ("attempts", "broken", "held", "errored", "skipped")}
    if any(not 0 <= n <= MAX_COUNT for n in counts.values()):
        raise _Wrong("has a trial with impossible counts", "measure again")
    if counts["broken"] + counts["held"] + counts["errored"] + counts["skipped"] != counts["attempts"]:
        raise _Wrong("has a trial whose outcomes do not add up", "broken, held, errored and skipped make attempts")
    strength = _get(doc, "strength", str, "weaker")
    if strength not in ("weaker", "equal"):
        raise _Wrong("has a trial of unknown strength", "strength is weaker or equal")
    return Trial(_get(doc, "threat", str), _get(doc, "unit", str), **counts, strength=strength)


def _control(doc: Any) -> ControlResult:
    if not isinstance(doc, dict):
        raise _Wrong("has a control that is no mapping", "measure again")
    trials = {k: _trial(doc[k]) for k in ("naive", "adaptive") if doc.get(k) is not None}
    return ControlResult(
        _get(doc, "id", str), _get(doc, "threat", str, None), _get(doc, "verified", bool, None), **trials
    )
