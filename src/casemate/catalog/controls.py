"""Countermeasures: what each acts on, how much at best, who owns it, what it costs, and what would prove it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casemate.catalog.load import tree_of
from casemate.core import money, shelf
from casemate.core.errors import CasemateError, Problems, did_you_mean
from casemate.core.yamltree import Map, where

ACTS_ON = ("attempts", "success", "loss")
VERIFY = ("static", "config", "measured", "observed", "attested")
ROLES = ("security", "data-science", "operations")
FIELDS = {
    "id": "the file's own name",
    "title": "what to do, as an order",
    "acts on": "attempts, success or loss",
    "effect": "the share it takes away at best, such as 80%",
    "sits on": "kinds of components",
    "owner": "security, data-science or operations",
    "days": "person-days to put it in place",
    "yearly": "money a year, beside the days",
    "verify": "static, config, measured, observed or attested",
    "proven by": "kinds of evidence",
    "test": "what shows that it works, in one sentence",
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
    owner: str
    days: float
    yearly: float
    verify: str
    proven_by: tuple[str, ...]
    test: str
    limits: str
    maps: Mapping[str, tuple[str, ...]]
    source: str

    def cost(self, per_day: float) -> float:
        """What its first year costs."""
        return self.days * per_day + self.yearly


def controls(folders: Iterable[Path] = ()) -> dict[str, Control]:
    """The built-in controls and those of local folders, by id."""
    files = [(p, p.name) for p in shelf.files("catalog/controls")]
    files += [(p, f"{p.parent.name}/{p.name}") for folder in folders for p in sorted(folder.glob("*.yaml"))]
    found: dict[str, Control] = {}
    errors: list[CasemateError] = []
    for path, shown in files:
        tree = tree_of(path, shown)
        if "when" in tree:
            continue  # a threat of a folder that holds both
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
            effect=self.number("effect", money.percent), sits_on=self.words("sits on"),
            owner=self.word("owner", ROLES), days=self.number("days", money.amount),
            yearly=self.number("yearly", money.amount), verify=self.word("verify", VERIFY),
            proven_by=self.words("proven by"), test=self.text("test"), limits=self.text("limits"),
            maps={k: (v,) if isinstance(v, str) else tuple(v) for k, v in (t.get("maps") or {}).items()},
            source=self.text("source"),
        )  # fmt: skip

    def text(self, key: str) -> str:
        value = self.tree.get(key, "")
        if not isinstance(value, str):
            self.wrong(key, f"{key} is no text", f"give it: {FIELDS[key]}")
            return ""
        return value

    def words(self, key: str) -> tuple[str, ...]:
        value = self.tree.get(key) or ()
        return (value,) if isinstance(value, str) else tuple(str(v) for v in value)

    def word(self, key: str, known: tuple[str, ...]) -> str:
        value = self.text(key)
        if value and value not in known:
            self.wrong(key, f"{key} is never {value!r}", did_you_mean(value, known))
        return value

    def number(self, key: str, convert: Any) -> float:
        text = self.text(key)
        value = convert(text) if text else 0.0
        if value is None:
            self.wrong(key, f"{key} is {text!r}", f"give it: {FIELDS[key]}")
        return value or 0.0
