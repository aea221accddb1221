"""text: many systems for a terminal of 80 columns, the worst first; the same words as the page."""

from __future__ import annotations

from datetime import date

from casemate.report.portfolio.entry import Entry, Portfolio, sentence
from casemate.report.view.paper import STYLE, Paper, plain
from casemate.report.view.words import ROLE, day
from casemate.validate.due import Due

LISTED = 20  # what is due


def render(p: Portfolio) -> str:
    """Plain text, 80 columns."""
    return plain(lambda paper: write(p, paper))


def write(p: Portfolio, paper: Paper) -> None:
    """The portfolio on a paper that knows how to set it."""
    paper.title(f"Systems in {p.name}", f"assessed {day(p.today)}")
    paper.prose(sentence(p), "bold")
    for e in p.entries:
        paper.blank()
        _entry(e, paper)
    _due(p, paper)
    if p.broken:
        paper.heading("Cannot be read")
    for b in p.broken:
        paper.prose(b.path, "bold")
        for line in b.errors:
            for text in paper.wrapped(line, "  "):
                paper.put([("", text)])
    for note in p.notes:
        paper.prose(f"Note: {note}", "dim")


def _entry(e: Entry, paper: Paper) -> None:
    verdict = e.verdict.rstrip(".").upper()
    for i, text in enumerate(paper.hanging(f"{verdict}  {e.name}", "  ")):
        head = len(verdict) if not i else 0
        paper.put([(STYLE[e.tone], text[:head]), ("bold", text[head:])])
    for text in (
        e.path,
        loss(e),
        f"{e.measured} of {e.threats} threats rest on measured evidence; {e.change}",
        *e.notes,
    ):
        for line in paper.wrapped(text, "  "):
            paper.put([("dim", line)])
    for t in e.worst:
        for i, line in enumerate(paper.hanging(f"  {t.severity.upper():9}{t.title} ({t.price})", " " * 11)):
            paper.put([(STYLE[t.severity], line[:11]), ("", line[11:])] if not i else [("", line)])


def loss(e: Entry) -> str:
    """The expected loss beside the appetite."""
    money = "" if e.owned else "; money is illustrative"
    return f"{e.loss} a year; above {e.appetite} in {e.chance} of years (appetite {e.tolerated}){money}"


def _due(p: Portfolio, paper: Paper) -> None:
    if not p.due:
        return
    paper.heading("Due")
    for e, d in p.due[:LISTED]:
        for i, line in enumerate(paper.hanging(f"{when(d, p.today):12} {e.name}: {d.what}", " " * 13)):
            paper.put([("bold red" if d.due and not i else "", line[:12]), ("", line[12:])])
    if len(p.due) > LISTED:
        paper.prose(f"… and {len(p.due) - LISTED} more on the page", "dim")


def when(d: Due, today: date) -> str:
    """The day on which it is or was due; `now` for what has no day of its own."""
    return "now" if d.due and d.on == today else day(d.on)


def asks(d: Due) -> str:
    """Who is asked to do what about it."""
    return f"{ROLE.get(d.owner, d.owner)}: {d.todo}" if d.owner else d.todo
