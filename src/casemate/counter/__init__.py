"""Step 5, develop countermeasures: what first, what it buys, who owns it, and what would prove it."""

from casemate.counter.offers import Action
from casemate.counter.plan import Treatment, counter

__all__ = ["Action", "Treatment", "counter"]
