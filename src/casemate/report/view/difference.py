"""How a comparison is said: the verdict, the gate, each threat's change, what made it so. Every exporter says this."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from casemate.core.times import times
from casemate.report.view.words import amount, count, joined, spelled
from casemate.validate.diff.change import Change
from casemate.validate.diff.diff import Changed, Diff, Moved, hurts
from casemate.validate.diff.state import State

HEADINGS = {
    "worse": "Got worse", "appeared": "New, and no worse", "outcome": "Another outcome",
    "severity": "Another severity", "risk": "Another price", "vanished": "Gone",
}  # fmt: skip
HOW = {
    "needed": ("because of", "because of both, neither alone", "because of all of these, none alone"),
    "enough": ("because of", "because of either", "because of any of these"),
    "together": ("because of", "because of these together", "because of these together"),
    "some": ("because of some of these",) * 3,
    "unknown": ("", "", ""),
}
"""Of one change, of two, of more."""
FROM_SAVED = "why: a saved assessment does not tell"
UNTOLD = "why: no single change makes it or undoes it"


@dataclass(frozen=True, slots=True)
class Group:
    """Threats of one heading that the same changes made others."""

    why: str
    causes: tuple[tuple[int, Change], ...]
    """Each with its number in the list of changes."""
    threats: tuple[Changed, ...]


def verdict(d: Diff) -> tuple[str, str, str]:
    """The first word, the sentence, the tone."""
    if d.same:
        return "Nothing changed.", "Both sides say the same.", "none"
    word, tone = {0: ("No worse.", "pass"), 1: ("Worse.", "fail"), 3: ("Less proven.", "warn")}[d.exit_code]
    if d.dearer and d.exit_code == 0:
        word, tone = "Dearer.", "warn"  # by money that nobody stands for, which never decides
    found = [
        (len(d.worse), "got worse", "got worse"),
        (sum(t.kind == "vanished" for t in d.threats), "is gone", "are gone"),
        (sum(t.kind != "vanished" and not t.worse for t in d.threats), "changed otherwise", "changed otherwise"),
    ]
    said = [(n, spelled(n, one, many)) for n, one, many in found if n] or [(0, "No changed")]
    n, first = said[0]
    number, _, verb = first.partition(" ")
    threats = [f"{number} {'threats' if n > 1 else 'threat'} {verb}"]
    told = joined([*threats, *(text[0].lower() + text[1:] for _, text in said[1:])])
    return word, "; ".join([told, *_rose(d), f"{_gate(d)}."]), tone


def _rose(d: Diff) -> Iterator[str]:
    """What rose of that for which there is a threat model: danger to people, then money."""
    if d.hurting:
        worst = max(d.hurting, key=lambda t: (hurts(t.now), t.id))
        was = times(worst.before.danger or 0) if worst.before else "0"
        risen = f"in {worst.id} from {was} to {times(worst.now.danger or 0)} times what is tolerable"
        where = "" if len(d.hurting) == 1 else f"in {len(d.hurting)} threats, "
        yield f"the danger to people rose {where}{risen}"
    if d.dearer:
        money = (amount(s.current, s.currency) for s in (d.old, d.new))
        yield f"the expected yearly loss rose from {' to '.join(money)}{'' if d.new.owned else ', by guessed attempts'}"


GATE = {0: "passed", 1: "failed", 3: "evidence missing"}


def _gate(d: Diff) -> str:
    was, now = GATE[d.old.exit_code], GATE[d.new.exit_code]
    return f"the gate: {now}, as before" if was == now else f"the gate: {was}, now {now}"


def gate_line(d: Diff) -> str:
    """`Gate: passed → failed`."""
    was, now = GATE[d.old.exit_code], GATE[d.new.exit_code]
    return f"Gate: {was} → {now}" if was != now else f"Gate: {now}, as before"


def totals(d: Diff) -> tuple[str, ...]:
    """Expected yearly losses before and after; nothing where they are in two currencies."""
    if d.old.currency != d.new.currency:
        return ()
    pairs = (
        ("as evidence has it", d.old.current, d.new.current), ("as claimed", d.old.claimed, d.new.claimed),
        ("after the plan", d.old.target, d.new.target),
    )  # fmt: skip
    money = "" if d.new.owned else " Money is illustrative until somebody owns the attempts."
    said = ", ".join(f"{word} {_arrow(amount(a, d.new.currency), amount(b, d.new.currency))}" for word, a, b in pairs)
    return (f"Expected yearly loss {said}.{money}",)


def _arrow(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"


def changed(t: Changed, d: Diff) -> str:
    """`open → countered`, `new: open`, `open → gone`; of the same outcome what else differs."""
    if t.before is None or t.after is None:
        return f"new: {word(t.now)}" if t.before is None else f"{word(t.now)} → gone"
    if t.before.outcome != t.after.outcome:
        return f"{word(t.before)} → {word(t.after)}"
    if t.before.severity != t.after.severity:
        return f"{t.before.severity} → {t.after.severity}"
    if hurts(t.before) != hurts(t.after):
        return f"{times(t.before.danger or 0)}× → {times(t.after.danger or 0)}× tolerable"
    return f"{price(t.before, d)} → {price(t.after, d)}"


def word(s: State) -> str:
    """An outcome in a table."""
    return "ruled out (declared)" if s.outcome == "declared" else s.outcome


def price(s: State | None, d: Diff) -> str:
    """A threat's price a year, or how often it hurts people over what is tolerable; empty where it does not exist."""
    if s is None:
        return ""
    if s.danger is not None and s.current == 0:
        return f"{times(s.danger)}× tolerable"
    return amount(s.current, (d.old if d.old.threats.get(s.id) is s else d.new).currency)


def sections(d: Diff) -> Iterator[tuple[str, tuple[Group, ...]]]:
    """(heading, groups by cause), what got worse first."""
    for key, heading in HEADINGS.items():
        found = [t for t in d.threats if (t.worse if key == "worse" else t.kind == key and not t.worse)]
        if found:
            yield f"{heading}: {count(len(found), 'threat')}", _groups(d, found)


def _groups(d: Diff, found: Iterable[Changed]) -> tuple[Group, ...]:
    """By cause, in the order of each cause's first threat."""
    numbers = {c: i for i, c in enumerate(d.changes or (), 1)}
    groups: dict[tuple[str, tuple[Change, ...]], list[Changed]] = {}
    for t in found:
        groups.setdefault((t.cause.how, t.cause.changes), []).append(t)
    return tuple(
        Group(_why(d, how, changes), tuple((numbers[c], c) for c in changes), tuple(threats))
        for (how, changes), threats in groups.items()
    )


def _why(d: Diff, how: str, changes: tuple[Change, ...]) -> str:
    if not changes:
        return FROM_SAVED if d.changes is None else UNTOLD
    return HOW[how][min(len(changes), 3) - 1]


def moved(m: Moved) -> str:
    """`scan of scorer, 3fa2c1d09b7e: valid, measured → void, measured`."""
    name = f"{m.id} at {m.element}" if m.kind == "control" else f"{m.kind} of {m.element}, {m.id}"
    if not m.before or not m.after:
        return f"{name}: {'new, ' if m.after else ''}{m.after or m.before}{'' if m.after else ' → gone'}"
    return f"{name}: {m.before} → {m.after}"
