"""Who may take on a role of AWS: whoever may, has its rights. Followed from role to role, each visited once.

    a user, a role, another account, anyone   by the role's trust policy alone
    the role's own account                    those identities whose own policies allow `sts:AssumeRole` on it
    a service of AWS                          left out: it acts in the name of the role, for whoever has the role

Sources: IAM user guide, "How permissions for identities and trust policies work", "Role chaining".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from casemate.core.trust import Trust
from casemate.evidence.access.aws import Said, allowed, concerned, denied, number_of, speaks
from casemate.evidence.access.match import seen
from casemate.evidence.access.right import ANYONE, Right

TAKE = ("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML")
STEP = "by taking on "
STEPS = 3  # from role to role that a note tells
WORK = 250_000  # statements and ways that are looked at in one export; 1,000 roles need some thousands


@dataclass(slots=True)
class Roles:
    """Trust policies by role, statements of identities by holder, and what following them has cost so far."""

    trusts: dict[str, list[Said]]
    held: dict[str, list[Said]]
    spent: int = 0
    known: dict[str, list[Right]] = field(default_factory=dict)

    @property
    def too_many(self) -> bool:
        """Whether it was given up."""
        return self.spent > WORK


def roles(trusts: dict[str, list[Said]], said: Iterable[Said]) -> Roles:
    """What is needed to follow roles."""
    held: dict[str, list[Said]] = {}
    for s in said:
        if s.holder:
            held.setdefault(s.holder, []).append(s)
    return Roles(trusts, held)


def through(found: Iterable[Right], of: Roles) -> Iterator[Right]:
    """The rights, and those of whoever may take on the roles that have them."""
    for right in found:
        yield right
        known, todo = {right.who}, [right]
        while todo and not of.too_many:
            one = todo.pop()
            for way in _takers(one.who, of):
                of.spent += 1
                if way.who in known:
                    continue
                known.add(way.who)
                taken = _joined(one, way)
                yield taken
                todo.append(taken)


def _joined(right: Right, way: Right) -> Right:
    """What somebody has by way of a role. It is sure when both are."""
    notes = [f"{STEP}{seen(_short(right.who))}", way.note, _first(right.note)]
    return replace(
        right, who=way.who, at=way.at, sure=right.sure and way.sure, note=", ".join(n for n in notes if n),
        trust=way.trust, mfa=right.mfa or way.mfa,
    )  # fmt: skip


def _first(note: str) -> str:
    """The first steps of a way: the whole of a long one, told of each role on it, would take cubic time and place."""
    steps = note.split(STEP)
    return note if len(steps) <= STEPS else f"{STEP.join(steps[:STEPS])}and so on"


def _short(who: str) -> str:
    return who.split(":", 5)[5] if who.startswith("arn:") and who.count(":") >= 5 else who


def _takers(role: str, of: Roles) -> list[Right]:
    if role not in of.known:
        of.known[role] = [] if of.too_many else list(_ways(role, of))
    return of.known[role]


def _ways(role: str, of: Roles) -> Iterator[Right]:
    """Each taker once, by their surest way."""
    found: dict[str, list[Right]] = {}
    for r in _all_ways(role, of):
        if not r.who.startswith("service:"):
            found.setdefault(r.who, []).append(r)
    for _, rights in sorted(found.items()):
        yield min(rights, key=lambda r: (not r.sure, r.at, r.note))


def _all_ways(role: str, of: Roles) -> Iterator[Right]:
    said = of.trusts.get(role, [])
    denies = [d for d in said if not d.allow and _takes(d)]
    for s in said:
        of.spent += 1
        for who in concerned(s) if s.allow and _takes(s) else ():
            against = [d for d in denies if denied(d, who)]
            if any(d.sure and not d.around for d in against):
                continue
            note = "under a condition" if not s.sure or any(not d.around for d in against) else ""
            crowd = Trust.PUBLIC if who == ANYONE else None
            way = Right(who, "take", s.at, role, not note, note, crowd, s.mfa)
            if who == f"account:{number_of(role)}":
                yield from _of_account(role, way, of)
            else:
                yield way


def _of_account(role: str, way: Right, of: Roles) -> Iterator[Right]:
    """The identities of its own account whose policies let them take it on."""
    for holder, said in of.held.items():
        if number_of(holder) != number_of(role) or holder == role:
            continue
        of.spent += len(said)
        if of.too_many:
            return
        denies = [s for s in said if not s.allow and _takes(s)]
        for s in (s for s in said if s.allow and _takes(s)):
            for r in allowed(s, holder, "take", role, denies):
                notes = ", ".join(n for n in (way.note, r.note) if n)
                yield replace(r, sure=r.sure and way.sure, note=notes, mfa=r.mfa or way.mfa)


def _takes(s: Said) -> bool:
    return any(speaks(s, action) for action in TAKE)
