"""The page of a kind of component or of a field of the system file: what it means, what it takes, who asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from casemate.define.values import SCALARS
from casemate.define.vocabulary import Field, vocabulary
from casemate.identify.clause import Clause
from casemate.identify.rule import Rule
from casemate.report.view.page import Lines
from casemate.report.view.words import ROLE, joined

DOES = {
    "serves": "answers requests and may pass them on", "stores": "keeps what others wrote",
    "supplies": "hands out models, packages or code", "trains": "turns data into a model",
    "person": "people work here", "watches": "looks on", "client": "software of its user's own",
    "other": "works on what it is given",
}  # fmt: skip
TYPES = {
    "text": "a text",
    "egress": "open, none, or a list of destinations", "texts": "one text or a list of them",
    "controls": "a list of countermeasures; `casemate catalog list controls` shows them",
    "parties": "a list of ids, or {who: [ids], complete: yes}",
}  # fmt: skip


def fields() -> dict[str, Field]:
    """What may stand at a component or a flow; a component's where both have it."""
    return {**vocabulary().component, **{n: f for n, f in _of_flows().items() if n not in vocabulary().component}}


def means(f: Field) -> str:
    """What it means; of a flow too where that is something else."""
    flow = _of_flows().get(f.name, f)
    return f.means if flow.means == f.means else f"{f.means}; of a flow: {flow.means}"


def _of_flows() -> Mapping[str, Field]:
    return vocabulary().file["flows"].fields


def kind_page(name: str, rules: Iterable[Rule]) -> Lines:
    """A kind: what it is, what it does, and the threats about it; nothing where there is no such kind."""
    kind = vocabulary().kinds.get(name)
    if kind is None:
        return ()
    about = tuple(r.id for r in rules if name in r.kinds)
    pages: Lines = (
        ("", (f"{name}: {kind.means}", "kind of component")),
        ("To write", (f"kind: {name}",)),
        ("What it does", (DOES[kind.does], f"what goes in can come out as {kind.passes} at most")),
        ("Threats about it", about),
    )
    return tuple((heading, lines) for heading, lines in pages if lines)


def field_page(name: str, rules: Iterable[Rule]) -> Lines:
    """A field, by its name or with hyphens for blanks; nothing where there is no such field."""
    f = fields().get(name) or fields().get(name.replace("-", " "))
    if f is None:
        return ()
    places = [("components", vocabulary().component), ("flows", _of_flows())]
    where = f"of {joined(word for word, known in places if f.name in known)}"
    takers = tuple(r.id for r in rules if f.name in _names((*r.when, *r.unless)))
    pages: Lines = (
        ("", (f"{f.name}: {means(f)}", f"field {where}")),
        ("Takes", tuple(_takes(f))),
        ("Who knows", tuple(_known(f))),
        ("Threats that ask for it", takers),
    )
    return tuple((heading, lines) for heading, lines in pages if lines)


def _takes(f: Field) -> Iterator[str]:
    if f.words:
        yield "one word or several:" if f.type == "words" else "one word:"
        said = vocabulary().words.get(f.words_from, {})
        yield from (f"  {word}: {said[word]}" if word in said else f"  {word}" for word in f.words)
    elif f.type in ("ref", "refs"):
        yield f"{'one id' if f.type == 'ref' else 'one id or a list of ids'}" + (f" of {joined(f.to)}" if f.to else "")
    elif f.fields:
        yield "a mapping of:"
        yield from (f"  {inner.name}: {inner.means}" for inner in f.fields.values())
    else:
        yield TYPES[f.type] if f.type in TYPES else SCALARS.get(f.type, (None, f"a {f.type}"))[1]


def _known(f: Field) -> Iterator[str]:
    if f.only_measured:
        yield "nobody can declare it; only evidence says it"
    if f.asks:
        yield f"{ROLE[f.asks]} is asked: {f.question.format_map(dict.fromkeys(('id', 'from', 'to'), 'it'))}"
    if f.measured_by:
        yield f"measured by: {joined(f.measured_by)}"


def _names(clauses: Iterable[Clause]) -> set[str]:
    """The fields that clauses ask for, of members of lists too."""
    return {n for c in clauses for n in (c.field.name, *_names(c.inner))}
