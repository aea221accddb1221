"""People drown in findings that do not apply. The number of open threats is held down on every example."""

from datetime import date
from pathlib import Path

import pytest

from casemate.assess import assess
from casemate.catalog import load
from casemate.define.build import from_text
from casemate.evidence.bind import Evidence
from casemate.validate.policy import read_policy

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
FILES = sorted(EXAMPLES.glob("*/*casemate.yaml"))
MOST = 4.0  # open threats for each component; pytm gives 37


def assessed(path):
    fines, _ = load.fines()
    system = from_text(path.read_text("utf-8"), path.name, {"fines": tuple(fines)})
    return assess(system, Evidence(), load.catalog(), read_policy(), date(2026, 11, 23))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.parent.name + "/" + p.name)
def test_an_example_has_few_open_threats_for_each_component(path):
    a = assessed(path)
    assert 0 < len(a.of("open")) <= MOST * len(a.system.components)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.parent.name + "/" + p.name)
def test_no_sentence_of_an_open_threat_has_a_hole(path):
    assert [r.found.reason.because for r in assessed(path).of("open") if "unknown" in r.found.reason.because] == []
