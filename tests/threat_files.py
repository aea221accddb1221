"""The threats on the shelf as their authors see them: files of text that can be changed line by line and read again."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml

from casemate.catalog import load
from casemate.catalog.load import RawThreat
from casemate.core import shelf
from casemate.core.yamltree import parse
from casemate.identify.clause import Clause
from casemate.identify.example import Example, examples
from casemate.identify.rule import Rule, compile_rule

Line = tuple[str, ...]
"""A line of a rule, as the keys that lead to it: `when` or `unless` first."""

FILES = {p.stem: p for p in shelf.files("catalog/threats")}
each_threat = pytest.mark.parametrize("threat", sorted(FILES))


@cache
def rule(threat: str) -> Rule:
    """The rule of one file."""
    return compile_rule(next(raw for raw in load.threats() if raw.tree.get("id") == threat))


@cache
def stable(threat: str) -> bool:
    """Whether the file says of itself that it is finished."""
    return plain(threat).get("status") == "stable"


@cache
def cases(threat: str) -> tuple[Example, ...]:
    """Its examples."""
    return tuple(examples(rule(threat)))


def gives(threat: str) -> set[str]:
    """The outcomes that its examples show."""
    return {case.gives for case in cases(threat)}


@cache
def plain(threat: str) -> dict[str, Any]:
    """The file as plain text and dicts."""
    return yaml.load(FILES[threat].read_text("utf-8"), yaml.BaseLoader)  # noqa: S506  makes texts only


def lines(threat: str) -> list[Line]:
    """Every line of `when` and of `unless`, at every depth."""
    return [line for part in ("when", "unless") for line in _inside(plain(threat).get(part) or {}, (part,))]


def _inside(clauses: dict[str, Any], above: Line) -> Iterator[Line]:
    for key, inside in clauses.items():
        yield (*above, key)
        if isinstance(inside, dict):
            yield from _inside(inside, (*above, key))


def without(threat: str, line: Line) -> Rule:
    """The rule with one line struck out."""
    tree = copy.deepcopy(plain(threat))
    clauses = tree
    for key in line[:-1]:
        clauses = clauses[key]
    del clauses[line[-1]]
    tree["when"] = tree["when"] or {"id not": "nothing is called so"}
    tree["examples"] = {"none": "needed"}
    tree.setdefault("attacker", "public")  # the struck line may have named the only actor
    found = parse(yaml.dump(tree, default_style='"', sort_keys=False), f"{threat}.yaml")
    return compile_rule(RawThreat(f"{threat}.yaml", found))


def clauses(threat: str) -> list[Clause]:
    """Every compiled line of the rule, at every depth."""
    return list(_all(rule(threat).when + rule(threat).unless))


def _all(some: tuple[Clause, ...]) -> Iterator[Clause]:
    for c in some:
        yield c
        yield from _all(c.inner)


def countering(r: Rule) -> set[str]:
    """The controls that `unless` names."""
    return {word for c in r.unless if c.field.name == "control" for word in c.want}
