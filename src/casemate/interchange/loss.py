"""What an import or an export could not carry over, and why. Equal reasons stand together, with how often and where."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from casemate.interchange.fit import clean

CHOSEN, LEFT, CHANGED, BROKEN = "chosen", "left out", "changed", "broken"
TITLES = {
    CHOSEN: "Chosen, because it is required and the source does not say it; please check",
    LEFT: "Not taken over",
    CHANGED: "Said in another way",
    BROKEN: "Broken in the source",
}
LONGEST = 160  # characters of a detail
MOST_REASONS = 2000  # a model of 60 kB has 60
MOST_PLACES = 1000  # of one reason; the count goes on
SHOWN = 12  # of them in the text
_INDEX = re.compile(r"\[[0-9]+\]")


class Place(NamedTuple):
    """Where, such as `components[2].tags`, and what differs between the places of one reason."""

    at: str
    detail: str = ""


class Taken(NamedTuple):
    """How many there were, how many of them were taken over, and as how many they are written."""

    there: int
    taken: int
    written: int


@dataclass(frozen=True, slots=True)
class Line:
    """One reason: what it is about (`components[*].tags`), how often, and where."""

    kind: str
    what: str
    why: str
    count: int
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Loss:
    """The whole report. taken: by word, such as `flows`."""

    format: str
    taken: Mapping[str, Taken]
    lines: tuple[Line, ...]


class Losses:
    """Collects what is lost while a file is read or written."""

    def __init__(self, file: str = "") -> None:
        self.file = file
        self._found: dict[tuple[str, str, str], tuple[list[int], list[Place]]] = {}
        self.taken: dict[str, Taken] = {}

    def note(self, kind: str, path: str, why: str, detail: str = "", times: int = 1, like: str = "") -> None:
        """One thing at one place. detail: what differs between the places that share this reason; times: how many.

        like: the path of all its equals, such as `components[*].tags`; worked out where it is not given.
        """
        reason = (kind, like or _INDEX.sub("[*]", path), why)
        if reason not in self._found and len(self._found) >= MOST_REASONS:
            reason = (kind, "elsewhere", "for more reasons than are listed")
        count, places = self._found.setdefault(reason, ([0], []))
        count[0] += times
        if len(places) < MOST_PLACES:
            places.append(Place(path, clean(detail)[:LONGEST]))  # theirs may be anything

    def count(self, word: str, there: int, taken: int | None = None, written: int | None = None) -> None:
        """Note how many there were, were taken over (all, if not said) and are written (as many, if not said)."""
        taken = there if taken is None else taken
        self.taken[word] = Taken(there, taken, taken if written is None else written)

    def report(self, format_: str) -> Loss:
        """What was found, in the order of the titles, then as it came."""
        lines = [Line(*key, count[0], tuple(places)) for key, (count, places) in self._found.items()]
        order = list(TITLES)
        return Loss(format_, dict(self.taken), tuple(sorted(lines, key=lambda line: order.index(line.kind))))


def as_text(loss: Loss) -> str:
    """The report for a person."""
    out = [f"{loss.format}: {'; '.join(_taken(*item) for item in loss.taken.items()) or 'nothing to take over'}"]
    for kind, title in TITLES.items():
        lines = [line for line in loss.lines if line.kind == kind]
        if lines:
            out += [f"{title}: {sum(line.count for line in lines)}", *(row for line in lines for row in _rows(line))]
    return "\n".join(out) + "\n"


def _taken(word: str, taken: Taken) -> str:
    more = "" if taken.written == taken.taken else f", written as {taken.written}"
    return f"{taken.taken} of {taken.there} {word}{more}"


def _rows(line: Line) -> list[str]:
    if len(line.places) == 1:
        at, detail = line.places[0]
        return [f"  {at}: {line.why}{f' ({detail})' if detail else ''}"]
    told = [p for p in line.places if p.detail][:SHOWN] if line.kind != LEFT else []
    more = [f"    and {line.count - len(told)} more"] if told and line.count > len(told) else []
    return [f"  {line.what} ({line.count} times): {line.why}", *(f"    {p.at}: {p.detail}" for p in told), *more]


def as_json(loss: Loss) -> str:
    """The report for a machine."""
    doc: dict[str, Any] = {
        "format": loss.format,
        "taken": {word: taken._asdict() for word, taken in loss.taken.items()},
        "losses": [
            {
                "kind": line.kind,
                "what": line.what,
                "why": line.why,
                "count": line.count,
                "places": [p._asdict() if p.detail else {"at": p.at} for p in line.places],
            }
            for line in loss.lines
        ],
    }
    return json.dumps(doc, indent=2, ensure_ascii=False) + "\n"
