"""Every guard of the shelf: it names a control and views that exist, keeps the shape of what passes, repeats itself."""

import copy
import pickle

import numpy as np
import pytest

from asgi_app import Tiny, ask, model
from casemate.catalog.load import catalog
from casemate.core import shelf
from casemate.guards._guard import ANYBODY, Guard, Guarded, Seeded
from casemate.guards._spec import made as written
from casemate.guards._spec import named
from casemate.guards.asgi import Guarding

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


@pytest.mark.parametrize("name", GUARDS)
def test_its_name_is_enough_to_make_it(name):
    (guard,) = written([name], "x")
    assert type(guard) is GUARDS[name]
    assert named(guard) == name


@pytest.mark.parametrize("name", GUARDS)
def test_answers_stay_between_0_and_1(name):
    found = answers(name, ROWS)
    assert (np.isnan(found) | ((found >= 0) & (found <= 1))).all()


@pytest.mark.parametrize("name", GUARDS)
def test_a_copy_and_one_out_of_a_pickle_say_the_same(name):
    guard = made(name)
    there = [Guarded(model, (g,), 3)(ROWS) for g in (copy.deepcopy(guard), pickle.loads(pickle.dumps(guard)), guard)]
    np.testing.assert_array_equal(there[0], there[2])
    np.testing.assert_array_equal(there[1], there[2])


@pytest.mark.parametrize("name", GUARDS)
def test_what_it_remembers_does_not_grow_with_what_it_is_asked(name):
    few = {"quota": {"clients": 5, "rows": 50}}.get(name, {})
    if name == "anomaly-gate":
        pytest.importorskip("sklearn")
    guard = GUARDS[name](**few)
    guard.learn(ROWS)
    rng = np.random.default_rng(0)

    def size():
        for i in range(30):
            Guarded(model, (guard,), 3, client=f"client {i % 7}")(rng.normal(size=(20, 5)))
        return len(pickle.dumps(guard))

    first = size()
    assert abs(size() - first) <= 64


@pytest.mark.parametrize("name", GUARDS)
def test_one_row_after_the_other_hears_what_all_together_hear(name):
    together = answers(name, ROWS[:30])
    guard = made(name)
    alone = np.vstack([Guarded(model, (guard,), 3)(r[None]) for r in ROWS[:30]])
    np.testing.assert_array_equal(alone, together)


@pytest.mark.parametrize("name", GUARDS)
def test_the_wrapper_says_the_same(name):
    pytest.importorskip("sklearn")
    from sklearn.frozen import FrozenEstimator
    from sklearn.linear_model import LogisticRegression

    from casemate.guards.wrapper import GuardedClassifier

    bare = LogisticRegression().fit(ROWS, np.arange(200) % 3)
    wrapped = GuardedClassifier(FrozenEstimator(bare), [GUARDS[name]()], refuse="mask").fit(ROWS, np.arange(200) % 3)
    if isinstance(wrapped.guards_[0], Seeded):
        wrapped.guards_[0].seeded(0)
    there = Guarded(bare.predict_proba, (made(name),), 3, client=ANYBODY)
    rows = np.vstack([ROWS[:20], 100 + ROWS[:2]])
    np.testing.assert_array_equal(wrapped.predict_proba(rows), there(rows))


@pytest.mark.parametrize("name", GUARDS)
def test_the_middleware_says_the_same(name):
    app = Guarding(Tiny(), [made(name)], path="/predict", clean=ROWS)
    there = Guarded(model, (made(name),), 3)
    for row in [*ROWS[:20], 100 + ROWS[0]]:
        (wanted,) = there(row[None])
        found = ask(app, {"rows": [row.tolist()]})
        if np.isnan(wanted).any():
            assert (found.status, found.json["rows"]) == (422, {"0": name})
        else:
            assert found.json["scores"] == [wanted.tolist()]
