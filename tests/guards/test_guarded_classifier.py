"""A classifier behind guards, as scikit-learn has them."""

import copy
import pickle
import threading

import numpy as np
import pytest

pytest.importorskip("sklearn")
pd = pytest.importorskip("pandas")

from sklearn.base import clone  # noqa: E402
from sklearn.compose import make_column_transformer  # noqa: E402
from sklearn.frozen import FrozenEstimator  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.model_selection import GridSearchCV  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import OneHotEncoder  # noqa: E402
from sklearn.svm import LinearSVC  # noqa: E402

from casemate.core.errors import CasemateError  # noqa: E402
from casemate.guards._guard import Guarded  # noqa: E402
from casemate.guards.quota import Quota  # noqa: E402
from casemate.guards.wrapper import GuardedClassifier, RefusedRows  # noqa: E402

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 3))
Y = np.where(X[:, 0] + X[:, 1] > 0, "yes", "no")
FRAME = pd.DataFrame({"age": RNG.integers(18, 80, 200), "job": RNG.choice(["clerk", "pilot"], 200), "income": X[:, 2]})
PIPELINE = make_pipeline(
    make_column_transformer((OneHotEncoder(), ["job"]), remainder="passthrough"), LogisticRegression(max_iter=1000)
)


def fitted(*guards, **how):
    return GuardedClassifier(LogisticRegression(), list(guards), **how).fit(X, Y)


def test_without_guards_it_says_what_the_estimator_says():
    bare = LogisticRegression().fit(X, Y)
    g = fitted()
    np.testing.assert_array_equal(g.predict_proba(X), bare.predict_proba(X))
    np.testing.assert_array_equal(g.predict(X), bare.predict(X))
    assert (g.classes_.tolist(), g.n_features_in_, g.score(X, Y)) == (["no", "yes"], 3, bare.score(X, Y))


def test_it_says_what_the_guarded_model_of_the_red_team_says():
    bare = LogisticRegression().fit(X, Y)
    g = fitted("squeezing:levels=4", "rounding:decimals=2")
    guarded = Guarded(bare.predict_proba, g.guards_, 2)
    np.testing.assert_array_equal(g.predict_proba(X), guarded(X))


def test_refused_rows_are_an_error_that_names_them():
    with pytest.raises(RefusedRows) as e:
        fitted("input-range").predict([[0, 0, 0], [99, 0, 0]])
    assert str(e.value) == "rows: refused: row 1: input-range; leave them out, or ask with refuse='mask'"
    assert e.value.why == {1: "input-range"}
    assert pickle.loads(pickle.dumps(e.value)).why == {1: "input-range"}


def test_many_refused_rows_are_told_in_a_few_words():
    with pytest.raises(RefusedRows, match="row 4: input-range; and 15 more; leave"):
        fitted("input-range").predict(np.full((20, 3), 99.0))


def test_refused_rows_are_masked_for_who_wants_that():
    g = fitted("input-range", refuse="mask")
    some = np.array([[0, 0, 0], [99, 0, 0], [0, np.inf, 0]])
    found = g.predict(some)
    assert np.ma.getmaskarray(found).tolist() == [False, True, True]
    assert np.isnan(g.predict_proba(some)).all(axis=1).tolist() == [False, True, True]


def test_each_call_has_a_client():
    g = fitted("quota:quota=2", refuse="mask", client="house")
    assert np.ma.getmaskarray(g.predict(X[:3])).tolist() == [False, False, True]
    assert np.ma.getmaskarray(g.predict(X[:3], client="bank")).tolist() == [False, False, True]
    assert np.ma.getmaskarray(g.as_client("bank").predict(X[:3])).tolist() == [False, False, True]
    assert np.ma.getmaskarray(g.as_client("other").predict(X[:2])).tolist() == [False, False]


def test_the_clock_renews_a_quota():
    now = [0.0]
    g = fitted("quota:quota=1", refuse="mask", window=10, clock=lambda: now[0])
    seen = []
    for at, row in [(0, 0), (9.9, 1), (10, 2), (19.9, 3), (35, 4), (39.9, 5), (40, 6)]:
        now[0] = at
        seen.append(bool(np.ma.getmaskarray(g.predict(X[[row]]))[0]))
    assert seen == [False, True, False, True, False, True, False]


def test_frames_with_words_pass_in_any_order_of_columns():
    g = GuardedClassifier(PIPELINE, ["rounding:decimals=2"]).fit(FRAME, Y)
    bare = clone(PIPELINE).fit(FRAME, Y)
    np.testing.assert_allclose(g.predict_proba(FRAME[["income", "job", "age"]]), bare.predict_proba(FRAME).round(2))
    assert g.feature_names_in_.tolist() == ["age", "job", "income"]


def test_numbers_of_a_frame_are_squeezed_and_words_are_not():
    g = GuardedClassifier(PIPELINE, ["squeezing:levels=2"]).fit(FRAME, Y)
    near = FRAME[:1].assign(age=30)
    np.testing.assert_array_equal(g.predict_proba(near), g.predict_proba(near.assign(age=25)))
    other = near.assign(job={"clerk": "pilot", "pilot": "clerk"}[near.job.iloc[0]])
    assert (g.predict_proba(near) != g.predict_proba(other)).all()


def test_a_value_of_another_type_or_a_word_that_nobody_knows_is_refused():
    g = GuardedClassifier(PIPELINE).fit(FRAME, Y)
    bad = FRAME[:3].astype({"age": object})
    bad.iloc[0, 1] = "king"
    bad.iloc[1, 0] = "old"
    with pytest.raises(RefusedRows) as e:
        g.predict(bad)
    assert e.value.why == {0: "job is no word that it knows", 1: "age is no number"}


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (FRAME[["age", "job"]], "rows: lack 'income'; give 'age', 'job', 'income', each once"),
        (FRAME.assign(x=1), "rows: have columns that nobody knows; give 'age', 'job', 'income', each once"),
        (FRAME.to_numpy(), "rows: are no frame; give one with 'age', 'job', 'income'"),
    ],
)
def test_a_frame_with_other_columns_is_an_error(rows, why):
    with pytest.raises(CasemateError) as e:
        GuardedClassifier(PIPELINE).fit(FRAME, Y).predict(rows)
    assert str(e.value) == why


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (X[:, :2], "rows: have 2 columns, not 3; give those it learned"),
        (X[0], "rows: have 1 dimensions, not 2; give them as (n, columns)"),
        ([["a", "b", "c"]], "rows: hold what is no number; give a frame of pandas where columns hold words"),
    ],
)
def test_an_array_of_another_shape_is_an_error(rows, why):
    with pytest.raises(CasemateError) as e:
        fitted().predict(rows)
    assert str(e.value) == why


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (FRAME.assign(day=pd.Timestamp("2026-01-01")), "column 'day' holds datetime64.*, at which no guard can look"),
        (FRAME.assign(x=[[1]] * 200), "column 'x' holds text or objects"),
        (FRAME.assign(income=np.inf), "row 1: income is not finite"),
    ],
)
def test_clean_rows_that_no_guard_can_look_at_are_named(frame, why):
    with pytest.raises(CasemateError, match=why):
        GuardedClassifier(PIPELINE).fit(frame, Y)


def test_a_clone_has_the_settings_and_no_state():
    g = fitted("quota:quota=2", Quota(5), refuse="mask")
    g.predict(X[:2])
    other = clone(g)
    assert not hasattr(other, "guards_")
    assert other.get_params()["guards"][0] == "quota:quota=2"
    assert not np.ma.getmaskarray(other.fit(X, Y).predict(X[:2])).any()


def test_a_guard_that_is_given_is_not_touched():
    quota = Quota(2)
    fitted(quota).predict(X[:2])
    assert len(quota.asked) == 0


def test_settings_may_be_searched():
    g = GridSearchCV(
        GuardedClassifier(LogisticRegression()),
        {"guards": [[], ["rounding:decimals=0"]], "estimator__C": [0.1, 1]},
        cv=3,
    ).fit(X, Y)
    assert len(g.cv_results_["params"]) == 4
    assert g.best_score_ > 0.9


def test_a_model_that_was_fitted_before_is_frozen():
    bare = LogisticRegression().fit(X, Y)
    g = GuardedClassifier(FrozenEstimator(bare), ["label-only"]).fit(X[:20], Y[:20])
    np.testing.assert_array_equal(g.predict(X), bare.predict(X))


def test_an_estimator_without_scores_gives_labels():
    g = GuardedClassifier(LinearSVC(), ["quota"]).fit(X, Y)
    assert set(np.unique(g.predict_proba(X))) == {0, 1}
    np.testing.assert_array_equal(g.predict(X), LinearSVC().fit(X, Y).predict(X))


def test_a_fitted_one_is_kept_in_a_file_and_goes_on_counting():
    g = fitted("quota:quota=2", "noise", refuse="mask")
    g.predict(X[:1])
    for other in (pickle.loads(pickle.dumps(g)), copy.deepcopy(g)):
        assert np.ma.getmaskarray(other.predict(X[:3])).tolist() == [False, False, True]


def test_threads_never_get_more_than_the_quota():
    g = fitted("quota:quota=20", refuse="mask")
    heard = []
    threads = [
        threading.Thread(
            target=lambda i=i: heard.append((~np.ma.getmaskarray(g.predict(X[10 * i : 10 * i + 10]))).sum())
        )
        for i in range(8)
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sum(heard) == 20


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"guards": ["roundin"]}, "guards: there is no guard 'roundin'; did you mean 'rounding'?"),
        ({"guards": "rounding"}, "guards: 'rounding' is no list; write guards=[...]"),
        ({"refuse": "no"}, "refuse: 'no' is nothing; write raise or mask"),
        ({"window": 0}, "window: must be above 0 seconds, not 0; leave it out for one without end"),
    ],
)
def test_settings_that_there_are_not_are_named(how, why):
    with pytest.raises(CasemateError) as e:
        GuardedClassifier(LogisticRegression(), **how).fit(X, Y)
    assert str(e.value) == why
