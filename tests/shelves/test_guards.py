"""Every guard of the shelf: it names a control and views that exist, keeps the shape of what passes, repeats itself."""

import numpy as np
import pytest

from casemate.catalog.load import catalog
from casemate.core import shelf
from casemate.guards._guard import Guard, Guarded, Seeded

GUARDS = {name: shelf.member("guards", name).GUARD for name in shelf.names("guards")}
GOALS = {"evasion", "membership", "attribute", "inversion", "extraction"}
ROWS = np.random.default_rng(3).normal(size=(200, 5))


def made(name) -> Guard:
    if name == "anomaly-gate":
        pytest.importorskip("sklearn")
    guard = GUARDS[name]()
    if isinstance(guard, Seeded):
        guard.seeded(0)
    guard.learn(ROWS)
    return guard


def model(rows):
    p = 1 / (1 + np.exp(-rows[:, 0]))
    return np.column_stack([p, (1 - p) / 2, (1 - p) / 2])


def answers(name, rows):
    return Guarded(model, (made(name),), 3)(rows)


@pytest.mark.parametrize("name", GUARDS)
def test_it_is_a_control_of_the_catalogue_with_an_attacker_who_knows_it(name):
    about = GUARDS[name].about
    assert about.control in catalog().controls
    assert set(about.against) <= GOALS
    assert about.against
    assert set(about.adaptive) <= set(shelf.names("evidence/redteam/views"))
    assert about.why
    assert about.why[0].islower()


@pytest.mark.parametrize("name", GUARDS)
def test_a_guard_that_changes_answers_names_a_view_that_sees_through_it(name):
    changes = GUARDS[name].answer is not Guard.answer
    assert bool(GUARDS[name].about.adaptive) or not changes


@pytest.mark.parametrize("name", GUARDS)
def test_what_passes_keeps_its_shape_and_refusals_are_whole_rows(name):
    found = answers(name, ROWS)
    assert found.shape == (200, 3)
    bad = np.isnan(found)
    assert (bad.any(axis=1) == bad.all(axis=1)).all()
    assert not np.isinf(found).any()


@pytest.mark.parametrize("name", GUARDS)
def test_clean_rows_mostly_pass(name):
    assert np.isnan(answers(name, ROWS)).any(axis=1).mean() <= 0.1


@pytest.mark.parametrize("name", GUARDS)
def test_rows_are_not_changed_in_their_place(name):
    rows = ROWS.copy()
    answers(name, rows)
    np.testing.assert_array_equal(rows, ROWS)


@pytest.mark.parametrize("name", GUARDS)
def test_nothing_and_what_is_missing_pass_without_an_error(name):
    assert answers(name, ROWS[:0]).shape == (0, 3)
    holes = ROWS[:3].copy()
    holes[:, 1] = np.nan
    assert answers(name, holes).shape == (3, 3)


@pytest.mark.parametrize("name", GUARDS)
def test_the_same_seed_repeats(name):
    np.testing.assert_array_equal(answers(name, ROWS), answers(name, ROWS))


@pytest.mark.parametrize("name", GUARDS)
def test_a_guard_that_learned_nothing_stands_in_front_of_anything(name):
    guard = GUARDS[name]()
    assert Guarded(model, (guard,), 3)(ROWS).shape == (200, 3)
