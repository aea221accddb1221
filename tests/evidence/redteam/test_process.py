"""The child process in which models live: what goes wrong there is a ModelError here, with its reason."""

import numpy as np
import pytest

from casemate.core.space import Feature, Space, numbers
from casemate.evidence.redteam.model import ModelError
from casemate.evidence.redteam.process import remote, started

SPACE = numbers([0, 0], [1, 1])
ROWS = np.array([[0.1, 0.9], [0.8, 0.2]])
CODE = """
import os, sys, time
import numpy as np

def first(rows):
    return np.column_stack([rows[:, 0], 1 - rows[:, 0]])

def named(rows):
    return np.array(["bad", "good"])[(rows[:, 0] > 0.5).astype(int)]
named.classes_ = ["bad", "good"]

def raises(rows):
    raise ValueError("no such\\x1b[31m thing")

def nan(rows):
    return np.full((len(rows), 2), np.nan)

def late(rows):
    out = first(rows)
    if len(rows) > 1:
        time.sleep(60)
    return out

def prints(rows):
    print("hello {not json")
    return first(rows)

def ends(rows):
    if len(rows) > 1:
        sys.stderr.write("the last words\\n")
        os._exit(3)
    return first(rows)

def leaves(rows):
    if len(rows) > 1:
        sys.exit("enough")
    return first(rows)

def fewer(rows):
    return first(rows)[: max(1, len(rows) - 1)]

class Regression:
    def predict(self, rows):
        return np.full(len(rows), 0.25)
floats = Regression()

def places(rows):
    return (rows[:, 0] > 0.5).astype(int)

def texts(rows):
    return np.array(["no", "yes"])[places(rows)]

def one(rows):
    return np.ones((len(rows), 1))

def secret(rows):
    return np.array([["TOKEN" in os.environ, 1.0]] * len(rows), dtype=float)

class Model:
    classes_ = np.array([1, 0])
    def predict_proba(self, rows):
        return np.full((len(rows), 2), self.share)

def fit(rows, labels, seed):
    found = Model()
    found.share = float(np.mean(labels)) + seed
    return found
"""


@pytest.fixture
def ask(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(CODE)
    monkeypatch.setenv("TOKEN", "s3cret")

    def ask(name, rows=ROWS, patience=30.0, classes=("a", "b")):
        with started(name, [str(tmp_path)], SPACE, patience) as process:
            said, _ = process.call(
                "load", adapter="casemate.evidence.redteam.models.callable", source=f"mine:{name}",
                options={"classes": list(classes)} if classes else {},
            )  # fmt: skip
            model, names = remote(process, said, classes)
            return model(rows), names, model.gives

    return ask


def test_a_function_answers_scores(ask):
    answers, names, gives = ask("first")
    np.testing.assert_allclose(answers, [[0.1, 0.9], [0.8, 0.2]])
    assert (names, gives) == (["a", "b"], "scores")


def test_labels_come_as_ones_in_the_order_of_the_classes(ask):
    answers, names, gives = ask("named", classes=None)
    np.testing.assert_array_equal(answers, [[1, 0], [0, 1]])
    assert (names, gives) == (["bad", "good"], "labels")


def test_what_a_model_prints_is_not_taken_for_its_answer(ask):
    np.testing.assert_allclose(ask("prints")[0], ask("first")[0])


def test_a_model_sees_none_of_our_secrets(ask):
    np.testing.assert_array_equal(ask("secret")[0], [[0, 1], [0, 1]])


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("raises", "failed: ValueError: no such [31m thing"),
        ("nan", "answered NaN or infinity"),
        ("ends", "its process ended; the last that it printed: the last words"),
        ("leaves", "failed: it wanted to end the process (enough)"),
        ("absent", "failed: AttributeError: module 'mine' has no attribute 'absent'"),
    ],
)
def test_what_fails_says_why(ask, name, why):
    with pytest.raises(ModelError) as e:
        ask(name)
    assert e.value.what == why


def test_a_model_that_hangs_is_ended(ask):
    with pytest.raises(ModelError, match=r"did not answer within 3 s"):
        ask("late", patience=3.0)


def test_a_model_of_one_class_cannot_be_attacked(ask):
    with pytest.raises(ModelError, match="knows 1 class; a model of one class cannot be attacked"):
        ask("one", classes=["a"])


def test_a_recipe_trains_one_more_model_whose_classes_are_named(tmp_path):
    (tmp_path / "mine.py").write_text(CODE)
    with started("mine", [str(tmp_path)], SPACE) as process:
        process.call("learn", recipe="mine:fit")
        said, _ = process.call("fit", ROWS, np.array([0, 1]), seed=1, names=[0, 1])
        model, names = remote(process, said)
        np.testing.assert_allclose(model(ROWS), 1.5)
        assert names == [1, 0]


COUNTED = """
import gc, weakref
import numpy as np
ALIVE = weakref.WeakSet()

class Model:
    classes_ = np.array([0, 1])
    def predict_proba(self, rows):
        return np.full((len(rows), 2), 0.5)

def fit(rows, labels, seed):
    found = Model()
    ALIVE.add(found)
    return found

def alive(rows):
    gc.collect()
    return np.full((len(rows), 2), float(len(ALIVE)))
"""


def test_models_that_nobody_asks_any_more_are_let_go_in_the_process(tmp_path):
    (tmp_path / "mine.py").write_text(COUNTED)
    with started("mine", [str(tmp_path)], SPACE) as process:
        said, _ = process.call(
            "load", adapter="casemate.evidence.redteam.models.callable", source="mine:alive", options={}
        )
        alive, _ = remote(process, said, ["a", "b"])
        process.call("learn", recipe="mine:fit")
        found = []
        for seed in range(5):
            said, _ = process.call("fit", ROWS, np.array([0, 1]), seed=seed, names=[0, 1])
            found.append(remote(process, said)[0])
        assert alive(ROWS)[0, 0] == 5
        assert found[-1](ROWS)[0, 0] == 0.5
        del found[:-1]
        assert alive(ROWS)[0, 0] == 1
        assert found[0](ROWS)[0, 0] == 0.5


@pytest.mark.parametrize(
    ("name", "classes", "why"),
    [
        ("one", ("a", "b", "c"), "gives one score a row, and 3 classes are named; "
         "a regression has no classes, and cannot be attacked"),
        ("first", ("a", "b", "c"), "gives 2 scores a row, and 3 classes are named; name as many with --classes"),
        ("fewer", ("a", "b"), "gives 1 answers for 2 rows; let it give one answer for each row"),
        ("named", ("good", "bad"), "says that the order of its classes is bad, good; leave --classes out"),
        ("named", ("x", "y", "z"), "has 2 classes, and 3 are named; name each of them once"),
        ("floats", ("a", "b"), "answers '0.25', which is no class of it; name the classes in order with --classes; "
         "a regression has none, and cannot be attacked"),
        ("first", (), "knows 0 classes; name its classes in order with --classes; "
         "a regression has none, and cannot be attacked"),
    ],
)  # fmt: skip
def test_what_fits_no_classes_says_what_it_gives_and_what_to_do(ask, name, classes, why):
    with pytest.raises(ModelError) as e:
        ask(name, classes=classes)
    assert f"{e.value.what}; {e.value.todo}" == why


def test_classes_may_be_called_as_the_data_call_them_and_labels_may_be_places_or_names(ask):
    assert ask("named", classes=("no", "yes"))[1] == ["no", "yes"]
    np.testing.assert_array_equal(ask("places", classes=("no", "yes"))[0], [[1, 0], [0, 1]])
    np.testing.assert_array_equal(ask("texts", classes=("no", "yes"))[0], [[1, 0], [0, 1]])


def test_a_model_sees_tables_as_they_were_read():
    pytest.importorskip("pandas")
    from casemate.evidence.redteam.loaded import Shown

    home = Feature("home", "categorical", 0, 1, ("own", "rent"), missing=True)
    space = Space((home, Feature("n", "integer", 0, 9), Feature("flag", "boolean", 0, 1, (False, True))))
    table = Shown(space).frame(np.array([[1, 3, 0], [np.nan, 4, 1]]))
    assert table["home"].tolist()[0] == "rent"
    assert table["home"].isna().tolist() == [False, True]
    assert (str(table["n"].dtype), str(table["flag"].dtype)) == ("int64", "bool")
