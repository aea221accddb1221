"""All threats of a catalogue, compiled. The errors of all files at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from casemate.catalog.controls import Control
from casemate.catalog.load import Catalog, RawThreat
from casemate.core.errors import CasemateError, Problems, did_you_mean
from casemate.core.same import Same
from casemate.core.yamltree import where
from casemate.define.vocabulary import vocabulary
from casemate.identify.rule import Rule, compile_rule
from casemate.identify.said import mistakes


def rules_of(catalog: Catalog) -> tuple[Rule, ...]:
    """Every threat, compiled once for a catalogue."""
    return _compiled(Same(catalog.threats), Same(catalog.controls))


@lru_cache(maxsize=4)
def _compiled(threats: Same[tuple[RawThreat, ...]], controls: Same[Mapping[str, Control]]) -> tuple[Rule, ...]:
    rules: list[Rule] = []
    errors: list[CasemateError] = [e for c in controls.value.values() for e in (*_words(c), *mistakes(c))]
    for raw in threats.value:
        try:
            rule = compile_rule(raw)
        except Problems as e:
            errors.extend(e.errors)
            continue
        errors += _controls(controls.value, raw, rule)
        rules.append(rule)
    if errors:
        raise Problems(errors)
    return tuple(rules)


def _words(c: Control) -> list[CasemateError]:
    """Kinds and evidence that a control names and that do not exist. Its reader cannot tell: it knows no vocabulary."""
    known = vocabulary().words
    named = {"sits on": (c.sits_on, "places"), "best on": (c.best_on, "places"), "proven by": (c.proven_by, "evidence")}
    return [
        CasemateError(c.places.get(key, c.id), f"{key} is never {word[:60]!r}", did_you_mean(word, known[of]))
        for key, (words, of) in named.items()
        for word in words
        if word not in known[of]
    ]


def _controls(known: Mapping[str, Control], raw: RawThreat, rule: Rule) -> list[CasemateError]:
    """Controls that a threat names and nobody wrote."""
    named = {*rule.countered_by, *(w for c in rule.unless if c.field.name == "control" for w in c.want)}
    at = where(raw.path, raw.tree.value_at("countered by"))
    return [
        CasemateError(at, f"names the control {c!r}, which does not exist", did_you_mean(c, known))
        for c in sorted(named - known.keys())
    ]
