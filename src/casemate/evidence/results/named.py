"""Which threats an attack speaks of, by its own name or by what it is after.

An attack of ours says it itself. Attacks of ART, Foolbox, CleverHans and others are known by words in their names.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from casemate.core import shelf
from casemate.core.errors import CasemateError, did_you_mean

SHELF = "evidence/redteam/attacks"
GOALS: Mapping[str, tuple[str, ...]] = {
    "evasion": ("adversarial-input", "hand-altered-input"),
    "membership": ("membership-inference",),
    "extraction": ("model-extraction",),
    "inversion": ("model-inversion",),
    "poisoning": ("training-data-poisoning",),
}
WORDS: Mapping[str, tuple[str, ...]] = {
    "membership": ("membership",),
    "extraction": ("extraction", "copycat", "knockoff", "equivalent"),
    "inversion": ("inversion", "mi-face", "attribute-inference"),
    "poisoning": ("poison", "backdoor", "label-flip", "feature-collision", "gradient-matching"),
    "evasion": (
        "hop-skip-jump", "boundary", "square", "zoo", "simba", "carlini", "deep-fool", "deepfool", "gradient", "fgm",
        "fgsm", "pgd", "descent", "elastic-net", "ead", "auto", "ddn", "saliency", "newton", "brendel", "spsa", "noise",
        "universal", "decision-tree-attack", "threshold", "pixel", "shadow", "geo-da", "sign-opt", "wasserstein",
    ),
}  # fmt: skip


def threats_of(attack: str, threat: str | Collection[str] | None, known: Collection[str]) -> tuple[str, ...]:
    """Ids of the threats. threat: ids, or a word of GOALS; None: by the attack's name. Raises CasemateError.

    known: the ids of the catalogue.
    """
    if threat is None:
        return _by_name(attack)
    said = (threat,) if isinstance(threat, str) else tuple(threat)
    out = tuple(dict.fromkeys(t for word in said for t in (GOALS.get(word) or (word,))))
    for t in out:
        if t not in known:
            raise CasemateError("record", f"there is no threat {t[:60]!r}", did_you_mean(t, [*known, *GOALS]))
    if not out:
        raise CasemateError("record", "names no threat", "name one, such as evasion or prompt-injection")
    return out


def plain_name(attack: str) -> str:
    """`art.attacks.evasion.HopSkipJump` as `hop-skip-jump`."""
    last = attack.rpartition(".")[2]
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", last)
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


def _by_name(attack: str) -> tuple[str, ...]:
    name = plain_name(attack[:200])
    if name in shelf.names(SHELF):
        found: tuple[str, ...] = shelf.member(SHELF, name).ATTACK.threats
        return found
    goal = next((g for g, words in WORDS.items() if any(f"-{w}" in f"-{name}" for w in words)), None)
    if goal is None:
        todo = f"name it, such as one of {', '.join(GOALS)} or the id of a threat"
        raise CasemateError("record", f"nobody said which threat {attack[:60]!r} speaks of", todo)
    return GOALS[goal]
