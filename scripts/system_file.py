"""The page of all that a system file may say, made from the vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from casemate.define.vocabulary import Field, vocabulary
from casemate.evidence.measure import kinds as measurements

HEAD = """\
# What a system file may say

Only `kind` and `zone` of a component are required. Whatever is left out is unknown, and stays so until somebody says or
measures it; `casemate questions` asks for what matters. `casemate schema` prints the same for your editor.
"""
TYPES = {
    "flag": "yes or no", "refs": "ids", "ref": "an id", "texts": "texts", "count": "a whole number",
    "period": "such as 90 days", "parties": "ids of actors or zones; or `{who: [...], complete: yes}`",
    "percent": "such as 5%", "date": "such as 2026-10-02", "money": "such as 50k", "money-range": "such as 2k to 400k",
    "egress": "open, none, or a list", "table": "a mapping by id", "chance": "such as 1 in 1000 years",
    "rate": "such as 2 to 50 a year", "list": "a list of mappings",
}  # fmt: skip


def page() -> str:
    """The whole page as Markdown."""
    known = vocabulary()
    parts = [HEAD, "## Kinds of components", _table(("kind", "means"), [(k, v.means) for k, v in known.kinds.items()])]
    parts += ["## Of a component", fields(known.component), "## Of a control on a component", fields(known.control)]
    parts += ["## Of the whole file", fields(known.file)]
    for name, f in known.file.items():
        inner = known.component if f.fields is known.component else f.fields
        if inner and inner is not known.component:
            parts += [f"### Of {name}", fields(inner)]
    tasks = ", ".join(f"`{kind}`" for kind in measurements())
    parts += [
        "## What `measure:` can ask for",
        f"{tasks}; each as `- <kind>: <component>` or with settings of its own.",
    ]
    return "\n\n".join(p.rstrip("\n") for p in parts) + "\n"


def fields(of: Mapping[str, Field]) -> str:
    """A table of properties: what each means, and what may be written."""
    return _table(("property", "what", "means"), [(n, _what(n, f), f.means) for n, f in of.items()])


def _what(name: str, f: Field) -> str:
    if name == "kind":
        return "one of the kinds above; required"
    said = ", ".join(f"`{w}`" for w in f.words) if f.words else TYPES.get(f.type, "a " + f.type)
    return ("one of or several: " if f.type == "words" else "") + said + ("; required" if f.required else "")


def _table(heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    heads = tuple(heads)
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    lines += [f"| `{first}` | {' | '.join(c.replace('|', '/') for c in rest)} |" for first, *rest in rows]
    return "\n".join(lines)
