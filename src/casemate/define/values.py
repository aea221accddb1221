"""From the text of a scalar to the value that its field is due. The field decides, never YAML."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from casemate.core import money

MAX_TEXT = 4000
ID = re.compile(r"[^\W_][\w.\-]{0,99}")  # a letter or digit of any script first: ids stand in `rule@element`


def _text(text: str) -> str | None:
    return text if len(text) <= MAX_TEXT else None


def _flag(text: str) -> bool | None:
    return {"yes": True, "no": False, "true": True, "false": False}.get(text.lower())


def _date(text: str) -> date | None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _count(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,12}", text) and text.isascii() else None


def _id(text: str) -> str | None:
    return text if ID.fullmatch(text) else None


def _chance(text: str) -> float | None:
    found = money.rate(text)
    return found.high if found else None


def _egress(text: str) -> str | None:
    return text if text in ("open", "none", "listed") else None


SCALARS: dict[str, tuple[Callable[[str], Any], str]] = {
    "text": (_text, f"a text of at most {MAX_TEXT} characters"),
    "id": (_id, "a name of letters, digits, `-`, `_` and `.`"),
    "flag": (_flag, "yes or no"),
    "date": (_date, "a date such as 2026-10-02"),
    "count": (_count, "a whole number"),
    "percent": (money.percent, "a share such as 5%"),
    "period": (money.days, "a time such as 90 days"),
    "money": (money.amount, "an amount such as 50k"),
    "money-range": (money.interval, "a 90 % interval such as 2k to 400k"),
    "rate": (money.rate, "a rate such as 2 to 50 a year"),
    "chance": (_chance, "a frequency such as 1 in 1000 years"),
    "egress": (_egress, "open, none, listed, or a list of names"),
}
"""Each scalar type: how it is read (None: it is not one), and how to say what was expected."""
