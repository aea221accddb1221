"""A comparison in words, and as JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from casemate.evidence.access.compare import Comparison, Holder, Side
from casemate.evidence.access.match import UNKNOWN

ONE = {"writers": "writer", "readers": "reader"}
PLACES = 3
HOLDERS = 20
DOUBTS = 10  # shown; the json format has all of them


def lines(c: Comparison) -> Iterator[str]:
    """What differs or could not be told, the most important first."""
    for s in c.sides:
        yield from _side(s)
    for d in c.doubts[:DOUBTS]:
        yield f"could not tell: {d}"
    if len(c.doubts) > DOUBTS:
        yield f"could not tell: {len(c.doubts) - DOUBTS} things more"
    if c.lacks and c.word == "unclear":
        yield f"could not tell whether that is everybody: the exports lack {'; '.join(c.lacks)}"


def _side(s: Side) -> Iterator[str]:
    if s.extra:
        more = "more than declared" if s.declared.said else "found, none declared"
        yield f"{_count(len(s.extra), s.side)} {more}: {_named(s.extra)}"
    if s.unsure:
        yield f"{_count(len(s.unsure), s.side)} perhaps: {_named(s.unsure)}"
    if s.missing:
        yield f"{_count(len(s.missing), s.side)} fewer than declared: {_few(s.missing[:HOLDERS], len(s.missing), ', ')}"
    if s.word == "equal":
        yield f"{s.side} as declared: {_few([h.shown for h in s.found[:HOLDERS]], len(s.found), ', ') or 'nobody'}"


def _count(n: int, side: str) -> str:
    return f"{n} {ONE[side] if n == 1 else side}"


def _named(holders: Sequence[Holder]) -> str:
    return _few([f"{short(h.shown)} ({_where(h)})" for h in holders[:HOLDERS]], len(holders), ", ")


def _where(h: Holder) -> str:
    places, notes = (_few(of[:PLACES], len(of), sign) for of, sign in ((h.places, ", "), (h.notes, "; ")))
    return "; ".join(x for x in (places, notes) if x)


def _few(first: Sequence[str], of: int, sign: str) -> str:
    return sign.join(first) + (f" and {of - len(first)} more" if of > len(first) else "")


def short(name: str) -> str:
    """`role/etl` of an ARN, escaped so that it moves no terminal's cursor."""
    kept = name.split(":", 5)[5] if name.startswith("arn:") and name.count(":") >= 5 else name
    return kept if kept.isprintable() else kept.encode("unicode_escape").decode("ascii")


def text(found: Iterable[Comparison]) -> str:
    """For a person, at most 80 columns."""
    import textwrap

    out: list[str] = []
    for c in found:
        for i, line in enumerate(lines(c)):
            head = f"{c.component}: " if i == 0 else "  "
            out += textwrap.wrap(head + line, 80, subsequent_indent="    ", break_on_hyphens=False)
    return "".join(f"{line}\n" for line in out)


def facts(of: Mapping[str, Any]) -> list[str]:
    """What a record states of access, one phrase for each right, then what is no right."""
    rights = [_right(side, of[side], of.get(f"{side} complete") is True) for side in ONE if side in of]
    beside = {k: v for k, v in of.items() if k not in {*ONE, *(f"{side} complete" for side in ONE)}}
    return rights + [f"{k} {'yes' if v is True else 'no' if v is False else v}" for k, v in sorted(beside.items())]


def _right(side: str, names: Sequence[str], complete: bool) -> str:
    """names: ids of the file, or `<trust or unknown>: <account>`."""
    actors = [n for n in names if ": " not in n]
    said = [", ".join(actors)] if actors else []
    accounts: dict[str, list[str]] = {}
    for trust, _, account in (n.partition(": ") for n in names if ": " in n):
        accounts.setdefault(trust, []).append(short(account))
    for trust, of in sorted(accounts.items()):
        of_whom = "of no actor" if trust == UNKNOWN else f"of {trust}"
        said.append(f"{'account' if len(of) == 1 else 'accounts'} {of_whom} ({', '.join(of)})")
    found = " and ".join(said)
    if complete:
        return f"{side}: {found}, nobody else" if found else f"{side}: nobody"
    return f"{side}: {found}, perhaps others" if found else f"{side}: not known"


def document(found: Iterable[Comparison]) -> str:
    """For machines: keys sorted."""
    made = {"components": [_json(c) for c in found], "version": 1}
    return json.dumps(made, sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def _json(c: Comparison) -> dict[str, Any]:
    out: dict[str, Any] = {"component": c.component, "verdict": c.word, "doubts": list(c.doubts)}
    if c.lacks:
        out["lacks"] = list(c.lacks)
    for s in c.sides:
        out[s.side] = {
            "verdict": s.word, "declared": list(s.declared.who), "declared complete": s.declared.complete,
            "complete": s.all_found, "missing": list(s.missing),
            **{k: [_holder(h) for h in v] for k, v in (("found", s.found), ("extra", s.extra), ("unsure", s.unsure))},
        }  # fmt: skip
    return out


def _holder(h: Holder) -> dict[str, Any]:
    return {"name": h.name, "accounts": list(h.accounts), "at": list(h.places), "notes": list(h.notes)}
