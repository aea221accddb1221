"""text: a comparison for a terminal: verdict, what went in differently, the threats by what made them others, gate."""

from __future__ import annotations

from collections.abc import Sequence

from casemate.report.view.difference import Group, changed, gate_line, moved, price, sections, totals, verdict
from casemate.report.view.paper import STYLE, Paper, plain
from casemate.report.view.words import count
from casemate.validate.diff.change import Change
from casemate.validate.diff.diff import Changed, Diff

ROWS, LINES, HOW = 12, 15, 3
MARK = {"worse": "✗", "other": "·", "gone": "✓"}


def render(d: Diff) -> str:
    """Plain text, 80 columns."""
    return plain(lambda paper: write(d, paper))


def write(d: Diff, paper: Paper, everything: bool = False) -> None:
    """The comparison on a paper that knows how to set it."""
    paper.title(d.new.name, f"{d.old.label} → {d.new.label}")
    paper.verdict(*verdict(d))
    for line in (*totals(d), *(f"Note: {n}" for n in d.notes)):
        paper.prose(line, "dim")
    _inputs(d, paper, everything)
    for heading, groups in sections(d):
        paper.heading(heading)
        _groups(d, groups, paper, everything)
    _moved(d, paper, everything)
    _gate(d, paper)
    worst = next((t.id for t in d.threats if t.after), None)
    if worst and d.new.assessment is not None:
        paper.blank()
        paper.prose(f"`casemate why {worst}` gives its whole derivation as it is now.", "dim")


def _inputs(d: Diff, paper: Paper, everything: bool) -> None:
    """What went in differently, numbered; the groups of threats refer to these numbers."""
    if not d.changes:
        return
    idle = set(d.idle)
    paper.heading(f"What was changed: {count(len(d.changes), 'thing')}")
    for i, c in enumerate(d.changes if everything else d.changes[: 2 * LINES], 1):
        quiet = "dim" if c in idle else ""
        for line in paper.hanging(f"{i:>2}  {c.said}{_place(c)}{' (no threat names it)' if c in idle else ''}", "    "):
            paper.put([(quiet, line)])
    _hidden(len(d.changes), 2 * LINES, everything, paper)


def _place(c: Change) -> str:
    return f"  [{c.at}]" if c.at else ""


def _hidden(n: int, most: int, everything: bool, paper: Paper) -> None:
    if n > most and not everything:
        paper.prose(f"… and {n - most} more; `--all` shows them", "dim")


def _groups(d: Diff, groups: Sequence[Group], paper: Paper, everything: bool) -> None:
    for g in groups:
        for line in paper.hanging(_cause(g), "  "):
            paper.put([(STYLE["dim"], line)])
        for t in g.threats if everything else g.threats[:ROWS]:
            _threat(d, t, paper, everything)
        _hidden(len(g.threats), ROWS, everything, paper)


def _cause(g: Group) -> str:
    said = "; ".join(f"[{i}] {c.said}" for i, c in g.causes[:3])
    rest = f"; and {len(g.causes) - 3} more" if len(g.causes) > 3 else ""
    return f"{g.why} {said}{rest}".rstrip()


def _threat(d: Diff, t: Changed, paper: Paper, everything: bool) -> None:
    """The change and the id; of what got worse also what it is, and what differs in its derivation."""
    mark = "✗" if t.worse else "✓" if t.kind == "vanished" else "·"
    tail = changed(t, d) if t.kind == "risk" else f"{changed(t, d)}   {price(t.now, d)}".rstrip()
    room = paper.width - 13 - len(tail)
    fits = len(t.id) <= room  # an id is copied, so it is never cut
    severity, strong = t.now.severity, "bold" if t.worse else ""
    head = [(STYLE["fail" if t.worse else ""], f"{mark} "), (STYLE[severity], f"{severity.upper():10}")]
    paper.put([*head, (strong, f"{t.id:{max(room, 1)}} {tail}" if fits else t.id)])
    if not fits:
        paper.put([(strong, f"{'':12}{tail}")])
    if t.worse or everything:
        lines = (t.now.title, *(f"- {h}" for h in (t.how if everything else t.how[:HOW])))
        for text in lines:
            for line in paper.wrapped(text, " " * 12):
                paper.put([("" if text is t.now.title else "dim", line)])


def _moved(d: Diff, paper: Paper, everything: bool) -> None:
    evidence = d.evidence if d.changes is None else ()  # otherwise it stands above, among what was changed
    for heading, found in (("Controls", d.controls or ()), ("Evidence", evidence)):
        if found:
            paper.heading(f"{heading}: {count(len(found), 'change')}")
            for m in found if everything else found[:LINES]:
                paper.prose(moved(m))
            _hidden(len(found), LINES, everything, paper)


def _gate(d: Diff, paper: Paper) -> None:
    paper.heading(gate_line(d))
    for word, tone, reasons in (("new", "fail", d.reasons_new), ("no longer", "pass", d.reasons_gone)):
        for r in reasons[:LINES]:
            paper.prose(f"{'✗' if tone == 'fail' else '✓'} {word}: {r.what}", tone)
        if len(reasons) > LINES:
            paper.prose(f"… and {len(reasons) - LINES} more", "dim")
