"""Countermeasures: what each acts on, how much at best, who owns it, what it costs, and what would prove it.

What only notices acts on the loss: who sees it sooner stops it sooner, and the time until then is part of what an
incident costs. A detector that also refuses what it sees acts on success.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from casemate.catalog.load import members
from casemate.core import money
from casemate.core.errors import CasemateError, Problems, Where, did_you_mean
from casemate.core.yamltree import Map, Seq, where

ACTS_ON = ("attempts", "success", "loss")
VERIFY = ("static", "config", "measured", "observed", "attested")
ROLES = ("security", "data-science", "operations")
FIELDS = {
    "id": "the file's own name",
    "title": "what to do, as an order",
    "acts on": "attempts, success or loss",
    "effect": "the share it takes away at best, such as 80%",
    "sits on": "kinds of components",
    "best on": "those of them to try first",
    "owner": "security, data-science or operations",
    "days": "person-days to put it in place",
    "yearly": "money a year, beside the days",
    "verify": "static, config, measured, observed or attested",
    "proven by": "kinds of evidence",
    "test": "what shows that it works, in one sentence",
    "said as": "facts of a place, any of which says that it is there, such as `patched: yes`",
    "limits": "what it does not do",
    "maps": "ids by edition",
    "source": "where the effect comes from",
}
REQUIRED = ("id", "title", "acts on", "effect", "sits on", "owner", "days", "verify", "test", "limits", "source")


@dataclass(frozen=True, slots=True)
class Control:
    """One countermeasure. `effect` is the share of attempts, success or loss that it takes away at best."""

    id: str
    title: str
    acts_on: str
    effect: float
    sits_on: tuple[str, ...]
    best_on: tuple[str, ...]
    """Where to put it when there is a choice; otherwise as near to the threat as can be."""
    owner: str
    days: float
    yearly: float
    verify: str
    proven_by: tuple[str, ...]
    test: str
    limits: str
    maps: Mapping[str, tuple[str, ...]]
    source: str
    places: Mapping[str, Where] = field(default_factory=dict, compare=False, repr=False)
    """Where its words stand that only `identify` can check."""
    said_as: Map | None = field(default=None, compare=False, repr=False)
    """What a system file says of a place that has it, as a rule's clauses; `identify` compiles them."""
    path: str = field(default="", compare=False, repr=False)
    """The file that holds it, as it is shown."""

    def cost(self, per_day: float) -> float:
        """What its first year costs."""
        return self.days * per_day + self.yearly


def controls(folders: Iterable[Path] = ()) -> dict[str, Control]:
    """The built-in controls and those of local folders, by id."""
    files, errors = members("catalog/controls", "acts on", folders)
    found: dict[str, Control] = {}
    for path, shown, tree in files:
        reader = _ControlReader(tree, shown)
        control = reader.control(path.stem)
        errors += reader.errors
        if control.id in found:
            errors.append(CasemateError(shown, f"a control {control.id!r} exists already", "choose another id"))
        found[control.id] = control
    if errors:
        raise Problems(errors)
    return dict(sorted(found.items()))


class _ControlReader:
    def __init__(self, tree: Map, path: str) -> None:
        self.tree, self.path = tree, path
        self.errors: list[CasemateError] = []

    def wrong(self, key: str, what: str, todo: str) -> None:
        at = self.tree.value_at(key) if key in self.tree else self.tree.at
        self.errors.append(CasemateError(where(self.path, at), what, todo))

    def control(self, stem: str) -> Control:
        t = self.tree
        for key in t:
            if key not in FIELDS:
                at = where(self.path, t.key_at(key))
                self.errors.append(CasemateError(at, f"a control has no {key!r}", did_you_mean(key, FIELDS)))
        for key in REQUIRED:
            if not t.get(key):
                self.wrong(key, f"the control says nothing for {key!r}", f"give it: {FIELDS[key]}")
        if t.get("id") != stem:
            self.wrong("id", f"the id is {t.get('id')!r}", "name the file after its id")
        return Control(
            id=stem, title=self.text("title"), acts_on=self.word("acts on", ACTS_ON),
            effect=self.number("effect", _share), sits_on=self.words("sits on"), best_on=self.words("best on"),
            owner=self.word("owner", ROLES), days=self.number("days", _days),
            yearly=self.number("yearly", money.amount), verify=self.word("verify", VERIFY),
            proven_by=self.words("proven by"), test=self.text("test"), limits=self.text("limits"),
            maps=self.maps(), source=self.text("source"),
            places={key: where(self.path, t.value_at(key)) for key in ("sits on", "best on", "proven by") if key in t},
            said_as=self.said_as(), path=self.path,
        )  # fmt: skip

    def text(self, key: str) -> str:
        value = self.tree.get(key, "")
        if not isinstance(value, str):
            self.wrong(key, f"{key} is no text", f"give it: {FIELDS[key]}")
            return ""
        return value

    def words(self, key: str) -> tuple[str, ...]:
        """Words; `identify` checks them, which may know the kinds that there are."""
        found = _words(self.tree.get(key))
        if found is None:
            self.wrong(key, f"{key} is no list of words", f"give it: {FIELDS[key]}")
        return found or ()

    def said_as(self) -> Map | None:
        value = self.tree.get("said as")
        if value is None or isinstance(value, Map):
            return value
        self.wrong("said as", "said as is no mapping", f"give it: {FIELDS['said as']}")
        return None

    def maps(self) -> dict[str, tuple[str, ...]]:
        value = self.tree.get("maps")
        if not isinstance(value, Map):
            if value is not None:
                self.wrong("maps", "maps is no mapping", "write `atlas: [AML.M0002]`")
            return {}
        out = {}
        for i, (edition, ids) in enumerate(value.items()):
            found = _words(ids)
            if found:
                out[edition] = found
            else:
                at = where(self.path, value.marks[2 * i + 1])
                what = f"maps names no id of {edition[:60]!r}"
                self.errors.append(CasemateError(at, what, "write `atlas: [AML.M0002]`"))
        return out

    def word(self, key: str, known: tuple[str, ...]) -> str:
        value = self.text(key)
        if value and value not in known:
            self.wrong(key, f"{key} is never {value!r}", did_you_mean(value, known))
        return value

    def number(self, key: str, convert: Any) -> float:
        text = self.text(key)
        value = convert(text) if text else 0.0
        if value is None:
            self.wrong(key, f"{key} is {text[:40]!r}", f"give it: {FIELDS[key]}")
        return value or 0.0


def _words(value: Any) -> tuple[str, ...] | None:
    """A word or a list of words as a tuple; None when it is neither."""
    listed = value if isinstance(value, Seq) else [] if value is None else [value]
    found = tuple(v for v in listed if isinstance(v, str) and v)
    return found if len(found) == len(listed) else None


def _share(text: str) -> float | None:
    """A share that takes away something and leaves something; a yearly chance is none."""
    found = money.percent(text) if text.endswith("%") else None
    return found if found is not None and 0 < found < 1 else None


def _days(text: str) -> float | None:
    """Days of work as a plain number; `3k` is money."""
    return float(text) if re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,2})?", text) else None
