"""All threats of a catalogue, compiled. The errors of all files at once."""

from __future__ import annotations

from functools import lru_cache

from casemate.catalog.controls import Control
from casemate.catalog.load import Catalog, RawThreat
from casemate.core.errors import CasemateError, Problems, did_you_mean
from casemate.core.yamltree import where
from casemate.define.vocabulary import vocabulary
from casemate.identify.rule import Rule, compile_rule


def rules_of(catalog: Catalog) -> tuple[Rule, ...]:
    """Every threat, compiled once for a catalogue."""
    return _compiled(_Key(catalog))


class _Key:
    """A catalogue by identity: its trees are not hashable, and it is never changed."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def __hash__(self) -> int:
        return id(self.catalog.threats)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.catalog.threats is self.catalog.threats


@lru_cache(maxsize=4)
def _compiled(key: _Key) -> tuple[Rule, ...]:
    rules: list[Rule] = []
    errors: list[CasemateError] = [e for c in key.catalog.controls.values() for e in _words(c)]
    for raw in key.catalog.threats:
        try:
            rule = compile_rule(raw)
        except Problems as e:
            errors.extend(e.errors)
            continue
        errors += _controls(key.catalog, raw, rule)
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


def _controls(catalog: Catalog, raw: RawThreat, rule: Rule) -> list[CasemateError]:
    """Controls that a threat names and nobody wrote."""
    named = {*rule.countered_by, *(w for c in rule.unless if c.field.name == "control" for w in c.want)}
    at = where(raw.path, raw.tree.value_at("countered by"))
    return [
        CasemateError(at, f"names the control {c!r}, which does not exist", did_you_mean(c, catalog.controls))
        for c in sorted(named - catalog.controls.keys())
    ]
