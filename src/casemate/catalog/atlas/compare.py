"""What one edition has that another has not, and which techniques of an edition have a threat on the shelf."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from casemate.catalog.atlas.edition import Edition
from casemate.catalog.atlas.shipped import KEY, aliases, roles
from casemate.catalog.load import RawThreat
from casemate.core.yamltree import Map

EXPOSED = "victim_exposed"


@dataclass(frozen=True, slots=True)
class Changes:
    """From one edition to another. All sorted by id."""

    new: tuple[str, ...]
    retired: tuple[tuple[str, str | None], ...]
    """(id, what stands for it now; None where nothing does)."""
    renamed: tuple[tuple[str, str, str], ...]
    """(id, old name, new name)."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Techniques of an edition that expose a victim, by how near a threat comes. All sorted by id."""

    named: Mapping[str, tuple[str, ...]]
    """A threat maps the technique itself: which ones."""
    near: tuple[str, ...]
    """No threat of its own, but its parent or a part of it has one."""
    missing: tuple[str, ...]
    unjudged: tuple[str, ...]
    """Techniques to which nobody has given a role yet."""


def compare(old: Edition, new: Edition) -> Changes:
    """New, retired and renamed ids of tactics, techniques and mitigations."""
    before, after = old.names, new.names
    replaced = {**aliases(), **new.aliases}
    return Changes(
        tuple(i for i in after if i not in before),
        tuple((i, replaced[i] if replaced.get(i) in after else None) for i in before if i not in after),
        tuple((i, before[i], after[i]) for i in before if i in after and before[i] != after[i]),
    )


def mapped(threats: Iterable[RawThreat]) -> dict[str, tuple[str, ...]]:
    """The ids of ATLAS, of any edition, that threats map to, and the threats."""
    found: dict[str, set[str]] = {}
    for threat in threats:
        maps = threat.tree.get("maps")
        for key, ids in maps.items() if isinstance(maps, Map) else ():
            if key == KEY or key.startswith(f"{KEY}-"):
                for i in [ids] if isinstance(ids, str) else ids or ():
                    found.setdefault(str(i), set()).add(str(threat.tree.get("id")))
    return {i: tuple(sorted(found[i])) for i in sorted(found)}


def covered(edition: Edition, threats: Iterable[RawThreat], role: str = EXPOSED) -> Coverage:
    """Which techniques of one role have a threat. An id that was retired counts for the one that stands for it now."""
    named: dict[str, tuple[str, ...]] = {}
    for i, by in mapped(threats).items():
        now = i if i in edition.techniques else aliases().get(i, i)
        named[now] = tuple(sorted({*named.get(now, ()), *by}))
    wanted = [i for i in sorted(edition.techniques) if roles().get(i) == role]
    rest = [i for i in wanted if i not in named]
    near = [i for i in rest if edition.techniques[i].parent in named or any(c in named for c in edition.children(i))]
    return Coverage(
        {i: named[i] for i in wanted if i in named},
        tuple(near),
        tuple(i for i in rest if i not in near),
        tuple(i for i in sorted(edition.techniques) if i not in roles()),
    )
