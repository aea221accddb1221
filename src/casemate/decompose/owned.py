"""Whose a component is: others' by its zone, theirs to look after, and whether its file lies with us.

foreign   its zone has another owner than we
theirs    others run it, and what happens there is their business: an owner whom we trust less than our own staff
          (one trusted like them works for us), or a place where anybody is at home
held      its file lies with us, so that we can scan it whoever runs the place where it is used: in a zone of ours,
          at a `path:`, or read by a scan. A provider's model has no file that we could look at
"""

from __future__ import annotations

from casemate.core.tri import Tri
from casemate.core.trust import Trust
from casemate.decompose.thing import Thing
from casemate.define.system import Component, Zone


def whose(thing: Thing, c: Component, zone: Zone) -> None:
    """Fill in `foreign`, `theirs` and `held`; and who would say the last, where nobody did."""
    thing.facts["foreign"] = zone.owner is not None
    thing.facts["theirs"] = zone.trust == Trust.PUBLIC or (zone.owner is not None and zone.trust < Trust.STAFF)
    thing.facts["held"] = _held(c, zone)
    thing.asks["held"] = (c.id, "path")


def _held(c: Component, zone: Zone) -> Tri:
    if zone.owner is None or "contents" in c.props:
        return True
    if "provider" in c.props:
        return False
    return True if c.path is not None else None
