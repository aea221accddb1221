"""Attack paths: the likeliest chains from where somebody may begin to a harm, worst first, each told once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from math import exp, prod

from casemate.catalog.steps import Steps, steps
from casemate.core.same import Same
from casemate.core.trust import WORDS
from casemate.prioritize.draws import lognormal_mean
from casemate.prioritize.loss import Loss, loss_of
from casemate.prioritize.paths.route import Route, Router, whole
from casemate.prioritize.paths.web import Key, Web, web
from casemate.prioritize.risk import Risks
from casemate.prioritize.scenario import assets

MOST = 12  # paths that are told
TRIED = 60  # harms looked at for each class of attackers, so that a dozen are left when each is told once


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a threat, or what follows from where somebody is. `says` is for people, `atlas` for taxonomies."""

    threat: str | None
    source: str
    target: str
    says: str
    atlas: tuple[str, ...] = ()
    success: float = 1.0
    assumed: bool = False
    """A threat of which a fact is missing."""


@dataclass(frozen=True, slots=True)
class Path:
    """A chain from an entry point to a harm. `probability` is of one attempt, `loss` of one event."""

    attackers: tuple[str, ...]
    steps: tuple[Step, ...]
    probability: float
    outcome: str
    asset: str
    element: str
    loss: Loss
    attempts: float
    ending: str
    """What it is to be there; empty where the last threat says it."""
    impact: tuple[str, ...]
    also: tuple[str, ...] = ()
    """Other assets to which the same threats lead, with the same outcome and no more to lose."""

    @property
    def threats(self) -> tuple[str, ...]:
        """The threats in their order."""
        return tuple(s.threat for s in self.steps if s.threat)

    @property
    def way(self) -> tuple[str, ...]:
        """The components it goes through."""
        every = [self.steps[0].source, *(s.target for s in self.steps)]
        return tuple(c for i, c in enumerate(every) if i == 0 or every[i - 1] != c)

    @property
    def yearly(self) -> float:
        """Probability x loss x attempts a year."""
        return self.probability * self.loss.mean * self.attempts

    @property
    def danger(self) -> float:
        """How often people get hurt by it, as a multiple of what is tolerable; 0 where nobody is."""
        often, least = self.probability * self.attempts, self.loss.tolerable
        return often / max(least, 1e-12) if least is not None else 0.0

    @property
    def rank(self) -> tuple[object, ...]:
        """Worst first: people who get hurt too often, then money; then any order that is always the same."""
        return -max(0.0, self.danger - 1), -self.yearly, -self.probability, self.threats, self.outcome, self.asset


class Chains:
    """The web of an assessment, with all that prices a way through it."""

    def __init__(self, risks: Risks, table: Steps) -> None:
        self.risks, self.table = risks, table
        self.web: Web = web(risks, table)
        self.often = {who: lognormal_mean(rate) for who, rate in risks.rates.items()}
        who = {a for e in self.web.threats.values() for a in e.risk.found.attackers} & WORDS.keys()
        joined = bool(self.web.ends) and bool(self.web.threats)
        graph = whole(self.web) if joined else None
        self.routers = {a: Router(self.web, graph, a) for a in sorted(who, key=WORDS.__getitem__)} if joined else {}
        where = assets(risks.parts.graph)
        self._priced = {(h.outcome, where.get(h.of, h.of)) for h in risks.parts.system.harms.values() if h.of}
        self._losses: dict[Key, Loss] = {}
        self._within: dict[str, list[str]] = {}
        for element, asset in where.items():
            self._within.setdefault(asset, [asset]).append(element)

    def loss(self, key: Key) -> Loss:
        """What one event costs there; what the file prices nowhere in particular costs the same everywhere."""
        outcome, asset = key
        at = key if key in self._priced else (outcome, "")
        if at not in self._losses:
            places = self._within[asset] if at == key else ()
            self._losses[at] = loss_of(self.risks.parts.system, self.risks.catalog, outcome, places)
        return self._losses[at]

    def routes(
        self, attacker: str, keys: Iterable[Key] | None = None, held: Mapping[str, float] | None = None
    ) -> list[Route]:
        """The ways of one class of attackers to these harms, to all when none are named."""

        def worth(key: Key, length: float) -> float:
            loss = self.loss(key)
            hurt = self.risks.appetite / max(loss.tolerable, 1e-12) if loss.tolerable is not None else 0.0
            return exp(-length) * max(loss.mean, hurt)

        chosen = list(self.web.ends if keys is None else keys)
        return self.routers[attacker].routes(chosen, worth, TRIED, held or {})

    def path(self, attacker: str, r: Route) -> Path:
        """A way, told."""
        found = tuple(self._steps(r))
        outcome, asset = r.key
        loss, line = self.loss(r.key), self.web.lines.get((r.nodes[-2], r.nodes[-1]))
        element = found[-1].target
        people = self.table.people if loss.tolerable is not None else ()
        return Path(
            (attacker,), found, prod(s.success for s in found), outcome, asset, element, loss, self.often[attacker],
            line.says.replace("{here}", element) if line else "", (*self.table.impact.get(outcome, ()), *people),
        )  # fmt: skip

    def _steps(self, r: Route) -> Iterator[Step]:
        nodes, lines = self.web.nodes, self.web.lines
        for i, n in enumerate(r.nodes[:-1]):
            what = nodes[n]
            if isinstance(what, str):
                e = self.web.threats[what]
                assumed = e.risk.found.outcome == "assumed"
                yield Step(what, e.at, e.at, e.risk.found.title, (), e.success, assumed)
                continue
            line = lines.get((r.nodes[i - 1], n))
            if line is not None and line.says:
                here, there = str(nodes[r.nodes[i - 1]][1]), str(what[1])
                said = line.says.replace("{here}", here).replace("{there}", there)
                yield Step(None, here, there, said, getattr(line, "atlas", ()))


@dataclass(frozen=True, slots=True)
class Paths:
    """The worst paths, and the threats that most of them share, with how many."""

    chains: Chains
    paths: tuple[Path, ...]
    shared: tuple[tuple[str, int], ...]


def paths(risks: Risks) -> Paths:
    """The attack paths of an assessment. Worked out when somebody asks first."""
    return _paths(Same(risks))


@lru_cache(maxsize=1)
def _paths(same: Same[Risks]) -> Paths:
    chains = Chains(same.value, steps())
    found = [chains.path(who, r) for who in chains.routers for r in chains.routes(who)]
    told = tuple(islice(_apart(_together(_joint(found))), MOST))
    count: dict[str, int] = {}
    for threat in (t for p in told for t in p.threats):
        count[threat] = count.get(threat, 0) + 1
    shared = sorted(((t, n) for t, n in count.items() if n > 1), key=lambda x: (-x[1], x[0]))
    return Paths(chains, told, tuple(shared))


def _joint(found: Iterable[Path]) -> list[Path]:
    """One path for all classes of attackers that go the same way."""
    out: dict[tuple[object, ...], Path] = {}
    for p in found:
        key = (p.steps, p.outcome, p.asset)
        one = out.get(key)
        both = (
            p
            if one is None
            else replace(one, attackers=one.attackers + p.attackers, attempts=one.attempts + p.attempts)
        )
        out[key] = both
    return sorted(out.values(), key=lambda p: p.rank)


def _together(found: Iterable[Path]) -> list[Path]:
    """The worst of those with the same threats and outcome; where else they lead is named."""
    out: dict[tuple[object, ...], Path] = {}
    for p in found:
        key = (p.threats, p.outcome, p.attackers)
        worst = out.setdefault(key, p)
        if worst is not p:
            out[key] = replace(worst, also=(*worst.also, p.asset))
    return list(out.values())


def _apart(found: Iterable[Path]) -> Iterator[Path]:
    """Leave out what holds a worse path with the same outcome as its whole."""
    kept: list[Path] = []
    for p in found:
        if not any(q.outcome == p.outcome and _within(q, p) for q in kept):
            kept.append(p)
            yield p


def _within(short: Path, long: Path) -> bool:
    a, b = short.threats, long.threats
    if not set(long.attackers) <= set(short.attackers):
        return False
    return len(a) < len(b) and any(b[i : i + len(a)] == a for i in range(len(b) - len(a) + 1))
