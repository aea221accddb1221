"""Amounts, intervals and rates as people write them: `50k`, `2k to 400k`, `2 to 50 a year`, `1 in 1000 years`.

All functions return None for text that they do not understand; the reader of a file says where it stood.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_UNITS = {"": 1.0, "k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12}
# Separators only between thousands: `1,5` is a decimal comma to half of Europe, and 15 to whoever drops it.
_AMOUNT = re.compile(r"(\d{1,15}|\d{1,3}(?:[,_]\d{3})+)(\.\d{1,6})?\s?(k|mn?|bn?|tn)?", re.IGNORECASE | re.ASCII)
MOST = 1e15  # of any currency; more than the world's yearly product in yen
OFTEN = 1e9  # attempts a year; more overflows the simulation's draws
WIDEST = 1e6  # high / low; the mean of a wider lognormal lies far above its own upper end
LONGEST = 36_500  # days
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
    found = _AMOUNT.fullmatch(text.strip())
    if not found:
        return None
    digits = found[1].replace(",", "").replace("_", "") + (found[2] or "")
    value = float(digits) * _UNITS[(found[3] or "").lower()]
    return value if value <= MOST else None


def interval(text: str) -> Interval | None:
    """`2k to 400k`; a single amount is an interval without width.

    None too when the ends are in the wrong order, when it begins at 0 (no lognormal does), or when it says nothing.
    """
    low_text, to, high_text = text.partition(" to ")
    low, high = amount(low_text), amount(high_text if to else low_text)
    if low is None or high is None:
        return None
    return Interval(low, high) if low == high or 0 < low < high <= low * WIDEST else None


def rate(text: str) -> Interval | None:
    """Events a year: `2 to 50 a year`, `1 to 3 a month`, `1 in 10 years`."""
    once = re.fullmatch(r"(.+) in (.+) years?", text.strip())
    if once:
        many, years = amount(once[1]), amount(once[2])
        return _often(many / years, many / years) if many is not None and years else None
    words = text.strip().rsplit(" ", 2)
    unit = _PER_YEAR.fullmatch(" ".join(words[1:])) if len(words) == 3 else None
    found = interval(words[0]) if unit else None
    return _often(found.low * _YEARLY[unit[1]], found.high * _YEARLY[unit[1]]) if found and unit else None


def _often(low: float, high: float) -> Interval | None:
    return Interval(low, high) if high <= OFTEN else None


def percent(text: str) -> float | None:
    """`5% a year` and `5%` are 0.05."""
    found = re.fullmatch(r"(\d{1,3}(?:\.\d{1,6})?)\s?%(?: a year)?", text.strip(), re.ASCII)
    value = float(found[1]) / 100 if found else None
    return value if value is not None and value <= 1 else None


def days(text: str) -> int | None:
    """`90 days`, `2 weeks`, `1 quarter` in days. None too above a century."""
    found = re.fullmatch(r"(\d{1,5}) (day|week|month|quarter|year)s?", text.strip(), re.ASCII)
    value = int(found[1]) * _DAYS[found[2]] if found else None
    return value if value is not None and value <= LONGEST else None


def show(value: float, currency: str) -> str:
    """An amount as people say it, with two or three digits: `€410k`, `€1.3M`."""
    symbol = SYMBOLS.get(currency, currency + " ")
    said = _short(abs(value))
    sign = "−" if value < 0 and said != "0" else ""
    return f"{sign}{symbol}{said}"


def _short(value: float) -> str:
    if value < 1:
        return "0" if value < 0.5 else "1"
    digits = 2 - math.floor(math.log10(value)) - 1  # two significant digits decide the unit
    rounded = round(value, digits)
    if rounded >= MOST:
        return "999tn or more"
    for size, unit in ((1e12, "tn"), (1e9, "bn"), (1e6, "M"), (1e3, "k")):
        if rounded >= size:
            scaled = rounded / size
            return f"{scaled:.1f}{unit}" if scaled < 10 else f"{scaled:.0f}{unit}"
    return f"{rounded:.0f}"
