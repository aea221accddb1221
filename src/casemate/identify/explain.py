"""Why a rule fired: the facts it rests on with their source, the members that fitted, what is missing, the sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from casemate.core.trust import Trust
from casemate.decompose.thing import Thing
from casemate.identify.clause import Clause, all_fit, in_doubt, provable
from casemate.identify.rule import Rule, is_attacker

AGREE = {
    "is": "are", "has": "have", "holds": "hold", "takes": "take", "runs": "run", "writes": "write", "sets": "set",
    "sends": "send", "reads": "read", "opens": "open", "makes": "make", "learns": "learn", "gets": "get",
    "goes": "go", "fetches": "fetch", "brings": "bring", "indexes": "index", "arrives": "arrive",
}  # fmt: skip
"""What follows one name, and what follows several."""
NO_SUBJECT = frozenset({"from", "to", "in", "into", "of", "by", "at", "on", "with", "for", "beside"})
"""Behind these words a name is not what the verb after it speaks of."""
_NAME = re.compile(rf"(?:\b(?P<article>an?|the) )?\{{(?P<name>[^{{}}]{{1,60}})\}}(?: (?P<verb>{'|'.join(AGREE)})\b)?")
UNSAID = {
    "auth": "login of unknown kind", "holds": "data of unknown kind", "format": "still unknown",
    "sensitivity": "delicate", "signature found": "in a state that nobody knows", "version": "unknown",
    "origin": "unknown", "acts on": "something nobody named", "returns": "answers of unknown form",
    "retrains": "nobody said how often",
}  # fmt: skip
"""How a sentence says what nobody said, where the name of the field would read badly."""
LABELLED = "still unknown"
"""The same behind a label: `(origin: still unknown)`."""
MOST = 12  # witnesses kept of one list; a report shows three


class Fact(NamedTuple):
    """A fact that a rule looked at. `record` is the evidence that measured it; None when it was declared or derived."""

    element: str
    field: str
    value: str
    record: str | None = None
    provable: bool = False
    """Whether evidence could settle it at all."""
    decisive: bool = False
    """Whether only evidence can state it, so that its value is a result in itself."""


@dataclass(frozen=True, slots=True)
class Reason:
    """The derivation of one finding."""

    facts: tuple[Fact, ...]
    missing: tuple[tuple[str, str], ...]
    """(element, property) that nobody has said or measured."""
    lacking: tuple[str, ...]
    """Of each of them in words what exactly is not known, where that is not the property itself; else empty."""
    path: tuple[str, ...]
    attackers: tuple[Trust, ...]
    doubted: tuple[tuple[str, str], ...]
    """(element, property) that is only declared, and rules the threat out."""
    sentence: str
    """The rule's, with {names}."""
    thing: Thing = field(compare=False, repr=False)
    witnesses: Mapping[str, list[Thing]] = field(compare=False, repr=False)
    """By list, the members that fitted."""

    @property
    def wanting(self) -> tuple[str, ...]:
        """What is missing, in words."""
        known = zip(self.missing, self.lacking, strict=True)
        return tuple(words or f"{name} of {element}" for (element, name), words in known)

    @property
    def because(self) -> str:
        """The sentence about this element. Few are shown, so it is worded when somebody asks."""
        return fill(self.sentence, self.thing, self.witnesses)


class _Trace:
    def __init__(self) -> None:
        self.facts: dict[Fact, None] = {}
        self.missing: dict[tuple[str, str], str] = {}
        self.doubted: dict[tuple[str, str], None] = {}
        self.witnesses: dict[str, list[Thing]] = {}
        self.paths: list[tuple[str, ...]] = []
        self.attackers: list[Trust] = []

    def lacks(self, key: tuple[str, str], words: str = "") -> None:
        """A fact is missing. words: what exactly, where more is known than the fact that is asked for."""
        known = self.missing.get(key, words)
        self.missing[key] = words if known == words else ""


def explain(rule: Rule, thing: Thing, sceptical: bool = False) -> Reason:
    """The derivation of a rule at an element. `sceptical`: why it is only ruled out by declaration."""
    trace = _Trace()
    prevented = sceptical and all_fit(rule.when, thing, thing, False) is not False
    _look(rule.when, thing, thing, sceptical and not prevented, trace)
    _prevented(rule.unless, thing, prevented, trace)
    path = min(trace.paths, key=lambda p: (len(p), p), default=())
    return Reason(
        facts=tuple(trace.facts),
        missing=tuple(trace.missing),
        lacking=tuple(trace.missing.values()),
        path=path,
        attackers=tuple(sorted(set(trace.attackers))),
        doubted=tuple(trace.doubted),
        sentence=rule.because,
        thing=thing,
        witnesses=trace.witnesses,
    )


def _look(clauses: Iterable[Clause], x: Thing, top: Thing, sceptical: bool, trace: _Trace) -> None:
    for c in clauses:
        if c.field.type == "several":
            _members(c, x, top, sceptical, trace)
            continue
        value = x.facts.get(c.field.name)
        owner = _owner(x, top)
        if value is None and c.field.event:
            continue  # nobody saw it, and nobody needs to say so
        if value is None:
            _lacking(c, x, owner, trace)
        elif sceptical and in_doubt(x, c.field):
            if not c.test(x, top, False):
                derived = c.field.name in x.doubted
                trace.doubted.setdefault(x.asks[c.field.name] if derived else (str(owner), c.field.name))
        elif x.about in ("component", "flow", "system"):
            trace.facts.setdefault(_fact(c, x, str(owner), value))


def _prevented(clauses: Iterable[Clause], x: Thing, only_said: bool, trace: _Trace) -> None:
    """What is not known of what would prevent it, and what is known not to; or what is only declared, and would."""
    for c in clauses:
        if c.field.name == "control":
            continue
        found = c.test(x, x, False)
        if only_said and found:
            _doubts(c, x, x, trace)
        elif found is None:
            _gaps(c, x, x, trace)
        elif found is False and not c.inner:
            trace.facts.setdefault(_fact(c, x, _owner(x, x), x.facts[c.field.name]))


def _doubts(c: Clause, x: Thing, top: Thing, trace: _Trace) -> None:
    """The declared facts that a line rests on."""
    for y in x.facts.get(c.field.name) or () if c.inner else ():
        for i in c.inner:
            _doubts(i, y, top, trace)
    if not c.inner and in_doubt(x, c.field):
        trace.doubted.setdefault(x.asks[c.field.name] if c.field.name in x.doubted else (_owner(x, top), c.field.name))


def _gaps(c: Clause, x: Thing, top: Thing, trace: _Trace) -> None:
    """The facts that would settle a line."""
    if x.facts.get(c.field.name) is None:
        _lacking(c, x, _owner(x, top), trace)
    for y in x.facts.get(c.field.name) or () if c.inner else ():
        if y.id is None and "" in y.asks:
            trace.lacks(y.asks[""])
        elif _fits(c, y, top, False) is None:
            for i in c.inner:
                _gaps(i, y, top, trace)


def _lacking(c: Clause, x: Thing, owner: str, trace: _Trace) -> None:
    """What nobody said of it. That somebody is in a list is known where they have a name."""
    name = c.field.name
    key = x.asks.get(name) or x.asks.get("") or (owner, name)
    member = x.about == "party" and x.id is not None and name not in x.asks and "" in x.asks
    trace.lacks(key, f"{name} of {x.id}, one of the {key[1]} of {key[0]}" if member else "")


def _owner(x: Thing, top: Thing) -> str:
    return str(x.id if x.about in ("component", "flow", "system") else top.id)


def _fact(c: Clause, x: Thing, owner: str, value: Any) -> Fact:
    name = c.field.name
    return Fact(owner, name, shown(value), x.measured.get(name), provable(c.field), c.field.only_measured)


def _members(c: Clause, x: Thing, top: Thing, sceptical: bool, trace: _Trace) -> None:
    members: tuple[Thing, ...] = x.facts.get(c.field.name) or ()
    if c.op != "any":
        for y in members:
            if y.id is None:
                trace.lacks(y.asks.get("") or (str(x.id), c.field.name))
            elif c.op == "no" and sceptical:
                for i in c.inner if _fits(c, y, top, False) else ():
                    _doubts(i, y, top, trace)  # that one fits rules it out; what does not fit changes nothing
            elif sceptical or _fits(c, y, top, sceptical) is None:
                _look(c.inner, y, top, sceptical, trace)
        if not members and c.op == "no":
            trace.facts.setdefault(Fact(str(x.id), c.field.name, "none"))
        return
    if members and (c.field.event or c.field.name in x.measured):
        names = shown(tuple(str(y.id) for y in members if y.id is not None))
        trace.facts.setdefault(Fact(str(x.id), c.field.name, names, x.measured.get(c.field.name), True))
    found = [(y, _fits(c, y, top, sceptical)) for y in members]
    fitting = [y for y, fits in found if fits]
    possible = [y for y, fits in found if fits is None]
    for y in (fitting or possible)[:MOST]:
        trace.witnesses.setdefault(c.field.name, []).append(y)
        _witness(c, y, trace)
        _look(c.inner, y, top, sceptical, trace)


def _fits(c: Clause, y: Thing, top: Thing, sceptical: bool) -> bool | None:
    found = all_fit(c.inner, y, top, sceptical)
    return None if found and y.id is None else found


def _witness(c: Clause, y: Thing, trace: _Trace) -> None:
    if y.id is None and "" in y.asks:
        trace.lacks(y.asks[""])
    if is_attacker(c.field):
        trace.attackers.append(y.facts.get("trust", Trust.PUBLIC))  # of somebody unknown the worst is assumed
        if y.path is not None:
            trace.paths.append(y.way())
    elif y.about == "component" and y.id is not None:
        trace.facts.setdefault(Fact(y.id, "kind", y.kind))


def fill(sentence: str, thing: Thing, witnesses: Mapping[str, list[Thing]]) -> str:
    """The sentence with its {names} replaced by what they are here."""

    def value(found: re.Match[str]) -> str:
        head, _, tail = found["name"].partition(".")
        before = found.string[: found.start()].rstrip()
        labelled = before.endswith(":")
        got = thing.facts.get(head)
        if head in witnesses or (isinstance(got, tuple) and got and isinstance(got[0], Thing)):
            names = list(dict.fromkeys(_named(y, tail, labelled) for y in witnesses.get(head) or got or ()))
        else:
            names = [_word(head, got, labelled)]
        subject = len(names) > 1 and before.rpartition(" ")[2] not in NO_SUBJECT
        verb = found["verb"] or ""
        return " ".join(x for x in (_article(found["article"], names), AGREE[verb] if subject and verb else verb) if x)

    return _NAME.sub(value, sentence)


def _article(article: str | None, names: list[str]) -> str:
    """The names behind their article: `an onnx`, `a pickle`, and none where the name brings one of its own."""
    text = joined(names)
    if not article or text.startswith(("a ", "an ")):
        return text
    vowel = text.startswith(("a", "e", "i", "o", "un"))  # and not `a user`
    return f"{article if article == 'the' else 'an' if vowel else 'a'} {text}"


def _word(field: str, value: Any, labelled: bool) -> str:
    """A fact as a sentence says it, or that nobody said it."""
    if value is None:
        return LABELLED if labelled else UNSAID.get(field, f"an unknown {field}")
    return "unlisted" if (field, value) == ("format", "other") else shown(value)


def _named(y: Thing, tail: str, labelled: bool) -> str:
    """A member by its id or one of its facts; what is not known is said to be so."""
    if tail and tail != "id":
        return _word(tail, y.facts.get(tail), labelled)
    return (
        str(y.id)
        if y.id is not None
        else "something nobody named"
        if y.about == "component"
        else "somebody nobody named"
    )


def shown(value: Any) -> str:
    """A fact's value as people say it."""
    if value is None:
        return "somebody nobody named"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return joined([shown(v) for v in value]) if value else "nothing"
    return str(value)


def joined(names: list[str], most: int = 3) -> str:
    """`a, b and c`; of many the first few and how many more."""
    if len(names) > most:
        return ", ".join(names[:most]) + f" and {len(names) - most} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names) or "nobody"
