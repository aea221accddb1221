"""Questions and tests as people read them: what to find out next, by whom, what it decides, what it is worth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from casemate.core.times import times
from casemate.counter.information import LIVE, TRIES, NextTest
from casemate.report.view.answer import answer
from casemate.report.view.rows import said
from casemate.report.view.words import ROLE, count, joined, share
from casemate.validate.assessment import Assessment
from casemate.validate.questions import Question

FEW = 2  # threats that a line names
NOT_WORTH = "No test is known to be worth its price: none could change enough of what is worth buying."
SHOWS = {
    "scan": "a scan", "verify": "a check of the signature", "lineage": "a trace of where it came from",
    "audit": "an audit", "access": "a list of who has which rights", "probe": "a probe", "redteam": "a red team",
    "monitor": "its logs", "record": "the record of somebody who looked",
}  # fmt: skip
"""What shows a fact, by kind of evidence."""
DOES = {
    "scan": "Scan {at}", "verify": "Check the signature of {at}", "lineage": "Trace where {at} came from",
    "audit": "Look for known flaws in {at}", "access": "List who has which rights at {at}", "probe": "Probe {at}",
    "redteam": "Attack {at}", "monitor": "Read the logs of {at}", "record": "Go and see how {at} works",
}  # fmt: skip
"""What one does to get it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line that asks or orders, and the quieter lines below it."""

    text: str
    below: tuple[str, ...]


def questions(a: Assessment, role: str | None = None) -> list[Entry]:
    """What this role can answer, worst first. The same question about several elements is one entry."""
    alike: dict[tuple[object, ...], list[Question]] = {}
    for q in a.questions:
        if role in (None, q.role):
            alike.setdefault(_likeness(q), []).append(q)
    price = {r.id: r.current for r in a.risks.risks}
    asked = [(max(q.danger for q in qs), _stake(price, qs), qs) for qs in alike.values()]
    return [_question(a, stakes(a, *at), qs) for *at, qs in sorted(asked, key=lambda x: (-x[0], -x[1]))]


def stakes(a: Assessment, danger: float, money: float) -> str:
    """What the answer to a question decides on: people before money, and never in money (law 9)."""
    priced = f"{said(a, money)} a year at stake"
    if not danger:
        return priced
    people = f"people may be hurt {times(danger)} times as often as tolerable"
    return f"{people}, and {priced}" if money >= 1 else people


def _stake(price: Mapping[str, float], alike: list[Question]) -> float:
    """What the answers would settle; a threat that two of them decide on counts once."""
    return sum(price[t] for t in sorted({t for q in alike for t in q.settles}))


def _likeness(q: Question) -> tuple[object, ...]:
    """Questions that differ in nothing but the element, and that decide on the same kinds of threats."""
    element = q.id.partition("@")[2]
    rules = tuple(sorted({t.partition("@")[0] for t in q.settles}))
    return q.kind, q.ask.replace(element, "") if element in q.ask else q.ask, q.role, rules, q.prevents == q.settles


def _question(a: Assessment, stake: str, alike: list[Question]) -> Entry:
    q = alike[0]
    others = [x.id.partition("@")[2] for x in alike[1:]]
    same = (f"The same of {joined(others)}.",) if others else ()
    settles = list(dict.fromkeys(t for x in alike for t in x.settles))
    below = [*same, f"{ROLE[q.role]}, {q.where}; {stake}", *_decides(a, q, settles)]
    return Entry(q.ask, tuple(line for line in (*below, answer(a.system, q)) if line))


def _decides(a: Assessment, q: Question, settles: list[str]) -> Iterator[str]:
    """What an answer is good for."""
    shown = joined((SHOWS.get(k, k) for k in q.measured_by), FEW).replace(" and ", " or ")
    named = joined(settles, FEW)
    if q.kind == "prove":
        yield f"That alone rules out {named}; {shown or 'nothing yet'} would prove it"
        return
    prevented = set(q.prevents)
    decided = [t for t in settles if t not in prevented]
    if decided and q.settles != q.prevents:
        yield f"Decides on {joined(decided, FEW)}" + (f"; {shown} can show it" if shown else "")
    if prevented and q.settles != q.prevents:
        settles = [t for t in settles if t in prevented]
    if prevented:
        word = "open" if all(a.outcomes[t] == "open" for t in settles) else "open or assumed"
        until = f", once {shown} shows it" if shown else ""
        yield f"Could prevent {joined(settles, FEW)}, {word} today{until}"


def next_tests(a: Assessment, role: str | None = None) -> list[Entry]:
    """The tests that are worth something, or of which nobody can say what they are worth; best first."""
    return [Entry(title(a, t), tuple(_below(a, t))) for t in a.tests if role in (None, t.role) and worthwhile(t)]


def worthwhile(t: NextTest) -> bool:
    """Whether it is worth its price, as far as anybody can tell."""
    return t.value is None or t.value >= t.cost or t.danger > 0


def title(a: Assessment, t: NextTest) -> str:
    """`Attack assistant`, `Prove at scoring-api: round the scores`."""
    if t.control:
        c = a.risks.catalog.controls[t.control]
        return f"Prove at {t.at}: {c.title[0].lower()}{c.title[1:]}"
    first, *rest = [DOES.get(kind, f"{kind} of {{at}}").format(at=t.at) for kind in t.by]
    return " or ".join([first, *(f"{x[0].lower()}{x[1:]}" for x in rest)])


def worth(a: Assessment, t: NextTest) -> str:
    """What the test is worth, or why nobody can say; where people get hurt that, and money only where it adds to it."""
    if t.danger:
        more = f", worth {said(a, t.value)} a year besides" if t.value is not None and t.value >= t.cost else ""
        return f"people may be hurt {times(t.danger)} times as often as tolerable; costs {said(a, t.cost)}{more}"
    if t.value is None:
        return f"nobody can say what it is worth: {joined(sorted({why for _, why in t.unknown}))}"
    return f"worth {said(a, t.value)} a year, costs {said(a, t.cost)}"


def _below(a: Assessment, t: NextTest) -> Iterator[str]:
    yield f"{ROLE[t.role]}; {worth(a, t)}"
    yield f"Tries {joined(t.threats, FEW)}: {TRIES} attempts each"
    if t.value is not None and t.changes:
        yield f"{share(t.changes)} chance that it changes what to buy: {_change(t)}"
    if t.value is not None and t.unknown:
        yield f"{count(len(t.unknown), 'threat')} not counted: {joined(sorted({why for _, why in t.unknown}))}"


def _change(t: NextTest) -> str:
    """What is bought as things stand and might not be, and the other way round."""
    more, less = _less(t.then, t.now), _less(t.now, t.then)
    told = [f"{verb} {joined(found, FEW)}" for verb, found in (("add", more), ("leave out", less)) if found]
    return " and ".join(told) if told else "the same at another place"


def _less(these: Iterable[str], those: Iterable[str]) -> list[str]:
    return [x for x in these if x not in set(those)]


def best_test(a: Assessment) -> str:
    """The best next test in one sentence, or that none is worth its price; empty where nothing could be tested."""
    t = a.next_test
    if t is not None:
        return f"The best next test: {title(a, t)}{', because ' if t.danger else '; '}{worth(a, t)}."
    known = a.reader in ("", *(r.found.rule.asked_of for r in a.of(*LIVE)))
    return NOT_WORTH if known and any(r.found.rule.measured_by for r in a.of(*LIVE)) else ""
