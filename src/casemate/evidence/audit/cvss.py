"""The base score of a CVSS vector, 0 to 10, and its band.

Versions 3.0 and 3.1 by their formulas; of other versions (2.0, 4.0) nothing is worked out, and None says so. Optional
metrics (temporal, environmental) are left out, as advisories give base vectors.
Source: FIRST, CVSS v3.1 specification, sections 5 (bands), 7.1 (formulas) and 7.4 (weights), appendix A (rounding).
"""

from __future__ import annotations

IMPACT = {"H": 0.56, "L": 0.22, "N": 0.0}
WEIGHTS: dict[str, dict[str, float]] = {
    "AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
    "AC": {"L": 0.77, "H": 0.44},
    "PR": {"N": 0.85, "L": 0.62, "H": 0.27},
    "UI": {"N": 0.85, "R": 0.62},
    "S": {"U": 0.0, "C": 1.0},
    "C": IMPACT,
    "I": IMPACT,
    "A": IMPACT,
}
CHANGED = {"L": 0.68, "H": 0.5}
"""Rights needed weigh less where the flaw reaches beyond what it is in (scope: changed)."""
BANDS = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low"))
MAX_VECTOR = 300  # characters; all metrics of 3.1 take 110


def base(vector: str) -> float | None:
    """The base score; None for another version, or for what is no vector."""
    head, *parts = vector.strip().split("/") if len(vector) <= MAX_VECTOR else [""]
    pairs = [p.partition(":") for p in parts]
    said = {key: value for key, _, value in pairs}
    if head not in ("CVSS:3.0", "CVSS:3.1") or len(said) != len(pairs):
        return None
    if any(said.get(key) not in weights for key, weights in WEIGHTS.items()):
        return None
    return _score({key: weights[said[key]] for key, weights in WEIGHTS.items()}, CHANGED.get(said["PR"], 0.85))


def _score(w: dict[str, float], rights_if_changed: float) -> float:
    changed = bool(w["S"])
    left = 1 - (1 - w["C"]) * (1 - w["I"]) * (1 - w["A"])
    impact = 7.52 * (left - 0.029) - 3.25 * (left - 0.02) ** 15 if changed else 6.42 * left
    if impact <= 0:
        return 0.0
    exploit = 8.22 * w["AV"] * w["AC"] * (rights_if_changed if changed else w["PR"]) * w["UI"]
    return _up(min(10.0, (1.08 if changed else 1.0) * (impact + exploit)))


def _up(score: float) -> float:
    """To the next tenth, without the last digits that floats invent."""
    whole = round(score * 100_000)
    return whole / 100_000 if whole % 10_000 == 0 else (whole // 10_000 + 1) / 10


def band(vector: str) -> str | None:
    """`critical`, `high`, `medium` or `low`; None where there is no score. 0.0 is low: somebody wrote it up."""
    score = base(vector)
    return None if score is None else next((word for least, word in BANDS if score >= least), "low")
