"""Facts for people at a terminal: 80 columns, the verdict first, alarms worst first, then what it rests on."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from casemate.evidence.monitor.alarm import Alarm, Reading
from casemate.evidence.monitor.batch import NO_TIME
from casemate.evidence.monitor.course import Moment
from casemate.evidence.monitor.coverage import tell
from casemate.evidence.monitor.detectors import drift, joint, probing
from casemate.evidence.monitor.facts import Client, Facts, Verdict
from casemate.evidence.monitor.tell import WIDTH, folded, number, percent, plain, when

SHOWN = 12  # rows of a table; what is left out is counted
FEW = 20  # rows with a confidence that a stretch must have to be drawn
BARS = " ▁▂▃▄▅▆▇█"
SAID = {
    Verdict.ALARM: "ALARM",
    Verdict.QUIET: "QUIET",
    Verdict.UNMEASURED: "NOT MEASURED",
}


def text(f: Facts) -> str:
    """The whole report."""
    return "\n".join([*_head(f), *_alarms(f), *_confidence(f), *_drift(f), *_people(f), *_rest(f), ""])


def grouped(f: Facts) -> list[tuple[Alarm, ...]]:
    """Alarms by what they speak of: all of one client or pool, all of one column; worst first.

    Those who only asked too much are one group, for they are alike.
    """
    out: dict[tuple[str, str], list[Alarm]] = {}
    for a in f.alarms:
        kind, _, name = a.subject.partition(": ")
        out.setdefault((a.detector, name if a.detector == probing.NAME else kind), []).append(a)
    busy = [k for k, v in out.items() if k[0] == probing.NAME and all(a.subject.startswith("volume") for a in v)]
    if len(busy) > 1:
        out[probing.NAME, ""] = [a for k in busy for a in out.pop(k)]
    ranks = {a.detector: i for i, a in reversed(list(enumerate(f.alarms)))}
    return [tuple(v) for k, v in sorted(out.items(), key=lambda kv: (ranks[kv[0][0]], not kv[0][1], -len(kv[1])))]


def sentence(alarms: tuple[Alarm, ...]) -> str:
    """What a group says."""
    first = alarms[0]
    if first.detector != probing.NAME:
        again = f" ({len(alarms)} times)" if len(alarms) > 1 else ""
        return first.message + again
    name = first.subject.partition(": ")[2]
    if len({a.subject.partition(": ")[2] for a in alarms}) > 1:
        most = max(int(a.value) for a in alarms)
        least = int(first.threshold)
        return f"{len(alarms)} clients asked at least {least:,} times, which extraction took; the busiest {most:,}"
    return f"{plain(name)}: " + "; ".join(a.message.removeprefix(f"{name}: ") for a in alarms)


def headline(f: Facts) -> str:
    """The verdict in one sentence."""
    if not f.alarms:
        return f.because
    groups = grouped(f)
    rest = f"; {len(groups) - 1} more below" if len(groups) > 1 else ""
    return sentence(groups[0]) + rest


def _head(f: Facts) -> Iterator[str]:
    yield from folded(f"{SAID[f.verdict]}: {headline(f)}")
    yield ""
    since = f", {when(f.first)} to {when(f.last)}" if f.first != NO_TIME else ""
    yield from folded(f"{f.rows:,} rows{since}")
    yield from folded(held(f))


def held(f: Facts) -> str:
    """What low confidence is held against."""
    w = f.watch
    if w.tolerated is None:
        return f"low confidence: below {w.below:g}; no rate is tolerated, declare one"
    whose = "declared" if w.declared else "nobody declared it: 1.5 times the worst window of the reference"
    usual = f"; {percent(w.usual)} in the reference" if w.usual is not None else ""
    return f"low confidence: below {w.below:g}; {percent(w.tolerated)} tolerated ({whose}){usual}"


def _alarms(f: Facts) -> Iterator[str]:
    if not f.alarms:
        return
    yield from ("", "Alarms, worst first")
    groups = grouped(f)
    for alarms in groups[:SHOWN]:
        yield from folded(f"{alarms[0].detector}: {sentence(alarms)}", "  ")
        if (line := _time(alarms)) and alarms[0].detector in (drift.NAME, joint.NAME):
            yield f"    {line}"
    yield from _left(len(groups) - SHOWN, "in the JSON")


def _time(alarms: Sequence[Alarm]) -> str:
    known = [(a.since, a.at) for a in alarms if a.since != NO_TIME]
    return f"{when(min(s for s, _ in known))} to {when(max(a for _, a in known))}" if known else ""


def _confidence(f: Facts) -> Iterator[str]:
    if not f.confidence:
        return
    yield from ("", f"Share of low confidence, each sign {_span(f)}")
    enough = [m for m in f.confidence if m.rows >= FEW]
    if not enough:
        yield from folded(f"no stretch has {FEW} rows with a confidence", "  ")
        return
    top = max([m.low for m in enough] + [f.watch.tolerated or 0, 1e-9])
    line = "".join(_bar(m, top) for m in _fewer(f.confidence, WIDTH - 4))
    yield f"  {line}".rstrip()
    worst = max(enough, key=lambda m: (m.low, -m.begin))
    few = len(f.confidence) - len(enough)
    blank = f"; {few} with fewer than {FEW} rows left blank" if few else ""
    yield from folded(f"full height {percent(top)}; most from {when(worst.begin)}: {percent(worst.low)}{blank}", "  ")


def _bar(m: Moment, top: float) -> str:
    return BARS[min(int(m.low / top * (len(BARS) - 1) + 0.5), 8)] if m.rows >= FEW else " "


def _span(f: Facts) -> str:
    hours = f.step * -(-len(f.confidence) // (WIDTH - 4))
    return f"about {hours / 24:.3g} days" if hours >= 48 else f"about {hours} h"


def _fewer(moments: Sequence[Moment], most: int) -> list[Moment]:
    """At most so many, the worst of each stretch that has rows enough."""
    size = -(-len(moments) // most)
    return [max(moments[i : i + size], key=lambda m: (m.rows >= FEW, m.low)) for i in range(0, len(moments), size)]


def _drift(f: Facts) -> Iterator[str]:
    known = [r for r in f.moved if r.value is not None]
    if not known:
        return
    yield ""
    rows = [("drift", "effect", "alarm at", "PSI", "moved by", "mean before", "mean now")]
    yield from _table([*rows, *(_moved(r, r.subject in f.beyond) for r in known[:SHOWN])])
    yield from _left(len(known) - SHOWN, "less far, in the JSON")
    if f.beyond:
        yield from folded(
            "*: an alarm, in one window at least; effect: KS, or total variation of words, over all rows", "  "
        )
    for r in f.joint:
        if r.value is not None:
            yield from folded(f"together, newest window: {r.message}", "  ")
    for r in f.labelled:
        if r.value is not None:
            yield from folded(f"{r.subject}: {r.message}", "  ")


def _moved(r: Reading, alarm: bool) -> tuple[str, ...]:
    d = dict(r.details)
    name = plain(r.subject, 28) + (" *" if alarm else "")
    by = f"{d['wasserstein in deviations']:.2f} sd" if "wasserstein in deviations" in d else "-"
    means = [number(d[k]) if k in d else "-" for k in ("mean before", "mean")]
    return name, f"{r.value:.3f}", f"{r.threshold or 0:.3f}", f"{d.get('psi', 0):.3f}", by, *means


def _people(f: Facts) -> Iterator[str]:
    p = f.people
    if not p.many:
        return
    yield ""
    yield from _table([("clients", "queries", "low", "outside", "PRADA", "too much"), *map(_client, worst(f))])
    shown = len(worst(f))
    yield from folded(f"{shown} of {p.many:,} clients; PRADA: normality of the distances between queries", "  ")


def worst(f: Facts, most: int = SHOWN) -> list[Client]:
    """Clients and pools, those who show most first, then the busiest."""
    every = [*f.people.pools, *f.people.clients]
    return sorted(every, key=lambda c: (-len(c.why), c.why == ("volume",), -c.queries, c.name))[:most]


def _client(c: Client) -> tuple[str, ...]:
    shares = ("-" if v is None else percent(v) for v in (c.low, c.outside))
    normal = "-" if c.normal is None else f"{c.normal:.3f}"
    asked = f"{c.queries:,}" if c.queries else "-"
    return plain(c.name, 30), asked, *shares, normal, ", ".join(c.why) or "-"


def _rest(f: Facts) -> Iterator[str]:
    parts = (
        ("What the log has", [said.strip() for said in tell(f.log)] if f.log else []),
        ("Counted", [f"{name}: {many:,}" for name, many in f.counted]),
        ("Not measured", f.unmeasured),
        ("What stays invisible", f.invisible),
    )
    for title, lines in parts:
        if lines:
            yield from ("", title)
            for line in lines:
                yield from folded(line, "  ")


def _left(many: int, where: str) -> Iterator[str]:
    if many > 0:
        yield f"  {many:,} more {where}"


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Columns as wide as they need; the first gives way when a line would be too long."""
    last = len(rows[0]) - 1
    widths = [max(len(r[i]) for r in rows) for i in range(last + 1)]
    widths[0] = min(widths[0], max(12, WIDTH - sum(widths[1:]) - 2 * last))
    for r in rows:
        first = textwrap.wrap(r[0], widths[0]) or [""]
        words = r[-1] == "too much" or rows[0][-1] == "too much"
        rest = [
            v.ljust(w) if words and i == last else v.rjust(w) for i, (v, w) in enumerate(zip(r, widths, strict=True))
        ]
        yield "  ".join([first[0].ljust(widths[0]), *rest[1:]]).rstrip()
        yield from (f"  {more}" for more in first[1:])
