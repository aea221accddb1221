"""What a system says, as plain text for other tools to carry, and back: only what the vocabulary still allows.

Formats that have room for extensions take our own words along; whoever reads them again checks every one, because by
then they are a stranger's.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from datetime import date
from typing import Any

from casemate.core.yamltree import Map, Seq
from casemate.define.read import Reader
from casemate.define.system import Claim, Component, Parties
from casemate.define.vocabulary import Field, vocabulary
from casemate.interchange.fit import clean
from casemate.interchange.loss import LEFT
from casemate.interchange.node import Node


def properties(c: Component) -> dict[str, Any]:
    """All that is said of a component besides kind, zone, name and meaning, as text, lists and mappings of text."""
    fields = vocabulary().component
    out = {k: plain(v, fields[k].type) for k, v in sorted(c.props.items()) if k not in ("name", "means")}
    if c.controls:
        out["controls"] = {k: claim(v) for k, v in sorted(c.controls.items())}
    return out


def claim(c: Claim) -> dict[str, str]:
    """What is said of a control."""
    pairs = {"since": c.since, "by": c.by, "attested by": c.attested_by, "attested on": c.attested_on}
    return {k: plain(v) for k, v in pairs.items() if v is not None}


def plain(value: Any, type_: str = "") -> Any:
    """One value as the file would write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value} days" if type_ == "period" else str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Parties):
        return {"who": list(value.who), "complete": plain(value.complete)}
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    if isinstance(value, Mapping):
        return {k: plain(v, "period" if k in ("keeps", "max age") else "") for k, v in value.items()}
    return str(value)


def again(node: Node, fields: Mapping[str, Field], ids: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The properties in a node that the vocabulary allows, as text; the others are noted.

    ids: ours by theirs, for each kind of thing that a reference may name. One that names nothing is left out.
    """
    out = {}
    for key in list(node.value):
        field, raw = fields.get(key), node.value[key]
        if field is None or field.only_measured or raw is None:
            node.note(LEFT, key, "our vocabulary has no such property that a file may state")
            continue
        value = _renamed(_cleaned(raw), field, ids)
        reader = Reader("")
        if value is None or reader.value(field, _tree(value), 0) is None or reader.errors:
            node.note(LEFT, key, "is not what our vocabulary allows there")
        else:
            out[key] = value
    return out


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {clean(k): _cleaned(v) for k, v in value.items() if v is not None}
    return [_cleaned(v) for v in value if v is not None] if isinstance(value, list) else clean(value)


def _renamed(value: Any, field: Field, ids: Mapping[str, Mapping[str, str]]) -> Any:
    """References by our ids; None when one of them names nothing."""
    if not field.to or field.type not in ("refs", "parties", "ref"):
        return value
    spaces = [ids.get(space, {}) for space in field.to]
    several = {ours for i, a in enumerate(spaces) for b in spaces[i + 1 :] for ours in {*a.values()} & {*b.values()}}
    known = {theirs: ours for space in spaces for theirs, ours in space.items() if ours not in several}
    if isinstance(value, dict):
        who = _refs(value.get("who", []), known)
        return None if who is None else {**value, "who": who}
    return _refs(value, known)


def _refs(value: Any, known: Mapping[str, str]) -> list[str] | None:
    listed = value if isinstance(value, list) else [value]
    fine = all(isinstance(v, str) and v in known for v in listed)
    return [known[v] for v in listed] if fine else None


def _tree(value: Any) -> Any:
    """As our own reader would have it, all at one place."""
    if isinstance(value, dict):
        found = Map({k: _tree(v) for k, v in value.items()})
        found.at, found.marks = 0, array("q", [0] * (2 * len(value)))
        return found
    if isinstance(value, list):
        items = Seq(_tree(v) for v in value)
        items.at, items.marks = 0, array("q", [0] * len(value))
        return items
    return value
