"""Every number explains itself (law 7): the derivation of one threat, from the rule to the loss."""

from __future__ import annotations

from collections.abc import Iterator

from casemate.catalog import atlas
from casemate.identify.attested import attested
from casemate.identify.judge import Found
from casemate.prioritize.risk import Risk
from casemate.prioritize.standing import Standing
from casemate.report.view.paths import lying_on
from casemate.report.view.rows import because, said
from casemate.report.view.status import status
from casemate.report.view.strip import worth
from casemate.report.view.words import OUTCOME, ROLE, count, joined, plural, share, span
from casemate.validate.assessment import Assessment

Lines = tuple[tuple[str, tuple[str, ...]], ...]


def why(a: Assessment, r: Risk) -> Lines:
    """(heading, lines) from what is known to what it costs."""
    f = r.found
    return tuple(
        (heading, lines)
        for heading, lines in (
            ("", (f.title, f"{r.id} · {OUTCOME[a.outcomes[r.id]]} · {r.severity}", status(a, r).said)),
            ("Because", (because(a, r), *_path(r))),
            ("Facts", tuple(_facts(a, r))),
            ("Nobody said", tuple(_missing(a, f))),
            ("Only declared", tuple(f"{name} of {e} ({_source(a, e, name)})" for e, name in f.reason.doubted)),
            ("Evidence", tuple(_evidence(a, r))),
            ("Likelihood", tuple(_likelihood(a, r))),
            ("Controls", tuple(_controls(a, r))),
            ("Loss", tuple(_loss(a, r))),
            ("Risk a year", tuple(_views(a, r))),
            ("Attack paths", tuple(lying_on(a, r.id))),
            ("Rule", tuple(_rule(r))),
            ("What would counter it", tuple(_counter(a, r))),
        )
        if lines
    )


def _missing(a: Assessment, f: Found) -> Iterator[str]:
    """What nobody said, where it would change anything: what rules a threat out does so whatever else is true."""
    if f.outcome != "declared":
        for (element, _), words in zip(f.reason.missing, f.reason.wanting, strict=True):
            yield f"{words} ({_line(a, element)})"


def _source(a: Assessment, element: str, name: str) -> str:
    """Where a fact that nobody measured comes from: a line of the file, or a record that nobody signed."""
    record = attested(a.risks.parts, element, name)
    return f"says record {record}, which nobody signed" if record else _line(a, element, name)


def _line(a: Assessment, element: str, *more: str) -> str:
    section = "components" if element in a.system.components else "name" if element == "system" else "flows"
    return a.system.line(section, element, *more)


def _path(r: Risk) -> tuple[str, ...]:
    way = [*r.found.reason.path]
    if way and way[-1] != r.found.element and r.found.element in r.found.reason.path[-1:]:
        way.append(r.found.element)
    return (" → ".join(way),) if way else ()


def _facts(a: Assessment, r: Risk) -> Iterator[str]:
    for fact in r.found.reason.facts:
        source = f"measured by {fact.record}" if fact.record else _source(a, fact.element, fact.field)
        yield f"{fact.field} of {fact.element} is {fact.value} ({source})"
    yield f"attackers: {joined(r.found.attackers)}"


def _evidence(a: Assessment, r: Risk) -> Iterator[str]:
    for record in a.risks.parts.records.get(r.found.element, ()):
        s = record.statement
        about = joined(f"{k} is {v}" for k, v in sorted(s.facts.items()) if not isinstance(v, tuple))
        state = f"{record.state}, {record.standing}"
        yield f"{s.id} {s.kind} by {s.tool} on {s.measured}: {state}; of {s.digest[:12]}{'; ' + about if about else ''}"


def _likelihood(a: Assessment, r: Risk) -> Iterator[str]:
    b = r.views["current"].belief
    for who in r.found.attackers:
        rate = a.risks.rates[who]
        owner = "the file" if a.owned and who != "accident" else "expert judgement"
        yield f"attempts a year by {who}: {rate.low:g} to {rate.high:g} ({owner})"
    weight = a.risks.catalog.priors.weight
    yield f"success of one {r.found.rule.unit}: prior {share(b.prior)} ({r.found.rule.maturity}), weight {weight:g}"
    for u in b.used:
        counted = f"counts {u.successes:.1f} broken, {u.failures:.1f} held" if not u.note else u.note
        t = u.trial
        yield f"  {u.record}: {t.broken} of {t.attempts} {plural(t.unit)} broken, {t.strength}: {counted}"
    if b.used:
        yield f"  effective n {b.effective:.1f}"
    yield f"posterior Beta({b.a:.2f}, {b.b:.2f}), mean {share(b.mean)}"
    yield f"expected events a year, with what controls leave: {r.frequency:.2g}"


def _controls(a: Assessment, r: Risk) -> Iterator[str]:
    claimed = {e.control: e for e in r.views["claimed"].effects}
    current = {e.control: e for e in r.views["current"].effects}
    for name in sorted(claimed | current):
        e = current.get(name)
        if e is None:
            yield f"{name} at {joined(claimed[name].at)}: {claimed[name].level}; counts only in the claimed risk"
        elif e.adaptive:
            held = "tested, and worth nothing" if worth(a, name) is False else "effective"
            yield f"{name} at {joined(e.at)}: {held}; {e.adaptive} ({e.evidence})"
        else:
            yield f"{name} at {joined(e.at)}: {e.level}; takes {share(e.share)} of {e.acts_on} ({e.evidence})"


def _loss(a: Assessment, r: Risk) -> Iterator[str]:
    loss = r.loss
    if loss.mean > 0:
        source = (
            "default table, illustrative" if loss.assumed else joined(a.system.line("harms", h) for h in loss.harms)
        )
        yield f"one event costs {said(a, loss.mean)} on average: {joined(loss.harms)} ({source})"
    if loss.tolerable is not None:
        yield f"hurts {joined(loss.hurts)}; tolerable {loss.tolerable:g} times a year, expected {r.frequency:.2g}"


def _views(a: Assessment, r: Risk) -> Iterator[str]:
    if r.loss.mean <= 0:
        return  # people are hurt, and that has no price
    for view, e in (*r.estimates.items(), ("target", a.treatment.target[r.id])):
        yield f"{view:9}{said(a, e.mean):>8}   {span(e.p5, e.p95, a.system.currency)}{_out(r.views.get(view))}"
    others = r.own < 0.95 * r.current
    rest = f"; other ways to {r.found.rule.harms} at {r.asset} stay open" if others else ""
    yield f"closing this one alone saves {said(a, r.own)}{rest}"


def _out(s: Standing | None) -> str:
    return "   ruled out in this view" if s is not None and s.out else ""


def _rule(r: Risk) -> Iterator[str]:
    rule = r.found.rule
    yield f"{rule.path} ({rule.status}), {joined(rule.stride)}"
    yield from (f"{key}: {', '.join(ids)}" for key, ids in sorted(rule.maps.items()))
    if prepared := atlas.enablers(rule.maps):
        yield f"attackers prepare it at home: {', '.join(prepared)}"
    if rule.false_alarms:
        yield f"false alarm: {rule.false_alarms}"


def _counter(a: Assessment, r: Risk) -> Iterator[str]:
    for name in r.found.rule.countered_by:
        c = a.risks.catalog.controls[name]
        yield f"{c.id}: {c.title.lower()} ({ROLE[c.owner]}, {count(round(c.days), 'day')}); proof: {c.test}"
