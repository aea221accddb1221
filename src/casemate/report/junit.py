"""junit: the gate as test results: one case for each rule of the policy, one for each threat.

A case fails where the gate stops a release, and is an error where required evidence is missing: no failure and no error
means that the gate passed. What is open and stops nothing, what somebody decided, what a baseline holds, and a passport
that does not hold is skipped: only what is countered passes. No case has a time, because none was run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from casemate.prioritize.risk import Risk
from casemate.report.svg.text import clean, escape
from casemate.report.view.rows import because, place_of
from casemate.report.view.status import status
from casemate.report.view.words import OUTCOME, joined
from casemate.validate.assessment import Assessment
from casemate.validate.gate import Reason
from casemate.validate.policy import Required


@dataclass(frozen=True, slots=True)
class Case:
    """One test case. `state`: passed, skipped, failure or error, with a message and details that say why."""

    group: str
    name: str
    state: str = "passed"
    message: str = ""
    details: str = ""


def render(a: Assessment) -> str:
    """One XML document, in the form that Jenkins, GitLab and others read."""
    suites = ((f"policy: {a.policy.name}", tuple(_policy(a))), ("threats", tuple(_threats(a))))
    inside = "".join(_suite(name, cases) for name, cases in suites)
    total = _counts([c for _, cases in suites for c in cases])
    name = escape(f"Casemate: {a.system.name}")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="{name}"{total}>\n{inside}</testsuites>\n'


# ------------------------------------------------------------------------------------------------ what is told


def _policy(a: Assessment) -> Iterator[Case]:
    """What the policy requires, what it fails on, and whatever else stands against a release."""
    left = list(a.gate.reasons)
    for need in a.policy.requires:
        found = [r for r in left if _of(a, need, r)]
        left = [r for r in left if not _of(a, need, r)]
        word = "a measured" if need.measured else "a"
        yield _case("policy.requires", f"{word} {need.evidence} of every {joined(need.of, 12)}", found)
    for word in sorted(a.policy.fails_on | {r.rule for r in left} | {"may-accept"}):
        yield _case("policy.fails-on", word, [r for r in left if r.rule == word])
    if a.passport:
        yield Case("release", "passport", "passed" if a.passport.tone == "pass" else "skipped", a.passport.sentence)


def _of(a: Assessment, need: Required, r: Reason) -> bool:
    return (
        r.rule == "required-evidence"
        and r.what.startswith(f"the policy requires a {need.evidence} of {r.element}:")
        and a.system.components[r.element].kind in need.of
    )


def _case(group: str, name: str, found: Iterable[Reason]) -> Case:
    found = tuple(found)
    if not found:
        return Case(group, name)
    state = "failure" if any(r.exit == 1 for r in found) else "error"
    return Case(group, name, state, joined((r.what for r in found), 3), "\n".join(f"{r.what}; {r.todo}" for r in found))


def _threats(a: Assessment) -> Iterator[Case]:
    stopped: dict[str, list[Reason]] = {}
    for reason in a.gate.reasons:
        for t in reason.threats:
            stopped.setdefault(t, []).append(reason)
    yield from (_threat(a, r, stopped.get(r.id, [])) for r in sorted(a.threats, key=lambda r: r.id))


def _threat(a: Assessment, r: Risk, stopped: list[Reason]) -> Case:
    s, outcome = status(a, r), a.outcomes[r.id]
    name, group = r.found.rule.id, f"threats.{r.found.element}"
    details = "\n".join([place_of(a, r), r.found.title, because(a, r), f"{s.word}: {s.said}", f"casemate why {r.id}"])
    if stopped:
        return Case(group, name, "failure", joined((x.what for x in stopped), 3), details)
    if outcome == "countered":
        return Case(group, name)
    b = a.baseline
    held = f", in the baseline of {b.baseline.by} until {b.baseline.until}" if b and r.id in b.covered else ""
    said = f": {s.said}" if outcome in ("accepted", "dismissed") else held or f", {r.severity}; it stops no release"
    return Case(group, name, "skipped", f"{OUTCOME[outcome]}{said}")


# ------------------------------------------------------------------------------------------------ how it is written


def _suite(name: str, cases: Iterable[Case]) -> str:
    cases = tuple(cases)
    skipped = sum(c.state == "skipped" for c in cases)
    head = f'  <testsuite name="{escape(name)}"{_counts(cases)} skipped="{skipped}">'
    return f"{head}\n{''.join(map(_element, cases))}  </testsuite>\n"


def _counts(cases: Iterable[Case]) -> str:
    states = [c.state for c in cases]
    return f' tests="{len(states)}" failures="{states.count("failure")}" errors="{states.count("error")}"'


def _element(c: Case) -> str:
    head = f'    <testcase classname="{escape(c.group)}" name="{escape(c.name)}"'
    if c.state == "passed":
        return f"{head}/>\n"
    about = f' message="{escape(c.message)}"'
    kind = "" if c.state == "skipped" else ' type="gate"'
    body = f">{_text(c.details)}</{c.state}>" if c.details else "/>"
    return f"{head}>\n      <{c.state}{about}{kind}{body}\n    </testcase>\n"


def _text(text: str) -> str:
    """Lines stay lines inside an element."""
    return "\n".join(escape(line) for line in clean(text).split("\n"))
