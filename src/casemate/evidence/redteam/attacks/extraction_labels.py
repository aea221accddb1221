"""Extraction from labels alone: what an attacker still copies where scores are not given out."""

from __future__ import annotations

from collections.abc import Iterator

from casemate.evidence.redteam.attack import Attack, Case, Result
from casemate.evidence.redteam.extraction import campaigns

ATTACK = Attack(
    goal="extraction",
    gives="labels",
    threats=("model-extraction",),
    unit="campaign",
    source="Orekondy et al. 2019, Knockoff Nets; Papernot et al. 2017, section 4",
    nist="NISTAML.031",
)


def run(case: Case) -> Iterator[Result]:
    """Yields after each stage of each campaign."""
    return campaigns(case, only_labels=True)
