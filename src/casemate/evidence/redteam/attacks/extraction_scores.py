"""Extraction from scores: each answer says how sure the model is, so the copy needs fewer of them."""

from __future__ import annotations

from collections.abc import Iterator

from casemate.evidence.redteam.attack import Attack, Case, Result
from casemate.evidence.redteam.extraction import campaigns

ATTACK = Attack(
    goal="extraction",
    gives="scores",
    threats=("model-extraction",),
    unit="campaign",
    source="Tramer et al. 2016, Stealing Machine Learning Models via Prediction APIs",
    nist="NISTAML.031",
)


def run(case: Case) -> Iterator[Result]:
    """Yields after each stage of each campaign."""
    return campaigns(case, only_labels=False)
