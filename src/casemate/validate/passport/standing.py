"""Whether a passport still speaks of the system as it is assessed today: `valid`, or `void` and why.

New evidence alone voids nothing: a monitor measures every day. A record on which the passport rests must still count,
or a later one must say the same. A gate that fails today voids it as well. Where the policy asks for a passport,
`hold` lets the gate say what stands against this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from casemate.core import files
from casemate.evidence.passport import digests, read
from casemate.evidence.passport.form import NAME, Passport
from casemate.evidence.sign.tree import Unreadable
from casemate.validate.assessment import Assessment
from casemate.validate.gate import Gate, Reason
from casemate.validate.passport.grounds import grounds

VALID, VOID = "valid", "void"
NO_LONGER, NONE = "passport-void", "passport-missing"
RULES = frozenset({NO_LONGER, NONE})
"""The policy's words about passports. `passport issue` passes over them: a new one is what mends them."""
ISSUE = "casemate passport issue --key KEY --measure"


@dataclass(frozen=True, slots=True)
class Standing:
    """Of the passport in `file`. `signed`: by a key that the policy names; a report says when it is not."""

    file: str
    state: str
    because: tuple[str, ...] = ()
    signed: bool = False
    issued: date | None = None
    until: date | None = None

    @property
    def tone(self) -> str:
        """As the reports mark it."""
        return "fail" if self.state == VOID else "pass" if self.signed else "warn"

    @property
    def says(self) -> str:
        """What follows from its state, after the word for it."""
        if self.state == VOID:
            return "nothing shows any more that what runs is what passed:"
        by = "" if self.signed else "; nobody whom the policy names signed it, so that anybody could have written it"
        return f"issued on {self.issued}, good until {self.until}{by}."

    @property
    def sentence(self) -> str:
        """One line for every report."""
        if self.state == VOID:
            return f"passport: void, because {'; '.join(self.because)} ({self.file})"
        by = "" if self.signed else ", and signed by nobody whom the policy names"
        return f"passport: valid from {self.issued} to {self.until}{by} ({self.file})"


def beside(a: Assessment, file: Path, given: Path | None = None) -> Standing | None:
    """The standing of the passport that was named, else of the one beside the system file; None where there is none."""
    path = given or file.parent / NAME
    if given is None and files.kind(path) is None:
        return None
    found = Standing(path.name, VOID)
    try:
        p, signed = read.parts(read.content(path), a.policy.keys)
    except read.Refusal as e:
        return replace(found, because=(f"it {e}",))
    why = tuple(_void(a, p, file.parent))
    return Standing(path.name, VOID if why else VALID, why, signed, p.issued, p.until)


def hold(a: Assessment, file: Path, given: Path | None = None) -> Assessment:
    """The assessment with its passport, and with the gate's word on it where the policy fails on one."""
    found = beside(a, file, given)
    against = tuple(r for r in _against(a, found) if r.rule in a.policy.fails_on)
    return replace(a, passport=found, gate=Gate((*a.gate.reasons, *against)) if against else a.gate)


def _against(a: Assessment, found: Standing | None) -> Iterator[Reason]:
    """A passport that nobody signed whom the policy names proves nothing: anybody could have written it (law 3)."""
    if found is None:
        yield Reason(NONE, "there is no passport of a release", ISSUE)
    elif found.state == VOID:
        yield Reason(NO_LONGER, f"the passport is void, because {'; '.join(found.because)}", ISSUE)
    if found is not None and not found.signed:
        what = f"the passport in {found.file} is signed by nobody whom the policy names"
        yield Reason(NONE, what, "name the key of whoever issues passports under `signers:` of the policy")


def _void(a: Assessment, p: Passport, root: Path) -> Iterator[str]:
    if p.system != a.system.name:
        yield f"it is of another system: {p.system[:80]}"
        return
    if not p.issued <= a.today <= p.until:
        yield f"it is for {p.issued} to {p.until} ({p.because})"
    if p.system_digest != a.system.digest:
        yield "the system file is another"
    if p.policy_digest != a.policy.digest:
        yield "the policy is another"
    yield from _models(a, p, root)
    yield from _evidence(a, p)
    if _sign_offs(root, len(p.sign_offs)) != p.sign_offs:
        yield "the sign-offs that it rests on are gone"
    if a.gate.exit_code == 1:  # what is only not measured in this run was measured when it was issued
        yield "the gate fails"


def _models(a: Assessment, p: Passport, root: Path) -> Iterator[str]:
    for t in p.subjects:
        c = a.system.components.get(t.name)
        if c is None or c.path is None:
            yield f"{t.name} has no file any more"
        elif digests.differing(root, [t._replace(name=c.path)]):
            yield f"{t.name} is another than the one that passed"
    for of_element in a.risks.parts.records.values():
        for r in of_element:
            if r.usable and r.statement.facts.get("running") == "other":
                yield f"another artefact than {r.element} runs ({r.statement.kind} of {r.statement.measured})"


def _evidence(a: Assessment, p: Passport) -> Iterator[str]:
    now = {(g.element, g.kind, g.says) for g in grounds(a)}
    for g in p.grounds:
        if (g.element, g.kind, g.says) not in now:
            yield f"the {g.kind} of {g.element} that it rests on no longer holds"


def _sign_offs(root: Path, many: int) -> tuple[str, ...] | None:
    try:
        return digests.of_sign_offs(root)[:many]
    except Unreadable:
        return None
