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
    "rate": "such as 2 to 50 a year", "list": "a list of mappings", "mapping": "a mapping",
}  # fmt: skip


def page() -> str:
    """The whole page as Markdown."""
    known = vocabulary()
    parts = [HEAD, "## Kinds of components", table(("kind", "means"), [(k, v.means) for k, v in known.kinds.items()])]
    parts += ["## Of a component", fields(known.component), *inner(known.component)]
    parts += ["## Of a control on a component", fields(known.control)]
    parts += ["## Of the whole file", fields(known.file)]
    parts += inner(known.file, but=known.component)
    tasks = ", ".join(f"`{kind}`" for kind in measurements())
    parts += [
        "## What `measure:` can ask for",
        f"{tasks}; each as `- <kind>: <component>` or with settings of its own.",
    ]
    return "\n\n".join(p.rstrip("\n") for p in parts) + "\n"


def inner(of: Mapping[str, Field], but: Mapping[str, Field] | None = None) -> list[str]:
    """What may stand inside each property that has properties of its own, in turn. but: these have been told."""
    parts = []
    for name, f in of.items():
        if f.fields and f.fields is not but:
            parts += [f"### Of `{name}`", fields(f.fields), *inner(f.fields, but)]
    return parts


def fields(of: Mapping[str, Field]) -> str:
    """A table of properties: what each means, and what may be written."""
    return table(("property", "what", "means"), [(n, _what(n, f), f.means) for n, f in of.items()])


def _what(name: str, f: Field) -> str:
    if name == "kind":
        return "one of the kinds above; required"
    said = ", ".join(f"`{w}`" for w in f.words) if f.words else TYPES.get(f.type, "a " + f.type)
    if f.type == "table" and f.keys:
        said = f"a mapping by {', '.join(f'`{w}`' for w in vocabulary().words[f.keys])}"
    return ("one of or several: " if f.type == "words" else "") + said + ("; required" if f.required else "")


def table(heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown; the first of each row as code."""
    heads = tuple(heads)
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    lines += [f"| `{first}` | {' | '.join(c.replace('|', '/') for c in rest)} |" for first, *rest in rows]
    return "\n".join(lines)
