"""What a baseline does today, in a few lines for whoever runs the gate."""

from __future__ import annotations

from collections.abc import Iterator

from casemate.report.view.words import count, joined
from casemate.validate.assessment import Assessment
from casemate.validate.baseline import Held


def held(a: Assessment) -> tuple[str, ...]:
    """One line on what it holds, one for each entry that it needs no longer; nothing where there is no baseline."""
    return tuple(_lines(a.baseline)) if a.baseline else ()


def _lines(h: Held) -> Iterator[str]:
    b = h.baseline
    parts = [f"holds {count(len(h.covered), 'finding')} of {b.on}"]
    parts += [f"{len(h.worse)} got worse"] if h.worse else []
    parts += [f"{len(h.refused)} may not be accepted by its owner"] if h.refused else []
    said = joined(parts) if h.state == "active" else "holds nothing: it has ended" if h.state == "ended" else "is early"
    yield f"{b.path}: {said}; it is of {b.by} and ends on {b.until}"
    for e in h.unused:
        yield f"{e.at or b.path}: {e.threat} is neither open nor assumed; take it out: casemate baseline --shrink"
