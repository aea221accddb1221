"""xgboost's own files: the same answers as the library gives, classes and columns told, what is no classifier refused.

Run by `make test-models`, in an environment with the libraries; skipped everywhere else.
"""

import numpy as np
import pytest

xgboost = pytest.importorskip("xgboost")

from casemate.core.space import Feature, Space, numbers  # noqa: E402
from casemate.evidence.redteam.loaded import Shown  # noqa: E402
from casemate.evidence.redteam.metered import Budget  # noqa: E402
from casemate.evidence.redteam.model import ModelError  # noqa: E402
from casemate.evidence.redteam.models.xgboost import load, recognises  # noqa: E402
from casemate.evidence.redteam.target import opened, source  # noqa: E402

RNG = np.random.default_rng(0)
ROWS = RNG.random((200, 3))
TWO, THREE = (ROWS[:, 0] > 0.5).astype(int), np.digitize(ROWS[:, 0], [0.3, 0.6])
SPACE = numbers([0] * 3, [1] * 3)


def trained(objective, labels=TWO, names=None, **more):
    data = xgboost.DMatrix(ROWS, labels, feature_names=names)
    return xgboost.train({"objective": objective, "max_depth": 2, "nthread": 1} | more, data, 5)


def loaded(path, booster, space=SPACE, **options):
    booster.save_model(path)
    return load(str(path), Shown(space), options)


def error(job):
    with pytest.raises(ValueError) as e:  # noqa: PT011  compared whole
        job()
    return str(e.value)


@pytest.mark.parametrize("form", ["json", "ubj"])
def test_its_files_are_told_by_their_content(tmp_path, form):
    trained("binary:logistic").save_model(tmp_path / f"m.{form}")
    head = (tmp_path / f"m.{form}").read_bytes()[:4096]
    assert recognises(head, "whatever")
    assert not recognises(b'{"a": 1}', "m.json")


@pytest.mark.parametrize("form", ["json", "ubj"])
def test_two_classes_get_two_scores(tmp_path, form):
    booster = trained("binary:logistic")
    model = loaded(tmp_path / f"m.{form}", booster)
    p = booster.predict(xgboost.DMatrix(ROWS))
    np.testing.assert_allclose(model.answer(ROWS), np.column_stack([1 - p, p]), atol=1e-7)
    assert list(model.classes) == [0, 1]


@pytest.mark.parametrize("objective", ["multi:softprob", "multi:softmax"])
def test_many_classes_get_a_score_each(tmp_path, objective):
    model = loaded(tmp_path / "m.json", trained(objective, THREE, num_class=3), classes=["a", "b", "c"])
    expected = trained("multi:softprob", THREE, num_class=3).predict(xgboost.DMatrix(ROWS))
    np.testing.assert_allclose(model.answer(ROWS), expected, atol=1e-6)
    assert model.classes == ["a", "b", "c"]


def test_raw_margins_become_the_same_scores(tmp_path):
    raw = loaded(tmp_path / "raw.json", trained("binary:logitraw", base_score=0.5))
    p = 1 / (1 + np.exp(-trained("binary:logitraw", base_score=0.5).predict(xgboost.DMatrix(ROWS))))
    np.testing.assert_allclose(raw.answer(ROWS)[:, 1], p, atol=1e-6)


def test_a_hinge_gives_labels(tmp_path):
    booster = trained("binary:hinge")
    model = loaded(tmp_path / "m.json", booster, classes=["no", "yes"])
    assert model.gives == "labels"
    expected = np.array(["no", "yes"])[booster.predict(xgboost.DMatrix(ROWS)).astype(int)]
    assert model.answer(ROWS).tolist() == expected.tolist()


def test_a_classifier_that_stopped_early_answers_by_its_best_round(tmp_path):
    """As its own predict_proba does, which is what is deployed."""
    pytest.importorskip("sklearn")
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame({"a": (ROWS[:, 0] * 90).astype(int), "b": ROWS[:, 1], "c": ROWS[:, 2]})
    noisy = (RNG.random(200) < 0.2) ^ TWO
    one = xgboost.XGBClassifier(n_estimators=60, early_stopping_rounds=3, n_jobs=1)
    one.fit(table[:120], noisy[:120], eval_set=[(table[120:], noisy[120:])], verbose=False)
    assert one.best_iteration < one.get_booster().num_boosted_rounds() - 1
    space = Space((Feature("a", "integer", 0, 90), Feature("b", "real", 0, 1), Feature("c", "real", 0, 1)))
    model = loaded(tmp_path / "m.json", one, space)
    np.testing.assert_allclose(model.answer(table.to_numpy()), one.predict_proba(table), atol=1e-6)


def test_the_old_binary_form_that_cannot_be_read_is_told(tmp_path):
    (tmp_path / "m.model").write_bytes(b"binf" + b"\0" * 200)
    assert recognises(b"binf" + b"\0" * 200, "m.model")
    assert error(lambda: load(str(tmp_path / "m.model"), Shown(SPACE), {})) == (
        "is of the binary form that xgboost 3.1 no longer reads; write it as m.ubj with the version that made it"
    )


def test_columns_are_brought_into_the_order_that_it_was_trained_on(tmp_path):
    booster = trained("binary:logistic", names=["a", "b", "c"])
    space = Space(tuple(Feature(n, "real", 0, 1) for n in "cab"))
    model = loaded(tmp_path / "m.json", booster, space)
    expected = booster.predict(xgboost.DMatrix(ROWS, feature_names=["a", "b", "c"]))
    np.testing.assert_allclose(model.answer(ROWS[:, [2, 0, 1]])[:, 1], expected, atol=1e-7)


def test_other_columns_are_an_error(tmp_path):
    booster = trained("binary:logistic", names=["a", "b", "c"])
    space = Space(tuple(Feature(n, "real", 0, 1) for n in "abx"))
    assert error(lambda: loaded(tmp_path / "m.json", booster, space)) == (
        "was trained on columns that the data do not have: 'c'; give data with them, and name them in the feature file"
    )
    assert error(lambda: loaded(tmp_path / "m.json", booster, numbers([0], [1]))) == (
        "was trained on columns that the data do not have: 'a', 'b', 'c'; "
        "give data with them, and name them in the feature file"
    )


def test_other_classes_are_an_error(tmp_path):
    assert error(lambda: loaded(tmp_path / "m.json", trained("binary:logistic"), classes=["a", "b", "c"])) == (
        "gives 2 scores a row, and 3 classes are named; name as many"
    )


def test_what_tells_no_classes_apart_is_an_error(tmp_path):
    assert error(lambda: loaded(tmp_path / "m.json", trained("reg:squarederror"))) == (
        "has the objective reg:squarederror, which tells no classes apart; give a classifier"
    )


def worded():
    words = ("own", "rent")
    space = Space((Feature("home", "categorical", 0, 1, words), Feature("x", "real", 0, 1)))
    rows = np.column_stack([RNG.integers(0, 2, 200), RNG.random(200)]).astype(float)
    return space, rows, rows[:, 0].astype(int)


def test_words_are_those_that_it_was_trained_on(tmp_path):
    pd = pytest.importorskip("pandas")
    space, rows, labels = worded()
    # In training the words stood in another order.
    home = pd.Categorical(np.array(["own", "rent"])[labels], categories=["rent", "own"])
    data = xgboost.DMatrix(pd.DataFrame({"home": home, "x": rows[:, 1]}), labels, enable_categorical=True)
    booster = xgboost.train({"objective": "binary:logistic", "nthread": 1}, data, 5)
    model = loaded(tmp_path / "m.json", booster, space)
    assert ((model.answer(rows)[:, 1] > 0.5) == labels).all()


def test_words_that_it_did_not_keep_are_an_error(tmp_path):
    space, rows, labels = worded()
    booster = xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(rows, labels), 2)
    assert error(lambda: loaded(tmp_path / "m.json", booster, space)) == (
        "kept no words for its categories; name a `module:function` that turns words to numbers"
    )


def test_it_is_attacked_from_its_file_in_a_process_of_its_own(tmp_path):
    booster = trained("binary:logistic")
    booster.save_model(tmp_path / "m.ubj")
    found = source("m.ubj", tmp_path, frozenset(), suspicious=True)
    assert found.adapter == "xgboost"
    with opened(found, SPACE, [], Budget(), ["good", "bad"]) as target:
        np.testing.assert_allclose(target.model(ROWS)[:, 1], booster.predict(xgboost.DMatrix(ROWS)), atol=1e-7)
        assert (target.classes, target.model.gives) == (["good", "bad"], "scores")


def test_a_broken_file_is_an_error_and_not_the_end_of_us(tmp_path):
    trained("binary:logistic").save_model(tmp_path / "m.json")
    text = (tmp_path / "m.json").read_bytes()
    (tmp_path / "m.json").write_bytes(text[: len(text) // 2])
    found = source("m.json", tmp_path, frozenset(), suspicious=True)
    with pytest.raises(ModelError, match=r"m\.json: failed: \w+"), opened(found, SPACE, [], Budget()):
        pass
