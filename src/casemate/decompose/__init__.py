"""Step 2, decompose: trust boundaries, entry points, who has access, who reaches what, and where taint goes.

All derived facts are worked out here, once and in Python, so that the rule language never has to grow.
"""

from casemate.decompose.parts import Parts, decompose

__all__ = ["Parts", "decompose"]
