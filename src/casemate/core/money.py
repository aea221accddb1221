"""Amounts, intervals and rates as people write them: `50k`, `2k to 400k`, `2 to 50 a year`, `1 in 1000 years`.

All functions return None for text that they do not understand; the reader of a file says where it stood.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_UNITS = {"": 1.0, "k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9}
_AMOUNT = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)\s?(k|m|mn|bn|b)?", re.IGNORECASE)
_PER_YEAR = re.compile(r"(?:a|per) (day|week|month|quarter|year)")
_YEARLY = {"day": 365.0, "week": 52.0, "month": 12.0, "quarter": 4.0, "year": 1.0}
_DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹"}


@dataclass(frozen=True, slots=True)
class Interval:
    """The 90 % interval of something uncertain: 5 % below `low`, 5 % above `high`."""

    low: float
    high: float


def amount(text: str) -> float | None:
    """`50k` is 50000.0; `1.5M` is 1500000.0."""
    found = _AMOUNT.fullmatch(text.replace(",", "").replace("_", "").strip())
    return float(found[1]) * _UNITS[(found[2] or "").lower()] if found else None


def interval(text: str) -> Interval | None:
    """`2k to 400k`; a single amount is an interval without width. None too when the ends are in the wrong order."""
    low_text, _, high_text = text.partition(" to ")
    low, high = amount(low_text), amount(high_text or low_text)
    return Interval(low, high) if low is not None and high is not None and 0 <= low <= high else None


def rate(text: str) -> Interval | None:
    """Events a year: `2 to 50 a year`, `1 to 3 a month`, `1 in 10 years`."""
    once = re.fullmatch(r"(.+) in (.+) years?", text.strip())
    if once:
        many, years = amount(once[1]), amount(once[2])
        return Interval(many / years, many / years) if many is not None and years else None
    words = text.strip().rsplit(" ", 2)
    unit = _PER_YEAR.fullmatch(" ".join(words[1:])) if len(words) == 3 else None
    found = interval(words[0]) if unit else None
    return Interval(found.low * _YEARLY[unit[1]], found.high * _YEARLY[unit[1]]) if found and unit else None


def percent(text: str) -> float | None:
    """`5% a year` and `5%` are 0.05."""
    found = re.fullmatch(r"(\d{1,3}(?:\.\d{1,6})?)\s?%(?: a year)?", text.strip())
    value = float(found[1]) / 100 if found else None
    return value if value is not None and value <= 1 else None


def days(text: str) -> int | None:
    """`90 days`, `2 weeks`, `1 quarter` in days."""
    found = re.fullmatch(r"(\d{1,5}) (day|week|month|quarter|year)s?", text.strip())
    return int(found[1]) * _DAYS[found[2]] if found else None


def show(value: float, currency: str) -> str:
    """An amount as people say it, with two or three digits: `€410k`, `€1.3M`."""
    sign = "−" if value < 0 else ""
    symbol = SYMBOLS.get(currency, currency + " ")
    return f"{sign}{symbol}{_short(abs(value))}"


def _short(value: float) -> str:
    if value < 1:
        return "0" if value < 0.5 else "1"
    digits = 2 - math.floor(math.log10(value)) - 1  # two significant digits decide the unit
    rounded = round(value, digits)
    for size, unit in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
        if rounded >= size:
            scaled = rounded / size
            return f"{scaled:.1f}{unit}" if scaled < 10 else f"{scaled:.0f}{unit}"
    return f"{rounded:.0f}"
