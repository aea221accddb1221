"""Things that lie in one another, as strangers say it: with circles, and with parents that are not there."""

from __future__ import annotations

from collections.abc import Mapping


def circles(parents: Mapping[str, str]) -> set[str]:
    """The ids whose link to their parent has to go so that none lies in itself: one of each circle. Linear."""
    done: set[str] = set()
    cut: set[str] = set()
    for start in parents:
        way: dict[str, None] = {}
        here: str | None = start
        while here is not None and here not in done and here not in way:
            way[here] = None
            here = parents.get(here)
        if here is not None and here in way:
            cut.add(list(way)[-1])
        done.update(way)  # `|=` with keys would copy the set each time
    return cut


def roots(parents: Mapping[str, str], found: Mapping[str, str]) -> dict[str, str]:
    """For each id what `found` says of it or of the nearest thing around it; left out where none says anything.

    parents: without circles. Linear, whatever the depth.
    """
    known = dict(found)
    nothing: set[str] = set()
    for start in parents:
        way: list[str] = []
        here: str | None = start
        while here is not None and here not in known and here not in nothing:
            way.append(here)
            here = parents.get(here)
        if here in known:
            known.update(dict.fromkeys(way, known[here]))
        else:
            nothing.update(way)
    return known
