"""What changed between two assessments, and which fact, rule, evidence or policy made it so."""

from casemate.validate.diff.diff import Changed, Diff, diff
from casemate.validate.diff.state import Side, side

__all__ = ["Changed", "Diff", "Side", "diff", "side"]
