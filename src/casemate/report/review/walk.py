"""One question of a walk as a person reads it, and what their answer changed. 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator

from casemate.report.review.target import Target, help_lines, of_file, takes, target
from casemate.report.view.asking import stakes
from casemate.report.view.words import OUTCOME, ROLE, count, joined
from casemate.validate.assessment import Assessment

WIDTH = 80
FEW = 2


def next_question(a: Assessment, role: str, passed: Collection[str]) -> tuple[Target | None, int]:
    """The question of this role that settles most and was not passed over, and how many there are."""
    ranked = [t for q in a.questions if q.role == role and (t := target(a.system, q))]
    found = [t for t in (*ranked, *of_file(a.system, role)) if t.question.id not in passed]
    return (found[0] if found else None), len(found)


def waiting(a: Assessment, role: str) -> int:
    """How many of the role's questions no answer settles: they wait for a measurement."""
    return sum(1 for q in a.questions if q.role == role and target(a.system, q) is None)


def begins(a: Assessment, role: str) -> str:
    """What is to come, and how to answer."""
    _, many = next_question(a, role, ())
    if not many:
        return _wrapped(f"{a.system.name}: nothing to ask {ROLE[role].lower()}.")
    first = f"{a.system.name}: {count(many, 'question')} for {ROLE[role].lower()}, what settles most first."
    how = "An empty line when you don't know, ? for help, q to stop. Each answer is written into the file at once."
    return _wrapped(first) + _wrapped(how)


def asked(a: Assessment, t: Target, number: int, left: int) -> str:
    """The question, what it decides, what may be answered."""
    q = t.question
    head = f"{number} ({left} left)  "
    lines = [_wrapped(head + q.ask, "", "  ")]
    decided = [x for x in q.settles if x not in q.prevents]
    told = [f"decides on {joined(decided, FEW)}"] if decided else []
    told += [f"could prevent {joined(q.prevents, FEW)}"] if q.prevents else []
    told += [stakes(a, q.danger, q.at_stake)] if told else []
    lines.append(_wrapped("; ".join([q.where, *told]), "  ", "  "))
    name = t.field.name if t.keys[0] in ("components", "flows") else " > ".join(t.keys)
    lines.append(_wrapped(f"{name}: {takes(t.field)}", "  ", "    "))
    return "\n" + "".join(lines)


def helped(a: Assessment, t: Target) -> str:
    """What each word means."""
    return "".join(_help(word, means) for word, means in help_lines(a.system, t.field))


def _help(word: str, means: str) -> str:
    if not word:
        return _wrapped(means, "  ", "  ")
    return _wrapped(f"{word:16}{means}".rstrip(), "    ", " " * 20)


def note(text: str) -> str:
    """A word about an answer."""
    return _wrapped(text, "  ", "    ")


def wrote(said: str, where: str, before: Assessment, after: Assessment) -> str:
    """What was written, and which outcomes are others now."""
    return "".join(note(line) for line in (f"wrote `{said}` at {where}", *_moved(before, after)))


def _moved(before: Assessment, after: Assessment) -> Iterator[str]:
    new = [i for i in after.outcomes if i not in before.outcomes]
    gone = [i for i in before.outcomes if i not in after.outcomes]
    other = [i for i, o in after.outcomes.items() if i in before.outcomes and before.outcomes[i] != o]
    for i in sorted(other):
        yield f"{i}: {OUTCOME[before.outcomes[i]].lower()}, now {OUTCOME[after.outcomes[i]].lower()}"
    if gone:
        yield f"no threat any more: {joined(sorted(gone))}"
    if new:
        yield f"a threat now: {joined(sorted(new))}"
    if not (new or gone or other):
        yield "it changes no outcome"


def ends(a: Assessment, role: str, written: int, passed: Collection[str]) -> str:
    """What came of it."""
    _, left = next_question(a, role, ())
    lines = [_wrapped(f"{count(written, 'answer')} written, {count(left, 'question')} left for {ROLE[role].lower()}.")]
    if more := waiting(a, role):
        does = "waits" if more == 1 else "wait"
        lines.append(_wrapped(f"{more} more {does} for a measurement: casemate questions --role {role}"))
    return "\n" + "".join(lines)


def _wrapped(text: str, first: str = "", then: str = "") -> str:
    lines = textwrap.wrap(
        text, WIDTH - 1, initial_indent=first, subsequent_indent=then, break_on_hyphens=False, break_long_words=True
    )
    return "".join(f"{line}\n" for line in lines)
