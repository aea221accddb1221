"""SACRO-ML's report.json: attacks that tell who was in the training data, each with its rates.

What one of them broke are the members that it tells apart beyond chance, a share of all members: the largest of
- the true less the false positive rate at its own threshold,
- the same at a low false positive rate, where at least ten others are allowed at it (Carlini et al. 2022, section II),
- the area under the curve less a half, which no threshold's difference of rates can all lie below;
each only where it lies three standard deviations beyond chance. The worst attack counts: several on the same people are
no more people. A folder of shadow models that an earlier run left there falsifies a result, and no report shows it.
Source: sacroml 2.0, attacks/report.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from math import sqrt
from typing import Any

from casemate.core.day import day
from casemate.evidence.results.result import Results, Unreadable
from casemate.evidence.results.tally import Tally, count, results, told

ATTACKS: Mapping[str, tuple[str, ...]] = {
    "LiRA Attack": ("membership-inference",),
    "QMIA Attack": ("membership-inference",),
    "WorstCase attack": ("membership-inference",),
    "Worst-Case Attack": ("membership-inference",),
}
LOW = {"TPR@0.5%": 0.005, "TPR@0.2%": 0.002, "TPR@0.1%": 0.001}
LEAST = 10  # others that may be wrongly called members, or the rate is that of a handful of rows
DEVIATIONS = 3


def recognise(doc: Any) -> bool:
    """Entries that each have what sacroml logs of an attack."""
    return isinstance(doc, Mapping) and bool(doc) and all(map(_entry, doc.values()))


def read(doc: Any) -> Results:
    """Every attack; of those that speak of one threat the worst. Raises Unreadable when rates are none."""
    found = [_worst(key, doc[key]) for key in sorted(doc)]
    kept = [t for t in found if not t.threats or t is max((o for o in found if o.threats == t.threats), key=_share)]
    notes = [f"{t.name}: another attack breaks more of the same rows" for t in found if not any(t is k for k in kept)]
    metas = [e["metadata"] for e in doc.values()]
    models = sorted({told(m.get("target_model")) for m in metas} - {""})
    versions = sorted({told(m.get("sacroml_version"), 20) for m in metas} - {""})
    tool = f"sacroml {' '.join(versions[:1])}".strip()
    return results(tool, kept, _taken(doc), ", ".join(models[:3]), notes, corpus=False)


def _worst(key: str, entry: Mapping[str, Any]) -> Tally:
    """The worst of an attack's repetitions."""
    name = told(entry["metadata"].get("attack_name")) or told(key.partition("_")[0]) or "an attack"
    found = max((_tally(name, i) for i in _instances(entry)), key=_share, default=None)
    if found is None:
        raise Unreadable(f"has no result of {name}")
    return found


def _entry(e: Any) -> bool:
    return isinstance(e, Mapping) and all(
        isinstance(e.get(k), Mapping) for k in ("metadata", "attack_experiment_logger")
    )


def _instances(e: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    inner = e["attack_experiment_logger"].get("attack_instance_logger")
    found = inner.values() if isinstance(inner, Mapping) else ()
    return (i for i in found if isinstance(i, Mapping))


def _share(t: Tally) -> float:
    return t.broken / t.tried if t.tried else 0.0


def _tally(name: str, i: Mapping[str, Any]) -> Tally:
    n, m = count(i, "n_pos_test_examples"), count(i, "n_neg_test_examples")
    threats = ATTACKS.get(name, ())
    if not threats or not n or not m:  # others' reports have other rates
        return Tally(name, threats, errored=max(1, n), unit="row")
    rates = [(_rate(i, "TPR"), _rate(i, "FPR"))]
    rates += [(_rate(i, key), low) for key, low in LOW.items() if key in i and m * low >= LEAST]
    beyond = [t - f for t, f in rates if t - f > DEVIATIONS * sqrt(t * (1 - t) / n + f * (1 - f) / m)]
    area = _rate(i, "AUC") - 0.5
    beyond += [area] if area > DEVIATIONS * sqrt((n + m + 1) / (12 * n * m)) else []  # Mann and Whitney 1947
    broken = round(max(beyond, default=0.0) * n)
    return Tally(name, threats, broken, n - broken, unit="row")


def _rate(i: Mapping[str, Any], key: str) -> float:
    value = i.get(key)
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value <= 1:
        raise Unreadable(f"has a rate {key!r} that is no share")
    return float(value)


def _taken(doc: Mapping[str, Any]) -> date | None:
    """The day of the first attack, where all say theirs. It is written as 23/11/2026."""
    days = [_day(e.get("log_time")) for e in doc.values()]
    known = [d for d in days if d is not None]
    return min(known) if len(known) == len(days) else None


def _day(value: Any) -> date | None:
    if not isinstance(value, str) or value[2:3] != "/" or value[5:6] != "/":
        return None
    return day(f"{value[6:10]}-{value[3:5]}-{value[:2]}")
