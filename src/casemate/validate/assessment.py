"""The Assessment: everything that a report, an exporter or a later run may want to know. Frozen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from casemate.core.same import Same
from casemate.counter.information import NextTest, best, information
from casemate.counter.plan import Treatment
from casemate.define.system import System
from casemate.prioritize.risk import Risk, Risks, ranking_survives
from casemate.validate.decisions import Ruling, rulings
from casemate.validate.gate import Gate, gate
from casemate.validate.policy import Policy
from casemate.validate.questions import Question, how_many, questions
from casemate.validate.review import Review, news_of, review

if TYPE_CHECKING:
    from casemate.validate.baseline import Held
    from casemate.validate.passport.standing import Standing

SHOWN = ("open", "countered", "assumed", "accepted", "dismissed")


@dataclass(frozen=True, slots=True)
class Assessment:
    """The threat model as it stands today."""

    system: System
    risks: Risks
    treatment: Treatment
    policy: Policy
    gate: Gate
    rulings: tuple[Ruling, ...]
    review: Review
    outcomes: Mapping[str, str]
    """As shown: open, countered, assumed, accepted, dismissed, or declared (ruled out by declaration)."""
    today: date
    seed: int
    dated: bool = False
    """Whether somebody gave the day; only then machine formats show it."""
    whole: Assessment | None = None
    """Where this is what one role reads of it: the assessment itself."""
    reader: str = ""
    baseline: Held | None = None
    """What the gate passes over, where somebody gave a baseline."""
    passport: Standing | None = None
    """Whether the passport of the last release still holds, where there is one."""

    def of(self, *outcomes: str) -> tuple[Risk, ...]:
        """Risks with one of these outcomes, worst first."""
        return _of(Same(self.risks), Same(self.outcomes), outcomes)

    @property
    def threats(self) -> tuple[Risk, ...]:
        """What is a threat or was one; what is ruled out by declaration only stands apart."""
        return self.of(*SHOWN)

    @property
    def questions(self) -> tuple[Question, ...]:
        """What to find out. Worded when somebody asks first."""
        if self.whole is not None:
            return tuple(q for q in self.whole.questions if q.role == self.reader)
        return questions(self.risks, self.outcomes)

    @property
    def asking(self) -> int:
        """How many questions there are, without wording them."""
        return how_many(self.risks, self.outcomes) if self.whole is None else len(self.questions)

    @property
    def tests(self) -> tuple[NextTest, ...]:
        """What could be tested next, the most valuable first. Worked out when somebody asks first."""
        if self.whole is not None:
            return tuple(t for t in self.whole.tests if t.role == self.reader)
        return information(self.risks, self.outcomes)

    @property
    def next_test(self) -> NextTest | None:
        """The first of them whose worth is known and more than its price, without working out the others."""
        whole = self.whole or self
        return best(self.risks, whole.outcomes, self.reader)

    @property
    def survives(self) -> tuple[bool, bool]:
        """Whether the worst three stay the worst three with priors ten times smaller, and ten times larger."""
        return ranking_survives(self.risks, 0.1), ranking_survives(self.risks, 10.0)

    @property
    def basis(self) -> dict[str, int]:
        """How many threats rest on measured evidence, on records that nobody signed, on declared facts, on nothing."""
        found = Counter([r.basis for r in self.threats])
        return {word: found[word] for word in ("measured", "attested", "declared", "nothing")}

    @property
    def owned(self) -> bool:
        """Whether somebody stands for the attempts; until then all money is illustrative."""
        return self.system.attempts.owned


@lru_cache(maxsize=16)
def _of(risks: Same[Risks], outcomes: Same[Mapping[str, str]], wanted: tuple[str, ...]) -> tuple[Risk, ...]:
    """A report asks for the same threats a dozen times."""
    return tuple([r for r in risks.value.risks if outcomes.value[r.id] in wanted])


def validate(treatment: Treatment, policy: Policy, today: date) -> Assessment:
    """Hold the treated risks against the policy, today."""
    risks = treatment.risks
    system = risks.parts.system
    decided = rulings(system, risks.risks, policy, today)
    said = {r.decision.threat: r.word for r in decided if r.state == "active"}
    outcomes = {r.id: said.get(r.id, r.found.outcome) for r in risks.risks}
    due = review(system, today, news_of(risks.parts.records))
    return Assessment(
        system, risks, treatment, policy, gate(risks, policy, decided, due, outcomes), decided, due,
        outcomes, today, risks.seed,
    )  # fmt: skip
