"""Whether somebody looked at all that an engine runs: each model was scanned clean and carries the signature it must.

An image brings more than models, so nothing is vetted that takes images. It counts as measured where both facts are
measured of every model; else it is in doubt, and the first fact that is not proven is asked.
"""

from __future__ import annotations

from casemate.core.tri import Tri, both
from casemate.decompose.thing import Thing

WANTED = {"contents": "clean", "signature found": "valid"}
IMAGES = "container-registry"


def vetted(thing: Thing) -> None:
    """Fill in `vetted`, from what is known of the models that it runs."""
    models = thing.facts["runs"]
    images = any(f.kind == IMAGES for f in thing.facts["fed by"])
    found: Tri = both(_clean(m) for m in models) if models and not images else False
    thing.facts["vetted"] = found
    unproven = next(((str(m.id), w) for m in models for w in WANTED if m.id and w not in m.measured), None)
    proof = {m.measured[w]: None for m in models for w in WANTED if w in m.measured}
    thing.measured = {k: v for k, v in thing.measured.items() if k != "vetted"}
    if found and unproven is None:
        thing.measured = {**thing.measured, "vetted": next(iter(proof))}
    elif found is not False and unproven is not None:
        thing.asks["vetted"] = unproven
        thing.doubted |= {"vetted"}


def _clean(model: Thing) -> Tri:
    if model.id is None:
        return None
    return both(None if (got := model.facts.get(w)) is None else got == word for w, word in WANTED.items())
