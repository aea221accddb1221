"""Which roles stand for the assessment as it is now. A change of it voids a sign-off, and is named.

signed    the newest sign-off of the role names this very assessment
void      it names another one; `changed` says which parts are others now
missing   nobody signed in this role
early     it is dated after the day of the assessment
unproven  the policy knows a key of whoever it names, and it is not signed with that key
shared    the same person, by name or key, stands for another role already, and the policy wants one for each
broken    the record itself is broken: no sign-off in it counts
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from casemate.validate.assessment import Assessment
from casemate.validate.gate import SIGN_OFF, Gate, Reason
from casemate.validate.policy import Policy
from casemate.validate.signoff.binds import binds, digest
from casemate.validate.signoff.chain import Chain
from casemate.validate.signoff.entry import PARTS, ROLES, Entry

SAYS = {
    "system": "what the file says", "decisions": "the acceptances", "policy": "the policy",
    "evidence": "the evidence", "threats": "the threats",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """How one role stands."""

    role: str
    state: str
    entry: Entry | None = None
    changed: tuple[str, ...] = ()
    other: str = ""
    """The role for which the same person stands already."""

    @property
    def says(self) -> str:
        """One sentence without its full stop."""
        e = self.entry
        if e is None:
            return f"nobody signed for {self.role}" if self.state == "missing" else "the record of sign-offs is broken"
        who = f"{e.by} signed for {self.role} on {e.on}"
        return {
            "signed": who,
            "void": f"{who}, and since then {_joined([SAYS[c] for c in self.changed])} changed",
            "early": f"{who}, a day that has not come",
            "unproven": f"{who}, and not with the key that the policy names",
            "shared": f"{who} and stands for {self.other} already, and the policy wants a person of its own for each",
            "broken": "the record of sign-offs is broken",
        }[self.state]

    @property
    def todo(self) -> str:
        """What mends it; empty where it stands."""
        if self.state in ("signed", "broken"):
            return "casemate review verify" if self.state == "broken" else ""
        who = "let somebody else sign: " if self.state == "shared" else ""
        return f"{who}casemate review sign --role {self.role}"


def _joined(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def standings(a: Assessment, chain: Chain, roles: Iterable[str] = ROLES) -> tuple[Standing, ...]:
    """How these roles stand, in the order given."""
    now = binds(a)
    found = [_standing(a, chain, role, now) for role in roles]
    return _apart(found) if a.policy.sign_off and a.policy.separate_roles else tuple(found)


def _apart(found: Sequence[Standing]) -> tuple[Standing, ...]:
    """Whoever signs for several roles stands for the one that they signed first."""
    held: dict[str, str] = {}
    out = list(found)
    standing = [(s.entry.number, i, s.entry) for i, s in enumerate(found) if s.state == "signed" and s.entry]
    for _, i, e in sorted(standing, key=lambda x: x[:2]):
        other = next((held[x] for x in person(e.by, e.key) if x in held), "")
        if other:
            out[i] = replace(out[i], state="shared", other=other)
        else:
            held.update(dict.fromkeys(person(e.by, e.key), out[i].role))
    return tuple(out)


def person(by: str, key: str) -> tuple[str, ...]:
    """What tells a person from others: the name without its case and blanks, and the key where it is known."""
    return (f"name {' '.join(by.split()).casefold()}", *([f"key {key}"] if key not in ("", "unknown") else []))


def taken(a: Assessment, chain: Chain, role: str, by: str, key: str) -> str:
    """The other role for which this person stands already, where the policy wants one for each; else empty."""
    if role not in a.policy.sign_off or not a.policy.separate_roles:
        return ""
    others = standings(a, chain, [r for r in a.policy.sign_off if r != role])
    stand = [s for s in others if s.state == "signed" and s.entry]
    return next((s.role for s in stand if s.entry and {*person(s.entry.by, s.entry.key)} & {*person(by, key)}), "")


def _standing(a: Assessment, chain: Chain, role: str, now: dict[str, str]) -> Standing:
    found = [e for e in chain.entries if e.role == role and e.file == a.system.path]
    if chain.broken:
        return Standing(role, "broken", found[-1] if found else None)
    if not found:
        return Standing(role, "missing")
    last = found[-1]
    if last.assessment != digest(now):
        return Standing(role, "void", last, tuple(p for p in PARTS if last.parts[p] != now[p]))
    if last.on > a.today:
        return Standing(role, "early", last)
    return Standing(role, "signed" if _proven(last, a.policy) else "unproven", last)


def _proven(e: Entry, policy: Policy) -> bool:
    """A name whose key the policy knows counts only with that key's signature."""
    keys = [s.key.id for s in policy.signers if s.name == e.by]
    return not keys or e.key in keys


def hold(a: Assessment, chain: Chain) -> Assessment:
    """The assessment with the gate's word on the sign-offs that the policy requires. Without this all are missing."""
    if not a.policy.sign_off:
        return a
    found = standings(a, chain, a.policy.sign_off)
    rest = [r for r in a.gate.reasons if r.rule != SIGN_OFF]
    return replace(a, gate=Gate((*rest, *(_reason(s) for s in found if s.state != "signed"))))


def _reason(s: Standing) -> Reason:
    return Reason(SIGN_OFF, f"the policy requires a sign-off by {s.role}: {s.says}", s.todo)
