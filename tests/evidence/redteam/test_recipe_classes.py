"""What a recipe's model says of classes that it did not see, in the order of the target's."""

import numpy as np
import pytest

from casemate.core.space import numbers
from casemate.evidence.redteam.model import ModelError
from casemate.evidence.redteam.process import started
from casemate.evidence.redteam.target import recipe

ROWS = np.array([[0.1, 0.9], [0.8, 0.2], [0.5, 0.5]])
CODE = """
import numpy as np

class Counts:
    def __init__(self, y):
        self.classes_, n = np.unique(y, return_counts=True)
        self.share = n / n.sum()
    def predict_proba(self, rows):
        return np.tile(self.share, (len(rows), 1))

def fit(rows, y, seed):
    return Counts(y)

def numbered(rows, y, seed):
    return Counts(np.arange(len(y)) % 2)
"""


@pytest.fixture
def process(tmp_path):
    (tmp_path / "mine.py").write_text(CODE)
    with started("mine", [str(tmp_path)], numbers([0, 0], [1, 1])) as p:
        yield p


@pytest.mark.parametrize(
    ("given", "answer"),
    [([0, 1, 2], [1 / 3, 1 / 3, 1 / 3]), ([2, 2, 0], [1 / 3, 0, 2 / 3]), ([1, 1, 1], [0, 1, 0])],
    ids=["all seen", "one not seen", "one only"],
)
def test_a_class_that_it_did_not_see_scores_nothing(process, given, answer):
    model = recipe(process, "mine:fit", ["low", "middle", "high"])(ROWS, np.array(given), 0)
    assert model.classes == 3
    np.testing.assert_allclose(model(ROWS[:2]), [answer, answer])


def test_a_class_that_the_target_has_not_is_an_error(process):
    with pytest.raises(ModelError) as e:
        recipe(process, "mine:numbered", ["bad", "good"])(ROWS, np.array([0, 1, 1]), 0)
    assert str(e.value) == (
        "mine:numbered: makes a model of a class '0' that the target has not; "
        "let the recipe keep the labels as it gets them"
    )
