"""lightgbm's text: the same answers as the library gives, its words and columns, what is no classifier refused.

Run by `make test-models`, in an environment with the libraries; skipped everywhere else.
"""

import numpy as np
import pytest

lightgbm = pytest.importorskip("lightgbm")

from casemate.core.space import Feature, Space, numbers  # noqa: E402
from casemate.evidence.redteam.loaded import Shown  # noqa: E402
from casemate.evidence.redteam.metered import Budget  # noqa: E402
from casemate.evidence.redteam.model import ModelError  # noqa: E402
from casemate.evidence.redteam.models.lightgbm import load, recognises  # noqa: E402
from casemate.evidence.redteam.target import opened, source  # noqa: E402

RNG = np.random.default_rng(0)
ROWS = RNG.random((200, 3))
TWO, THREE = (ROWS[:, 0] > 0.5).astype(int), np.digitize(ROWS[:, 0], [0.3, 0.6])
SPACE = numbers([0] * 3, [1] * 3)


def trained(objective, labels=TWO, rows=ROWS, names="auto", **more):
    how = {"objective": objective, "verbose": -1, "num_threads": 1, "min_data_in_leaf": 5} | more
    return lightgbm.train(how, lightgbm.Dataset(rows, labels, feature_name=names), 5)


def loaded(path, booster, space=SPACE, **options):
    booster.save_model(path)
    return load(str(path), Shown(space), options)


def error(job):
    with pytest.raises(ValueError) as e:  # noqa: PT011  compared whole
        job()
    return str(e.value)


def test_its_files_are_told_by_their_content(tmp_path):
    trained("binary").save_model(tmp_path / "m.txt")
    assert recognises((tmp_path / "m.txt").read_bytes()[:4096], "whatever")
    assert not recognises(b"tree of life\n", "m.txt")


def test_two_classes_get_two_scores(tmp_path):
    booster = trained("binary")
    model = loaded(tmp_path / "m.txt", booster)
    p = booster.predict(ROWS)
    np.testing.assert_allclose(model.answer(ROWS), np.column_stack([1 - p, p]), rtol=1e-12)
    assert list(model.classes) == [0, 1]


@pytest.mark.parametrize("objective", ["multiclass", "multiclassova"])
def test_many_classes_get_a_score_each(tmp_path, objective):
    booster = trained(objective, THREE, num_class=3)
    model = loaded(tmp_path / "m.txt", booster, classes=["a", "b", "c"])
    np.testing.assert_allclose(model.answer(ROWS), booster.predict(ROWS), rtol=1e-12)
    assert model.classes == ["a", "b", "c"]


def test_columns_are_brought_into_the_order_that_it_was_trained_on(tmp_path):
    booster = trained("binary", names=["a", "b", "c"])
    space = Space(tuple(Feature(n, "real", 0, 1) for n in "cab"))
    model = loaded(tmp_path / "m.txt", booster, space)
    np.testing.assert_allclose(model.answer(ROWS[:, [2, 0, 1]])[:, 1], booster.predict(ROWS), rtol=1e-12)


def test_other_columns_and_classes_are_an_error(tmp_path):
    booster = trained("binary", names=["a", "b", "c"])
    assert error(lambda: loaded(tmp_path / "m.txt", booster)) == (
        "was trained on columns that the data do not have: 'a', 'b', 'c'; "
        "give data with them, and name them in the feature file"
    )
    assert error(lambda: loaded(tmp_path / "m.txt", booster, numbers([0], [1]))) == (
        "was trained on columns that the data do not have: 'a', 'b', 'c'; "
        "give data with them, and name them in the feature file"
    )
    assert error(lambda: loaded(tmp_path / "m.txt", trained("binary"), classes=["a"])) == (
        "gives 2 scores a row, and 1 classes are named; name as many"
    )


def test_what_tells_no_classes_apart_is_an_error(tmp_path):
    assert error(lambda: loaded(tmp_path / "m.txt", trained("regression"))) == (
        "has the objective regression, which tells no classes apart; give a classifier"
    )


def worded():
    space = Space((Feature("home", "categorical", 0, 1, ("own", "rent")), Feature("x", "real", 0, 1)))
    rows = np.column_stack([RNG.integers(0, 2, 200), RNG.random(200)]).astype(float)
    return space, rows, rows[:, 0].astype(int)


def test_words_are_those_that_it_was_trained_on(tmp_path):
    pd = pytest.importorskip("pandas")
    space, rows, labels = worded()
    # In training the words stood in another order.
    home = pd.Categorical(np.array(["own", "rent"])[labels], categories=["rent", "own"])
    booster = trained("binary", labels, pd.DataFrame({"home": home, "x": rows[:, 1]}))
    model = loaded(tmp_path / "m.txt", booster, space)
    assert ((model.answer(rows)[:, 1] > 0.5) == labels).all()


def test_words_that_it_did_not_keep_are_an_error(tmp_path):
    space, rows, labels = worded()
    assert error(lambda: loaded(tmp_path / "m.txt", trained("binary", labels, rows, ["home", "x"]), space)) == (
        "kept no words for its categories; name a `module:function` that turns words to numbers"
    )


def test_it_is_attacked_from_its_file_in_a_process_of_its_own(tmp_path):
    booster = trained("binary")
    booster.save_model(tmp_path / "m.txt")
    found = source("m.txt", tmp_path, frozenset(), suspicious=True)
    assert found.adapter == "lightgbm"
    with opened(found, SPACE, [], Budget(), ["good", "bad"]) as target:
        np.testing.assert_allclose(target.model(ROWS)[:, 1], booster.predict(ROWS), rtol=1e-12)
        assert (target.classes, target.model.gives) == (["good", "bad"], "scores")


def test_a_broken_file_is_an_error_and_not_the_end_of_us(tmp_path):
    (tmp_path / "m.txt").write_text("tree\nversion=v4\nnum_class=1\n")
    found = source("m.txt", tmp_path, frozenset(), suspicious=True)
    with pytest.raises(ModelError, match=r"m\.txt: (failed: \w+|its process)"), opened(found, SPACE, [], Budget()):
        pass
