"""The story of an assessment: verdict, next actions, evidence, worst threats, curve. Every exporter tells this one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from casemate.core.interval import wilson
from casemate.core.times import times
from casemate.counter.offers import Action
from casemate.prioritize.risk import BANDS, Risk
from casemate.prioritize.simulate import curve
from casemate.report.view.reader import note
from casemate.report.view.status import Status, status, unsigned
from casemate.report.view.words import ROLE, amount, count, day, joined, share, spelled
from casemate.validate.assessment import Assessment

NEXT = 3  # actions that a report begins with
TOLD = BANDS["medium"]
"""Of what is tolerable, the least danger that is told beside a price: below it no threat is worse than low."""
Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One threat as a line of a table."""

    id: str
    title: str
    outcome: str
    severity: str
    because: str
    current: float
    p5: float
    p95: float
    status: Status
    owner: str
    path: tuple[str, ...]
    where: str
    shown: str
    """What decides how severe it is: the danger to people and its price."""
    priced: str
    """Its price alone; the danger to people where it has none."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of the evidence strip."""

    label: str
    value: str
    tone: str


@dataclass(frozen=True, slots=True)
class Story:
    """All that a report shows, in the order in which it is read."""

    name: str
    meta: str
    verdict: str
    tone: str
    sentence: str
    reader: str
    """What is left out where one role reads it; empty otherwise."""
    chance: str
    money: str
    basis: str
    cells: tuple[Cell, ...]
    actions: tuple[Action, ...]
    tolerance: tuple[float, float]
    totals: tuple[tuple[str, str], ...]
    of: Assessment

    @property
    def next(self) -> tuple[Action, ...]:
        """The first three actions; the first measurement of the plan too where it is none of them."""
        first = self.actions[:NEXT]
        tests = () if any(x.do == "measure" for x in first) else tuple(x for x in self.actions if x.do == "measure")
        return (*first, *tests[:1])

    @property
    def rows(self) -> tuple[Row, ...]:
        """Its threats, worst first. Told when somebody asks: most reports show a few of them."""
        return tuple(row(self.of, x) for x in self.of.threats)

    @property
    def curves(self) -> tuple[tuple[str, Points], ...]:
        """Yearly losses by the chance of more."""
        years = self.of.risks.years
        return (
            ("today", curve(years["current"])),
            ("without controls", curve(years["inherent"])),
            ("after the plan", curve(self.of.treatment.years)),
        )


def story(a: Assessment) -> Story:
    """Tell an assessment."""
    r = a.risks
    whole = a.whole or a  # whoever reads it: the head speaks of the system
    return Story(
        name=a.system.name,
        meta=_meta(whole),
        verdict=_verdict(whole)[0],
        tone=_verdict(whole)[1],
        sentence=_sentence(whole),
        reader=note(a),
        chance=_chance(whole),
        money=_money(whole),
        basis=_basis(whole),
        cells=_cells(whole),
        actions=a.treatment.actions,
        tolerance=(r.appetite, r.appetite_chance),
        totals=tuple((view, said(a, years)) for view, years in totals(a)),
        of=a,
    )


def foremost(a: Assessment, found: Sequence[Risk], most: int) -> tuple[Risk, ...]:
    """The first so many, and of the others those that the gate names; in their order."""
    named = {t for r in a.gate.reasons for t in r.threats}
    return (*found[:most], *(r for r in found[most:] if r.id in named))


def totals(a: Assessment) -> tuple[tuple[str, float], ...]:
    """Expected yearly loss of the system in the four views."""
    found = [(v, a.risks.years[v].mean) for v in ("inherent", "current", "claimed")]
    return (*found, ("target", a.treatment.years.mean))


def said(a: Assessment, value: float) -> str:
    """Money in the file's currency."""
    return amount(value, a.system.currency)


def row(a: Assessment, r: Risk) -> Row:
    """One threat as it is shown."""
    e = r.estimates["current"]
    return Row(
        id=r.id,
        title=r.found.title,
        outcome=a.outcomes[r.id],
        severity=r.severity,
        because=because(a, r),
        current=e.mean,
        p5=e.p5,
        p95=e.p95,
        status=status(a, r),
        owner=ROLE[r.found.rule.asked_of],
        path=r.found.reason.path,
        where=place_of(a, r),
        shown=_price(a, r),
        priced=said(a, r.current) if r.loss.mean else _price(a, r),
    )


def place_of(a: Assessment, r: Risk) -> str:
    """`casemate.yaml:22`: where the threatened element stands."""
    section = {"flow": "flows", "system": "name"}.get(r.found.rule.about, "components")
    return a.system.line(section, r.found.element)


def because(a: Assessment, r: Risk) -> str:
    """The rule's sentence; where a fact is missing it says that nobody knows better."""
    text = r.found.reason.because
    return f"for all that is known, {text}" if a.outcomes[r.id] == "assumed" else text


def _price(a: Assessment, r: Risk) -> str:
    return price(a, r.danger, r.current if r.loss.mean else None)


def price(a: Assessment, danger: float | None, money: float | None) -> str:
    """What decides how severe it is: how many times what is tolerable, and money a year.

    danger: as a multiple of what is tolerable; money: a year, None where it has no price.
    """
    told = [f"{times(danger)}× tolerable"] if danger is not None and (money is None or danger >= TOLD) else []
    return ", ".join([*told, said(a, money)] if money is not None else told)


def _meta(a: Assessment) -> str:
    s = a.system
    sizes = f"{count(len(s.components), 'component')}, {count(len(s.flows), 'flow')}, {count(len(a.threats), 'threat')}"
    return f"System file {s.digest[:7]} · assessed {day(a.today)} · {sizes}"


def _verdict(a: Assessment) -> tuple[str, str]:
    if a.gate.exit_code == 1:
        return "Do not release.", "fail"
    if a.gate.exit_code == 3:
        return "Not proven.", "warn"
    # A passed gate over nothing but words is no reason to feel safe.
    return ("May be released.", "pass") if a.basis["measured"] else ("Unproven.", "warn")


def _sentence(a: Assessment) -> str:
    open_, assumed = a.of("open"), a.of("assumed")
    stops = [x for x in a.gate.reasons if x.exit == 1]
    if a.gate.exit_code == 3:
        head = f"{spelled(len(a.gate.reasons), 'piece')} of evidence that the policy requires {_are(a)} not there"
    elif stops and any(r.proven for r in open_):
        head = f"{spelled(len(open_), 'threat is', 'threats are')} open, {_shown(a, open_)}"
    elif open_:
        head = f"{spelled(len(open_), 'threat is', 'threats are')} open"
        worst = sum(1 for r in open_ if r.severity == "critical")
        head += f", {_of(worst, len(open_))} critical" if worst else ""
    elif assumed:
        head = f"{spelled(len(assumed), 'threat')} cannot be ruled out, because facts are missing"
    else:
        head = "No threat is open"
    if a.gate.passed and not a.basis["measured"]:
        head = f"The policy has nothing against it, but nothing here was measured: {head[0].lower()}{head[1:]}"
    head += _people(a)
    now, then = a.risks.years["current"].mean, a.treatment.years.mean
    if a.treatment.actions and now > 0 and then < 0.95 * now:
        return f"{head}; the plan cuts the expected yearly loss from {said(a, now)} to {said(a, then)}."
    return f"{head}; the expected yearly loss is {said(a, now)}."


def _of(some: int, all_: int) -> str:
    """`3 of them`; of one it is simply that."""
    return "and" if all_ == 1 else f"{some} of them"


def _shown(a: Assessment, open_: Collection[Risk]) -> str:
    """`3 of them shown by measurement`; a record that nobody signed is no measurement."""
    proven = [r for r in open_ if r.proven]
    attested = sum(1 for r in proven if unsigned(a, r))
    ways = ((len(proven) - attested, "measurement"), (attested, "records that nobody signed"))
    (most, how), *rest = [(n, way) for n, way in ways if n]
    return " and ".join([f"{_of(most, len(open_))} shown by {how}", *(f"{n} by {way}" for n, way in rest)])


def _people(a: Assessment) -> str:
    """What no sum of money says: that people get hurt more often than is tolerable, now and after the plan."""
    hurt = [r for r in a.of("open", "assumed") if (r.danger or 0) > 1]
    if not hurt:
        return ""
    now, then = max(r.danger or 0 for r in hurt), max(a.treatment.danger[r.id] for r in hurt)
    after = f", and {times(then)} times after the plan" if times(then) != times(now) else ""
    return f"; people may be hurt {times(now)} times as often as tolerable{after}"


def _are(a: Assessment) -> str:
    return "is" if len(a.gate.reasons) == 1 else "are"


def _chance(a: Assessment) -> str:
    r = a.risks
    above = share(r.years["current"].above(r.appetite))
    return (
        f"Chance of losing more than {said(a, r.appetite)} in a year is {above} (appetite {share(r.appetite_chance)})."
    )


def _money(a: Assessment) -> str:
    if a.owned:
        attempts = a.system.attempts
        return f"Attempts are owned by {attempts.by} since {attempts.on}."
    names = [w for w, ok in zip(("ten times smaller", "ten times larger"), a.survives, strict=True) if not ok]
    holds = f"does not survive priors {joined(names)}" if names else "survives priors ten times smaller and larger"
    return f"Money is illustrative until somebody owns the attempts; the order of the worst three {holds}."


def _basis(a: Assessment) -> str:
    b = a.basis
    total = sum(b.values())
    apart = len(a.of("declared"))
    said_of = (
        f"{b['measured']} of {count(total, 'threat')} rest on measured evidence, {b['declared']} on declared facts"
    )
    tail = f"; {count(apart, 'more is', 'more are')} ruled out by declaration alone" if apart else ""
    return f"{said_of}, {b['nothing']} on nothing{tail}.{_held(a)}"


def _held(a: Assessment) -> str:
    """What the gate passes over: whoever reads that it passed reads this too."""
    h = a.baseline
    if h is None or not h.covered:
        return ""
    b = h.baseline
    found = count(len(h.covered), "finding")
    return f" The gate passes over {found} of {day(b.on)}, which {b.by} answers for until {day(b.until)}."


def _cells(a: Assessment) -> tuple[Cell, ...]:
    return (_scanned(a), _proven(a), _measured(a), _asked(a), _decided(a), _reviewed(a))


def _scanned(a: Assessment) -> Cell:
    files = [c for c in a.system.components.values() if c.kind in ("model", "llm") and (c.path or "format" in c.props)]
    things = a.risks.parts.things
    found = [things[c.id].facts.get("contents") for c in files]
    proven = all("contents" in things[c.id].measured for c in files)
    clean = found.count("clean")
    bad = any(f in ("unsafe", "suspicious") for f in found)
    tone = "fail" if bad else "none" if clean < len(files) or not proven else "pass"
    return Cell("Model files clean", f"{clean} / {len(files)}" if files else "no files", tone if files else "none")


def _proven(a: Assessment) -> Cell:
    held = a.risks.parts.ladder
    claims = [(c.id, k) for c in a.system.components.values() for k in c.controls]
    tested = {k: worth(a, k) for k in sorted({k for _, k in claims})}
    good = sum(1 for cid, k in claims if tested[k] or (tested[k] is None and k in held.verified(cid)))
    tone = "none" if not claims else "pass" if good == len(claims) else "warn"
    return Cell("Controls proven", f"{good} / {len(claims)}" if claims else "none claimed", tone)


def worth(a: Assessment, control: str) -> bool | None:
    """Whether somebody who knows the control gets clearly less than without it; None where nobody like that tried."""
    found: list[bool] = []
    for r in a.risks.risks:
        tried = a.risks.parts.ladder.adaptive(control, r.found.element, r.found.rule.id)
        per = r.found.rule.per(tried[1].unit) if tried else None
        if tried and per:
            still = wilson(tried[1].broken, tried[1].broken + tried[1].held)[1]
            found.append(1 - (1 - still) ** per < r.views["inherent"].belief.mean)
    return any(found) if found else None


def _measured(a: Assessment) -> Cell:
    b = a.basis
    total = sum(b.values())
    tone = "none" if not total else "pass" if b["measured"] == total else "warn"
    return Cell("Threats measured", f"{b['measured']} / {total}", tone)


def _asked(a: Assessment) -> Cell:
    n = a.asking
    return Cell("Open questions", str(n), "warn" if n else "pass")


def _decided(a: Assessment) -> Cell:
    bad = [r for r in a.rulings if r.state in ("expired", "refused")]
    good = [r for r in a.rulings if r.state == "active"]
    if bad:
        return Cell("Decisions", f"{len(bad)} no longer hold", "fail")
    if not good:
        return Cell("Decisions", "none", "none")
    return Cell("Decisions", f"{len(good)} until {day(min(r.decision.until for r in good))}", "pass")


def _reviewed(a: Assessment) -> Cell:
    v = a.review
    if v.days is None:
        return Cell("Review", "never held", "warn")
    if v.because:
        return Cell("Review due", "now, by the log", "fail")
    return Cell(
        "Review due", f"in {v.days} days" if v.days >= 0 else f"{-v.days} days ago", "pass" if v.days >= 0 else "fail"
    )
