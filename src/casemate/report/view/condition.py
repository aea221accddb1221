"""The clauses of a rule in words, so that a person can check the condition without knowing the rule language."""

from __future__ import annotations

from collections.abc import Iterable

from casemate.define.vocabulary import Field
from casemate.identify.clause import Clause

INDENT = "  "
MEMBERS = {"any": "at least one in {list}", "no": "none in {list}", "every": "everything in {list}"}


def condition(clauses: Iterable[Clause], of: str = "", depth: int = 0) -> list[str]:
    """One line for each clause, members of lists indented. `of`: whose field a bare word on the other side means."""
    lines: list[str] = []
    for c in clauses:
        indent = INDENT * depth
        if c.field.type == "several":
            head = MEMBERS[c.op].format(list=f"`{c.field.name}` ({c.field.means})")
            lines.append(f"{indent}{head}{', where' if c.inner else ''}")
            lines += condition(c.inner, of or "the element", depth + 1)
        elif c.field.words_from == "controls":
            lines.append(f"{indent}{'no' if c.op else 'a'} verified countermeasure: {_either(c.want)}")
        else:
            means = "" if depth else f" ({c.field.means})"  # of a member, the list's meaning says enough
            lines.append(f"{indent}{_scalar(c, of)}{means}")
    return lines


def _scalar(c: Clause, of: str) -> str:
    name = f"`{c.field.name}`"
    if c.field.type == "flag":
        return f"{name} is {'yes' if c.want else 'no'}"
    if c.op in ("below", "at least"):
        return f"{name} is {c.op} {_limit(c.field, c.want, of)}"
    if c.field.type == "words":
        return f"{name} {'does not hold' if c.op else 'holds'} {_either(c.want)}"
    return f"{name} is {'not ' if c.op else ''}{_either(c.want)}"


def _either(wanted: Iterable[str]) -> str:
    *others, last = sorted(wanted)
    return f"{', '.join(others)} or {last}" if others else last


def _limit(field: Field, want: str, of: str) -> str:
    """A word of the field's order or a number; otherwise a field of the rule's element."""
    if want in field.words or want.isdigit():
        return want
    return f"`{want}` of {of}" if of else f"its own `{want}`"
