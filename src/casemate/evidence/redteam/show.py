"""A run for people at a terminal: at most 80 columns, the verdict first, what it rests on, what it does not say."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence, Set

from casemate.evidence.redteam.attack import Point
from casemate.evidence.redteam.drive import Tried
from casemate.evidence.redteam.poisoning import ACCURACY, CLEAN_ACCURACY
from casemate.evidence.redteam.record import effective, percent
from casemate.evidence.redteam.screening import FEWEST_SEEN, NATURAL, RECALLED, SUSPICIOUS
from casemate.evidence.redteam.setup import Done
from casemate.evidence.redteam.verdict import Verdict, flags, of_attack, open_questions, verdict

WIDTH = 80
LOPSIDED = 0.9
"""Of the attacked rows, the share of one class from which on the result hardly speaks of any other (judgement)."""
MEANS = {
    Verdict.WEAK: "at least one attack gets through",
    Verdict.HOLDS: "nothing was found with this budget; more effort may still find it",
    Verdict.INCONCLUSIVE: "what was tried does not settle it",
}
SHORT = {Verdict.HOLDS: "held", Verdict.WEAK: "weak", Verdict.INCONCLUSIVE: "?"}


def text(done: Done) -> str:
    """The whole report."""
    parts = (_head, _attacks, _curves, _screens, _guards, _notes)
    return "\n".join([line for part in parts for line in part(done)] + [""])


def _head(done: Done) -> Iterator[str]:
    f, c, p = done.facts, done.campaign, done.plan
    v = verdict(c)
    yield from _folded(f"{f.model}: {v}: {_means(v, done)}")
    yield ""
    yield from _folded(f"{f.adapter}, gives {f.gives}, {f.classes} classes, {f.rows.get('features', 0)} features")
    if c.probe is not None:
        yield from _folded(f"accuracy {_percent(c.probe.accuracy)} on {f.rows['data']:,} rows")
    yield from _aim(done)
    far = f"within {p.limits.epsilon:g} ({p.limits.norm}, in shares of each feature's range)"
    yield from _folded(f"budget: {p.limits.queries:,} queries a row; changes {far}; seed {p.seed}")
    used = f"{f.used.get('rows', 0):,} rows in {f.used.get('calls', 0):,} calls"
    yield from _folded(f"asked the target {used}{'; stopped: ' + c.stopped if c.stopped else ''}")


def _aim(done: Done) -> Iterator[str]:
    """Whom evasion was tried on, where that is worth a line: an answer is wanted, or nearly all are of one class."""
    f, c, wanted = done.facts, done.campaign, done.plan.wanted
    if not any(t.attack.goal == "evasion" for t in c.tried) or not f.names:
        return
    if wanted is not None:
        yield from _folded(f"evasion: {sum(c.victims):,} rows of other classes, to be taken for {f.names[wanted]}")
    elif max(c.victims) >= LOPSIDED * sum(c.victims) and len(f.names) > 1:
        most = f.names[c.victims.index(max(c.victims))]
        said = (
            f"evasion: {max(c.victims):,} of {sum(c.victims):,} attacked rows are of class {most}, so it speaks of them"
        )
        yield from _folded(f"{said}; --wanted {most} attacks the others instead")


def _means(v: Verdict, done: Done) -> str:
    """In words. Rows that look planted are no attack that got through."""
    found = {t.attack.goal for t in done.campaign.tried if of_attack(t, done.campaign) is Verdict.WEAK}
    return "training rows look planted" if v is Verdict.WEAK and found == {"screening"} else MEANS[v]


def _attacks(done: Done) -> Iterator[str]:
    c = done.campaign
    if not c.tried:
        return
    yield ""
    rows: list[tuple[str, ...]] = [("attack", "after", "broke", "of", "95 %", "verdict")]
    shown = [t for t in c.tried if t.scored and t.attack.goal != "screening"]
    rows += [_attack(t, done) for t in sorted(shown, key=lambda t: (t.attack.goal, -t.broken, t.name))]
    if shown:
        yield from _table(rows)
    told = [t for t in c.tried if not t.scored]
    for t in told:
        yield from _folded(f"not tried: {t.name}: {t.stopped or 'nothing could be scored'}", "  ")


def _attack(t: Tried, done: Done) -> tuple[str, ...]:
    from casemate.core.interval import wilson
    from casemate.evidence.redteam.attack import Outcome

    low, high = wilson(t.result.count(Outcome.BROKEN), t.scored)
    short = SHORT[of_attack(t, done.campaign)]
    units = {"row": "rows", "campaign": "tries"}[t.attack.unit]
    return t.name, t.attack.goal, percent(t), f"{t.scored} {units}", f"{100 * low:.0f} to {100 * high:.0f}", short


def _curves(done: Done) -> Iterator[str]:
    """Poisoning along the poisoned share."""
    found = [t for t in done.campaign.tried if t.attack.goal == "poisoning" and t.scored]
    if not found:
        return
    shares = sorted({p.x for t in found for p in t.result.curve})
    rows = [("poisoned share", *(f"{100 * x:g} %" for x in shares))]
    for t in found:
        at = {p.x: f"{100 * p.value:.0f} %" for p in t.result.curve}
        rows.append((t.name, *(at.get(x, "") for x in shares)))
    yield ""
    yield from _table(rows)
    for t in found:
        yield from _folded(f"{t.name}: {t.result.axis.partition(': ')[2]}", "  ")
        clean, now = (t.result.metrics.get(k) for k in (CLEAN_ACCURACY, ACCURACY))
        if isinstance(clean, Point) and isinstance(now, Point):
            reach = f"{100 * now.x:g} %"
            yield from _folded(f"accuracy {_percent(clean)} on clean data, {_percent(now)} at {reach}", "    ")


def _screens(done: Done) -> Iterator[str]:
    """What was found in the given training data, beside what would be found."""
    found = [t for t in done.campaign.tried if t.attack.goal == "screening" and t.scored]
    if not found:
        return
    rows: list[tuple[str, ...]] = [
        ("screen of the training data", "suspicious", "natural", "of planted", "95 %", "verdict")
    ]
    rows += [_screen(t, done) for t in found]
    yield ""
    yield from _table(rows)
    for t in found:
        if isinstance(least := t.result.metrics.get(FEWEST_SEEN), int):
            yield from _folded(
                f"{t.name}: fewer than {least:,} suspicious rows of {t.scored:,} would not stand out", "  "
            )
    yield from _folded("suspicious, natural: rows of --train and of --data above one threshold", "  ")
    yield from _folded("of planted: how many it finds of such rows put into a copy of --train; of other poison, and of "
                       "the rest, it says nothing", "  ")  # fmt: skip


def _screen(t: Tried, done: Done) -> tuple[str, ...]:
    here, there, seen = (t.result.metrics.get(k) for k in (SUSPICIOUS, NATURAL, RECALLED))
    shares = [_share(p) if isinstance(p, Point) else "-" for p in (here, there)]
    found = (
        (f"{100 * seen.value:.0f} %", f"{100 * seen.low:.0f} to {100 * seen.high:.0f}")
        if isinstance(seen, Point)
        else ("-", "-")
    )
    return t.name, *shares, *found, SHORT[of_attack(t, done.campaign)]


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
        if 0 < 2 * g.adaptive.scored < g.bare.scored:
            heard = f"aware speaks of {g.adaptive.scored:,} of {g.bare.scored:,} rows: the rest got no answer"
            yield from _folded(f"{g.guard.shown}, {g.goal}: {heard}", "  ")
        if g.view != "as it is":
            yield from _folded(f"{g.guard.shown}, {g.goal}: aware means {g.adaptive.name} through {g.view}", "  ")


def _notes(done: Done) -> Iterator[str]:
    c = done.campaign
    lines = list(flags(c))
    for t in c.tried:
        if t.scored and of_attack(t, c) is Verdict.INCONCLUSIVE:
            lines += [f"{t.name}: {why}" for why in open_questions(t, c)]
    if lines:
        yield ""
        yield "Notes"
        for line in _gathered(lines, {t.name for t in c.tried}):
            yield from _folded(line, "  ")


def _gathered(lines: Sequence[str], names: Set[str]) -> Iterator[str]:
    """What several attacks say in the same words is said once, behind all their names."""
    by: dict[str, list[str]] = {}
    for line in dict.fromkeys(lines):
        name, colon, said = line.partition(": ")
        by.setdefault(said if colon and name in names else line, []).append(name)
    for said, who in by.items():
        yield f"{', '.join(who)}: {said}" if who[0] in names else said


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
