"""What is due, for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date

from casemate.validate.due import Due


def render(name: str, entries: Iterable[Due], today: date) -> str:
    """One JSON object, ending in a line break. The days make it depend on the day of the assessment."""
    listed = [
        {
            "id": d.id, "kind": d.kind, "about": d.about, "on": d.on.isoformat(), "due": d.due,
            "days": (d.on - today).days, "what": d.what, "todo": d.todo, "owner": d.owner or None,
        }
        for d in entries
    ]  # fmt: skip
    doc = {"version": 1, "system": name, "today": today.isoformat(), "due": sum(d["due"] is True for d in listed)}
    return json.dumps({**doc, "entries": listed}, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
