"""Attack paths as they are told: who, what for, step by step; and where one control cuts most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from casemate.catalog.atlas import EDITIONS
from casemate.counter.choke import LEAST, MOST, Choke, chokes
from casemate.prioritize.paths import Path, Paths, Step, paths
from casemate.report.view.reader import ELSEWHERE
from casemate.report.view.rows import price as priced
from casemate.report.view.rows import said
from casemate.report.view.words import ROLE, count, joined, share
from casemate.validate.assessment import Assessment

HARM = {
    "wrong-decision": "{id} decides wrongly",
    "personal-data": "Data about people gets out of {id}",
    "secrets": "Secrets get out of {id}",
    "model-stolen": "{id} is copied",
    "outage": "{id} is unavailable or unaffordable",
    "takeover": "{id} is taken over",
    "unaccountable": "Nobody can say who did what at {id}",
}
APART = "A path prices a chain by itself; the totals count each threat once and hold no chain."
NOTHING_CUTS = "No single control cuts much of them: who finds one way closed takes another."


@dataclass(frozen=True, slots=True)
class Line:
    """One step. `threat` is its id; empty where it follows without a threat."""

    threat: str
    text: str
    note: str = ""
    """How likely one attempt succeeds, and whether a fact of the threat is missing."""
    names: tuple[str, ...] = ()
    """Techniques of ATLAS that a step without a threat is called by."""


@dataclass(frozen=True, slots=True)
class Told:
    """One path. `number` counts from 1, worst first."""

    number: int
    harm: str
    who: str
    chance: str
    price: str
    event: str
    lines: tuple[Line, ...]
    also: str
    impact: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """A choke point: the control, where, which share of what the paths cost it takes, and on which of them it acts."""

    title: str
    control: str
    at: str
    share: str
    saves: str
    on: str
    threats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """All that is told of attack paths. `about` is one sentence; `cutting` says what a single control does.

    others: where one role reads, how many paths are left out and what the numbers count; empty otherwise.
    """

    paths: tuple[Told, ...]
    about: str
    others: str
    cutting: str
    cuts: tuple[Cut, ...]
    shared: str


def section(a: Assessment, cuts: int = MOST) -> Section:
    """The paths of an assessment; for one role those on which a threat of theirs lies. cuts: so many, the best."""
    found = paths(a.risks)
    shown = [(i, p) for i, p in enumerate(found.paths, 1) if any(a.outcomes[t] != ELSEWHERE for t in p.threats)]
    mine = {i for i, _ in shown}
    best = chokes(found, a.risks, a.risks.catalog.controls, cuts) if shown else ()
    best = tuple(c for c in best if mine & set(c.paths))
    told = tuple(_told(a, i, p) for i, p in shown)
    others = _others(a, len(told), len(found.paths))
    which = "these paths" if a.whole is None else "all paths of the system"
    cutting = _cutting(best, which, any(p.danger > 1 for p in found.paths))
    return Section(
        told, _about(len(told)), others, cutting, tuple(_cut(a, c, mine) for c in best), _shared(a, found)
    )  # fmt: skip


def lying_on(a: Assessment, threat: str) -> Iterator[str]:
    """One line for each path that the threat lies on."""
    found = paths(a.risks).paths
    for i, p in enumerate(found, 1):
        if threat in p.threats:
            t = _told(a, i, p)
            yield f"path {i} of {len(found)}, {t.who}: {t.harm} ({t.chance} of attempts, {t.price} a year)"
            yield from (f"  {n} {line.threat or line.text}" for n, line in enumerate(t.lines, 1))


def _told(a: Assessment, number: int, p: Path) -> Told:
    also = f"the same threats lead to {joined(p.also, 3)}" if p.also else ""
    event = said(a, p.loss.mean) if p.loss.mean else ""
    lines = tuple(_line(a, s) for s in p.steps)
    return Told(
        number, harm(p), joined(p.attackers), share(p.probability), price(a, p), event, lines, also,
        _named(a, p.impact),
    )  # fmt: skip


def harm(p: Path) -> str:
    """What happens in the end: `scorer decides wrongly`."""
    return HARM[p.outcome].replace("{id}", p.element)


def price(a: Assessment, p: Path) -> str:
    """The danger to people and its price a year."""
    hurts = p.danger if p.loss.tolerable is not None else None
    return priced(a, hurts, p.yearly if p.loss.mean else None)


def _line(a: Assessment, s: Step) -> Line:
    if not s.threat:
        return Line("", f"then {s.says}", names=_named(a, s.atlas))
    return Line(s.threat, s.says, f"{share(s.success)}, assumed" if s.assumed else share(s.success))


def _named(a: Assessment, ids: tuple[str, ...]) -> tuple[str, ...]:
    """Techniques with the names that the newest edition on the shelf has for them."""
    editions = [t.names for key, t in sorted(a.risks.catalog.taxonomies.items()) if key in EDITIONS]
    return tuple(f"{i} {next((names[i] for names in reversed(editions) if i in names), '')}".rstrip() for i in ids)


def _about(n: int) -> str:
    if not n:
        return ""
    head = "The likeliest chain" if n == 1 else f"The worst {n} of the likeliest chains"
    return f"{head} from where somebody may begin to a harm that no single threat is by itself. {APART}"


def _others(a: Assessment, mine: int, of: int) -> str:
    """Where one role reads: what the numbers count, and how many paths are left out."""
    if a.whole is None or mine in (0, of):
        return ""
    return f"{ROLE[a.reader]} has a threat on {mine} of {of}; the paths keep their numbers of the whole system."


def _cutting(best: tuple[Choke, ...], which: str, hurts: bool) -> str:
    if not best:
        return NOTHING_CUTS
    c = best[0]
    taken = [f"{share(c.safer)} of the danger to people"] if c.safer >= LEAST else []
    taken += [f"{share(c.share)} of what {which} cost"] if c.share >= LEAST else []
    told = f"{joined(taken)}{'' if c.share >= LEAST else f' on {which}'}, more than any other control alone"
    once = ", once it is proven to be there" if c.do == "prove" else ""
    safer = "; no single one makes people safer there" if hurts and c.safer < LEAST else ""
    return f"{c.title} at {c.at} cuts {told}{once}{safer}."


def _cut(a: Assessment, c: Choke, mine: set[int]) -> Cut:
    """A choke point; of the paths of others it says how many."""
    title = f"Prove: {c.title[0].lower()}{c.title[1:]}" if c.do == "prove" else c.title
    shown = [str(i) for i in c.paths if i in mine]
    on = f"path {shown[0]}" if len(shown) == 1 else f"paths {joined(shown, 6)}"
    on += f", and {len(c.paths) - len(shown)} of others" if len(shown) < len(c.paths) else ""
    cuts = [f"{share(c.safer)} of the danger"] if c.safer >= LEAST else []
    cuts += [share(c.share)] if c.share >= LEAST or not cuts else []
    return Cut(title, c.control, c.at, ", ".join(cuts), said(a, c.cuts), on, c.threats)


def _shared(a: Assessment, found: Paths) -> str:
    shared = [(t, n) for t, n in found.shared if a.outcomes[t] != ELSEWHERE]
    if not shared:
        return ""
    of = len(found.paths)
    most = joined((f"{t} on {n} of {of}" for t, n in shared[:3]), 3)
    return f"{count(len(shared), 'threat lies', 'threats lie')} on more than one path: {most}."
