"""What a file says of a place where a countermeasure would sit: some of them are a fact that it has a word for.

A control's `said as:` holds such facts in the words of a rule, any of which says that the control is there. To write
`returns: [decision]` is to say `label-only-output`. That is a claim like one under `controls:`, and no proof (law 4).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TypeAlias

from casemate.catalog.controls import Control
from casemate.core.errors import CasemateError
from casemate.core.same import Same
from casemate.decompose.thing import Thing
from casemate.identify.clause import Clause, Compiler

Said: TypeAlias = Mapping[str, tuple[Clause, ...]]
"""The clauses of each control that has such facts."""


def said_as(controls: Mapping[str, Control]) -> Said:
    """The clauses of a catalogue's controls, compiled once. What does not compile is left out: `mistakes` tells it."""
    return _compiled(Same(controls))


@lru_cache(maxsize=4)
def _compiled(controls: Same[Mapping[str, Control]]) -> Said:
    return {i: _clauses(c)[0] for i, c in controls.value.items() if c.said_as is not None}


def mistakes(c: Control) -> list[CasemateError]:
    """What is wrong with the clauses of one control."""
    return _clauses(c)[1] if c.said_as is not None else []


def _clauses(c: Control) -> tuple[tuple[Clause, ...], list[CasemateError]]:
    assert c.said_as is not None  # noqa: S101  for mypy
    compiler = Compiler(c.path, "component")
    return compiler.clauses(c.said_as, c.said_as.at, "component"), compiler.errors


def claimed(clauses: tuple[Clause, ...], place: Thing) -> bool:
    """Whether the facts of a place say that the control is there, whoever says it."""
    return place.about == "component" and any(c.test(place, place, False) for c in clauses)
