"""Law 1: evidence binds to what it measured, and to nothing else."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.money import LONGEST
from casemate.define.build import from_text
from casemate.evidence.bind import INHERITED, Evidence, bind, element_digest
from casemate.evidence.statement import Statement

FILE = """\
casemate: 1
name: x
zones: {z: {trust: staff}, y: {trust: staff}}
components:
  scorer: {kind: model, zone: z, path: scorer.pkl}
  copy: {kind: model, zone: z, path: copy.pkl}
  one: {kind: llm, zone: z, auth: key, provider: {model: large, version: v1}}
  two: {kind: llm, zone: z, auth: key, provider: {model: large, version: v1}}
"""
DAY = date(2026, 10, 2)
A, B = "a" * 64, "b" * 64
S = from_text(FILE, "m.yaml", {})


def record(**changes):
    return Statement(**{"kind": "scan", "about": "scorer", "digest": A, "tool": "t", "measured": DAY, **changes})


def bound(*records, today=DAY, ages=None, system=S, **more):
    given = {"digests": {"scorer": A, "copy": B}, **more}
    return bind(system, Evidence(tuple(records), **given), today, ages)


def state(r, element="scorer", **more):
    (found,) = bound(r, **more)[element]
    return found.state


def test_evidence_of_these_very_bytes_is_valid():
    assert state(record()) == "valid"


def test_evidence_of_other_bytes_is_void_and_still_shown():
    (found,) = bound(record(digest="c" * 64))["scorer"]
    assert (found.state, found.usable, found.weight) == ("void", False, 0.0)


def test_evidence_of_a_file_that_is_gone_is_void():
    assert state(record(), digests={"scorer": None}) == "void"
    assert state(record(), digests={}) == "void"


def test_the_same_bytes_elsewhere_are_served_too():
    found = bound(record(), digests={"scorer": A, "copy": A})
    assert {e: [r.state for r in rs] for e, rs in found.items()} == {"scorer": ["valid"], "copy": ["valid"]}


def test_bytes_that_moved_to_another_element_leave_a_void_behind():
    found = bound(record(), digests={"scorer": B, "copy": A})
    assert {e: [r.state for r in rs] for e, rs in found.items()} == {"scorer": ["void"], "copy": ["valid"]}


def test_a_backup_of_the_old_model_does_not_take_away_what_the_new_one_inherits():
    found = bound(record(recipe="r"), digests={"scorer": B, "copy": A}, recipes={"scorer": "r", "copy": None})
    assert {e: [r.state for r in rs] for e, rs in found.items()} == {"scorer": ["inherited"], "copy": ["valid"]}


def test_evidence_of_an_element_that_is_no_longer_there_is_left_out():
    assert bound(record(about="gone", digest="c" * 64)) == {}


@pytest.mark.parametrize(("days", "said"), [(0, "valid"), (90, "valid"), (91, "expired"), (5000, "expired")])
def test_evidence_lives_ninety_days(days, said):
    assert state(record(), today=DAY + timedelta(days=days)) == said


@pytest.mark.parametrize(("age", "days", "said"), [(7, 7, "valid"), (7, 8, "expired"), (400, 300, "valid")])
def test_the_policy_sets_the_age_of_a_kind(age, days, said):
    assert state(record(), today=DAY + timedelta(days=days), ages={"scan": age}) == said


def test_the_policy_of_another_kind_says_nothing():
    assert state(record(), today=DAY + timedelta(days=50), ages={"redteam": 1}) == "valid"


def test_a_record_may_end_sooner_than_the_policy_but_never_later():
    assert state(record(valid_until=DAY + timedelta(days=5)), today=DAY + timedelta(days=6)) == "expired"
    assert state(record(valid_until=DAY + timedelta(days=500)), today=DAY + timedelta(days=91)) == "expired"


def test_what_was_measured_in_the_future_is_not_valid():
    tomorrow = DAY + timedelta(days=1)
    assert state(record(measured=tomorrow)) != "valid"
    assert state(record(measured=tomorrow, recipe="r", digest="c" * 64), recipes={"scorer": "r"}) == "void"


@pytest.mark.parametrize(("days", "said"), [(30, "valid"), (31, "expired")])
def test_an_element_without_bytes_is_known_for_thirty_days_at_most(days, said):
    r = record(about="one", digest=element_digest(S, S.components["one"]))
    assert state(r, "one", today=DAY + timedelta(days=days), ages={"scan": 400}) == said


def test_evidence_of_an_element_without_bytes_says_nothing_of_its_twin():
    r = record(about="one", digest=element_digest(S, S.components["one"]))
    assert element_digest(S, S.components["one"]) == element_digest(S, S.components["two"])
    assert list(bound(r)) == ["one"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("one: {kind: llm, zone: z, auth: key", "one: {kind: llm, zone: z, auth: token"),
        ("one: {kind: llm, zone: z, auth: key", "one: {kind: llm, zone: y, auth: key"),
        ("one: {kind: llm, zone: z, auth: key", "one: {kind: agent, zone: z, auth: key"),
        ("one: {kind: llm, zone: z, auth: key", "one: {kind: llm, zone: z, auth: key, mfa: yes"),
        ("one: {kind: llm, zone: z, auth: key", "one: {kind: llm, zone: z"),
        ("version: v1}}\n  two", "version: v2}}\n  two"),
    ],
)
def test_a_declared_fact_that_changes_voids_what_was_measured_before(old, new):
    assert FILE.count(old) == 1
    r = record(about="one", digest=element_digest(S, S.components["one"]))
    assert state(r, "one", system=from_text(FILE.replace(old, new), "m.yaml", {})) == "void"


def test_a_better_word_for_a_thing_does_not_make_it_another():
    said = FILE.replace("version: v1}}\n  two", "version: v1}, name: One, means: it writes}\n  two")
    r = record(about="one", digest=element_digest(S, S.components["one"]))
    assert state(r, "one", system=from_text(said, "m.yaml", {})) == "valid"


def test_a_claimed_control_voids_nothing():
    said = FILE.replace("auth: key, provider: {model: large, version: v1}}\n  two",
                        "auth: key, controls: [x], provider: {model: large, version: v1}}\n  two")  # fmt: skip
    r = record(about="one", digest=element_digest(S, S.components["one"]))
    assert state(r, "one", system=from_text(said, "m.yaml", {})) == "valid"


@pytest.mark.parametrize(
    ("recipe", "now", "said"),
    [("r", "r", "inherited"), ("r", "q", "void"), ("r", None, "void"), (None, None, "void"), (None, "r", "void")],
)
def test_another_build_inherits_only_from_the_same_known_recipe(recipe, now, said):
    assert state(record(digest="c" * 64, recipe=recipe), recipes={"scorer": now}) == said


def test_what_is_inherited_counts_for_a_third_and_states_no_facts():
    (found,) = bound(record(digest="c" * 64, recipe="r"), recipes={"scorer": "r"})["scorer"]
    assert (found.weight, found.usable) == (INHERITED, False) == (0.3, False)


def test_what_is_inherited_grows_old_too():
    r = record(digest="c" * 64, recipe="r")
    assert state(r, recipes={"scorer": "r"}, today=DAY + timedelta(days=91)) == "void"


@pytest.mark.parametrize(
    ("signed", "fresh", "said"),
    [(False, False, "attested"), (True, False, "measured"), (False, True, "measured"), (True, True, "measured")],
)
def test_only_what_is_signed_or_of_this_run_counts_as_measured(signed, fresh, said):
    r = record(signed=signed)
    (found,) = bound(r, this_run=frozenset([r.id] if fresh else []))["scorer"]
    assert found.standing == said


def test_the_newest_record_stands_first_and_the_order_of_lines_does_not_matter():
    records = [record(tool=f"t{i}", measured=DAY - timedelta(days=i % 3)) for i in range(9)]
    found = bound(*records)["scorer"]
    assert [r.statement.measured for r in found] == sorted((r.measured for r in records), reverse=True)
    assert bound(*reversed(records))["scorer"] == found


days = st.dates(date(1900, 1, 1), date(2999, 12, 31))


@given(days, days, st.none() | days, st.integers(0, LONGEST))
def test_no_day_and_no_age_leaves_the_calendar(measured, today, until, age):
    found = state(record(measured=measured, valid_until=until), today=today, ages={"scan": age})
    young = measured <= today <= measured + timedelta(days=age) and (until is None or today <= until)
    assert found == ("valid" if young else "early" if measured > today else "expired")


@pytest.mark.parametrize("kind", ["access", "audit", "configuration", "lineage", "probe", "verify"])
def test_what_depends_on_the_place_says_nothing_of_equal_bytes_elsewhere(kind):
    """Who may write, which lock, which signer, which origin: a copy in an open folder has others."""
    found = bound(record(kind=kind), digests={"scorer": A, "copy": A})
    assert {e: [r.state for r in rs] for e, rs in found.items()} == {"scorer": ["valid"]}


def test_a_record_about_an_element_of_another_system_speaks_of_none_here():
    assert element_digest(replace(S, name="lab"), S.components["one"]) != element_digest(S, S.components["one"])
