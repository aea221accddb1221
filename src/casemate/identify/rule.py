"""A threat as a rule: what it speaks of, when it applies, what counters it, and why we say so. Read from one file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from casemate.catalog.load import RawThreat
from casemate.core.errors import CasemateError, Problems, did_you_mean
from casemate.core.trust import WORDS
from casemate.core.yamltree import Map, where
from casemate.define.vocabulary import Field, vocabulary
from casemate.identify.clause import Clause, Compiler

STRIDE = (
    "spoofing",
    "tampering",
    "repudiation",
    "information-disclosure",
    "denial-of-service",
    "elevation-of-privilege",
)
MATURITY = ("realized", "demonstrated", "feasible")
STATUS = ("draft", "stable")
ACCIDENT = "accident"
"""Nobody's attempt: drift, mistakes, change."""
CAPABILITIES = tuple(vocabulary().words["capability"])
PARTIES = frozenset({"reach", "party", "taint"})
FIELDS = {
    "id": "the file's own name",
    "title": "one sentence, with {id}",
    "stride": "list",
    "maps": "ids by edition",
    "status": "draft or stable",
    "maturity": "realized, demonstrated or feasible",
    "about": "kinds",
    "when": "clauses",
    "unless": "clauses of which one prevents it",
    "needs": "what somebody must hold here who got in elsewhere; any one of them",
    "gives": "what it gives them here",
    "because": "one sentence",
    "harms": "an outcome",
    "attacker": "a trust, or `accident`, where no clause names an actor",
    "unit": "what one attempt is",
    "units": "how many of another unit one attempt is",
    "measured by": "kinds of evidence",
    "countered by": "controls",
    "asked of": "the role that owns it",
    "false alarms": "when it is none",
    "examples": "facts, and what they give",
}
REQUIRED = ("id", "title", "stride", "maturity", "about", "when", "because", "harms", "countered by", "examples")


@dataclass(frozen=True, slots=True)
class Rule:
    """One compiled threat."""

    id: str
    title: str
    stride: tuple[str, ...]
    maps: Mapping[str, tuple[str, ...]]
    status: str
    maturity: str
    about: str
    kinds: tuple[str, ...]
    when: tuple[Clause, ...]
    unless: tuple[Clause, ...]
    needs: tuple[str, ...]
    """Capabilities at the element, any of which lets somebody try it who got in elsewhere."""
    gives: tuple[str, ...]
    """Capabilities at the element that success gives."""
    because: str
    harms: str
    attacker: str | None
    unit: str
    units: Mapping[str, int]
    measured_by: tuple[str, ...]
    countered_by: tuple[str, ...]
    asked_of: str
    false_alarms: str
    examples: Mapping[str, Any]
    path: str

    def per(self, unit: str) -> int | None:
        """How many of a unit one attempt is; None where nobody gave a conversion."""
        return 1 if unit == self.unit else self.units.get(unit)

    @property
    def provable(self) -> bool:
        """Whether a declared fact that rules it out could be doubted."""
        return any(c.provable for c in (*self.when, *self.unless))


def compile_rule(raw: RawThreat) -> Rule:
    """The rule of one file. All its errors at once as `Problems`."""
    return _RuleReader(raw).rule()


class _RuleReader:
    def __init__(self, raw: RawThreat) -> None:
        self.tree, self.path = raw.tree, raw.path
        self.errors: list[CasemateError] = []

    def wrong(self, key: str, what: str, todo: str) -> None:
        at = self.tree.value_at(key) if key in self.tree else self.tree.at
        self.errors.append(CasemateError(where(self.path, at), what, todo))

    def rule(self) -> Rule:
        t = self.tree
        for i, key in enumerate(t):
            if key not in FIELDS:
                at = where(self.path, t.marks[2 * i])
                self.errors.append(CasemateError(at, f"a threat has no {key!r}", did_you_mean(key, FIELDS)))
        for key in REQUIRED:
            if not t.get(key):
                self.wrong(key, f"the threat says nothing for {key!r}", f"give it: {FIELDS[key]}")
        about, kinds = self.about()
        compiler = Compiler(self.path, about)
        when = compiler.clauses(t.get("when"), t.value_at("when"), about)
        unless = compiler.clauses(t["unless"], t.value_at("unless"), about) if t.get("unless") else ()
        self.errors += compiler.errors
        self.sentence("because", about)
        self.sentence("title", about)
        attacker = self.word("attacker", (*WORDS, ACCIDENT))
        if not attacker and when and not any(_names_party(c) for c in when):
            self.wrong("when", "no clause says whose attempt it is", "add `attacker: public`, or ask for an actor")
        made = Rule(
            id=self.text("id"), title=self.text("title"), stride=self.words("stride", STRIDE), maps=self.maps(),
            status=self.word("status", STATUS) or "draft", maturity=self.word("maturity", MATURITY) or "feasible",
            about=about, kinds=kinds, when=when, unless=unless, needs=self.words("needs", CAPABILITIES),
            gives=self.words("gives", CAPABILITIES), because=self.text("because"),
            harms=self.word("harms", tuple(vocabulary().words["outcomes"])), attacker=attacker or None,
            unit=self.text("unit") or "campaign", units=self.units(), measured_by=self.words("measured by", None),
            countered_by=self.words("countered by", None),
            asked_of=self.word("asked of", tuple(vocabulary().words["roles"])) or "security",
            false_alarms=self.text("false alarms"), examples=t.get("examples") or {}, path=self.path,
        )  # fmt: skip
        if self.errors:
            raise Problems(self.errors)
        return made

    def about(self) -> tuple[str, tuple[str, ...]]:
        kinds = self.words("about", (*vocabulary().kinds, "component", "flow", "system"))
        if kinds in (("flow",), ("system",)):
            return kinds[0], kinds
        return "component", tuple(vocabulary().kinds) if kinds == ("component",) else kinds

    def text(self, key: str) -> str:
        value = self.tree.get(key)
        if value is not None and not isinstance(value, str):
            self.wrong(key, f"{key} is no text", f"give it: {FIELDS[key]}")
        return value if isinstance(value, str) else ""

    def words(self, key: str, known: tuple[str, ...] | None) -> tuple[str, ...]:
        value = self.tree.get(key) or []
        found = [value] if isinstance(value, str) else list(value)
        for word in found:
            if not isinstance(word, str) or (known is not None and word not in known):
                self.wrong(key, f"{key} is never {word!r}", did_you_mean(str(word), known or ()))
        return tuple(w for w in found if isinstance(w, str))

    def word(self, key: str, known: tuple[str, ...]) -> str:
        found = self.words(key, known) if self.tree.get(key) else ()
        return found[0] if found else ""

    def maps(self) -> dict[str, tuple[str, ...]]:
        value = self.tree.get("maps")
        if value is None:
            return {}
        if not isinstance(value, Map):
            self.wrong("maps", "maps is no mapping", "write `atlas: [AML.T0020]`")
            return {}
        return {k: (v,) if isinstance(v, str) else tuple(v or ()) for k, v in value.items()}

    def units(self) -> dict[str, int]:
        value = self.tree.get("units") or {}
        out = {k: int(v) for k, v in value.items() if isinstance(v, str) and v.isdigit()}
        if len(out) != len(value):
            self.wrong("units", "units are whole numbers", "write `row: 10` when one attempt tries ten rows")
        return out

    def sentence(self, key: str, about: str) -> None:
        """Every {field} or {list.field} of a sentence must exist."""
        fields = vocabulary().about[about]
        for name in placeholders(self.text(key)):
            head, _, tail = name.partition(".")
            inner = vocabulary().about.get(fields[head].of, {}) if head in fields and tail else None
            if head not in fields or (tail and tail not in (inner or {}) and tail != "id"):
                self.wrong(key, f"{key} names {{{name}}}, which a {about} does not have", did_you_mean(head, fields))


def is_attacker(f: Field) -> bool:
    """Whether the members of a list are those whose attempt it is: not those who are shown what comes of it."""
    return f.of in PARTIES and f.name != "shown to"


def placeholders(sentence: str) -> list[str]:
    """The names in braces."""
    return re.findall(r"\{([^{}]{1,60})\}", sentence)


def _names_party(c: Clause) -> bool:
    return c.op == "any" and (is_attacker(c.field) or any(_names_party(i) for i in c.inner))
