"""Places on a page that links may point to. Two ids never share one, whatever characters they hold."""

from __future__ import annotations

import re

_UNSAFE = re.compile(r"[^A-Za-z0-9-]")


def anchor(kind: str, id: str) -> str:
    """`t-evasion_40_scorer`: safe in an id, in a link and in SVG. kind: t threat, c component, a actor, z zone."""
    return f"{kind}-" + _UNSAFE.sub(lambda found: f"_{ord(found[0]):x}_", id)
