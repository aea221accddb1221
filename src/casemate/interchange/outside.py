"""What a system file needs of zones and a source may not say: a zone for everything, and the trust of each."""

from __future__ import annotations

from casemate.interchange.draft import Entry, Fact, said
from casemate.interchange.loss import CHOSEN
from casemate.interchange.names import Names
from casemate.interchange.node import Node
from casemate.interchange.tables import named_trust, neutral

AT = "for what lies in no zone of the source"


def trust(n: Node, zone_id: str, name: str) -> Fact:
    """The trust of a zone to which the source gives none; noted as chosen."""
    by_name = named_trust(name)
    word = by_name or neutral("zone trust")
    why = f"has no trust there; {word} is written{', as its name tells' if by_name else ''}"
    n.note(CHOSEN, "", why, zone_id)
    return Fact(word, f"chosen: {'its name tells it' if by_name else 'the source gives it no trust'}")


def zone(names: Names, zones: list[Entry], trusts: dict[str, str] | None = None) -> str:
    """The id of the zone for what lies in none; nothing there is trusted. It is made when the first asks for it.

    trusts: by zone, where somebody keeps them.
    """
    found = next((z.id for z in reversed(zones) if z.at == AT), None)
    if found is None:
        found, word = names.free("outside"), neutral("outside trust")
        zones.append(Entry(found, AT, said(trust=Fact(word, "chosen: nobody drew a boundary around it"))))
        if trusts is not None:
            trusts[found] = word
    return found
