"""A day as people write it: `2026-10-02`, and nothing else."""

from __future__ import annotations

import re
from datetime import date

FIRST, LAST = 1900, 2999
"""Years. Ages and periods of a century are added to days, and `date` ends in 9999."""


def day(text: str) -> date | None:
    """The day; None for text that is none. `date.fromisoformat` alone takes `20261002` and `2026-W40-5` too."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if FIRST <= found.year <= LAST else None
