"""Reading the shelves: threats as trees with positions, controls, priors, fines and taxonomies as frozen data."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from casemate.core import money, shelf
from casemate.core.errors import CasemateError, Problems
from casemate.core.money import Interval
from casemate.core.yamltree import Map, parse, read_text

HERE = Path(__file__).parent
MARKS = {"when": "a threat", "acts on": "a control"}
NEITHER = "give it " + ", or ".join(f"`{mark}:` to make it {what}" for mark, what in MARKS.items())


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
    """A statutory maximum: the higher of a fixed amount and a share of yearly turnover.

    The fixed amount stands in the law's own currency and is never converted: a system file that counts in another one
    cannot name the fine, and says in `loss:` what it expects.
    """

    id: str
    cap: float
    share: float
    source: str
    currency: str


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


class Examples(Mapping[str, Any]):
    """The examples of one of our own threats: more than half of its file, and read only when somebody asks for them."""

    def __init__(self, text: str, shown: str) -> None:
        self._text, self._shown = text, shown
        self._tree: Map | None = None

    @property
    def tree(self) -> Map:
        """What the file holds, with its places."""
        if self._tree is None:
            found = parse(self._text, self._shown)
            assert isinstance(found, Map), "our own data file is broken"  # noqa: S101  held by a test
            self._tree = found
        return self._tree

    def __getitem__(self, name: str) -> Any:
        return self.tree[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tree)

    def __len__(self) -> int:
        return len(self.tree)

    def __bool__(self) -> bool:
        return True  # a test holds that every threat of ours has some


def own_threat(path: Path) -> Map:
    """One of our own threats, whose examples come last and are not read yet."""
    head, mark, rest = read_text(path).partition("\nexamples:\n")
    tree = parse(head + mark, path.name)
    if not mark or not isinstance(tree, Map):
        return tree_of(path)
    tree["examples"] = Examples("\n" * (head.count("\n") + 2) + rest, path.name)  # its lines keep their numbers
    return tree


def members(own: str, mark: str, folders: Iterable[Path]) -> tuple[list[tuple[Path, str, Map]], list[CasemateError]]:
    """(path, how it is shown, tree) of a shelf's files and of local ones with its mark; and what was wrong.

    Local folders may hold threats and controls together: a threat has `when:`, a control `acts on:`.
    """
    places = [(p, p.name, False) for p in shelf.files(own)]
    places += [(p, f"{p.parent.name}/{p.name}", True) for folder in folders for p in sorted(folder.glob("*.yaml"))]
    out, errors = [], []
    for path, shown, local in places:
        try:
            tree = own_threat(path) if path.parent == HERE / "threats" else tree_of(path, shown)
        except CasemateError as e:
            errors.append(e)
            continue
        if local and not tree.keys() & MARKS.keys():
            errors.append(CasemateError(shown, "is neither a threat nor a control", NEITHER))
        elif not local or (mark in tree and (mark == "when" or "when" not in tree)):
            out.append((path, shown, tree))
    return out, errors


def threats(folders: Iterable[Path] = ()) -> tuple[RawThreat, ...]:
    """The built-in threats and those of local folders, by id. Two with one id are an error."""
    files, errors = members("catalog/threats", "when", folders)
    found: dict[str, RawThreat] = {}
    for path, shown, tree in files:
        name = path.stem
        if tree.get("id") != name:
            said = f"holds the id {tree['id']!r}" if isinstance(tree.get("id"), str) else "holds no id"
            errors.append(CasemateError(shown, said, "name the file after its id"))
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
        k: Fine(k, _must(money.amount(v["cap"])), _must(money.percent(v["share"])), v["source"], v["currency"])
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
    folders = tuple(folders)
    return _catalog(folders) if folders else _ours(tuple(sys.path))


@lru_cache(maxsize=1)
def _ours(paths: tuple[str, ...]) -> Catalog:
    """The shelves alone, read once in a process. paths: where installed packages may add to them."""
    return _catalog(())


def _catalog(folders: tuple[Path, ...]) -> Catalog:
    from casemate.catalog.controls import controls

    errors: dict[str, CasemateError] = {}  # by their text: a file that nobody can read is no threat and no control
    raw: tuple[RawThreat, ...] = ()
    known: Mapping[str, Any] = {}
    try:
        raw = threats(folders)
    except Problems as e:
        errors |= {str(x): x for x in e.errors}
    try:
        known = controls(folders)
    except Problems as e:
        errors |= {str(x): x for x in e.errors}
    if errors:
        raise Problems(errors.values())
    found, share = fines()
    return Catalog(raw, known, priors(), found, share, taxonomies())
