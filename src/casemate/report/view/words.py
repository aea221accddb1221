"""How numbers and outcomes are said to people."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date

from casemate.core import money

FAR = 1000  # times; further apart only the order of the lower end says anything
ROLE = {"security": "Security", "data-science": "Data science", "operations": "Operations"}
OUTCOME = {
    "open": "Open",
    "countered": "Countered",
    "assumed": "Assumed",
    "accepted": "Accepted",
    "dismissed": "Dismissed",
    "declared": "Ruled out by declaration",
}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day(d: date) -> str:
    """`12 Nov 2026`, in every locale."""
    return f"{d.day} {MONTHS[d.month - 1]} {d.year}"


def amount(value: float, currency: str) -> str:
    """Money with two digits: `€410k`."""
    return money.show(value, currency)


def span(low: float, high: float, currency: str) -> str:
    """`€20k to €410k`. A lower end beside which the upper one is a thousand times as much is no number: `under €1k`."""
    floor = 10.0 ** math.floor(math.log10(high / FAR)) if high > FAR else 0.0
    if low < floor:
        return f"under {amount(floor, currency).replace('.0', '')} to {amount(high, currency)}"
    return f"{amount(low, currency)} to {amount(high, currency)}"


def share(value: float) -> str:
    """A chance or a share: `9 %`, `0.4 %`, `under 0.1 %`."""
    percent = value * 100
    if percent == 0:
        return "0 %"
    if percent < 0.1:
        return "under 0.1 %"
    return f"{percent:.1f} %" if percent < 1 else f"{percent:.0f} %"


def count(n: int, one: str, many: str = "") -> str:
    """`1 threat`, `2 threats`."""
    return f"{n} {one if n == 1 else many or one + 's'}"


NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")


def spelled(n: int, one: str, many: str = "") -> str:
    """At the beginning of a sentence: `Two threats`."""
    return f"{NUMBERS[n] if n < len(NUMBERS) else n} {one if n == 1 else many or one + 's'}"


def plural(unit: str) -> str:
    """`rows`, `queries`: several of a unit of trials."""
    return "queries" if unit == "query" else f"{unit}s"


def joined(words: Iterable[str], most: int = 4) -> str:
    """`a, b and c`; of many the first few and how many more."""
    names = list(words)
    if len(names) > most:
        return ", ".join(names[:most]) + f" and {len(names) - most} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
