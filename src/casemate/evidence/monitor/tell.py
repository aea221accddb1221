"""How times and numbers are said to people."""

from __future__ import annotations

import textwrap
from datetime import UTC, datetime

from casemate.evidence.monitor.batch import NO_TIME

SECOND = 1_000_000_000
WIDTH = 80  # columns of a terminal


def when(time: int) -> str:
    """`2026-11-02 10:00 UTC`, or `an unknown time`."""
    if time == NO_TIME or time < 0:
        return "an unknown time"
    return f"{datetime.fromtimestamp(time // SECOND, UTC):%Y-%m-%d %H:%M} UTC"


def plain(word: str, most: int = 64) -> str:
    """A word of a stranger as it may stand in a message: printable, and not long."""
    shown = "".join(c if c.isprintable() else "?" for c in word[: most + 1])
    return shown if len(word) <= most else f"{shown[:most]}..."


def number(value: float) -> str:
    """Four digits, as people write them: `0.8117`, `40.02`, `24,810`."""
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:.4g}"


def percent(share: float) -> str:
    """`3.1 %`."""
    return f"{share * 100:.3g} %"


def folded(line: str, indent: str = "") -> list[str]:
    """A line in as many as a terminal needs, the later ones set in by two more. It may begin with its own indent."""
    indent = indent or line[: len(line) - len(line.lstrip())]
    return textwrap.wrap(
        line.strip(), WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False
    ) or [""]
