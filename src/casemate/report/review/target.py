"""A question as one person answers it: where the answer stands in the system file, and how their words become it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from casemate.core.errors import did_you_mean
from casemate.core.money import SYMBOLS
from casemate.define.system import System
from casemate.define.values import SCALARS
from casemate.define.vocabulary import Field, vocabulary
from casemate.report.view.answer import INSIDE, SAID_BY
from casemate.report.view.words import ROLE
from casemate.validate.questions import Question
from casemate.validate.review_edit.edit import Answer

NAMED = 12  # ids or words that a line of help shows at once
YES = {"yes": "yes", "y": "yes", "no": "no", "n": "no"}
NOBODY = ("nobody", "none")


@dataclass(frozen=True, slots=True)
class Target:
    """The field that answers a question, and the keys that lead to it."""

    question: Question
    field: Field
    keys: tuple[str, ...]


def of_file(system: System, role: str) -> Iterator[Target]:
    """What the role can say of the system as a whole and has not said. Nothing is at stake that anybody could price."""
    known = vocabulary().file
    if role not in system.owners:
        yield _whole(
            system,
            role,
            ("owners", role),
            Field(role, "text", known["owners"].means),
            f"Who answers for {ROLE[role].lower()}?",
        )
    if role != "security":
        return
    if not system.purpose:
        yield _whole(system, role, ("purpose",), known["purpose"], "What does the system decide or do?")
    if system.review_every is None:
        f = known["review"].fields["every"]
        yield _whole(system, role, ("review", "every"), f, "How often is this threat model reviewed?")
    if system.appetite is None:
        f = known["appetite"].fields["loss"]
        yield _whole(system, role, ("appetite", "loss"), f, "Which loss in a year is too much?")


def _whole(system: System, role: str, keys: tuple[str, ...], f: Field, ask: str) -> Target:
    return Target(Question(f"{'.'.join(keys)}@system", "say", ask, role, (), (), 0.0, (), system.path), f, keys)


class NotUnderstood(Exception):
    """What is wrong with an answer, for the person who gave it."""


def target(system: System, q: Question) -> Target | None:
    """Where a line answers the question; None where only a measurement does."""
    name, _, element = q.id.partition("@")
    if q.kind != "say":
        return None
    if element in system.components:
        outer, inner = INSIDE.get(name, ("", ""))
        fields = vocabulary().component
        f = fields[outer].fields[inner] if outer else fields.get(SAID_BY.get(name, name))
        keys = ("components", element, *((outer, inner) if outer else (f.name if f else "",)))
    else:
        f = vocabulary().file["flows"].fields.get(name)
        keys = ("flows", element, name)
        if not any(flow.id == element for flow in system.flows):
            return None
    return Target(q, f, keys) if f is not None and not f.only_measured else None


def takes(f: Field) -> str:
    """What may be answered, on one line."""
    if f.type == "flag":
        return "yes or no"
    if f.type in ("word", "words"):
        several = "; one or several" if f.type == "words" else ""
        return ", ".join(f.words) + several
    if f.type == "parties":
        return "ids of " + " or ".join(f.to) + "; begin with `only` where that is everybody"
    if f.type == "refs":
        return "ids of " + " or ".join(f.to) if f.to else "names"
    if f.type == "egress":
        return "open, none, or the destinations"
    return "in your words" if f.type == "text" else SCALARS[f.type][1]


def help_lines(system: System, f: Field) -> Iterator[tuple[str, str]]:
    """What the question means: each word and its meaning, or the ids that there are."""
    yield "", f"{f.means[0].upper()}{f.means[1:]}."
    meanings = vocabulary().words.get(f.words_from, {})
    for word in f.words:
        yield word, meanings.get(word, "")
    for section in f.to:
        ids = sorted(getattr(system, section))
        more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
        yield section, ", ".join(ids[:NAMED]) + more


def answer(system: System, f: Field, text: str) -> Answer:
    """The answer as it stands in the file. Raises NotUnderstood; what it means is for the reader of the file to say."""
    words = [w for w in re.split(r"[\s,]+", text) if w]
    if f.type == "flag":
        return _flag(text)
    if f.type == "word":
        return _word(text, f.words)
    if f.type == "words":
        return tuple(dict.fromkeys(_word(w, f.words) for w in words))
    if f.type == "parties":
        return _parties(system, f, words)
    if f.type == "refs":
        return _ids(system, f, words)
    if f.type == "egress":
        return text if text in ("open", "none") else tuple(words)
    if f.type == "money":
        text = text.removeprefix(SYMBOLS.get(system.currency, system.currency)).removeprefix(system.currency).strip()
    if SCALARS[f.type][0](text) is None:
        raise NotUnderstood(f"it takes {SCALARS[f.type][1]}")
    return text


def _flag(text: str) -> str:
    if text.lower() not in YES:
        raise NotUnderstood("answer yes or no; an empty line when you don't know")
    return YES[text.lower()]


def _word(text: str, words: Sequence[str]) -> str:
    found = "-".join(text.lower().split())
    if found not in words:
        raise NotUnderstood(f"{text[:40]!r} is none of the words; {did_you_mean(found, words)}")
    return found


def _parties(system: System, f: Field, words: list[str]) -> Answer:
    """`a, b`: these and perhaps others; `only a, b`: nobody else; `nobody`."""
    complete = words[0].lower() == "only" or (len(words) == 1 and words[0].lower() in NOBODY)
    who = words[1:] if words[0].lower() == "only" else words
    if len(who) == 1 and who[0].lower() in NOBODY:
        who = []
    return {"who": _ids(system, f, who), "complete": "yes" if complete else "no"}


def _ids(system: System, f: Field, words: list[str]) -> tuple[str, ...]:
    known = [i for section in f.to for i in getattr(system, section)]
    for w in words:
        if known and w not in known:
            raise NotUnderstood(f"there is no {w[:40]!r}; {did_you_mean(w, known)}")
    return tuple(dict.fromkeys(words))
