"""What an attack tool tried, counted: tries of one kind (a probe, a plugin) become trials of the threats they speak of.

- What could not be scored is errored and never counts as held.
- The tries are questions from a list, or attacks that do not know this system: always the weaker attacker.
- Tries of a kind that speaks of no threat of ours are told and counted as unmapped; they are in no trial.
- Names of kinds come from strangers: bounded, in one line, without what moves a cursor. Prompts and answers stay out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from casemate.evidence.audit.finding import Finding, plain
from casemate.evidence.results.result import Results, Unreadable
from casemate.evidence.statement import Trial

MOST_COUNT = 10**9  # tries of one kind; a tool that asks a question in a millisecond takes twelve days for so many
MOST_KINDS = 2000
_ESCAPE = re.compile("(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c)?|\x1b.?")
"""Control sequences of terminals: ECMA-48 section 5.4, and operating system commands."""

TYPED = ("prompt-injection", "front-prompt-injection")
PLANTED = ("indirect-prompt-injection",)


@dataclass(frozen=True, slots=True)
class Tally:
    """How the tries of one kind ended. unit: of one try; threats: ids of the catalogue."""

    name: str
    threats: tuple[str, ...]
    broken: int = 0
    held: int = 0
    errored: int = 0
    skipped: int = 0
    unit: str = "query"

    @property
    def tried(self) -> int:
        """All tries, scored or not."""
        return self.broken + self.held + self.errored + self.skipped


def told(text: Any, most: int = 100) -> str:
    """A stranger's text in one line of at most `most` characters, without control sequences; empty if it is no text."""
    if not isinstance(text, str):
        return ""
    return plain(" ".join(_ESCAPE.sub("", text[: 4 * most]).split())[:most])


def count(row: Mapping[str, Any], key: str) -> int:
    """A count; 0 where it is missing. Raises Unreadable when it is something else."""
    value = row.get(key, 0)
    if value is None:
        return 0
    if type(value) is not int or not 0 <= value <= MOST_COUNT:
        raise Unreadable(f"has a count {key!r} that is no number of tries")
    return value


def summed(parts: Iterable[Tally]) -> list[Tally]:
    """Tallies of the same name, threats and unit together, by name. Raises Unreadable when there are too many kinds."""
    found: dict[tuple[Any, ...], list[Tally]] = {}
    for t in parts:
        found.setdefault((t.name, t.threats, t.unit), []).append(t)
        if len(found) > MOST_KINDS:
            raise Unreadable(f"holds more than {MOST_KINDS} kinds of tries")
    return [Tally(name, threats, *_counts(of), unit) for (name, threats, unit), of in sorted(found.items())]


def _counts(of: Iterable[Tally]) -> tuple[int, int, int, int]:
    of = list(of)
    return sum(t.broken for t in of), sum(t.held for t in of), sum(t.errored for t in of), sum(t.skipped for t in of)


def results(
    tool: str,
    parts: Iterable[Tally],
    taken: date | None = None,
    target: str = "",
    notes: Iterable[str] = (),
    *,
    corpus: bool = True,
) -> Results:
    """What the tool found. notes: why not all was covered. Raises Unreadable when it tried nothing."""
    tallies = summed(parts)
    if not any(t.tried for t in tallies):
        raise Unreadable(f"holds no try of {tool}")
    lost = [f"{t.name}: {t.errored + t.skipped} of {t.tried} not scored" for t in tallies if t.errored + t.skipped]
    return Results(
        tool,
        tuple(_finding(t) for t in tallies),
        sum(t.broken + t.held for t in tallies),
        (*notes, *lost),
        taken,
        trials=trials(tallies),
        attacked=True,
        corpus=corpus,
        target=target,
        unmapped=tuple(t.name for t in tallies if not t.threats),
    )


def trials(tallies: Iterable[Tally]) -> tuple[Trial, ...]:
    """One trial for each threat and unit."""
    by: dict[tuple[str, str], list[Tally]] = {}
    for t in tallies:
        for threat in t.threats:
            by.setdefault((threat, t.unit), []).append(t)
    out = []
    for (threat, unit), of in sorted(by.items()):
        broken, held, errored, skipped = _counts(of)
        out.append(Trial(threat, unit, broken + held + errored + skipped, broken, held, errored, skipped))
    return tuple(out)


def _finding(t: Tally) -> Finding:
    what = "broken" if t.broken else "held" if t.held else "not-scored"
    severity = "info" if not t.broken else "high" if t.threats else "medium"
    speaks = f"speaks of {' and '.join(t.threats)}" if t.threats else "unmapped: it speaks of no threat of ours"
    scored = t.broken + t.held
    return Finding(severity, what, t.name, f"{t.broken} of {scored} scored tries broke it; {speaks}")
