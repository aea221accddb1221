"""Numbers from what was named and what was used: recall, how much is named, lift, discrimination, edits, null model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median

from incident_systems import Named, document, edited, edits, named, text_of, trusted, truth, written

Techniques = frozenset[str]


@dataclass(frozen=True)
class Case:
    """One incident: what was used, what is named, and the findings that are left when everybody is trusted."""

    id: str
    target: Techniques
    found: Named
    null: tuple[str, ...]


@dataclass(frozen=True)
class Edit:
    """One edit: which of the techniques that must go were named before, which of them went, what else changed."""

    case: str
    words: str
    due: Techniques
    gone: Techniques
    settled: Techniques
    """Gone, and not even assumed any more."""
    added: Techniques
    also_gone: Techniques


def cases(hindsight: bool) -> tuple[Case, ...]:
    return tuple(_case(case, target, hindsight) for case, target in truth().items())


def _case(case: str, target: Techniques, hindsight: bool) -> Case:
    null = named(written(trusted(document(case, hindsight))))
    return Case(case, target, named(text_of(case, hindsight)), null.of_people)


def edits_of(found: Sequence[Case], hindsight: bool) -> tuple[Edit, ...]:
    before = {c.id: c.found.open for c in found}
    return tuple(_edit(e, before[e["case"]], edited(e, hindsight)) for e in edits())


def _edit(e: Mapping[str, object], before: Techniques, after: Named) -> Edit:
    must = frozenset(map(str, e["must drop"]))  # type: ignore[call-overload]
    due = must & before
    lost = before - after.open - must
    words = " ".join(str(e["edit"]).split())
    return Edit(str(e["case"]), words, due, due - after.open, due - after.asked, after.open - before, lost)


def recall(found: Iterable[str], target: Techniques) -> float:
    return len(target.intersection(found)) / len(target)


def family(id: str) -> str:
    """`AML.T0051.001` belongs to `T0051`."""
    return id.split(".")[1]


def family_recall(found: Iterable[str], target: Techniques) -> float:
    hit = {family(i) for i in found}
    return sum(family(i) in hit for i in target) / len(target)


def micro(values: Iterable[float], found: Sequence[Case]) -> float:
    """The mean over techniques: each case weighs as much as its procedure is long."""
    sizes = [len(c.target) for c in found]
    return sum(v * n for v, n in zip(values, sizes, strict=True)) / sum(sizes)


def popular(case: Case, found: Sequence[Case]) -> Techniques:
    """As many techniques as the case got, the most popular of the other cases."""
    counts = Counter(t for other in found if other.id != case.id for t in other.target)
    return frozenset(sorted(counts, key=lambda t: (-counts[t], t))[: len(case.found.open)])


def discrimination(found: Sequence[Case]) -> float:
    own = mean(recall(c.found.open, c.target) for c in found)
    other = mean(recall(c.found.open, o.target) for c in found for o in found if o.id != c.id)
    return own - other


def first_hit(case: Case) -> float:
    """1 / rank of the worst threat that maps a technique of the procedure; 0 when none does."""
    return next((1 / i for i, ids in enumerate(case.found.ranked, 1) if ids & case.target), 0.0)


def percentile(values: Iterable[int], share: float) -> int:
    """The least value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def totals(found: Sequence[Case], changed: Sequence[Edit]) -> dict[str, float]:
    """Every headline number by its name."""
    exact = [recall(c.found.open, c.target) for c in found]
    sizes = [len(c.found.open) for c in found]
    at = [n for c in found for n in c.found.at]
    due = max(1, sum(len(e.due) for e in changed))
    return {
        "exact recall, micro": micro(exact, found),
        "exact recall, macro": mean(exact),
        "family recall, micro": micro([family_recall(c.found.open, c.target) for c in found], found),
        "exact recall with assumed threats, micro": micro([recall(c.found.asked, c.target) for c in found], found),
        "techniques named (k), mean of cases": mean(sizes),
        "techniques named (k), most in a case": max(sizes),
        "recall of the k most popular techniques, micro": micro(
            [recall(popular(c, found), c.target) for c in found], found
        ),
        "lift over popularity, micro": micro([e - recall(popular(c, found), c.target) for e, c in
                                              zip(exact, found, strict=True)], found),
        "discrimination": discrimination(found),
        "mean reciprocal rank of the first technique that was used": mean(map(first_hit, found)),
        "open threats per component, mean of cases": mean(c.found.per_component for c in found),
        "open threats per component, most in a case": max(c.found.per_component for c in found),
        "open threats at a component, median": median(at),
        "open threats at a component, p90": percentile(at, 0.9),
        "edits that drop what they must": sum(len(e.gone) for e in changed) / due,
        "edits that drop it from assumed threats too": sum(len(e.settled) for e in changed) / due,
        "techniques that edits must drop": due,
        "techniques that edits add": sum(len(e.added) for e in changed),
        "findings about people in the null model, mean of cases": mean(len(c.null) for c in found),
        "findings about people in the null model, most in a case": max(len(c.null) for c in found),
    }  # fmt: skip
