"""A rule's examples: facts in the rule's own words and what they give. They are its tests and its documentation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from casemate.catalog.load import Examples
from casemate.core.errors import CasemateError, did_you_mean
from casemate.core.trust import WORDS
from casemate.core.yamltree import Map, where
from casemate.decompose.thing import Facts, Thing
from casemate.define.vocabulary import Field, vocabulary
from casemate.identify.judge import OUTCOMES, judge
from casemate.identify.rule import Rule

GIVES = (*OUTCOMES, "nothing")


@dataclass(frozen=True, slots=True)
class Example:
    """A named case: the element and the outcome that the rule must give."""

    name: str
    thing: Thing
    gives: str


def examples(rule: Rule) -> Iterator[Example]:
    """The examples of a rule. Fails with the place of what is not in the vocabulary."""
    found = rule.examples.tree if isinstance(rule.examples, Examples) else rule.examples
    for name, case in found.items():
        at = where(rule.path, found.value_at(name)) if isinstance(found, Map) else rule.path
        if not isinstance(case, Map) or len(case) != 2 or case.get("gives") not in GIVES:
            raise CasemateError(at, f"example {name!r} is not complete", f"give one element and `gives: {GIVES[0]}`")
        kind = next(k for k in case if k != "gives")
        known = rule.kinds if rule.about == "component" else (rule.about,)
        if kind not in known:
            raise CasemateError(at, f"example {name!r} shows a {kind}", did_you_mean(kind, known))
        yield Example(name, _thing(case[kind], rule.about, kind, rule.path), case["gives"])


def outcome(rule: Rule, thing: Thing) -> str:
    """What the rule says of an example's element."""
    return judge(rule, thing)[0] or "nothing"


def _thing(tree: Any, about: str, kind: str, path: str) -> Thing:
    if not isinstance(tree, Map):
        raise CasemateError(path, f"an example's {kind} is no mapping", "write {field: value}")
    fields = vocabulary().about[about]
    facts: Facts = {}
    for i, (name, value) in enumerate(tree.items()):
        if name == "measured":
            continue
        if name not in fields:
            at = where(path, tree.marks[2 * i])
            raise CasemateError(at, f"a {about} has no {name!r}", did_you_mean(name, fields))
        facts[name] = _value(fields[name], value, path)
    facts.setdefault("id", kind if about != "flow" else "a->b")
    measured = tree.get("measured") or []
    kind = str(facts.get("kind", kind))
    # A member without an id is one of whom only the existence is possible.
    member = about in ("reach", "party", "taint") and "id" not in tree
    return Thing(
        None if member else str(facts["id"]), about, facts, kind=kind, measured=dict.fromkeys(measured, "test")
    )


def _value(f: Field, value: Any, path: str) -> Any:
    if f.type == "several":
        return tuple(_thing(v, f.of, f.of, path) for v in value)
    if f.type in ("words", "refs"):
        return (value,) if isinstance(value, str) else tuple(value)
    if f.type == "flag":
        return {"yes": True, "no": False}[value]
    if f.words_from == "trust":
        return WORDS[value]
    return int(value) if f.type == "count" else value
