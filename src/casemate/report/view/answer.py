"""What to write into the system file to answer a question: the line and where it stands, from the vocabulary."""

from __future__ import annotations

from casemate.define.system import System
from casemate.define.vocabulary import Field, vocabulary
from casemate.validate.questions import Question

MOST, FEW = 10, 6  # words that a line holds; of more the first few, and `catalog show` names all
INSIDE = {"provider trains": ("provider", "trains on ours"), "base origin": ("base", "origin")}
"""Derived facts that are written inside a mapping."""
SAID_BY = {"runs code": "effect", "remembers": "keeps memory", "held": "path", "vetted": "contents"}
"""Derived facts, and the field from which they are known."""


def answer(system: System, q: Question) -> str:
    """One sentence, such as "Write `proprietary: yes|no` under components > scorer."

    Empty where no line of the file answers it: a declared fact is there already and waits for a measurement.
    """
    name, _, element = q.id.partition("@")
    if q.kind != "say":
        return ""
    if element in system.components:
        return _of_component(system, name, element)
    flow = next((f for f in system.flows if f.id == element), None)
    known = vocabulary().file["flows"].fields.get(name)
    if flow is None or known is None:
        return ""
    own = "" if flow.id == f"{flow.source}->{flow.target}" else f"id: {flow.id}, "
    return f"Write `- {flow.source} -> {flow.target}: {{{own}{name}: {_takes(known)}}}` under flows{_all(known)}."


def _of_component(system: System, name: str, element: str) -> str:
    fields = vocabulary().component
    outer, inner = INSIDE.get(name, ("", ""))
    f = fields[outer].fields[inner] if outer else fields.get(SAID_BY.get(name, name))
    if f is None:
        return ""
    if f.only_measured:
        return _measured(system, f, element)
    said = f"{outer}: {{{inner}: {_takes(f)}}}" if outer else f"{f.name}: {_takes(f)}"
    return f"Write `{said}` under components > {element}{_all(f)}."


def _measured(system: System, f: Field, element: str) -> str:
    path = "" if "path" in system.components[element].props else f"give the `path:` of {element}, then "
    todo = f"{path}add `- {f.measured_by[0]}: {element}` under measure, and run `casemate assess --measure`"
    return f"Only a measurement says it: {todo}."


def _takes(f: Field) -> str:
    """What may stand behind the colon."""
    if f.type == "parties":
        return f"{{who: [{_ids(f)}], complete: yes|no}}"
    if f.type == "refs":
        return f"[{_ids(f)}]"
    if f.type == "egress":
        return "open|none|[destinations]"
    if f.type == "flag":
        return "yes|no"
    if f.type == "text":
        return "TEXT" if f.name != "path" else "FILE"
    words = "|".join(f.words if len(f.words) <= MOST else [*f.words[:FEW], "..."])
    return f"[{words}]" if f.type == "words" else words


def _ids(f: Field) -> str:
    return "ids of " + " or ".join(f.to)


def _all(f: Field) -> str:
    several = " (one word or several)" if f.type == "words" else ""
    return several + (
        f"; `casemate catalog show {f.name.replace(' ', '-')}` lists all words" if len(f.words) > MOST else ""
    )
