"""How often something runs, in the vocabulary's words, from a schedule of cron."""

from __future__ import annotations

NAMED = {"@hourly": "daily", "@daily": "daily", "@midnight": "daily", "@weekly": "weekly", "@monthly": "monthly",
         "@yearly": "yearly", "@annually": "yearly"}  # fmt: skip


def often(schedule: str) -> str:
    """The vocabulary's word for a schedule; empty when there is none."""
    parts = schedule.split()
    if len(parts) != 5:
        return NAMED.get(schedule, "")
    _, _, day, month, weekday = parts
    if month != "*":
        return "yearly"
    return "monthly" if day != "*" else "weekly" if weekday != "*" else "daily"
