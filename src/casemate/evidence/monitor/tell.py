"""How times and numbers are said to people."""

from __future__ import annotations

from datetime import UTC, datetime

from casemate.evidence.monitor.batch import NO_TIME

SECOND = 1_000_000_000


def when(time: int) -> str:
    """`2026-11-02 10:00 UTC`, or `an unknown time`."""
    if time == NO_TIME or time < 0:
        return "an unknown time"
    return f"{datetime.fromtimestamp(time // SECOND, UTC):%Y-%m-%d %H:%M} UTC"


def plain(word: str, most: int = 64) -> str:
    """A word of a stranger as it may stand in a message: printable, and not long."""
    shown = "".join(c if c.isprintable() else "?" for c in word[: most + 1])
    return shown if len(word) <= most else f"{shown[:most]}..."


def percent(share: float) -> str:
    """`3.1 %`."""
    return f"{share * 100:.3g} %"
