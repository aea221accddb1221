"""What is due as a calendar. Source: RFC 5545, sections 3.1 (folding), 3.3.11 (escapes), 3.6.1 (events), 3.8.4.7 (UID).

One event of a whole day for each entry. An event's UID is made of the system and of what the entry is about, so that
a calendar that reads the file again moves the event instead of adding one. What is overdue stands on its own day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from casemate import __version__
from casemate.core.digest import of_value
from casemate.validate.due import Due

MOST = 75  # bytes of a line, its break apart
CONTROLS = {chr(c): None for c in (*range(9), *range(11, 32), 127)}  # no value may hold them, nor escape them
ESCAPES = str.maketrans({**CONTROLS, "\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def render(name: str, entries: Iterable[Due], today: date) -> str:
    """The calendar. Lines end in CR LF, as the format wants it."""
    return "".join(f"{line}\r\n" for content in _lines(name, entries, today) for line in folded(content))


def _lines(name: str, entries: Iterable[Due], today: date) -> Iterator[str]:
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//casemate//casemate {__version__}//EN")
    yield from ("CALSCALE:GREGORIAN", "METHOD:PUBLISH")
    for d in entries:
        yield from _event(name, d, today)
    yield "END:VCALENDAR"


def _event(name: str, d: Due, today: date) -> Iterator[str]:
    owner = f"\nasked of {d.owner}" if d.owner else ""
    yield "BEGIN:VEVENT"
    yield f"UID:{uid(name, d)}"
    yield f"DTSTAMP:{_day(today)}T000000Z"
    yield f"DTSTART;VALUE=DATE:{_day(d.on)}"
    yield f"DTEND;VALUE=DATE:{_day(d.on + timedelta(days=1))}"
    yield f"SUMMARY:{escaped(f'{name}: {d.what}')}"
    yield f"DESCRIPTION:{escaped(d.todo + owner)}"
    yield f"CATEGORIES:{escaped(d.kind)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _day(d: date) -> str:
    return f"{d.year:04}{d.month:02}{d.day:02}"


def uid(name: str, d: Due) -> str:
    """Of the system's name and what the entry is about, not of its day or its wording."""
    return f"{of_value([name, d.id])[:32]}@casemate"


def escaped(text: str) -> str:
    """Text as a value: backslash, semicolon, comma and line break escaped, other controls left out."""
    return text.translate(ESCAPES)


def folded(line: str) -> Iterator[str]:
    """The line in pieces of at most 75 bytes; all but the first begin with a blank. No letter is cut in two."""
    piece, size = "", 0
    for letter in line:
        width = len(letter.encode("utf-8", "backslashreplace"))
        if size + width > MOST:
            yield piece
            piece, size = " ", 1
        piece += letter
        size += width
    yield piece
