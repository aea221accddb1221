"""Step 6, validate and iterate: policy and gate, acceptances and dismissals, reviews, questions: the Assessment."""

from casemate.validate.assessment import Assessment, validate
from casemate.validate.policy import Policy

__all__ = ["Assessment", "Policy", "validate"]
