"""github: workflow commands of GitHub Actions: the verdict, what stops a release, and the worst of what does not.

GitHub shows ten errors, ten warnings and ten notices of a step, so the last of each says how many more there are.
A text is escaped, so that no name in a system file can end its line and begin a command of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from casemate.prioritize.risk import Risk
from casemate.report.svg.text import clean
from casemate.report.view import lost
from casemate.report.view.held import held
from casemate.report.view.rows import because
from casemate.report.view.status import status
from casemate.report.view.story import story
from casemate.report.view.where import Spot, of_reason, of_risk, spot
from casemate.report.view.words import count
from casemate.validate.assessment import Assessment
from casemate.validate.gate import Reason

MOST = 10  # of each level in one step
DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
PROPERTY = {**DATA, ":": "%3A", ",": "%2C"}


Said = tuple[str, str, Spot]
"""Title, message, place."""


def render(a: Assessment) -> str:
    """One command on each line."""
    return "".join(f"{line}\n" for line in (*_errors(a), *_warnings(a)))


def command(level: str, message: str, title: str = "", file: str = "", line: int = 0, column: int = 0) -> str:
    """`::error file=a.yaml,line=3,title=b::message`. level: error, warning or notice."""
    said = {"file": file, "line": line or "", "col": column or "", "title": title}
    about = ",".join(f"{k}={_escaped(str(v), PROPERTY)}" for k, v in said.items() if v)
    return f"::{level}{' ' if about else ''}{about}::{_escaped(message, DATA)}"


def _escaped(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(c, c) for c in clean(text).replace("\u2028", " ").replace("\u2029", " "))


def _errors(a: Assessment) -> Iterator[str]:
    told = story(a)
    level = "notice" if a.gate.passed else "error"
    yield command(
        level,
        f"{told.verdict} {told.sentence}",
        f"Casemate: {a.system.name}",
        spot(a.system.path, a.system.path).file,
    )
    by = {r.id: r for r in a.risks.risks}
    found = [x for r in a.gate.reasons for x in _reason(a, r, by)]
    yield from _first("error", found, MOST - 1)


def _reason(a: Assessment, r: Reason, by: Mapping[str, Risk]) -> Iterator[Said]:
    """What a reason says; at each of its threats where it names some."""
    if not r.threats:
        yield r.rule, f"{r.what}; {r.todo}", of_reason(a, r)
    for t in r.threats:
        yield t, f"{r.what}; {r.todo}", of_risk(a, by[t])


def _warnings(a: Assessment) -> Iterator[str]:
    named = {t for r in a.gate.reasons for t in r.threats}
    held_ = a.baseline.covered if a.baseline else frozenset()
    found = [_open(a, r) for r in a.of("open") if r.id not in named | held_]
    notes = [("baseline", text, spot(text, a.baseline.baseline.path)) for text in held(a)[1:] if a.baseline]
    yield from _first("warning", [*_passport(a), *_lost(a), *found, *notes], MOST)


def _passport(a: Assessment) -> Iterator[Said]:
    """One that does not hold; where the gate asks for one it is an error already."""
    p = a.passport
    if p is not None and p.tone != "pass" and not any(r.rule.startswith("passport") for r in a.gate.reasons):
        yield "passport", p.sentence, spot(a.system.path, a.system.path)


def _lost(a: Assessment) -> Iterator[Said]:
    """All of it in one warning, so that the threats keep their room."""
    told = "\n".join(lost.lines(a))
    if told:
        yield lost.HEADING, told, spot(a.system.path, a.system.path)


def _open(a: Assessment, r: Risk) -> Said:
    s = status(a, r)
    return r.id, f"{r.found.title}: {because(a, r)}. {s.word}: {s.said}.", of_risk(a, r)


def _first(level: str, found: Iterable[Said], most: int) -> Iterator[str]:
    shown = list(dict.fromkeys(found))
    cut = shown if len(shown) <= most else shown[: most - 1]
    for title, message, at in cut:
        yield command(level, message, title, at.file, at.line)
    if len(shown) > len(cut):
        yield command(level, f"and {count(len(shown) - len(cut), f'more {level}')}; the report has them all")
