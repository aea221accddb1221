"""What to test next: the expected value of sample information of every measurement that could be run, in money a year.

A test tries a threat a few times. What it can show is drawn from what we believe now, the belief is updated by it, and
then somebody decides again which countermeasures to buy, of those that are known to counter the threats that it tries.
The test is worth what deciding after it costs less than deciding now, on average (Raiffa and Schlaifer 1961).

- What a threat costs is linear in the success of an attempt. So no test is worth less than nothing, or more than
  knowing the success itself; and it is worth nothing where no result would change what is bought.
- The ways to one goal share what the goal costs a year, by how well each works: no test is worth more than the system
  loses.
- A control that somebody says is there is not bought again but proven, which is a test of its own.
- Where a threat has no price, or nothing is known that could be bought against it, the value is None: unknown, not 0.
What a test finds is worth something only to those who can still decide: accepted and dismissed threats are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import heapify, heappop, heappush, nlargest
from math import ceil

from casemate.core.same import Same
from casemate.counter.asked import Asked, Shelf, asked_of, prices, shelf_of
from casemate.counter.decide import BUYS, Buy, Tried, at_most, worth
from casemate.counter.offers import PROVING_DAYS, per_day
from casemate.identify.judge import LETS_THROUGH
from casemate.prioritize.risk import Risk, Risks

TRIES = ceil(1 / LETS_THROUGH - 2 - 1e-9)
"""Attempts of a test, in the threat's own unit: the fewest that can bear a control out when all of them held.

By the rule of succession that `identify/judge` uses: (0 + 1) / (8 + 2) is 10 %. Fewer could not settle anything, and
whoever plans more gains less by each. The test is taken to be as strong as the attacker; a look (a scan, a check of
rights) is taken to say as much of the threat as so many attempts (expert judgement).
"""
LIVE = ("open", "assumed", "declared")
SLACK = 1.0
"""Money by which a bound is raised, so that rounding decides nothing."""
NO_PRICE = "nobody priced its loss"
NO_CONTROL = "no countermeasure is known that could be bought for it here"


@dataclass(frozen=True, slots=True)
class NextTest:
    """One measurement that could be run. `control`: the one that it would prove; None where it tries the threats."""

    at: str
    by: tuple[str, ...]
    """Kinds of evidence, any of which would do."""
    control: str | None
    role: str
    threats: tuple[str, ...]
    cost: float
    value: float | None
    """What it saves a year in expectation; None where that is unknown, see `unknown`."""
    changes: float | None
    """Chance that its result changes what is bought."""
    now: tuple[str, ...]
    """Controls that are worth their price without the test, of those that its threats have."""
    then: tuple[str, ...]
    """The likeliest other decision after it."""
    danger: float
    """How often people get hurt as a multiple of what is tolerable, where that is above 1; else 0."""
    unknown: tuple[tuple[str, str], ...]
    """Threats whose part is not in the value, and why not."""

    @property
    def id(self) -> str:
        """`redteam@assistant`, `human-approval@assistant`: stable when anything else changes."""
        return f"{self.control or '+'.join(self.by)}@{self.at}"


def information(risks: Risks, outcomes: Mapping[str, str]) -> tuple[NextTest, ...]:
    """All tests, the most valuable first; before them those of what hurts people more often than is tolerable."""
    return _all(Same(risks), Same(outcomes))


@lru_cache(maxsize=2)
def _all(risks: Same[Risks], outcomes: Same[Mapping[str, str]]) -> tuple[NextTest, ...]:
    tests = _Tests(risks.value, outcomes.value)
    return tuple(sorted(map(tests.made, tests.asked), key=_order))


def best(risks: Risks, outcomes: Mapping[str, str], role: str = "") -> NextTest | None:
    """The first of them (of a role) whose worth is known, and is more than its price; None when there is none.

    The others are not worked out: the one that could be best is looked at first, until none could be better.
    """
    tests = _Tests(risks, outcomes)
    found: NextTest | None = None
    heap = tests.bounded()
    heapify(heap)
    while heap:
        danger, most, i, case = heappop(heap)
        if found is not None and (-found.danger, -(found.value or 0.0)) < (danger, most):
            break
        if danger == 0 and -most < tests.price:
            break
        if case is None:
            case = tests.case(tests.asked[i])
            heappush(heap, (danger, max(most, -tests.at_most(case)), i, case))
            continue
        t = tests.told(case)
        fits = role in ("", t.role) and (t.danger > 0 or (t.value is not None and t.value >= t.cost))
        if fits and (found is None or _order(t) < _order(found)):
            found = t
    return found


def _order(t: NextTest) -> tuple[object, ...]:
    return -t.danger, t.value is None, -(t.value or 0), t.id, t.threats


@dataclass(frozen=True, slots=True)
class _Case:
    """A test, with what its worth depends on."""

    at: str
    by: tuple[str, ...]
    control: str | None
    found: tuple[Risk, ...]
    """Its threats, by id; `counted` are those that have a price and something that could be bought against them."""
    counted: tuple[Risk, ...]
    unknown: dict[str, str]
    tried: tuple[Tried, ...]
    names: tuple[str, ...]
    """The controls that could be bought, and `buys` what they cost and leave."""
    buys: tuple[Buy, ...]


class _Tests:
    """All tests that could be run, before they are worked out."""

    def __init__(self, risks: Risks, outcomes: Mapping[str, str]) -> None:
        live = [r for r in risks.risks if outcomes[r.id] in LIVE]
        self.risks, self.prices = risks, prices(risks)
        self.shelf = shelf_of(risks, live)
        self.asked = list(asked_of(risks, live, self.shelf))
        self.day = per_day(risks.parts.system.plan)
        self.now = {r.id: self.prices.get(r.id, 0.0) * r.views["current"].belief.mean for r in live}
        """What each threat costs a year as things stand."""
        self.saved: dict[str, list[tuple[tuple[str, str], float]]] = {}
        """By threat, what each buy would save of it a year as things stand."""
        self.saves: dict[tuple[str, str], float] = {}
        """What each buy would save in all."""
        for key, left in self.shelf.buys.items():
            each = [(t, self.now[t] * (1 - x)) for t, x in left.items()]
            self.saves[key] = sum([saves for _, saves in each])
            for t, saves in each:
                self.saved.setdefault(t, []).append((key, saves))

    def _cost(self, key: tuple[str, str], inside: float) -> float:
        """What a buy costs a year. What it saves elsewhere, whatever the test says, comes off its price."""
        full: float = self.risks.catalog.controls[key[0]].cost(self.day)
        return full - (self.saves[key] - inside)

    @property
    def price(self) -> float:
        """What a test costs."""
        return PROVING_DAYS * self.day

    def bounded(self) -> list[tuple[float, float, int, _Case | None]]:
        """(-danger, minus the most that it can be worth, its number) of those that can be worth their price."""
        out: list[tuple[float, float, int, _Case | None]] = []
        for i, (_, _, _, found) in enumerate(self.asked):
            danger, now = _danger(found), sum([self.now[r.id] for r in found])
            if danger > 0 or now + SLACK >= self.price:
                out.append((-danger, -SLACK - min(now, self._spared(found)), i, None))
        return out

    def made(self, asked: Asked) -> NextTest:
        """One of them, worked out."""
        return self.told(self.case(asked))

    def case(self, asked: Asked) -> _Case:
        """One of them, with what could be bought for its threats."""
        at, by, control, threats = asked
        found = tuple(sorted(threats, key=lambda r: r.id))
        unknown = {r.id: why for r in found if (why := _why_unknown(r, self.prices, self.shelf))}
        counted = tuple([r for r in found if r.id not in unknown])
        tried = tuple([_tried(self.risks, self.prices, r, proving=control is not None) for r in counted])
        ids = [r.id for r in counted]
        keys = sorted({key for t in ids for key in self.shelf.of[t]})
        buys = tuple([self._buy(key, ids) for key in keys])
        return _Case(at, by, control, found, counted, unknown, tried, tuple([name for name, _ in keys]), buys)

    def _buy(self, key: tuple[str, str], counted: Sequence[str]) -> Buy:
        """What could be bought."""
        left = self.shelf.buys[key]
        inside = sum([self.now[t] * (1 - left[t]) for t in counted if t in left])
        return Buy(round(self._cost(key, inside), 2), tuple([left.get(t, 1.0) for t in counted]))

    def _spared(self, found: Iterable[Risk]) -> float:
        """What whoever buys all that is weighed for these threats could spare: no test of them is worth more."""
        inside: dict[tuple[str, str], float] = {}
        for r in found:
            for key, saves in self.saved.get(r.id, ()):
                inside[key] = inside.get(key, 0.0) + saves
        costs = [(saves, self._cost(key, saves)) for key, saves in inside.items()]
        if len(costs) > BUYS:
            least = nlargest(BUYS, [saves - cost for saves, cost in costs])[-1] - SLACK
            costs = [(saves, cost) for saves, cost in costs if saves - cost >= least]
        return sum(nlargest(BUYS, [cost for _, cost in costs if cost > 0]))

    def at_most(self, c: _Case) -> float:
        """A sharper bound of what a test is worth, for more work."""
        return at_most(TRIES, c.tried, c.buys) + SLACK

    def told(self, c: _Case) -> NextTest:
        """What the test is worth."""
        told = worth(self.risks.seed, TRIES, c.tried, c.buys) if c.counted else None
        controls = self.risks.catalog.controls
        owner = controls[c.control].owner if c.control else max(c.found, key=lambda r: r.current).found.rule.asked_of
        return NextTest(
            c.at, c.by, c.control, owner, tuple(r.id for r in c.found), self.price,
            told.value if told else None, told.changes if told else None,
            _names(c, told.now) if told else (), _names(c, told.then) if told else (),
            _danger(c.found), tuple(sorted(c.unknown.items())),
        )  # fmt: skip


def _danger(found: Iterable[Risk]) -> float:
    """How often people get hurt, where that is more often than tolerable."""
    most = max((r.danger or 0.0 for r in found), default=0.0)
    return most if most > 1 else 0.0


def _names(c: _Case, chosen: Iterable[int]) -> tuple[str, ...]:
    return tuple(sorted({c.names[i] for i in chosen}))


def _why_unknown(r: Risk, prices: Mapping[str, float], shelf: Shelf) -> str:
    if prices.get(r.id, 0.0) <= 0:
        return NO_PRICE
    return "" if shelf.of.get(r.id) else NO_CONTROL


def _tried(risks: Risks, prices: Mapping[str, float], r: Risk, proving: bool) -> Tried:
    """The belief that the test updates; of a control's test it has the prior's weight, as in `belief.adaptive`."""
    b = r.views["current"].belief
    if not proving:
        return Tried(round(b.a, 9), round(b.b, 9), prices[r.id])
    weight = risks.catalog.priors.weight
    return Tried(round(weight * b.mean, 9), round(weight * (1 - b.mean), 9), prices[r.id])
