"""Reading the shelves: threats as trees with positions, controls, priors, fines and taxonomies as frozen data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from casemate.core import money, shelf
from casemate.core.errors import CasemateError, Problems
from casemate.core.money import Interval
from casemate.core.yamltree import Map, parse, read_text

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class RawThreat:
    """A threat's file as it was written; `identify` compiles it."""

    path: str
    tree: Map


@dataclass(frozen=True, slots=True)
class Priors:
    """Expert judgement, in one table (`priors.yaml`)."""

    attempts: Mapping[str, Interval]
    success: Mapping[str, float]
    weight: float
    weaker: float
    verified: float
    losses: Mapping[str, Interval]
    appetite: float
    appetite_chance: float


@dataclass(frozen=True, slots=True)
class Fine:
    """A statutory maximum: the higher of a fixed amount and a share of yearly turnover."""

    id: str
    cap: float
    share: float
    source: str


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Ids and names of one edition of somebody's taxonomy. No prose of theirs."""

    key: str
    title: str
    edition: str
    source: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Catalog:
    """All that is known. `digest` names its content in every assessment."""

    threats: tuple[RawThreat, ...]
    controls: Mapping[str, Any]
    priors: Priors
    fines: Mapping[str, Fine]
    fine_share: tuple[float, float]
    taxonomies: Mapping[str, Taxonomy] = field(default_factory=dict)


def tree_of(path: Path, shown: str = "") -> Map:
    """A file's mapping. Fails with its place when it is none."""
    shown = shown or path.name
    tree = parse(read_text(path), shown)
    if not isinstance(tree, Map):
        raise CasemateError(shown, "is not a mapping", "write `key: value` lines")
    return tree


def threats(folders: Iterable[Path] = ()) -> tuple[RawThreat, ...]:
    """The built-in threats and those of local folders, by id. Two with one id are an error."""
    files = [(p, p.name) for p in shelf.files("catalog/threats")]
    files += [(p, f"{p.parent.name}/{p.name}") for folder in folders for p in sorted(folder.glob("*.yaml"))]
    found: dict[str, RawThreat] = {}
    errors: list[CasemateError] = []
    for path, shown in files:
        tree = tree_of(path, shown)
        if "when" not in tree:
            continue  # a control of a folder that holds both
        name = str(tree.get("id", ""))
        if name != path.stem:
            errors.append(CasemateError(shown, f"holds the id {name!r}", "name the file after its id"))
        if name in found:
            errors.append(CasemateError(shown, f"{name!r} exists in {found[name].path}", "choose another id"))
        found[name] = RawThreat(shown, tree)
    if errors:
        raise Problems(errors)
    return tuple(found[name] for name in sorted(found))


@cache
def priors() -> Priors:
    """The table of expert judgement that came with this version."""
    t = tree_of(HERE / "priors.yaml")
    return Priors(
        attempts={k: _must(money.rate(v)) for k, v in t["attempts"].items()},
        success={k: _must(money.percent(v)) for k, v in t["success"].items()},
        weight=float(t["weight"]),
        weaker=_must(money.percent(t["weaker"])),
        verified=_must(money.percent(t["verified"])),
        losses={k: _must(money.interval(v)) for k, v in t["losses"].items()},
        appetite=_must(money.amount(t["appetite"]["loss"])),
        appetite_chance=_must(money.percent(t["appetite"]["at most"])),
    )


@cache
def fines() -> tuple[Mapping[str, Fine], tuple[float, float]]:
    """Statutory maximum fines, and the Beta parameters of the share that is paid."""
    t = tree_of(HERE / "fines.yaml")
    found = {
        k: Fine(k, _must(money.amount(v["cap"])), _must(money.percent(v["share"])), v["source"])
        for k, v in t["fines"].items()
    }
    a, b = t["share paid"]
    return found, (float(a), float(b))


@cache
def taxonomies() -> Mapping[str, Taxonomy]:
    """Every edition on the shelf, by its key."""
    out = {}
    for path in shelf.files("catalog/taxonomies"):
        t = tree_of(path)
        out[t["key"]] = Taxonomy(t["key"], t["title"], t["edition"], t["source"], dict(t["names"]))
    return out


def _must(value: Any) -> Any:
    assert value is not None, "our own data file is broken"  # noqa: S101  held by a test
    return value


def catalog(folders: Iterable[Path] = ()) -> Catalog:
    """Everything on the shelves, and what local folders add. Folders may hold threats and controls together."""
    from casemate.catalog.controls import controls

    folders = tuple(folders)
    found, share = fines()
    return Catalog(threats(folders), controls(folders), priors(), found, share, taxonomies())
