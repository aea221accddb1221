"""From the text of a scalar to the value that its field is due. The field decides, never YAML."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from casemate.core import money
from casemate.core.day import day

MAX_TEXT = 4000
# Control characters move a terminal's cursor, and directional overrides show a text as another one (Trojan Source).
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
MOST_OF_ID = 100  # characters
ID = re.compile(
    rf"[^\W_][\w.\-]{{0,{MOST_OF_ID - 1}}}"
)  # a letter or digit of any script first: ids stand in `rule@element`


def _text(text: str) -> str | None:
    return text if len(text) <= MAX_TEXT and not _UNSEEN.search(text) else None


def _flag(text: str) -> bool | None:
    return {"yes": True, "no": False, "true": True, "false": False}.get(text.lower())


def _count(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,12}", text) else None


def _number(text: str) -> float | None:
    return (
        float(text)
        if re.fullmatch(r"[+-]?([0-9]{1,15}(\.[0-9]{0,15})?|\.[0-9]{1,15})(e[+-]?[0-9]{1,2})?", text)
        else None
    )


def _id(text: str) -> str | None:
    return text if ID.fullmatch(text) else None


def _ref(text: str) -> str | None:
    """Whether it exists is for `build` to say, which knows the ids; here only that it can stand in an error's line."""
    return text if len(text) <= MOST_OF_ID and text.isprintable() else None


def _chance(text: str) -> float | None:
    found = money.rate(text)
    return found.high if found and found.high > 0 else None  # never is no frequency to compare with


def _egress(text: str) -> str | None:
    return text if text in ("open", "none", "listed") else None


SCALARS: dict[str, tuple[Callable[[str], Any], str]] = {
    "text": (_text, f"a text of at most {MAX_TEXT} characters, none of them a control character"),
    "id": (_id, "a name of letters, digits, `-`, `_` and `.`"),
    "ref": (_ref, "a name of letters, digits, `-`, `_` and `.`"),
    "flag": (_flag, "yes or no"),
    "date": (day, "a date such as 2026-10-02"),
    "count": (_count, "a whole number"),
    "number": (_number, "a number such as 0.5"),
    "percent": (money.percent, "a share such as 5%"),
    "period": (money.days, "a time such as 90 days, a century at most"),
    "money": (money.amount, "an amount such as 50k"),
    "money-range": (
        money.interval,
        "a 90 % interval such as 2k to 400k, from above 0 and at most a million times apart",
    ),
    "rate": (money.rate, "a rate such as 2 to 50 a year"),
    "chance": (_chance, "a frequency such as 1 in 1000 years"),
    "egress": (_egress, "open, none, listed, or a list of names"),
}
"""Each scalar type: how it is read (None: it is not one), and how to say what was expected."""
