"""markdown: a comparison as a comment on a pull request: verdict, what got worse and why, gate; the rest folded away.

Every text of the user is escaped: it cannot end a table's cell, a line or a fold, and no HTML of its own survives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from casemate.report.markdown import code, escaped
from casemate.report.view.difference import Group, changed, gate_line, moved, price, sections, totals, verdict
from casemate.report.view.words import count
from casemate.validate.diff.change import Change
from casemate.validate.diff.diff import Changed, Diff

WORSE, ROWS, LINES = 20, 60, 60
LONGEST = 60_000  # characters; a comment on GitHub may have 65,536
LEFT_OUT = "\n*The rest is left out; `casemate diff --format json` has all of it.*\n"


def render(d: Diff) -> str:
    """GitHub-flavoured Markdown, ending in a line break, short enough for a comment."""
    parts = [
        _head(d), _worse(d), _gate(d), _changes(d), *(_folded(d, *s) for s in _others(d)), _moved(d), _foot(d),
    ]  # fmt: skip
    out: list[str] = []
    length = 0
    for text in ("\n".join(lines) for lines in parts):
        if text and length + len(text) > LONGEST:
            return "\n\n".join(out) + "\n" + LEFT_OUT
        if text:
            out.append(text)
            length += len(text) + 2
    return "\n\n".join(out) + "\n"


def _head(d: Diff) -> Iterator[str]:
    word, sentence, _ = verdict(d)
    yield f"## {escaped(d.new.name)}: what changed"
    yield ""
    yield f"**{escaped(word)}** {escaped(sentence)}"
    yield ""
    yield f"{code(d.old.label)} → {code(d.new.label)}"
    for line in (*totals(d), *d.notes):
        yield ""
        yield escaped(line)


def _worse(d: Diff) -> Iterator[str]:
    found = [(heading, groups) for heading, groups in sections(d) if heading.startswith("Got worse")]
    for heading, groups in found:
        yield f"### {heading}"
        yield ""
        yield from _table(d, groups, WORSE)


def _others(d: Diff) -> list[tuple[str, tuple[Group, ...]]]:
    return [(heading, groups) for heading, groups in sections(d) if not heading.startswith("Got worse")]


def _table(d: Diff, groups: Iterable[Group], most: int) -> Iterator[str]:
    rows = [(g, t) for g in groups for t in g.threats]
    yield "| Threat | Severity | Change | Loss a year | Because |"
    yield "|---|---|---|---:|---|"
    yield from (_row(d, g, t) for g, t in rows[:most])
    if len(rows) > most:
        yield ""
        yield f"… and {len(rows) - most} more"


def _row(d: Diff, g: Group, t: Changed) -> str:
    cells = (
        f"{escaped(t.now.title)}<br>{code(t.id)}", t.now.severity, escaped(changed(t, d)), escaped(price(t.now, d)),
        _because(g, t),
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _because(g: Group, t: Changed) -> str:
    said = [escaped(c.said) for _, c in g.causes[:3]]
    if len(g.causes) > 3:
        said.append(f"and {len(g.causes) - 3} more")
    if not said:
        return "<br>".join(map(escaped, t.how[:3])) or escaped(g.why)
    return "<br>".join(([escaped(g.why)] if len(g.causes) > 1 else []) + said)


def _gate(d: Diff) -> Iterator[str]:
    yield f"### {escaped(gate_line(d))}"
    for word, reasons in (("New", d.reasons_new), ("No longer", d.reasons_gone)):
        yield from (f"- {word}: {escaped(r.what)}" for r in reasons[:WORSE])
        if len(reasons) > WORSE:
            yield f"- … and {len(reasons) - WORSE} more"


def _changes(d: Diff) -> Iterator[str]:
    if not d.changes:
        return
    idle = set(d.idle)
    lines = [f"{i}. {escaped(c.said)}{_place(c)}{'' if c not in idle else ' *no threat names it*'}"
             for i, c in enumerate(d.changes, 1)]  # fmt: skip
    yield from _fold(f"What was changed: {count(len(d.changes), 'thing')}", lines)


def _place(c: Change) -> str:
    return f" ({escaped(c.at)})" if c.at else ""


def _folded(d: Diff, heading: str, groups: tuple[Group, ...]) -> Iterator[str]:
    yield f"<details><summary>{escaped(heading)}</summary>"
    yield ""
    yield from _table(d, groups, ROWS)
    yield ""
    yield "</details>"


def _moved(d: Diff) -> Iterator[str]:
    evidence = d.evidence if d.changes is None else ()  # otherwise it stands above, among what was changed
    if found := [*(d.controls or ()), *evidence]:
        yield from _fold(
            f"Controls and evidence: {count(len(found), 'change')}", [f"- {escaped(moved(m))}" for m in found]
        )


def _fold(heading: str, lines: list[str]) -> Iterator[str]:
    yield f"<details><summary>{escaped(heading)}</summary>"
    yield ""
    yield from lines[:LINES]
    if len(lines) > LINES:
        yield ""
        yield f"… and {len(lines) - LINES} more"
    yield ""
    yield "</details>"


def _foot(d: Diff) -> Iterator[str]:
    files = " → ".join(s.digest[:7] for s in (d.old, d.new))
    policies = " → ".join(dict.fromkeys(s.policy[1][:7] for s in (d.old, d.new)))
    yield f"<sub>system file {escaped(files)} · policy {escaped(policies)}</sub>"
