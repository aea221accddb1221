"""Every report that says that the gate passed says what it passed over."""

import json
import re
from datetime import timedelta

import pytest

from casemate.core import shelf
from casemate.validate.baseline import hold, taken
from scoring import BROKEN, CLEAN, SCORING
from strategies import TODAY, assessed


def held():
    a = assessed(SCORING, BROKEN, CLEAN)
    return hold(a, taken(a, "Ada", TODAY + timedelta(days=9), "b.yaml"))


@pytest.mark.parametrize("name", ["text", "markdown", "html"])
def test_a_report_says_what_the_gate_passes_over(name):
    found = len(held().baseline.covered)
    text = " ".join(re.sub("<[^>]+>", "", shelf.member("report", name).render(held())).split())
    assert f"The gate passes over {found} findings of 2 Nov 2026, which Ada answers for until 11 Nov 2026." in text


def test_json_has_it_all():
    told = json.loads(shelf.member("report", "json").render(held()))["baseline"]
    assert (told["by"], told["until"], told["state"]) == ("Ada", "2026-11-11", "active")
    assert told["held"] == sorted(held().baseline.covered)
    assert json.loads(shelf.member("report", "json").render(assessed(SCORING)))["baseline"] is None
