"""Short forms that people like to write, made one mapping before anything is checked."""

from __future__ import annotations

from array import array
from typing import Any

from casemate.core.yamltree import Map

ARROW = " -> "


def made(at: int, **pairs: Any) -> Map:
    """A mapping whose keys and values all stand at one place."""
    out = Map({k.replace("_", " "): v for k, v in pairs.items()})
    out.at = at
    out.marks = array("q", [at] * (2 * len(out)))
    return out


def loss_of(entry: Any, mark: int) -> Any:
    """`wrong-decision: 2k to 400k` is `{loss: 2k to 400k}`."""
    return made(mark, loss=entry) if isinstance(entry, str) else entry


def flow_of(entry: Any, mark: int) -> Any:
    """`a -> b`, `a -> b: label` and `a -> b: {mapping}` as one mapping with from and to.

    Raises ValueError(what, what to do) when the ends cannot be told.
    """
    if isinstance(entry, str):
        source, target = _ends(entry)
        return made(mark, **{"from": source, "to": target})
    if not isinstance(entry, Map) or entry.keys() & {"from", "to"} or len(entry) != 1:
        return entry
    ((ends, what),) = entry.items()
    source, target = _ends(ends)
    out = made(mark, **{"from": source, "to": target})
    if isinstance(what, Map):
        _add(out, what)
    elif what is not None:
        out["data"] = what
        out.marks.extend((mark, entry.value_at(ends)))
    return out


def _ends(text: str) -> tuple[str, str]:
    parts = text.split(ARROW)
    if len(parts) != 2:
        hint = "put spaces around the arrow" if "->" in text else "write `- a -> b: what is sent`"
        raise ValueError(f"{text[:60]!r} is no flow", hint)
    return parts[0].strip(), parts[1].strip()


def _add(out: Map, what: Map) -> None:
    for i, (key, value) in enumerate(what.items()):
        if key in out:
            raise ValueError(f"the flow gives {key!r} a second time", "the ends stand before the colon")
        out[key] = value
        out.marks.extend((what.marks[2 * i], what.marks[2 * i + 1]))
