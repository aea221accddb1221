"""What attackers do at home is no finding; it is shown beside what it prepares."""

from pathlib import Path

from casemate.catalog import atlas
from casemate.catalog.load import tree_of

ROLES = atlas.roles()
HERE = atlas.__path__[0]
ENABLES = tree_of(Path(HERE) / "enables.yaml")["enables"]


def test_everything_that_happens_at_the_attackers_prepares_something():
    assert {i for i, role in ROLES.items() if role == "attacker_side"} == set(ENABLES)


def test_what_is_prepared_is_what_a_system_can_be_exposed_to():
    assert {ROLES[i] for prepared in ENABLES.values() for i in prepared} == {"victim_exposed"}


def test_a_threat_shows_what_prepares_it_by_the_newest_ids():
    assert atlas.enablers({"atlas": ("AML.T0010.002",)}) == ("AML.T0008.002", "AML.T0115.000")
    assert atlas.enablers({"owasp-ml-2023": ("ML01",)}) == ()
