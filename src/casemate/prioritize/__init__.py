"""Step 4, prioritize: attempts x success x loss, by Monte Carlo over what is uncertain (FAIR-shaped).

Attempts belong to (attacker class, goal, asset), never to a threat: threats that serve one goal on one asset are
alternative ways, of which an attacker takes the best. So splitting a rule in two changes no total.
"""

from casemate.prioritize.risk import Risk, Risks, prioritize

__all__ = ["Risk", "Risks", "prioritize"]
