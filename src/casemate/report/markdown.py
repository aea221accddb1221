"""markdown: the assessment as a comment on a pull request: verdict, actions, the worst threats, gate, questions, map.

Every text of the user is escaped: it cannot end a table's cell, a line or a fence, and no HTML of its own survives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from casemate.report.svg.text import clean
from casemate.report.view import lost
from casemate.report.view.answer import answer
from casemate.report.view.asking import stakes
from casemate.report.view.drawing import drawing, whole
from casemate.report.view.mermaid import mermaid
from casemate.report.view.paths import Line, section
from casemate.report.view.reader import gate_of
from casemate.report.view.rows import Row, row, said
from casemate.report.view.story import Story, foremost, story
from casemate.report.view.words import ROLE, count
from casemate.validate.assessment import Assessment

ROWS, PATHS, REASONS, QUESTIONS = 10, 3, 10, 5
MARK = {"fail": "◆", "warn": "▲", "pass": "●", "none": "○"}
LONGEST = 300
_ENTITIES = frozenset("<>&|`\\$")  # safe even where a backslash is not: in tables and in code
_MARKS = re.compile(r"[<>&|`\\$*_~\[\]#]")
_FIRST = re.compile(r"^(?:[-+=]|\d+(?=[.)]))")  # what would begin a list or a heading
_NAMES = re.compile(r"(?<!\w)([@#])(?=\w)")  # what would call a person or name an issue


def render(a: Assessment) -> str:
    """GitHub-flavoured Markdown, ending in a line break."""
    told = story(a)
    parts = (
        _head(a, told),
        _actions(a, told),
        _threats(a),
        _paths(a),
        _lost(a),
        _gate(a),
        _questions(a),
        _map(a),
        _foot(a, told),
    )
    return "\n\n".join(part for lines in parts if (part := "\n".join(lines))) + "\n"


def escaped(text: str) -> str:
    """The text as itself: one line, no markup, no HTML, no link, and nobody is called by it."""
    flat = " ".join(clean(text).split())
    short = flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"
    quiet = _NAMES.sub("\\1\u200b", short).replace("://", ":\u200b//").replace("www.", "www\u200b.")
    return _MARKS.sub(_mark, _FIRST.sub("\u200b\\g<0>", quiet))


def _mark(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};" if found[0] in _ENTITIES else "\\" + found[0]


def code(text: str) -> str:
    """An id set as code, by HTML, because backticks cannot be escaped within backticks."""
    return f"<code>{escaped(text)}</code>"


def _ticked(text: str) -> str:
    """A sentence of ours in which what stands between backticks is code."""
    return "".join(code(x) if i % 2 else _kept(x) for i, x in enumerate(text.split("`")))


def _kept(text: str) -> str:
    """Escaped, with the blanks at its ends."""
    before, after = text[:1].isspace(), text[-1:].isspace() and len(text) > 1
    return f"{' ' * before}{escaped(text)}{' ' * after}"


def _head(a: Assessment, told: Story) -> Iterator[str]:
    yield f"## {escaped(told.name)}"
    yield ""
    yield f"**{escaped(told.verdict)}** {escaped(told.sentence)}{_illustrative(a)}"
    yield ""
    if told.reader:
        yield f"{escaped(told.reader)}  "
    for line in (told.chance, told.basis, told.money):
        yield f"{escaped(line)}  "
    yield ""
    yield " · ".join(f"{MARK[c.tone]} {escaped(c.label)}: {escaped(c.value)}" for c in told.cells)


def _illustrative(a: Assessment) -> str:
    return "" if a.owned else " *(money is illustrative)*"


def _actions(a: Assessment, told: Story) -> Iterator[str]:
    if not told.actions:
        return
    yield "### Next"
    for i, x in enumerate(told.next, 1):
        saves = f", {x.people}" if x.people else ""
        saves += f", saves {said(a, x.saves)} a year" if x.saves >= 1 else ""
        price = escaped(f"{ROLE[x.owner]}, costs {said(a, x.cost)}{saves}")
        yield f"{i}. **{escaped(x.title)}** at {code(x.at)}: {price}"
        yield f"   Proven when {escaped(x.test)}."


def _threats(a: Assessment) -> Iterator[str]:
    word = "open" if a.of("open") else "assumed"
    found = a.of(word)
    if not found:
        return
    yield f"### {count(len(found), f'{word} threat')}"
    yield ""
    yield "| Threat | Severity | Loss a year | Evidence |"
    yield "|---|---|---:|---|"
    shown = foremost(a, found, ROWS)
    yield from (_row(row(a, r)) for r in shown)
    if len(found) > len(shown):
        yield ""
        yield f"… and {len(found) - len(shown)} more"
    assumed = len(a.of("assumed"))
    if word == "open" and assumed:
        yield ""
        yield f"{count(assumed, 'more threat is', 'more threats are')} assumed, because facts are missing."


def _row(r: Row) -> str:
    evidence = f"{MARK[r.status.tone]} {escaped(r.status.word)}: {escaped(r.status.said)}"
    return f"| {escaped(r.title)}<br>{code(r.id)} | {r.severity} | {escaped(r.shown)} | {evidence} |"


def _paths(a: Assessment) -> Iterator[str]:
    found = section(a)
    if not found.paths:
        return
    yield f"### {count(len(found.paths), 'attack path')}"
    if found.others:
        yield ""
        yield escaped(found.others)
        yield ""
    for t in found.paths[:PATHS]:
        yield f"{t.number}. **{escaped(t.harm)}**: {escaped(f'{t.who}, {t.chance} of attempts, {t.price} a year')}"
        yield from (f"   - {_step(x)}" for x in t.lines)
    if len(found.paths) > PATHS:
        yield ""
        yield f"… and {len(found.paths) - PATHS} more"
    yield ""
    yield escaped(found.cutting)


def _step(x: Line) -> str:
    return f"{code(x.threat)} {escaped(f'({x.note})')}" if x.threat else escaped(x.text)


def _lost(a: Assessment) -> Iterator[str]:
    found = lost.lines(a)
    if found:
        yield f"### {lost.HEADING}"
    yield from (f"- {_ticked(line)}" for line in found)


def _gate(a: Assessment) -> Iterator[str]:
    yield f"### {gate_of(a)}: {'passed' if a.gate.passed else 'failed'} ({escaped(a.policy.name)})"
    yield from (f"- {escaped(r.what)}; {escaped(r.todo)}" for r in a.gate.reasons[:REASONS])
    if len(a.gate.reasons) > REASONS:
        yield f"- … and {len(a.gate.reasons) - REASONS} more"
    if a.passport and not any(r.rule.startswith("passport") for r in a.gate.reasons):
        yield ""
        yield f"{MARK[a.passport.tone]} {escaped(f'P{a.passport.sentence[1:]}')}"


def _questions(a: Assessment) -> Iterator[str]:
    if not a.questions:
        return
    yield f"### {count(len(a.questions), 'open question')}"
    for q in a.questions[:QUESTIONS]:
        yield f"- {escaped(q.ask)} ({escaped(f'{ROLE[q.role]}, {stakes(a, q.danger, q.at_stake)}, {q.where}')})"
        if todo := answer(a.system, q):
            yield f"  {_ticked(todo)}"
    if len(a.questions) > QUESTIONS:
        yield f"- … and {len(a.questions) - QUESTIONS} more"


def _map(a: Assessment) -> Iterator[str]:
    """In a fence of four backticks; a label holds none, see mermaid."""
    yield "<details><summary>Map of the " + ("system" if whole(a) else "zones") + "</summary>"
    yield ""
    yield "````mermaid"
    yield mermaid(drawing(a)).rstrip("\n")
    yield "````"
    yield ""
    yield "</details>"


def _foot(a: Assessment, told: Story) -> Iterator[str]:
    yield f"<sub>{escaped(told.meta)} · policy {a.policy.digest[:7]} · seed {a.seed}</sub>"
