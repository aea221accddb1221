"""The whole tool on one page: the article's six steps, in order. Pure: same inputs, same answer.

No file, network or clock is touched here. Reading is done before (`define`, `catalog`, `evidence`), writing after
(`report`); which rooms may use which is held by import-linter.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from casemate.catalog.load import Catalog
from casemate.counter import counter
from casemate.decompose import decompose
from casemate.define.system import System
from casemate.evidence.bind import Evidence, bind
from casemate.identify import identify
from casemate.identify.shelf import rules_of
from casemate.prioritize import prioritize
from casemate.validate import Assessment, Policy, validate
from casemate.validate.decisions import active, check_names


def assess(
    system: System, evidence: Evidence, catalog: Catalog, policy: Policy, today: date, seed: int = 0
) -> Assessment:
    """Re-compute the threat model from the system as described and the evidence as measured."""
    system = replace(system, attempts=system.attempts.as_of(today))
    rules = rules_of(catalog)
    check_names(system, (r.id for r in rules), catalog.controls)
    records = bind(system, evidence, today, policy.maximum_age)  # what each record still speaks for
    parts = decompose(system, records)  # declared facts, overruled by measured ones
    found = identify(parts, rules)  # open | countered | assumed | ruled out by declaration
    risks = prioritize(parts, found, catalog, policy.severity, seed, active(system.dismiss, today))
    plan = counter(risks, catalog.controls, system.plan)  # what first, what it buys, what would prove it
    return validate(plan, policy, today)  # gate, acceptances, what is stale, what is due
