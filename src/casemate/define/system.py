"""The system as it was described: frozen data, with the place in the file that each thing came from.

A property that nobody gave is absent, and absent means unknown. Only flows and `exposed to` are complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from casemate.core.errors import Where
from casemate.core.money import Interval
from casemate.core.trust import Trust
from casemate.define.borrow import Borrowed
from casemate.define.places import Places


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of the world with one level of trust. `owner` None: we ourselves (or the owner of the zone around it)."""

    id: str
    trust: Trust
    name: str
    parent: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who uses or could attack the system. `apart`: members must not see each other's data."""

    id: str
    trust: Trust
    name: str
    zone: str | None = None
    apart: bool = False
    accounts: tuple[str, ...] = ()
    """How exports of rights call it; `*` stands for anything."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What the file says of a control on a component: since when, run by whom, confirmed by whom and when."""

    id: str
    since: date | None = None
    by: str | None = None
    attested_by: str | None = None
    attested_on: date | None = None
    at: Where | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Parties:
    """Who has access, and whether that is everybody.

    found: whom evidence found, as ids, or as `<trust or unknown>: <account>` where the file has no actor of that
    account; None where nobody looked. all_found: whether evidence would have found everybody.
    """

    who: tuple[str, ...] = ()
    complete: bool = False
    found: tuple[str, ...] | None = field(default=None, repr=False)
    all_found: bool = field(default=False, repr=False)


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the system. `props` holds what was said, by the names of the vocabulary."""

    id: str
    kind: str
    zone: str
    props: Mapping[str, Any] = field(default_factory=dict)
    controls: Mapping[str, Claim] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How people call it."""
        return str(self.props.get("name") or self.id)

    @property
    def path(self) -> str | None:
        """Its file, relative to the system file; None when it has none."""
        return self.props.get("path")


@dataclass(frozen=True, slots=True)
class Flow:
    """Something that is sent. Its id is `from->to` unless the file gave one."""

    id: str
    source: str
    target: str
    data: str = ""
    props: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Access:
    """Rights beside what flows show."""

    who: tuple[str, ...]
    may: tuple[str, ...]
    on: tuple[str, ...]
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Harm:
    """What it costs when it happens. `tolerable` is a yearly frequency, for harms that hurt people."""

    id: str
    outcome: str
    loss: Interval | None = None
    fine: str | None = None
    turnover: float | None = None
    of: str | None = None
    hurts: str | None = None
    tolerable: float | None = None


@dataclass(frozen=True, slots=True)
class Attempts:
    """The file's own numbers of attempts a year, by the attacker's trust, and who owns them."""

    rates: Mapping[Trust, Interval] = field(default_factory=dict)
    by: str | None = None
    on: date | None = None

    @property
    def owned(self) -> bool:
        """Whether somebody stands for the numbers, with a date."""
        return bool(self.rates) and self.by is not None and self.on is not None

    def as_of(self, today: date) -> Attempts:
        """The numbers as they stand on a day: nobody owns yet what is dated after it."""
        return replace(self, on=None) if self.on is not None and self.on > today else self


@dataclass(frozen=True, slots=True)
class Decision:
    """An acceptance or a dismissal of one threat: why, by whom, until when, and where it is written."""

    threat: str
    reason: str
    owner: str
    until: date
    at: Where


@dataclass(frozen=True, slots=True)
class Allowance:
    """A name that scanned files may import: module and dotted name, why, by whom, until when."""

    pair: tuple[str, str]
    because: str
    by: str
    until: date
    at: Where

    @property
    def shown(self) -> str:
        """As the file writes it."""
        return " ".join(self.pair)


@dataclass(frozen=True, slots=True)
class Task:
    """One entry of `measure:`: a kind of measurement and what it is to be run on."""

    kind: str
    settings: Mapping[str, Any]
    at: Where


@dataclass(frozen=True, slots=True)
class Plan:
    """What may be spent on countermeasures; None where the file does not say."""

    budget: float | None = None
    cost_per_day: float | None = None


@dataclass(frozen=True, slots=True)
class System:
    """A whole system file. `places` gives a thing's place: `("components", id)`, `("components", id, property)`."""

    path: str
    digest: str
    name: str
    currency: str
    zones: Mapping[str, Zone]
    actors: Mapping[str, Actor]
    components: Mapping[str, Component]
    flows: tuple[Flow, ...] = ()
    access: tuple[Access, ...] = ()
    harms: Mapping[str, Harm] = field(default_factory=dict)
    attempts: Attempts = field(default_factory=Attempts)
    accept: tuple[Decision, ...] = ()
    dismiss: tuple[Decision, ...] = ()
    allow: tuple[Allowance, ...] = ()
    measure: tuple[Task, ...] = ()
    plan: Plan = field(default_factory=Plan)
    owners: Mapping[str, str] = field(default_factory=dict)
    purpose: str = ""
    review_every: int | None = None
    review_last: date | None = None
    appetite: float | None = None
    appetite_chance: float | None = None
    controls: Mapping[str, Claim] = field(default_factory=dict)
    """Controls of the whole organisation; they count for the threats about the system itself."""
    policy: str | None = None
    evidence: str = "evidence"
    catalog: tuple[str, ...] = ()
    borrowed: tuple[Borrowed, ...] = ()
    """Components that other system files describe too, in the order of this one."""
    places: Mapping[tuple[str, ...], int] = field(default_factory=dict, repr=False, compare=False)

    def file(self, *keys: str) -> str:
        """The file in which the nearest thing that the keys name stands, as the system file writes it."""
        return (self.places.file(keys) if isinstance(self.places, Places) else "") or self.path

    def line(self, *keys: str) -> str:
        """`casemate.yaml:12` of the nearest thing that the keys name; `parts/serving.yaml:3` where a part holds it."""
        while keys:
            found = self.places.get(keys)
            if found is not None:
                return f"{self.file(*keys)}:{found}"
            keys = keys[:-1]
        return self.path
