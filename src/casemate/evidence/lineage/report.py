"""What a check of a statement found. The worst problem decides the verdict; all of them are told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from casemate.evidence.lineage.prints import Print, State


class Verdict(StrEnum):
    """From good to bad. Only `complete` passes."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    """Something could not be checked."""
    UNREADABLE = "unreadable"
    """The statement itself."""
    LACKS_ROLE = "lacks a role"
    UNTRUSTED_BUILDER = "untrusted builder"
    CHANGED = "changed"
    UNSIGNED = "unsigned"
    UNTRUSTED_SIGNER = "untrusted signer"
    BAD_SIGNATURE = "bad signature"

    @property
    def exit_code(self) -> int:
        """0 complete, 3 what could not be told, 1 everything else."""
        return 0 if self is Verdict.COMPLETE else 3 if self in (Verdict.INCOMPLETE, Verdict.UNREADABLE) else 1


ORDER = list(Verdict)


@dataclass(frozen=True, slots=True)
class Item:
    """One input or output: what it was said to be, and what it is now."""

    role: str
    name: str
    state: State
    why: str = ""
    found: Print | None = None
    origin: str | None = None
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that keeps a verdict from being `complete`."""

    verdict: Verdict
    what: str


@dataclass(frozen=True, slots=True)
class Link:
    """The statement of an input, `depth` statements away. verdict None: there is none, or the way ends there."""

    of: str
    depth: int
    verdict: Verdict | None
    why: str = ""
    statement: str | None = None
    signer: str | None = None
    place: str | None = None
    """Where the statement lies below the root of the first one; `statement` is its name where its own names start."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found of one statement, and of those behind it."""

    statement: str
    problems: tuple[Problem, ...]
    made: tuple[Item, ...] = ()
    inputs: tuple[Item, ...] = ()
    builder: str | None = None
    signer: str | None = None
    signed: bool = False
    watched: bool = False
    chain: tuple[Link, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst of the problems."""
        return max((p.verdict for p in self.problems), key=ORDER.index, default=Verdict.COMPLETE)

    @property
    def depth(self) -> int:
        """How many statements there are one behind the other."""
        return max((link.depth for link in self.chain if link.verdict is not None), default=0)

    @property
    def signature(self) -> str:
        """What is known of the signature, in two words at most."""
        return "valid" if self.signer else "not checked" if self.signed else "none"


def to_json(r: Report) -> dict[str, Any]:
    """The report for machines."""
    return {
        "statement": r.statement,
        "verdict": str(r.verdict),
        "exit code": r.verdict.exit_code,
        "signature": r.signature,
        "signer": r.signer,
        "builder": r.builder,
        "watched": r.watched,
        "made": [_item(i) for i in r.made],
        "inputs": [_item(i) for i in r.inputs],
        "problems": [{"verdict": str(p.verdict), "what": p.what} for p in r.problems],
        "chain": [_link(link) for link in r.chain],
        "depth": r.depth,
    }


def _item(i: Item) -> dict[str, Any]:
    out: dict[str, Any] = {"name": i.name, "role": i.role, "state": str(i.state), "why": i.why, "origin": i.origin}
    out |= {"digest": i.found.digest if i.found else None, "checked before the run": i.checked or None}
    return {k: v for k, v in out.items() if v not in (None, "")}


def _link(link: Link) -> dict[str, Any]:
    verdict = str(link.verdict) if link.verdict else None
    return {"of": link.of, "depth": link.depth, "statement": link.statement, "verdict": verdict, "why": link.why}
