"""What stands in a system file and has no place in another format: one line for each section."""

from __future__ import annotations

from casemate.define.system import System
from casemate.interchange.loss import LEFT, Losses

SECTIONS = (
    "access", "harms", "attempts", "accept", "dismiss", "allow", "measure", "owners", "controls", "catalog", "policy",
    "appetite", "review_every", "purpose", "actors", "zones", "flows",
)  # fmt: skip


def note(system: System, losses: Losses, why: str, said: frozenset[str] = frozenset()) -> None:
    """Note every section that says something. said: those that the format has taken."""
    for name in SECTIONS:
        value = getattr(system, name) if name != "attempts" else system.attempts.rates
        if value and name not in said:
            times = len(value) if isinstance(value, tuple | dict) else 1
            word = "review" if name == "review_every" else name
            losses.note(LEFT, word, why, f"{times} entries" if times > 1 else "", times)
