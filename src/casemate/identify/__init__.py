"""Step 3, identify threats: rules with a closed vocabulary, three-valued, judged against the decomposed system."""

from casemate.identify.judge import Found, identify

__all__ = ["Found", "identify"]
