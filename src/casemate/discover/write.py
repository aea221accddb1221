"""The text of a system file from a draft. It always reads without an error: what cannot be written is a comment.

Every fact carries the place that shows it. A value is written as it stands when that is one plain word, else in quotes.
Comments hold no line break and nothing that moves a cursor, whatever a file is called.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from casemate.define.values import SCALARS
from casemate.define.vocabulary import Field, vocabulary
from casemate.discover import asked
from casemate.discover.draft import Draft, Edge, Fact, Part, Place

MODELINE = "# yaml-language-server: $schema=casemate.schema.json"
MARK = "# "
MOST_TOLD = 40  # files that were not read, named one by one
MOST_ALSO = 3
LONGEST = 240  # characters of a comment
WIDE = 34  # the column where comments begin, when what is before is shorter
_PLAIN = re.compile(r"[A-Za-z0-9][\w./@+-]*", re.ASCII)
_HEAD = """\
# Drafted by `casemate init` from what the repository shows. Each fact names the place that shows it; correct what is
# wrong, answer what is `unknown:`, and take the comments out when they have served. A flow or a place that the
# repository does not show is missing here. `casemate check` reads the file, `casemate questions` asks what matters
# most.
"""


def text(d: Draft) -> str:
    """The whole file."""
    return (
        "\n".join(
            [
                MODELINE,
                _HEAD + "casemate: 1",
                f"name: {_value(d.name if _valid('text', d.name) else 'system')}",
                *_lines(d),
            ]
        )
        + "\n"
    )


def _lines(d: Draft) -> Iterator[str]:
    yield MARK + "unknown: purpose: What does the system decide or do?"
    yield MARK + "unknown: owners: Who answers for security, data-science and operations?"
    yield ""
    yield "zones:"
    for a in d.areas:
        owner = f", owner: {_value(a.owner)}" if _valid("text", a.owner) else ""
        what = _at(a.seen) if a.seen.file else _OF_ZONE.get(a.id, "")
        yield _with(f"  {_key(a.id)}: {{trust: {a.trust}{owner}}}", what)
    if d.actors:
        yield ""
        yield "actors:"
        for who in d.actors:
            zone = f", zone: {_key(who.zone)}" if who.zone else ""
            what = _at(who.seen) if who.seen.file else "unknown: Who calls? Anyone, until you say otherwise"
            yield _with(f"  {_key(who.id)}: {{trust: {who.trust}{zone}}}", what)
    yield ""
    yield from ["components:"] if d.parts else ["components: {}", MARK + "unknown: nothing that we know was seen here"]
    for p in d.parts:
        yield from _part(p)
    if d.edges:
        yield ""
        yield "flows:"
        yield from map(_flow, d.edges)
    yield from _measure(d.parts)
    yield ""
    yield MARK + "unknown: access: Who may read and write what is stored, and is that everybody?"
    yield MARK + "unknown: harms: What would it cost if data got out, decisions went wrong, or the service stood still?"
    yield from _unread(d)


_OF_ZONE = {
    "own": "unknown: Where does it run, and who may get there? One zone until you divide it",
    "internet": "anyone",
}


# ------------------------------------------------------------------------------------------------------- components


def _part(p: Part) -> Iterator[str]:
    yield _with(f"  {_key(p.id)}:", _at(p.seen))
    also = "".join(f"; also {kind} ({_at(at)})" for kind, at in p.also[:MOST_ALSO])
    yield _with(f"    kind: {p.kind}", also.removeprefix("; "))
    yield f"    zone: {_key(p.zone)}"
    fields = vocabulary().component
    told = [f for f in fields if f in p.facts]
    for name in told:
        yield from _fact("    ", fields[name], p.facts[name])
    for outer in dict.fromkeys(f.partition(".")[0] for f in p.facts if "." in f):
        yield from _mapping(fields[outer], p.facts)
    for name, question in asked.unknown(p):
        yield _comment(f"unknown: {name}: {question}", "    ")


def _mapping(outer: Field, facts: Mapping[str, Fact]) -> Iterator[str]:
    """The inner fields of one mapping, such as `recipe`."""
    inner = [line for name, f in outer.fields.items() if f"{outer.name}.{name}" in facts
             for line in _fact("      ", f, facts[f"{outer.name}.{name}"])]  # fmt: skip
    if any(not line.lstrip().startswith("#") for line in inner):
        yield f"    {outer.name}:"
        yield from inner


def _fact(indent: str, f: Field, fact: Fact) -> Iterator[str]:
    """One property; values that the vocabulary does not take are told and left out."""
    good = [(v, at) for v, at in zip(fact.values, fact.places, strict=True) if _fits(f, v)]
    if not good:
        yield _comment(f"unknown: {f.name}: what {_at(fact.places[0])} shows cannot be written here", indent)
        return
    many = f.type in ("refs", "words", "texts", "parties")
    written = "[" + ", ".join(_value(v) for v, _ in good) + "]" if many else _value(good[0][0])
    places = "; ".join(dict.fromkeys(_at(at) for _, at in good[:MOST_ALSO]))
    also = "".join(f"; {shown(v)} says {_at(at)}" for v, at in fact.also[:MOST_ALSO])
    yield _with(f"{indent}{f.name}: {written}", places + also)


def _fits(f: Field, value: str) -> bool:
    """Whether a value is one that the reader of system files takes for this field."""
    if f.type in ("word", "words"):
        return value in f.words
    if f.type in ("refs", "parties", "ref"):
        return _valid("id", value)
    if f.type in SCALARS:
        return _valid(f.type, value)
    return f.type == "texts" and _valid("text", value)


def _valid(kind: str, value: str) -> bool:
    """Whether it can be written and read again as it is."""
    return bool(value) and value.isprintable() and SCALARS[kind][0](value) is not None


# ------------------------------------------------------------------------------------------------- flows and the rest


def _flow(e: Edge) -> str:
    ends = f"  - {e.source} -> {e.target}"
    line = f"{ends}: {_value(e.data)}" if _valid("text", e.data) else ends
    return _with(line, f"unknown: {e.seen.why}; take it out when nobody outside does" if e.assumed else _at(e.seen))


def _measure(parts: Iterable[Part]) -> Iterator[str]:
    """For `casemate assess --measure`: what is not declared, and a scan of every model file that is here."""
    yield ""
    yield "measure:"
    yield _with("  - discover: .", "flows that the repository shows and this file does not declare")
    yield from (f"  - scan: {_value(p.id)}" for p in parts if p.kind == "model" and _is_here(p))


def _is_here(p: Part) -> bool:
    """Whether its file is in the repository and its path can be written."""
    path = p.facts.get("path")
    if path is None or path.values[0] != p.key or "not in the repository" in path.places[0].why:
        return False
    return _valid("text", p.key)


def _unread(d: Draft) -> Iterator[str]:
    """What the draft does not know because it was not read."""
    if d.left_out:
        yield _comment(f"not read: folders left out by their names: {left_out(d.left_out)}")
    if d.unread:
        told = [f"{u.path} {u.why}" for u in d.unread]
        yield _comment(f"not read: {len(told)} file{'s' if len(told) > 1 else ''} or parts of files")
        yield from (_comment(f"  {line}") for line in told[:MOST_TOLD])
        if len(told) > MOST_TOLD:
            yield f"#   and {len(told) - MOST_TOLD:,} more"
    elif not d.left_out:
        yield "# not read: nothing was left out"


def left_out(folders: Iterable[str], most: int = 12) -> str:
    """Folders by their paths; those of one name together, as `__pycache__ (3 folders)`."""
    names: dict[str, list[str]] = {}
    for folder in folders:
        names.setdefault(folder.rpartition("/")[2], []).append(folder)
    told = [paths[0] if len(paths) == 1 else f"{name} ({len(paths)} folders)" for name, paths in names.items()]
    more = f" and {len(told) - most:,} more" if len(told) > most else ""
    return ", ".join(shown(t) for t in told[:most]) + more


# ---------------------------------------------------------------------------------------------------------- spelling


def _key(id: str) -> str:
    return id if _PLAIN.fullmatch(id) else _quoted(id)


def _value(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else _quoted(value)


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _with(line: str, comment: str) -> str:
    """A line that is valid YAML, with a comment behind it where there is one."""
    return f"{line:<{WIDE}}  {_comment(comment)}" if comment else line


def _comment(text: str, indent: str = "") -> str:
    """A comment on a line, cut before it gets too long to read."""
    return f"{indent}# {shown(text, LONGEST)}"


def _at(place: Place) -> str:
    where = f"{shown(place.file)}:{place.line}" if place.line else shown(place.file)
    return f"{where}: {place.why}" if place.why else where


def shown(text: str, most: int = 160) -> str:
    """A text as it may stand in a comment: what is not printable is escaped, what is too long is cut."""
    plain = "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in text[: most * 2]
    )
    return plain if len(plain) <= most else plain[: most - 1] + "…"
