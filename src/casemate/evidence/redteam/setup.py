"""From what was asked for to a run: read the data, open the target, fit what has to be fitted, attack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from casemate.core.digest import of_file
from casemate.core.errors import CasemateError, did_you_mean
from casemate.core.space import Space
from casemate.define.features import read_features
from casemate.evidence.redteam import recipe as recipes
from casemate.evidence.redteam.attack import Limits, Norm, Sample
from casemate.evidence.redteam.campaign import Campaign, Plan, Scene, run
from casemate.evidence.redteam.drive import chosen
from casemate.evidence.redteam.guarding import guarding
from casemate.evidence.redteam.metered import Budget
from casemate.evidence.redteam.record import Facts
from casemate.evidence.redteam.rows import sample, settled
from casemate.evidence.redteam.shadows import MODELS, Recipe, Shadows, fitted
from casemate.evidence.redteam.table import Column, Table, inferred, read_table
from casemate.evidence.redteam.target import Source, Target, opened, recipe


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for. Paths are whole; names of attacks and guards as people write them."""

    model: str
    data: Path
    label: str
    train: Path | None = None
    fit: str | None = None
    features: Path | None = None
    drop: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    wanted: str | None = None
    """The class that whoever evades wants to be taken for; None: any wrong one serves."""
    attacks: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    queries: int = 1000
    norm: Norm = "l2"
    epsilon: float = 0.1
    share: float = 0.05
    rows: int = 200
    shadows: int = MODELS
    seed: int = 0
    patience: float = 600.0
    most: Budget = field(default_factory=Budget)
    cache: Path | None = None
    """Where shadow models are kept; None: nowhere."""


@dataclass(frozen=True, slots=True)
class Done:
    """A run, and what it was about."""

    campaign: Campaign
    facts: Facts
    plan: Plan


def plan_of(wish: Wish, where: str) -> Plan:
    """The attacks and guards that a wish names. Raises CasemateError for those that there are not."""
    guards = tuple(guarding(g, where) for g in wish.guards)
    limits = Limits(wish.queries, wish.norm, wish.epsilon, wish.share)
    return Plan(chosen(wish.attacks, where), guards, limits, wish.rows, wish.seed, frozenset(wish.attacks))


def campaign(wish: Wish, found: Source, folder: Path, where: str, told: Callable[[str], None] = lambda _: None) -> Done:
    """Do it. folder: where the recipe's module lies. Raises CasemateError for what cannot begin."""
    plan = plan_of(wish, where)
    data = read_table(wish.data)
    train = read_table(wish.train) if wish.train else None
    space = _space(wish, data, train)
    with opened(found, space, [str(folder)], wish.most, wish.classes or None, wish.patience) as target:
        held = sample(data, space, wish.label, target.classes)
        learned = sample(train, space, wish.label, target.classes) if train else None
        scene = _scene(wish, target, space, held, learned, folder)
        plan = replace(plan, wanted=_wanted(wish, target, held))
        result = run(scene, plan, told)
        return Done(result, _facts(wish, target, scene), plan)


def _wanted(wish: Wish, target: Target, held: Sample) -> int | None:
    """The place of the wanted class. Raises CasemateError where there is none, or nobody else to take its place."""
    if wish.wanted is None:
        return None
    names = [str(n) for n in target.classes]
    if wish.wanted not in names:
        raise CasemateError(wish.model, f"tells no class {wish.wanted[:60]!r}", did_you_mean(wish.wanted, names))
    if not (held.labels != names.index(wish.wanted)).any():
        what = f"holds nobody who is not {wish.wanted[:60]!r} already"
        raise CasemateError(str(wish.data), what, "give rows of those who might want to pass for it")
    return names.index(wish.wanted)


def _space(wish: Wish, data: Table, train: Table | None) -> Space:
    """As the feature file says; else as the values of all data tell."""
    if wish.features:
        return settled(read_features(wish.features), data)
    for table in filter(None, (data, train)):
        names = ", ".join(list(table.columns)[:8])
        if wish.label not in table.columns:
            raise CasemateError(table.path, f"has no column {wish.label[:60]!r}", f"it has {names}: name the label's")
    if strange := [d for d in wish.drop if d not in data.columns]:
        todo = did_you_mean(strange[0], data.columns)
        raise CasemateError(data.path, f"has no column {strange[0][:60]!r} to be left out", todo)
    return inferred(_stacked(data, train) if train else data, (wish.label, *wish.drop))


def _stacked(a: Table, b: Table) -> Table:
    """The columns that both have, one above the other: the range of a feature is that of all rows."""
    both = [n for n in a.columns if n in b.columns]
    return Table(a.path, {n: _joined(a.columns[n], b.columns[n]) for n in both})


def _joined(a: Column, b: Column) -> Column:
    if a.numbers is not None and b.numbers is not None:
        return Column(np.concatenate([a.numbers, b.numbers]))
    return Column(words=(*a.values(), *b.values()))


def _scene(wish: Wish, target: Target, space: Space, held: Sample, learned: Sample | None, folder: Path) -> Scene:
    base = Scene(target.model, space, held, learned)
    if wish.fit is None:
        return base
    fit = recipe(target.process, wish.fit, target.classes)
    said, _ = target.process.call("versions")
    made = Recipe(fit, recipes.digest(wish.fit, folder, said["versions"]), target.model.classes)

    def shadows(rows: Sample) -> Shadows:
        return fitted(made, rows, wish.seed, wish.shadows, wish.cache)

    return replace(base, fit=fit, shadows=shadows)


def _facts(wish: Wish, target: Target, scene: Scene) -> Facts:
    named = {"data": wish.data, "train": wish.train, "features": wish.features}
    digests: dict[str, Any] = {k: of_file(p) for k, p in named.items() if p}
    if target.source.sha256:
        digests["model"] = target.source.sha256
    rows = {
        "data": len(scene.data),
        "train": len(scene.train) if scene.train else 0,
        "features": len(scene.space.features),
    }
    used = {"rows": target.model.used.rows, "calls": target.model.used.calls}
    m = target.model
    return Facts(
        target.source.name,
        target.source.adapter,
        m.gives,
        m.classes,
        digests,
        {k: v for k, v in rows.items() if v},
        used,
        tuple(str(n) for n in target.classes),
    )
