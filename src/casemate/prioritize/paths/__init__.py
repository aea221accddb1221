"""Attack paths: chains of threats, and of what follows from them, from where somebody may begin to a harm.

Open and assumed threats take part. What is ruled out by declared facts alone does not: its price stays in the current
risk, but a chain is worth reading only where every step of it is told as a threat. `probability` is of one attempt, the
product of its threats; a step that no threat stands for always succeeds.
"""

from casemate.prioritize.paths.chain import Chains, Path, Paths, Step, paths

__all__ = ["Chains", "Path", "Paths", "Step", "paths"]
