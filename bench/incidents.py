"""Are the threats that are named those that really happened? Scores the rules on 12 real incidents.

Usage: python bench/incidents.py [--markdown docs/incidents.md]

exact recall    share of the techniques of the published procedure that open threats name; micro: of all techniques,
                macro: mean of the cases
family recall   the same, where a sub-technique and its parent are one
named           techniques named in a case: who names all has recall 1. Only those that a fact about a system exposes
lift            recall minus that of naming the same number k of the most popular techniques of the other cases
discrimination  recall on the own procedure minus mean recall on the other cases'
rank            1 / place of the first threat, worst first, that maps a technique of the procedure
edits           techniques that must go after an edit of the architecture, of those named before it
null model      the same system with everybody trusted: open threats whose rule asks who reaches or taints something
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from incident_scores import Case, Edit, cases, edits_of, family_recall, first_hit, popular, recall, totals
from incident_systems import DATA

AT_LEAST, AT_MOST = ("≥", operator.ge), ("≤", operator.le)
TARGETS = {
    "exact recall, micro": (*AT_LEAST, 0.80),
    "family recall, micro": (*AT_LEAST, 0.88),
    "techniques named (k), mean of cases": (*AT_MOST, 15),
    "discrimination": (*AT_LEAST, 0.50),
    "open threats per component, mean of cases": (*AT_MOST, 4),
    "open threats per component, most in a case": (*AT_MOST, 4),
    "edits that drop what they must": (*AT_LEAST, 0.95),
    "findings about people in the null model, mean of cases": (*AT_MOST, 0.5),
}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    yield from (f"| {' | '.join(row)} |" for row in rows)


def short(ids: Iterable[str]) -> str:
    return ", ".join(sorted(i.removeprefix("AML.") for i in ids)) or "-"


def headline(with_: dict[str, float], without: dict[str, float]) -> Iterator[str]:
    """Every number next to its target."""
    yield from table(
        ("number", "with hindsight", "without", "target", ""),
        [(name, shown(value), shown(without[name]), *judged(name, value)) for name, value in with_.items()],
    )


def shown(value: float) -> str:
    """With three digits, because 18 of 19 do not meet 0.95."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def judged(name: str, value: float) -> tuple[str, str]:
    if name not in TARGETS:
        return "", ""
    sign, holds, limit = TARGETS[name]
    return f"{sign} {limit:g}", "met" if holds(value, limit) else "**not met**"


def by_case(found: Sequence[Case]) -> Iterator[str]:
    head = ("case", "exact", "family", "named (k)", "popular k", "first at", "open per component", "not named")
    yield from table(head, [_row(c, found) for c in found])


def _row(c: Case, found: Sequence[Case]) -> tuple[str, ...]:
    ids, hit = c.found.open, first_hit(c)
    return (
        c.id, f"{recall(ids, c.target):.2f}", f"{family_recall(ids, c.target):.2f}", str(len(ids)),
        f"{recall(popular(c, found), c.target):.2f}", f"{1 / hit:.0f}" if hit else "-",
        f"{c.found.per_component:.1f}", short(c.target - ids),
    )  # fmt: skip


def of_edits(changed: Sequence[Edit]) -> Iterator[str]:
    head = ("case", "edit", "gone", "still named", "added", "gone as well")
    yield from table(head, map(_edit_row, changed))


def _edit_row(e: Edit) -> tuple[str, ...]:
    gone = f"{len(e.gone)} of {len(e.due)}"
    return (e.case, e.words, gone, short(e.due - e.gone), short(e.added), short(e.also_gone))


def of_null(with_: Sequence[Case], without: Sequence[Case]) -> Iterator[str]:
    yield from table(
        ("case", "with hindsight", "without", "which"),
        [
            (a.id, str(len(a.null)), str(len(b.null)), ", ".join(f"`{i}`" for i in sorted({*a.null, *b.null})) or "-")
            for a, b in zip(with_, without, strict=True)
        ],
    )


def parts() -> dict[str, str]:
    """Every table by its name in the page."""
    with_, without = cases(True), cases(False)
    edits_with, edits_without = edits_of(with_, True), edits_of(without, False)
    made = {
        "headline": headline(totals(with_, edits_with), totals(without, edits_without)),
        "with": by_case(with_),
        "without": by_case(without),
        "edits": of_edits(edits_with),
        "null": of_null(with_, without),
    }
    return {name: "\n".join(lines) for name, lines in made.items()}


def page(tables: dict[str, str]) -> str:
    """The page of the docs: the text of cases/page.md with the tables in their places."""
    text = (DATA / "page.md").read_text("utf-8")
    for name, lines in tables.items():
        text = text.replace(f"{{{name}}}", lines)
    return text


def main() -> None:
    tables = parts()
    if "--markdown" in sys.argv:
        Path(sys.argv[sys.argv.index("--markdown") + 1]).write_text(page(tables), "utf-8")
    print("\n\n".join(tables.values()))


if __name__ == "__main__":
    main()
