"""Which roles stand for the assessment as it is now. A change of it voids a sign-off, and is named.

signed    the newest sign-off of the role names this very assessment
void      it names another one; `changed` says which parts are others now
missing   nobody signed in this role
early     it is dated after the day of the assessment
unproven  the policy knows a key of whoever it names, and it is not signed with that key
broken    the record itself is broken: no sign-off in it counts
"""

from __future__ import annotations

from collections.abc import Iterable
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
            "broken": "the record of sign-offs is broken",
        }[self.state]


def _joined(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def standings(a: Assessment, chain: Chain, roles: Iterable[str] = ROLES) -> tuple[Standing, ...]:
    """How these roles stand, in the order given."""
    now = binds(a)
    return tuple(_standing(a, chain, role, now) for role in roles)


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
    todo = "casemate review verify" if s.state == "broken" else f"casemate review sign --role {s.role}"
    return Reason(SIGN_OFF, f"the policy requires a sign-off by {s.role}: {s.says}", todo)
