"""The report on a statement for people, in 80 columns: the verdict first, then why, then everything there is."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator

from casemate.evidence.lineage.prints import State
from casemate.evidence.lineage.provenance import UNNAMED
from casemate.evidence.lineage.report import Item, Link, Report
from casemate.evidence.sign.tree import shown

WIDTH = 80
MOST = 40  # lines of a kind; --format json has them all


def text(r: Report) -> str:
    """The whole report."""
    return "\n".join(_lines(r)) + "\n"


def _lines(r: Report) -> Iterator[str]:
    yield from _wrapped(f"{r.verdict.upper()}: {shown(r.statement)}", "  ")
    for p in r.problems[:MOST]:
        yield from _wrapped(f"- {_safe(p.what)}", "  ", "  ")
    if len(r.problems) > MOST:
        yield f"  - and {len(r.problems) - MOST} more"
    if not r.made:
        return
    yield ""
    yield from _items("made", r.made)
    yield from _items("from", r.inputs)
    yield ""
    builder = "nobody is named" if r.builder in (None, "", UNNAMED) else r.builder
    signer = f", key {r.signer[:16]}" if r.signer else "; say with --key who must have made it" if r.signed else ""
    yield from _wrapped(f"builder    {_safe(builder)}", " " * 11)
    yield from _wrapped(f"signature  {r.signature}{signer}", " " * 11)
    yield from _chain(r.chain)


def _items(title: str, items: tuple[Item, ...]) -> Iterator[str]:
    counts = Counter(str(i.state) for i in items)
    yield f"{title:<5} {', '.join(f'{n} {state}' for state, n in sorted(counts.items())) or 'nothing'}"
    for i in sorted(items, key=lambda i: i.state is State.MATCH)[:MOST]:
        files = (
            f" ({len(i.found.files)} file{'s' if len(i.found.files) > 1 else ''})"
            if i.found is not None and i.found.folder
            else ""
        )
        gate = ", checked before the run" if i.checked else ""
        yield from _wrapped(f"  {i.state:<11} {i.role:<14} {shown(i.name)}{files}{gate}", " " * 29)
    if len(items) > MOST:
        yield f"  and {len(items) - MOST} more"


def _chain(links: Iterable[Link]) -> Iterator[str]:
    for i, link in enumerate(links):
        said = str(link.verdict) if link.verdict else "ends here"
        why = f": {_safe(link.why)}" if link.why else ""
        yield from _wrapped(
            f"{'chain' if i == 0 else '':<10} {'  ' * (link.depth - 2)}{shown(link.of)}: {said}{why}", " " * 13
        )


def _safe(text: str) -> str:
    return text if text.isprintable() else text.encode("unicode_escape", "surrogatepass").decode("ascii")


def _wrapped(line: str, after: str, before: str = "") -> list[str]:
    return textwrap.wrap(before + line, WIDTH, subsequent_indent=before + after, break_on_hyphens=False) or [before]
