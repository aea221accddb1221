"""`casemate passport verify` without what draws the command line: words in, lines and an exit code out.

`asked` understands `--option VALUE` and one PASSPORT; whatever else was written is left to the command line's own
reader, which words what is wrong. `casemate.__main__` comes here first.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

from casemate.core.day import day
from casemate.core.errors import CasemateError
from casemate.evidence.passport import key as keys
from casemate.evidence.passport.check import Answer, Asked, check
from casemate.evidence.sign.tree import shown

OPTIONS = ("key", "model", "component", "system", "policy", "evidence", "today")


def main(words: Sequence[str]) -> int | None:
    """Answer on standard output and give the exit code: 0, 1, or 2 for a wrong question; None when not understood."""
    found = asked(words)
    if found is None:
        return None
    try:
        said, code = answered(found)
    except CasemateError as e:
        sys.stderr.write(f"{e}\n")
        return 2
    except Exception:  # our fault, which the command line's own reader words
        return None
    with suppress(OSError, ValueError):
        sys.stdout.buffer.write(said.encode("utf-8", "backslashreplace"))
        sys.stdout.flush()
    return code


def asked(words: Sequence[str]) -> dict[str, str] | None:
    """The options and `passport` by name; None when it is no whole question in the plain form."""
    out: dict[str, str] = {}
    todo = iter(words)
    for word in todo:
        name = word[2:] if word.startswith("--") else "passport"
        value = next(todo, "") if word.startswith("--") else word
        if name in out or name not in (*OPTIONS, "passport") or not value or value.startswith("-"):
            return None
        out[name] = value
    return out if {"passport", "key", "model"} <= out.keys() else None


def answered(said: dict[str, str]) -> tuple[str, int]:
    """The text of the answer, and 0 or 1. Fails with CasemateError for a key or a day that is none."""
    today = _today(said.get("today"))
    question = Asked(
        Path(said["passport"]),
        keys.read(Path(said["key"])),
        Path(said["model"]),
        today,
        said.get("component"),
        *(Path(said[name]) if name in said else None for name in ("system", "policy", "evidence")),
    )
    answer = check(question)
    return text(question, answer), 1 if answer.against else 0


def text(asked: Asked, answer: Answer) -> str:
    """One line when it may be loaded; else a line for each reason."""
    name = shown(asked.model.name or str(asked.model))
    if answer.against or answer.passport is None:
        return "".join(f"REFUSED  {name}: {why}\n" for why in answer.against)
    p = answer.passport
    who = ", ".join(map(shown, answer.components))
    return f"VALID  {name} is {who} of {p.system}, passed on {p.issued}, good until {p.until} ({p.because})\n"


def _today(said: str | None) -> date:
    """The day that was named, else the clock's. No variable sets it: what a check rests on stands in its command."""
    if said is None:
        return datetime.now(UTC).date()
    found = day(said)
    if found is None:
        raise CasemateError("--today", f"is {said[:40]!r}", "write the day as 2026-10-02")
    return found
