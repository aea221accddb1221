"""How often the detectors of the monitor cry wolf, how late they are, and which extraction they see. Seeded, one core.

Streams of low confidence, 100,000 records a day, mean rate .03, tolerated rate .045, beside others: an oracle with the
same promise that knows the rate of every record after an abrupt rise (`oracle.py`: what it cannot find in time, nobody
can), the rule of many dashboards (1,000 records, 3 sigma), a CUSUM that is told both mean rates and promises nothing
above .03 (tuned by simulation to one false alarm in 10^6 independent records), and river's ADWIN and Page-Hinkley if
this interpreter has river. After an alarm each detector is quiet for 10,000 records. Then clients that extract a model,
alone and split over ten accounts.

A four-fold rise is one of two things. The rate of the stream becomes four times its mean, .12: the gate is on that, on
the upper end of the 95 % interval of the 95th percentile. Or each record's own rate becomes four times what it was: in
the valley of a season that is .07, which 500 records cannot tell from .045, not even for the oracle.
"""

from __future__ import annotations

import argparse
import itertools
import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from casemate.evidence.monitor.batch import NO_TIME, Batch, Category
from casemate.evidence.monitor.detectors import low_confidence, probing
from casemate.evidence.monitor.space import Space
from casemate.evidence.monitor.traces import Outside
from drift_delays import Late, delays, told, told_all, unaware
from drift_peers import First, cusum, of_river, tuned, window
from drift_streams import (
    AFTER,
    BASE,
    BEFORE,
    BEYOND,
    CHANGES,
    DAY,
    MEAN,
    NULLS,
    OWN,
    RISE,
    TOLERATED,
    Bools,
    rates,
    stream,
)
from probing_styles import table as probing_table

QUIET = 10_000
EDGE = 2000  # days at exactly what is tolerated: the interval must tell .08 from .1
IN_RUNS = 1000  # days of the stream that is beyond what is tolerated
SHORT, FEW = 20, 2  # days of a stream, and of those that river is given
GATE_ALARMS, GATE_DELAY = 0.1, 500
MANY = {MEAN: 10, OWN: 3}  # times as many streams, for ours and the oracle


def ours(tolerated: float = TOLERATED) -> First:
    """The first alarm of the detector itself."""
    config = low_confidence.Config(tolerated, 0.6, quiet=QUIET)

    def first(low: Bools) -> int:
        state = low_confidence.begin(config)
        cuts = [0, *range(BEFORE, low.size, 1000), low.size]  # how rows are cut changes nothing; small parts end sooner
        for start, end in itertools.pairwise(cuts):
            state = low_confidence.step(state, as_batch(low[start:end], start))
            if found := low_confidence.alarms(state):
                return found[0].at
        return -1

    return first


def as_batch(low: Bools, start: int = 0) -> Batch:
    return Batch(np.arange(start, start + low.size), confidence=np.where(low, 0.5, 0.9).astype(np.float32))


def alarms(first: First, low: Bools) -> int:
    """How many alarms a stream gives, 10,000 quiet records after each."""
    many, start = 0, 0
    while start < low.size:
        found = first(low[start:])
        if found < 0:
            break
        many, start = many + 1, start + found + 1 + QUIET
    return many


def all_alarms(tolerated: float, days: Iterable[Bools]) -> int:
    """The same for ours, in one pass: crossings with less than 10,000 records between them are one alarm."""
    state = low_confidence.begin(low_confidence.Config(tolerated, 0.6, quiet=QUIET))
    for day, low in enumerate(days):
        state = low_confidence.step(state, as_batch(low, day * DAY))
    return len(low_confidence.alarms(state))


def poisson(many: int) -> tuple[float, float]:
    """The exact 95 % interval of a Poisson mean (Garwood 1936), by bisection."""

    def below(mean: float, k: int) -> float:
        return math.fsum(math.exp(i * math.log(mean) - mean - math.lgamma(i + 1)) for i in range(k + 1))

    def solve(k: int, chance: float) -> float:
        low, high = 1e-9, 10.0 * many + 20
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if below(middle, k) > chance else (low, middle)
        return low

    return (solve(many - 1, 0.975) if many else 0.0), solve(many, 0.025)


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """False alarms of one detector on one stream."""

    many: int
    days: float

    def __str__(self) -> str:
        low, high = poisson(self.many)
        return f"{self.many / self.days:.3g} ({low / self.days:.2g} to {high / self.days:.2g})"

    @property
    def upper(self) -> float:
        return poisson(self.many)[1] / self.days


def attack(kind: str, runs: int, seed: int) -> tuple[str, Late]:
    """A client with 1 % of the traffic, all of it of low confidence, found by name by the detector of probing."""
    nowhere = Outside(np.zeros(0), np.zeros((0, 0)), 0.0)
    config = probing.Config(Space(()), nowhere)
    found: list[float] = []
    early = 0
    names = (*(f"client-{i:02}" for i in range(50)), "attacker")
    for i in range(runs):
        g = np.random.default_rng([seed, i])
        low = g.random(BEFORE + AFTER) < rates(kind, BEFORE + AFTER, g)
        who = g.integers(0, 50, low.size)
        mine = np.flatnonzero(g.random(AFTER) < 0.01) + BEFORE
        who[mine], low[mine] = 50, True
        state, at = probing.begin(config), math.inf
        for start in range(0, BEFORE + AFTER, 250):
            rows = slice(start, start + 250)
            confidence = np.where(low[rows], 0.5, 0.9)
            times = np.full(confidence.size, NO_TIME)
            state = probing.step(state, Batch(times, confidence=confidence, client=Category(who[rows], names)))
            if start >= BEFORE and any(a.subject.endswith("attacker") for a in probing.alarms(state)):
                at = start + 250 - BEFORE
                break
        found.append(at)
    return told(found, early)


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    return ["| " + " | ".join(r) + " |" for r in (head, ["---"] * len(head), *rows)]


def false_alarms(limit: float, days: int, river: dict[str, First], seed: int) -> tuple[list[str], bool]:
    """The table, and whether ours is within the target wherever the stream is within the tolerance."""
    head = [
        "stream",
        f"ours, {TOLERATED} tolerated",
        f"ours, {BASE} tolerated",
        "3 sigma of 1,000",
        "CUSUM told",
        *river,
    ]
    rows, good = [], True
    for number, kind in enumerate((*NULLS, BEYOND)):
        many = 0
        days = max(days, IN_RUNS) if kind == BEYOND else days
        for part in range(days // SHORT):
            low = stream(kind, SHORT * DAY, np.random.default_rng([seed, number, part]))
            many += all_alarms(TOLERATED, by_day(low))
        mine = FalseAlarms(many, days // SHORT * SHORT)
        good &= mine.upper <= GATE_ALARMS or kind == BEYOND
        others = [all_alarms(BASE, by_day(low)), alarms(window, low), alarms(cusum(limit), low)]
        few = low[:: SHORT // FEW] if kind == "slow benign drift" else low[: FEW * DAY]
        cells = [mine, *(FalseAlarms(n, SHORT) for n in others)]
        cells += [FalseAlarms(alarms(first, few), FEW) for first in river.values()]
        rows.append([kind, *map(str, cells)])
    g = np.random.default_rng([seed, 99])
    edge = FalseAlarms(all_alarms(TOLERATED, (g.random(DAY) < TOLERATED for _ in range(EDGE))), EDGE)
    rows.append([f"independent, at {TOLERATED} for {EDGE} days", str(edge), *["-"] * (len(head) - 2)])
    return table(head, rows), good and edge.upper <= GATE_ALARMS


def by_day(low: Bools) -> Iterator[Bools]:
    return (low[start : start + DAY] for start in range(0, low.size, DAY))


def delay_table(limit: float, runs: int, river: dict[str, First], seed: int) -> tuple[list[str], dict[str, Late]]:
    """The table; and by kind of stream and of abrupt rise the 95th percentile, ours and the oracle's.

    Ours and the oracle are given `MANY` times as many streams of an abrupt rise, so that the percentile is sure.
    """
    head = ["stream", "change", f"ours, {TOLERATED} tolerated", "oracle of an abrupt rise"]
    head += ["3 sigma of 1,000", "CUSUM told", *river]
    rows, late = [], {}
    blind = {"window": unaware(window), "cusum": unaware(cusum(limit)), **{n: unaware(f) for n, f in river.items()}}
    for number, kind in enumerate(NULLS):
        for change in CHANGES[:4]:
            oracles = told_all(kind, change, seed + number)
            cells = []
            for name, first in {"ours": unaware(ours()), "oracle": oracles, **blind}.items():
                several = runs // 10 if name in river else runs * (1 if name in blind else MANY.get(change, 1))
                words, percentile = delays(first, kind, change, several, seed + number)
                cells.append(words)
                late[f"{kind}, {change}, {name}"] = percentile
            rows.append([kind, change, *cells])
        words, _ = attack(kind, max(runs // 20, 5), seed + number)
        rows.append([kind, CHANGES[4], f"{words} (by client)", "blind", *["blind"] * len(blind)])
    return table(head, rows), late


def in_time(late: dict[str, Late]) -> bool:
    """Whether a rise to four times the mean rate is found in time on every kind of stream, sampling error included."""
    return all(late[f"{kind}, {MEAN}, ours"].high <= GATE_DELAY for kind in NULLS)


def verdicts(late: dict[str, Late]) -> list[str]:
    """Whether a rise was found in time on each kind of stream, and how far the oracle is ahead."""
    out = []
    for change in (MEAN, OWN):
        out.append(f"{change[0].upper()}{change[1:]}:")
        for kind in NULLS:
            mine, best = late[f"{kind}, {change}, ours"], late[f"{kind}, {change}, oracle"]
            beyond = "NO" if best.value <= GATE_DELAY else "no, and the oracle cannot either"
            met = "yes" if mine.high <= GATE_DELAY else beyond
            out.append(f"- {kind}: {met} (ours {mine}, oracle {best}: {mine.value / best.value:.2f} times)")
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=200, help="days of each stream without change")
    parser.add_argument("--runs", type=int, default=200, help="streams for each change, more for abrupt rises")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--markdown", type=Path, help="write the tables there too")
    given = parser.parse_args()
    start = time.process_time()
    limit = tuned(np.random.default_rng([given.seed, 1000]))
    river = {f"river {n}": f for n in ("ADWIN", "PageHinkley") if (f := of_river(n)) is not None}
    lines = ["## False alarms a day (95 % interval)", ""]
    rows, few = false_alarms(limit, given.days, river, given.seed)
    lines += [*rows, "", "## Delay in records: median / 95th percentile", ""]
    rows, late = delay_table(limit, given.runs, river, given.seed)
    lines += [
        *rows,
        "",
        "## Extraction: share of attackers found, 200 queries each",
        "",
        *probing_table(given.seed),
        "",
    ]
    lines.append(f"At most {GATE_ALARMS} false alarms a day within the tolerance: {'yes' if few else 'NO'}.")
    lines += [f"A {RISE}-fold rise within {GATE_DELAY} records at the 95th percentile; the gate is on the first kind."]
    lines += verdicts(late)
    if not river:
        lines.append("river is not installed in this interpreter.")
    print("\n".join(lines))
    if given.markdown:
        given.markdown.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{time.process_time() - start:.0f} CPU seconds")
    return 0 if few and in_time(late) else 1


if __name__ == "__main__":
    raise SystemExit(main())
