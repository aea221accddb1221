"""`measure: - redteam:` takes the options of the command, and its messages name nothing that only the command has."""

import re

from casemate.cli.redteam import command
from casemate.evidence.redteam.measure import KEYS

BY_HAND = {"patience", "cache", "load suspicious", "rows to", "format", "today"}
"""For whoever sits before it."""
ONLY_IN_A_FILE = {"address", "at", "model", "options"}
SYSTEM = """\
casemate: 1
name: x
zones: {z: {trust: staff}}
components:
  m: {kind: model, zone: z, path: m.xgb}
measure: [{redteam: {model: m, data: d.csv, label: y, max seconds: 5}}]
"""


def test_the_keys_are_the_options_of_the_command():
    options = {o[2:].replace("-", " ") for p in command.params for o in p.opts if o.startswith("--")}
    assert options - BY_HAND - {"option"} == set(KEYS) - ONLY_IN_A_FILE


def test_a_file_that_is_not_clean_has_a_remedy_in_a_system_file(casemate):
    casemate.write("casemate.yaml", SYSTEM)
    casemate.write("m.xgb", '{"learner":')
    casemate.write("d.csv", "a,y\n1,0\n")
    code, _, err = casemate("measure")
    assert code == 3
    assert re.search(r"is not loaded: the scan calls it inconclusive \(.+\); look at `casemate scan m\.xgb`;", err)
    assert err.endswith(
        "a name that does no harm can stand in `allow:`, and what is of another kind can be attacked with "
        "`casemate redteam m.xgb --load-suspicious`, which leaves no record\n"
    )
