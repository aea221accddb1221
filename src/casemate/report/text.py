"""text: the assessment for a terminal. Beautiful on one, plain when piped; the same words in both."""

from __future__ import annotations

from casemate.report.view import lost
from casemate.report.view.asking import best_test
from casemate.report.view.hints import hints
from casemate.report.view.paper import Paper, plain
from casemate.report.view.paths import APART, section
from casemate.report.view.reader import gate_of
from casemate.report.view.rows import Row, row, said
from casemate.report.view.story import Story, foremost, story
from casemate.report.view.words import OUTCOME, ROLE, count
from casemate.validate.assessment import Assessment

ROWS, PATHS = 10, 3
MARK = {"fail": "✗", "warn": "!", "pass": "✓", "none": "○"}


def render(a: Assessment) -> str:
    """Plain text, 80 columns."""
    return plain(lambda paper: write(a, paper))


def write(a: Assessment, paper: Paper, everything: bool = False) -> None:
    """The report on a paper that knows how to set it."""
    told = story(a)
    _head(told, paper)
    _actions(a, told, paper)
    _threats(a, paper, everything)
    _paths(a, paper)
    _declared(a, paper)
    _lost(a, paper)
    _gate(a, paper)
    _next(a, paper)


def _head(told: Story, paper: Paper) -> None:
    paper.title(told.name, told.meta)
    paper.verdict(told.verdict, told.sentence, told.tone)
    if told.reader:
        paper.prose(told.reader, "bold")
    for line in (told.chance, told.basis, told.money):
        paper.prose(line, "dim")
    paper.blank()
    for cell in told.cells:
        paper.pair(cell.label, cell.value, MARK[cell.tone], cell.tone)


def _actions(a: Assessment, told: Story, paper: Paper) -> None:
    if not told.actions:
        return
    paper.heading("Next")
    for i, x in enumerate(told.next, 1):
        saves = f", {x.people}" if x.people else ""
        saves += f", worth {said(a, x.saves)} a year" if x.saves >= 1 else ""
        how = f"\n{x.how}" if x.how else ""
        paper.entry(str(i), f"{x.title} at {x.at}", f"{ROLE[x.owner]}, {said(a, x.cost)}{saves}{how}")


def _threats(a: Assessment, paper: Paper, everything: bool) -> None:
    for word in ("open", "assumed"):
        found = a.of(word)
        if not found:
            continue
        paper.heading(f"{OUTCOME[word]}: {count(len(found), 'threat')}")
        shown = found if everything else foremost(a, found, ROWS if word == "open" else ROWS // 2)
        for r in shown:
            _row(row(a, r), paper)
        hidden = len(found) - len(shown)
        if hidden > 0:
            paper.prose(f"… and {hidden} more; `--all` shows them", "dim")
    settled = [row(a, r) for r in a.threats if a.outcomes[r.id] not in ("open", "assumed")]
    if settled:
        paper.heading("Settled")
        for x in settled:
            paper.prose(f"{MARK[x.status.tone]} {x.id}: {x.status.said}", x.status.tone)


def _row(r: Row, paper: Paper) -> None:
    paper.threat(
        r.severity,
        r.id,
        r.shown,
        r.title,
        f"{r.where}   {r.because}",
        f"{r.status.word}: {r.status.said}",
        r.status.tone,
    )


def _paths(a: Assessment, paper: Paper) -> None:
    found = section(a, 1)
    if not found.paths:
        return
    paper.heading(f"Attack paths: {count(len(found.paths), 'chain')}")
    if found.others:
        paper.prose(found.others, "dim")
    for t in found.paths[:PATHS]:
        steps = [f"• {x.threat} ({x.note})" if x.threat else f"  {x.text}" for x in t.lines]
        head = f"{t.who}: {t.chance} of attempts succeed"
        paper.entry(str(t.number), f"{t.harm}: {t.price} a year", "\n".join([head, *steps]))
    if len(found.paths) > PATHS:
        paper.prose(f"… and {len(found.paths) - PATHS} more in the html and json reports", "dim")
    paper.prose(found.cutting)
    paper.prose(APART, "dim")


def _declared(a: Assessment, paper: Paper) -> None:
    apart = a.of("declared")
    if apart:
        worth = said(a, sum(r.current for r in apart))
        paper.blank()
        text = f"{count(len(apart), 'threat is', 'threats are')} ruled out by declared facts alone"
        stay = "stays" if len(apart) == 1 else "stay"
        paper.prose(f"{text} and {stay} in the current risk ({worth}); `casemate questions` asks how we know.", "dim")


def _lost(a: Assessment, paper: Paper) -> None:
    found = lost.lines(a)
    if found:
        paper.heading(lost.HEADING)
    for line in found:
        paper.prose(line if line.startswith("…") else f"{MARK['warn']} {line}", "warn")


def _gate(a: Assessment, paper: Paper) -> None:
    paper.heading(f"{gate_of(a)}: {'passed' if a.gate.passed else 'failed'} ({a.policy.name})")
    for reason in a.gate.reasons[:ROWS]:
        paper.prose(
            f"{MARK['fail' if reason.exit == 1 else 'warn']} {reason.what}; {reason.todo}",
            "fail" if reason.exit == 1 else "warn",
        )
    if len(a.gate.reasons) > ROWS:
        paper.prose(f"… and {len(a.gate.reasons) - ROWS} more", "dim")
    for r in a.rulings:
        if r.state == "unused":
            paper.prose(f"! {r.decision.at}: {r.decision.threat} is {r.word}, but it is no open threat", "warn")
    if a.passport and not any(r.rule.startswith("passport") for r in a.gate.reasons):
        paper.prose(f"{MARK[a.passport.tone]} {a.passport.sentence}", a.passport.tone)


def _next(a: Assessment, paper: Paper) -> None:
    paper.blank()
    best = best_test(a)
    if best:
        paper.prose(best)
    hint = hints(a.system)
    if hint:
        paper.prose(f"Hint: {hint}", "dim")
    worst = next((r.id for r in a.threats), None)
    role = f" --role {a.reader}" if a.reader else ""
    if worst:
        paper.prose(
            f"`casemate why {worst}` explains the largest number, `casemate questions{role}` what to find out.", "dim"
        )
