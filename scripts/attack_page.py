"""The reference page of the attacks, made from what each attack's file says of itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from casemate.core import shelf
from casemate.evidence.redteam.attack import Attack
from casemate.evidence.redteam.drive import SHELF, attacks

GOALS = {
    "evasion": "An input is changed until the model is wrong about it.",
    "membership": "Whose rows did the model learn from?",
    "attribute": "What is the value that somebody kept to themselves?",
    "inversion": "What do the model's classes look like from the inside?",
    "extraction": "A copy is trained on the model's own answers.",
    "poisoning": "Rows are written into the training data, and the recipe is run again.",
    "screening": "Are there rows in the training data that look like poison? These run only when they are named.",
}
NEEDS = {"train": "`--train`", "fit": "`--fit`"}
HEAD = """\
# Attacks

Each is a file of [evidence/redteam/attacks](../src/casemate/evidence/redteam/attacks), and this page is made from them.
How they are run, and what comes of it, is in [redteam.md](redteam.md).

*Knows* is what the model's answers must hold at least; gradients only a torch model gives. One *try* is a row, or a
campaign. *Strength* says whether it is as strong as the attacker that the threat model assumes: that a weaker attack
found nothing counts less, and never outweighs what we believed before.
"""


def page() -> str:
    """The whole page."""
    known = attacks()
    parts = [HEAD]
    for goal, means in GOALS.items():
        parts.append(f"## {goal.capitalize()}\n\n{means}")
        parts += [entry(name, a) for name, a in known.items() if a.goal == goal]
    return "\n\n".join(p.rstrip("\n") for p in parts) + "\n"


def entry(name: str, a: Attack) -> str:
    """One attack: what it does, and what it needs."""
    said = " ".join(line.strip() for line in first(inspect.getdoc(shelf.member(SHELF, name)) or "").splitlines())
    return "\n".join([f"### {name}", "", said, "", *(f"- {line}" for line in facts(a))])


def first(text: str) -> str:
    """The first paragraph."""
    return text.split("\n\n")[0]


def facts(a: Attack) -> Iterator[str]:
    """What it needs, what its trials are, where it comes from."""
    needs = [NEEDS[n] for n in sorted(a.needs)]
    yield f"knows {a.gives}" + (f"; needs {' and '.join(needs)}" if needs else "")
    yield f"one try is a {a.unit}; {'equal' if a.strength == 'equal' else 'weaker'} strength"
    if a.baseline:
        yield f"must beat [{a.baseline}](#{a.baseline}) at the same budget"
    if a.threats:
        yield "speaks of " + ", ".join(f"[{t}](threats/{t}.md)" for t in a.threats)
    yield a.source + (f"; {a.nist}" if a.nist else "")
