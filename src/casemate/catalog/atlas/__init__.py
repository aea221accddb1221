"""MITRE ATLAS: its editions as facts, read from its own files in either format, compared, and held against our threats.

5.6.0.yaml, 2026.09.yaml   facts beside the names on the taxonomy shelf
roles.yaml                 our judgement: which techniques a fact about a system makes possible
enables.yaml               our judgement: what attackers prepare at home, and for which of those
"""

from casemate.catalog.atlas.compare import Changes, Coverage, compare, covered, mapped
from casemate.catalog.atlas.edition import Edition, Technique, document
from casemate.catalog.atlas.read import read_atlas
from casemate.catalog.atlas.shipped import EDITIONS, KEY, ROLES, aliases, enablers, roles, shipped

__all__ = [
    "EDITIONS", "KEY", "ROLES", "Changes", "Coverage", "Edition", "Technique",
    "aliases", "compare", "covered", "document", "enablers", "mapped", "read_atlas", "roles", "shipped",
]  # fmt: skip
