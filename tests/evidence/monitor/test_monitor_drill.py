"""The drill: shifts that are put into a log are found in time, or it says which were not."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from monitor_logs import attack, day

from casemate.evidence.monitor import drill, record, run
from casemate.evidence.monitor.coverage import Coverage
from casemate.evidence.monitor.drill import Drilled, drilled
from casemate.evidence.monitor.run import Limits, learnt, settled
from casemate.evidence.statement import ControlResult

TODAY = date(2026, 11, 23)
BOTH = ("abrupt rise of low confidence", "abrupt shift of f.x00", "slow rise of low confidence", "slow shift of f.x00")


@pytest.fixture(scope="module")
def normal():
    return learnt((day(d, 1000) for d in range(8)), "normal", 0.6, 24, 0)


def tried(normal, log, within=drill.WITHIN, **limits):
    return drilled(normal, settled(normal, Limits(**{"low": 0.2, **limits}))[0], log, within)


def test_all_four_shifts_are_found_in_a_quiet_log_each_time_alike(normal):
    once = tried(normal, [day(10, 1000)])
    assert (once, once.verified) == (Drilled(True, BOTH, ()), True)
    assert tried(normal, [day(10, 1000)]) == once


def test_too_few_agreed_records_are_not_enough_and_it_says_for_what(normal):
    found = tried(normal, [day(10, 1000)], within=3)
    assert found.verified is False
    assert found.asleep == tuple(sorted({"abrupt rise of low confidence", *BOTH} - set(found.seen)))
    assert "abrupt rise of low confidence" in found.asleep


def test_a_monitor_that_tolerates_any_drift_sleeps_through_the_shifts(normal):
    found = tried(normal, [day(10, 1000)], moved=0.99)
    assert found.asleep == ("abrupt shift of f.x00", "slow shift of f.x00")


def test_a_log_that_raises_alarms_by_itself_shows_nothing(normal):
    found = tried(normal, [attack(12)])
    assert (found.calm, found.verified) == (False, None)


def test_a_log_without_rows_or_without_anything_to_shift_shows_nothing(normal):
    assert tried(normal, []).verified is None
    bare = replace(day(10, 1000), confidence=None, features={"town": day(10, 1000).features["town"]})
    assert tried(normal, [bare]).verified is None


def test_low_confidence_rises_to_exactly_the_share_that_is_asked_for(normal):
    fresh = run.begin(normal, Limits(low=0.2)).monitor
    sure = replace(day(10, 1000), confidence=np.full(1000, 0.9))
    rows = drill._unsure(fresh, sure, np.full(20_000, 0.3))
    assert abs((rows.confidence < 0.6).mean() - 0.3) < 4 * np.sqrt(0.3 * 0.7 / 20_000)


@pytest.mark.parametrize(
    ("found", "controls", "first"),
    [
        (Drilled(True, BOTH, ()), (ControlResult("drift-monitoring", verified=True),), None),
        (
            Drilled(True, BOTH[1:], BOTH[:1]),
            (ControlResult("drift-monitoring", verified=False),),
            "drill: the abrupt rise of low confidence was not found in time",
        ),
        (Drilled(False), (), "drill: shows nothing, for the log raises alarms by itself or has no rows"),
    ],
    ids=["awake", "asleep", "not calm"],
)
def test_the_record_verifies_the_control_only_by_what_the_drill_found(normal, found, controls, first):
    facts = run.told(run.through(run.begin(normal, Limits(low=0.2)), [day(10, 1000)]))
    s = record.of_model("scorer", "cd" * 32, TODAY, facts, tried=found)
    assert s.controls == controls
    assert first is None or s.findings[0] == first


@pytest.mark.parametrize(
    ("answered", "verifies"),
    [(("cd", 1000), True), (("ef", 1000), False), (("ef", 999), True)],
    ids=["it", "other", "some"],
)
def test_a_drill_on_a_log_that_another_artefact_answered_verifies_nothing(normal, answered, verifies):
    word, rows = answered
    facts = run.told(run.through(run.begin(normal, Limits(low=0.2)), [day(10, 1000)]))
    digests = ((word * 32, rows), *((("cd" * 32, 1000 - rows),) if rows < 1000 else ()))
    log = replace(Coverage(), rows=1000, digests=digests)
    s = record.of_model("scorer", "cd" * 32, TODAY, replace(facts, log=log), tried=Drilled(True, BOTH, ()))
    assert bool(s.controls) is verifies
    assert verifies or s.findings[0] == "drill: shows nothing, for another artefact answered every row of this log"
