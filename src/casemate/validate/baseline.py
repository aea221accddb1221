"""A baseline: the findings that were there when a gate was introduced, so that old ones do not block adoption.

It is a file with an owner, a day and an end. It takes from the gate what it names, as long as that is no worse than it
was; what is new or worse still fails. It obeys the policy's `may accept` like an acceptance, lasts a year at most, and
once it has ended it fails the gate itself. Evidence that the policy requires and decisions that ended are never held.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from casemate.core.errors import CasemateError, Problems, Where
from casemate.core.yamltree import Map, parse, read_text, where
from casemate.define.read import Reader
from casemate.define.vocabulary import Field
from casemate.prioritize.price import SEVERITIES
from casemate.prioritize.risk import Risk
from casemate.validate.assessment import Assessment
from casemate.validate.decisions import DECIDABLE, may_decide
from casemate.validate.gate import Gate, Reason

VERSION = "1"
LONGEST = 366  # days: what nobody looked at for a year is no longer the state in which the gate was introduced
FIELDS = {
    "casemate baseline": Field("casemate baseline", "word", "the version of this form", (VERSION,), required=True),
    "by": Field("by", "text", "who answers for it", required=True),
    "on": Field("on", "date", "the day on which the findings were there", required=True),
    "until": Field("until", "date", "its last day", required=True),
    "findings": Field(
        "findings",
        "list",
        "what was found",
        fields={
            "threat": Field("threat", "text", "the threat's id", required=True),
            "outcome": Field("outcome", "word", "open or assumed", DECIDABLE, required=True),
            "severity": Field("severity", "word", "its severity", SEVERITIES, required=True),
            "proven": Field("proven", "flag", "whether a measurement showed it", required=True),
            "danger": Field("danger", "number", "how often it hurts people, over what is tolerable"),
        },
    ),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One finding as it was. danger: how often people get hurt as a multiple of what is tolerable, rounded up."""

    threat: str
    outcome: str
    severity: str
    proven: bool
    danger: float | None = None
    at: Where | None = None


@dataclass(frozen=True, slots=True)
class Baseline:
    """Findings of one day, who answers for them and until when (that day included)."""

    path: str
    by: str
    on: date
    until: date
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A baseline as it stands today. `state`: active, ended, or early (dated in the future)."""

    baseline: Baseline
    state: str
    covered: frozenset[str] = frozenset()
    """Ids of threats that it holds."""
    worse: Mapping[str, str] | None = None
    """Ids of threats that it names, and how they are worse than they were."""
    refused: frozenset[str] = frozenset()
    """Ids of threats that its owner may not accept."""
    unused: tuple[Entry, ...] = ()
    """Entries whose threat is neither open nor assumed any more."""
    passed_over: tuple[Reason, ...] = ()
    """What the gate would fail for without it."""


# ------------------------------------------------------------------------------------------------ the file


def read_baseline(path: Path) -> Baseline:
    """The baseline of a file. All errors at once."""
    return baseline_of(read_text(path), str(path))


def baseline_of(text: str, path: str) -> Baseline:
    """The baseline that a text holds."""
    tree = parse(text, path)
    if not isinstance(tree, Map):
        raise CasemateError(path, "is no baseline", "write one with `casemate baseline`")
    reader = Reader(path)
    doc = reader.fields(FIELDS, tree, "the baseline")
    _dates(reader, tree, doc)
    entries = tuple(_entries(reader, doc.get("findings", [])))
    if reader.errors:
        raise Problems(reader.errors)
    return Baseline(path, doc["by"], doc["on"], doc["until"], entries)


def _dates(reader: Reader, tree: Map, doc: Mapping[str, Any]) -> None:
    on, until = doc.get("on"), doc.get("until")
    if on and until and not on <= until <= on + timedelta(days=LONGEST):
        reader.wrong(tree.value_at("until"), f"ends on {until}", f"let it end within {LONGEST} days after {on}")


def _entries(reader: Reader, found: Iterable[tuple[Mapping[str, Any], int]]) -> Iterator[Entry]:
    seen: set[str] = set()
    for doc, at in found:
        if any(name not in doc for name in ("threat", "outcome", "severity", "proven")):
            continue  # the reader has noted it
        if doc["threat"] in seen:
            reader.wrong(at, f"{doc['threat'][:80]!r} is named twice", "keep one of the two")
        seen.add(doc["threat"])
        place = where(reader.path, at)
        yield Entry(doc["threat"], doc["outcome"], doc["severity"], doc["proven"], doc.get("danger"), place)


def text_of(b: Baseline) -> str:
    """The baseline as its file."""
    lines = [
        "# What was found before the gate began to count. `casemate assess --baseline` fails for what is new or worse,",
        "# and names entries that nothing is left of; `casemate baseline --shrink` takes them out.",
        f"casemate baseline: {VERSION}",
        f"by: {_quoted(b.by)}",
        f"on: {b.on}",
        f"until: {b.until}",
        f"findings:{'' if b.entries else ' []'}",
    ]
    return "\n".join([*lines, *(f"  - {{{', '.join(_shown(e))}}}" for e in b.entries)]) + "\n"


def _shown(e: Entry) -> Iterator[str]:
    yield f"threat: {_quoted(e.threat)}"
    yield f"outcome: {e.outcome}"
    yield f"severity: {e.severity}"
    yield f"proven: {'yes' if e.proven else 'no'}"
    if e.danger is not None:
        yield f"danger: {e.danger:g}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


# ------------------------------------------------------------------------------------------------ today


def taken(a: Assessment, by: str, until: date, path: str) -> Baseline:
    """A baseline of all that is open or assumed today."""
    if not a.today <= until <= a.today + timedelta(days=LONGEST):
        raise CasemateError("--until", f"is {until}", f"choose a day within {LONGEST} days after {a.today}")
    return Baseline(path, by, a.today, until, tuple(_entry(a, r) for r in _live(a)))


def shrunk(a: Assessment, b: Baseline) -> Baseline:
    """The same with what is gone taken out and what is better than it was noted as it is. Nothing is added."""
    now = {r.id: r for r in _live(a)}
    kept = (e for e in b.entries if e.threat in now)
    return replace(b, entries=tuple(e if _worse(a, e, now[e.threat]) else _entry(a, now[e.threat]) for e in kept))


def hold(a: Assessment, b: Baseline) -> Assessment:
    """The assessment with a gate that passes over what the baseline holds."""
    now = {r.id: r for r in _live(a)}
    unused = tuple(e for e in b.entries if e.threat not in now)
    state = "early" if a.today < b.on else "ended" if a.today > b.until else "active"
    if state != "active":
        return replace(a, baseline=Held(b, state, unused=unused), gate=Gate((*a.gate.reasons, _over(b, state))))
    named = [(e, now[e.threat]) for e in b.entries if e.threat in now]
    worse = {r.id: how for e, r in named for how in [_worse(a, e, r)] if how}
    refused = frozenset(r.id for _, r in named if not may_decide(b.by, r, a.policy, a.owned))
    covered = frozenset(r.id for _, r in named) - worse.keys() - refused
    new_harm = _harms(r for r in now.values() if r.id not in covered)
    holds = [_covers(covered, new_harm, now, r) for r in a.gate.reasons]
    over = tuple(r for r, yes in zip(a.gate.reasons, holds, strict=True) if yes)
    kept = tuple(_with_note(r, b, worse, refused) for r, yes in zip(a.gate.reasons, holds, strict=True) if not yes)
    return replace(a, baseline=Held(b, state, covered, worse, refused, unused, over), gate=Gate(kept))


def _live(a: Assessment) -> tuple[Risk, ...]:
    return tuple(sorted((r for r in a.risks.risks if a.outcomes[r.id] in DECIDABLE), key=lambda r: r.id))


def _entry(a: Assessment, r: Risk) -> Entry:
    return Entry(r.id, a.outcomes[r.id], r.severity, r.proven, None if r.danger is None else _up(r.danger))


def _worse(a: Assessment, e: Entry, r: Risk) -> str:
    """How it is worse than it was; empty when it is not. Severity counts once somebody owns the money (law 10)."""
    if a.outcomes[r.id] == "open" and e.outcome == "assumed":
        return "it was assumed, now it is open"
    if r.proven and not e.proven:
        return "now evidence shows it"
    if r.danger is not None and _up(r.danger) > (e.danger or 0):
        return "it hurts people more often"
    if a.owned and SEVERITIES.index(r.severity) < SEVERITIES.index(e.severity):
        return f"it was {e.severity}, now it is {r.severity}"
    return ""


def _up(value: float) -> float:
    """Two significant digits, rounded up: a file that was written on the same day holds what it names."""
    if value <= 0:
        return 0.0
    size = 10.0 ** (math.floor(math.log10(value)) - 1)
    return float(f"{math.ceil(value / size * (1 - 1e-12)) * size:.6g}")


Harm = tuple[float | None, tuple[str, ...]]


def _covers(covered: Collection[str], new_harm: Collection[Harm], now: Mapping[str, Risk], r: Reason) -> bool:
    """Whether it holds all that a reason of the gate is about.

    new_harm: whom threats hurt that it does not hold. All threats that hurt somebody hurt them together.
    """
    if r.exit != 1 or not r.threats or any(t not in covered for t in r.threats):
        return False
    return r.rule != "hurts-people" or not _harms(now[t] for t in r.threats) & set(new_harm)


def _harms(risks: Iterable[Risk]) -> set[Harm]:
    """Whom these threats hurt, and how often that is tolerable."""
    found = (r for r in risks if r.loss.tolerable is not None and r.found.rule.status == "stable")
    return {(r.loss.tolerable, r.loss.hurts) for r in found}


def _over(b: Baseline, state: str) -> Reason:
    what = f"ended on {b.until}" if state == "ended" else f"is dated {b.on}, which is still to come"
    return Reason("baseline", f"the baseline of {b.by} {what}", f"treat what it names, or write {b.path} anew")


def _with_note(r: Reason, b: Baseline, worse: Mapping[str, str], refused: Collection[str]) -> Reason:
    """The reason, with why the baseline does not hold it."""
    notes = [worse[t] for t in r.threats if t in worse]
    notes += [f"{b.by} may not accept it" for t in r.threats if t in refused and t not in worse]
    return replace(r, what=f"{r.what} (in the baseline, but {notes[0]})") if notes else r
