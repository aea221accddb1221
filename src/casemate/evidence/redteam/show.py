"""A run for people at a terminal: at most 80 columns, the verdict first, what it rests on, what it does not say."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from casemate.evidence.redteam.attack import Point
from casemate.evidence.redteam.drive import Tried
from casemate.evidence.redteam.record import effective, percent
from casemate.evidence.redteam.setup import Done
from casemate.evidence.redteam.verdict import Verdict, doubts, flags, of_attack, verdict

WIDTH = 80
MEANS = {
    Verdict.WEAK: "at least one attack gets through",
    Verdict.HOLDS: "nothing was found with this budget; more effort may still find it",
    Verdict.INCONCLUSIVE: "what was tried does not settle it",
}


def text(done: Done) -> str:
    """The whole report."""
    return "\n".join([*_head(done), *_attacks(done), *_guards(done), *_notes(done), ""])


def _head(done: Done) -> Iterator[str]:
    f, c, p = done.facts, done.campaign, done.plan
    v = verdict(c)
    yield from _folded(f"{f.model}: {v}: {MEANS[v]}")
    yield ""
    yield from _folded(f"{f.adapter}, gives {f.gives}, {f.classes} classes, {f.rows.get('features', 0)} features")
    if c.probe is not None:
        yield from _folded(f"accuracy {_percent(c.probe.accuracy)} on {f.rows['data']:,} rows")
    far = f"within {p.limits.epsilon:g} ({p.limits.norm}, in shares of each feature's range)"
    yield from _folded(f"budget: {p.limits.queries:,} queries a row; changes {far}; seed {p.seed}")
    used = f"{f.used.get('rows', 0):,} rows in {f.used.get('calls', 0):,} calls"
    yield from _folded(f"asked the target {used}{'; stopped: ' + c.stopped if c.stopped else ''}")


def _attacks(done: Done) -> Iterator[str]:
    c = done.campaign
    if not c.tried:
        return
    yield ""
    rows: list[tuple[str, ...]] = [("attack", "after", "broke", "of", "95 %", "verdict")]
    rows += [_attack(t, done) for t in sorted(c.tried, key=lambda t: (t.attack.goal, -t.broken, t.name)) if t.scored]
    yield from _table(rows)
    told = [t for t in c.tried if not t.scored]
    for t in told:
        yield from _folded(f"not tried: {t.name}: {t.stopped or 'nothing could be scored'}", "  ")


def _attack(t: Tried, done: Done) -> tuple[str, ...]:
    from casemate.evidence.redteam.attack import Outcome, interval

    low, high = interval(t.result.count(Outcome.BROKEN), t.scored)
    short = {Verdict.HOLDS: "held", Verdict.WEAK: "weak", Verdict.INCONCLUSIVE: "?"}[of_attack(t, done.campaign)]
    units = {"row": "rows", "campaign": "tries"}[t.attack.unit]
    return t.name, t.attack.goal, percent(t), f"{t.scored} {units}", f"{100 * low:.0f} to {100 * high:.0f}", short


def _guards(done: Done) -> Iterator[str]:
    c = done.campaign
    if not c.guards:
        return
    yield ""
    rows: list[tuple[str, ...]] = [("guard", "against", "without", "unaware", "aware", "accuracy", "refused", "works")]
    for g in c.guards:
        cost = (c.costs or {})[g.guard.shown]
        works = "yes" if effective(g) else "no" if g.bare.broken else "-"
        shares = (percent(g.bare), percent(g.naive), percent(g.adaptive))
        rows.append((g.guard.shown, g.goal, *shares, f"{100 * cost.accuracy.value:.1f} %", _share(cost.refused), works))
    yield from _table(rows)
    yield from _folded(
        "unaware, aware: an attacker who does not, or does, know of the guard; only the last counts", "  "
    )
    for g in c.guards:
        if g.view != "as it is":
            yield from _folded(f"{g.guard.shown}, {g.goal}: aware means {g.adaptive.name} through {g.view}", "  ")


def _notes(done: Done) -> Iterator[str]:
    c = done.campaign
    lines = list(flags(c))
    for t in c.tried:
        if t.scored and of_attack(t, c) is Verdict.INCONCLUSIVE:
            lines += [f"{t.name}: {why}" for why in doubts(t, c)]
    if lines:
        yield ""
        yield "Notes"
        for line in dict.fromkeys(lines):
            yield from _folded(line, "  ")


def _share(p: Point) -> str:
    return f"{100 * p.value:.1f} %" if p.value else "0 %"


def _percent(p: Point) -> str:
    return f"{100 * p.value:.1f} % ({100 * p.low:.1f} to {100 * p.high:.1f})"


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Columns as wide as they need; the first gives way when a line would be too long."""
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    room = WIDTH - sum(widths[1:]) - 2 * len(widths[1:])
    widths[0] = min(widths[0], max(12, room))
    for r in rows:
        first = textwrap.wrap(r[0], widths[0]) or [""]
        rest = "  ".join(
            v.rjust(w) if i else v.ljust(w) for i, (v, w) in enumerate(zip(r[1:], widths[1:], strict=True))
        )
        yield f"{first[0].ljust(widths[0])}  {rest}".rstrip()
        yield from (f"  {more}" for more in first[1:])


def _folded(line: str, indent: str = "") -> list[str]:
    return textwrap.wrap(line, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False)
