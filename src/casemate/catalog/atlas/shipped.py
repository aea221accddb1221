"""The editions of ATLAS that came with this version, their aliases, and what we think of each technique's role."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from casemate.catalog import load
from casemate.catalog.atlas.draft import MITIGATION
from casemate.catalog.atlas.edition import Edition, Technique
from casemate.catalog.load import tree_of
from casemate.core.yamltree import Map

HERE = Path(__file__).parent
KEY = "atlas"
"""The taxonomy that a bare `atlas:` in a threat's `maps` means."""
EDITIONS = (KEY, "atlas-2026.09")
"""Keys of the editions on the shelf, oldest first."""
ROLES = ("victim_exposed", "recon_exposure", "attacker_side", "post_compromise", "impact")


@cache
def shipped(key: str = KEY) -> Edition:
    """An edition on the shelf, by the key of its taxonomy."""
    t = load.taxonomies()[key]
    facts = tree_of(HERE / f"{t.edition}.yaml")
    before = shipped() if "since" in facts else None
    known = {i: n for i, n in t.names.items() if not MITIGATION.fullmatch(i)}
    return Edition(
        version=t.edition,
        tactics={**(before.tactics if before else {}), **facts["tactics"]},
        techniques={i: _technique(i, n, facts["techniques"], before) for i, n in known.items()},
        mitigations={i: n for i, n in t.names.items() if i not in known},
        mitigates={i: tuple(ids) for i, ids in (facts.get("mitigates") or {}).items()},
        cases={},
        aliases=_aliases(key),
    )


def _technique(id: str, name: str, facts: Mapping[str, Map], before: Edition | None) -> Technique:
    """What an edition says itself, then what the one before it said; maturity is judged anew in every edition."""
    own: Mapping[str, Any] = facts.get(id, {})
    old = before.techniques.get(id) if before else None
    parent = own.get("parent") or (old.parent if old else None)
    above: Mapping[str, Any] = facts.get(parent, {}) if parent else {}
    tactics = own.get("tactics") or (old.tactics if old else above.get("tactics", ()))
    return Technique(id, name, tuple(tactics), own.get("maturity"), parent)


@cache
def aliases() -> Mapping[str, str]:
    """Retired ids of every edition on the shelf, and what stands for them since."""
    return {old: new for key in EDITIONS for old, new in _aliases(key).items()}


def _aliases(key: str) -> dict[str, str]:
    tree = tree_of(HERE.parent / "taxonomies" / f"{key}.yaml")
    return dict(tree.get("aliases") or {})


@cache
def roles() -> Mapping[str, str]:
    """What each technique means for a system's owner (`roles.yaml`): one of ROLES."""
    return dict(tree_of(HERE / "roles.yaml")["roles"])


@cache
def _enables() -> Mapping[str, tuple[str, ...]]:
    """What attackers do at home, by each technique that it prepares (`enables.yaml`)."""
    out: dict[str, tuple[str, ...]] = {}
    for before, prepared in tree_of(HERE / "enables.yaml")["enables"].items():
        for technique in prepared:
            out[technique] = (*out.get(technique, ()), before)
    return out


def enablers(maps: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What attackers prepare at home for the techniques of a threat's `maps`; ids of the newest edition."""
    ids = [i for key in EDITIONS for i in maps.get(key, ())]
    found = {aliases().get(before, before) for i in ids for before in _enables().get(i, ())}
    return tuple(sorted(found))
