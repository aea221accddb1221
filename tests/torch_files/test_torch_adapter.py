"""torch models as targets: TorchScript files and modules of the user's, their scores and gradients.

Run by `make test-torch`, in an environment with torch; skipped everywhere else.
"""

import warnings
from typing import Any

import numpy as np
import pytest

torch: Any = pytest.importorskip("torch")

from casemate.core.space import Array, Feature, Space, numbers  # noqa: E402
from casemate.evidence.redteam.attack import Sample  # noqa: E402
from casemate.evidence.redteam.loaded import Loaded, Shown  # noqa: E402
from casemate.evidence.redteam.losses import cross_entropy, dlr  # noqa: E402
from casemate.evidence.redteam.metered import Budget, Metered  # noqa: E402
from casemate.evidence.redteam.model import Function, ModelError  # noqa: E402
from casemate.evidence.redteam.models import torch as adapter  # noqa: E402
from casemate.evidence.redteam.probe import probe  # noqa: E402
from casemate.evidence.redteam.target import opened, source  # noqa: E402

SPACE = numbers([0] * 4, [1] * 4)
RNG = np.random.default_rng(0)
ROWS = RNG.random((9, 4))
TRUTH = RNG.integers(0, 3, 9)
CODE = """
import torch

class Net(torch.nn.Module):
    def __init__(self, last=None, wide=3):
        super().__init__()
        torch.manual_seed(0)
        self.first = torch.nn.Linear(4, 8)
        self.second = torch.nn.Linear(8, wide)
        self.last = last or torch.nn.Identity()
    def forward(self, x):
        return self.last(self.second(torch.tanh(self.first(x.flatten(1)))))

def logits():
    return Net().double()

def single():
    return Net()

def probabilities():
    return Net(torch.nn.Softmax(1)).double()

def one():
    return Net(wide=1).double()

class Noisy(Net):
    def forward(self, x):
        return super().forward(x) + torch.randn(len(x), 3)

def noisy():
    return Noisy()

class Dropped(Net):
    def forward(self, x):
        return torch.nn.functional.dropout(super().forward(x), 0.5, self.training)

def dropped():
    return Dropped()

class Nan(Net):
    def forward(self, x):
        return super().forward(x) * (1.0 if len(x) == 3 else float("nan"))

def nan():
    return Nan()

class Shaped(Net):
    def forward(self, x):
        if x.shape[1:] != (1, 2, 2):
            raise RuntimeError("wants 1x2x2")
        return super().forward(x)

def shaped():
    return Shaped()

def nothing():
    return 3

module = Net()
"""


@pytest.fixture
def mine(tmp_path: Any, monkeypatch: Any) -> Any:
    """Loads a name of the module above, here."""
    (tmp_path / "mine.py").write_text(CODE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, "mine", raising=False)

    def load(name: str, space: Space = SPACE, **options: Any) -> Loaded:
        return adapter.load(f"mine:{name}", Shown(space), options)

    return load


def scripted(path: Any, module: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit is old, and what is deployed is often older
        torch.jit.save(torch.jit.script(module), str(path))
    return path


def error(job: Any) -> str:
    with pytest.raises(ValueError) as e:  # noqa: PT011  compared whole
        job()
    return str(e.value)


def scores(loaded: Loaded, rows: Array = ROWS) -> Array:
    return np.asarray(loaded.answer(rows))


def test_logits_become_scores_that_sum_to_1(mine: Any) -> None:
    model = mine("logits")
    np.testing.assert_allclose(scores(model).sum(axis=1), 1, atol=1e-12)
    np.testing.assert_allclose(scores(model), scores(mine("probabilities")), atol=1e-12)
    assert list(model.classes) == [0, 1, 2]


def test_single_precision_is_the_adapters_business(mine: Any) -> None:
    np.testing.assert_allclose(scores(mine("single")), scores(mine("logits")), atol=1e-6)


def test_a_module_that_is_there_needs_no_making(mine: Any) -> None:
    np.testing.assert_array_equal(scores(mine("module")), scores(mine("single")))


def test_one_output_must_be_told_what_it_is(mine: Any) -> None:
    assert error(lambda: mine("one")) == (
        "gives one number a row; say what it is: --option output=logits, or output=probabilities"
    )
    found = scores(mine("one", output="logits", classes=["no", "yes"]))
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-12)
    assert found.shape == (9, 2)


@pytest.mark.parametrize(
    ("name", "options"),
    [("logits", {}), ("probabilities", {}), ("one", {"output": "logits"})],
    ids=lambda v: v if isinstance(v, str) else "",
)
@pytest.mark.parametrize("loss", ["cross-entropy", "dlr"])
def test_the_gradient_is_that_of_our_losses(mine: Any, name: str, options: Any, loss: str) -> None:
    if (name, loss) == ("one", "dlr"):
        pytest.skip("it takes three classes")
    model = mine(name, **options)
    measure, h = {"cross-entropy": cross_entropy, "dlr": dlr}[loss], 1e-6
    truth = np.minimum(TRUTH, len(model.classes) - 1)
    found = model.gradient(ROWS, truth, loss)
    for i in range(4):
        step = np.eye(4)[i] * h
        slope = (measure(scores(model, ROWS + step), truth) - measure(scores(model, ROWS - step), truth)) / (2 * h)
        np.testing.assert_allclose(found[:, i], slope, atol=1e-5)


def test_the_gradient_by_words_in_no_order_is_0(mine: Any) -> None:
    words = Feature("w", "categorical", 0, 2, (5, 1, 9))
    flag = Feature("f", "boolean", 0, 1, (False, True))
    space = Space((words, flag, *numbers([0, 0], [1, 1]).features))
    rows = np.column_stack([np.zeros(9), np.ones(9), ROWS[:, 2:]])
    found = mine("logits", space).gradient(rows, TRUTH, "cross-entropy")
    assert (found[:, 0] == 0).all()
    assert (found[:, 1:] != 0).all()


def test_no_rows_have_no_answers(mine: Any) -> None:
    model = mine("logits")
    assert model.gradient(ROWS[:0], TRUTH[:0], "cross-entropy").shape == (0, 4)


def test_many_rows_are_asked_in_pieces(mine: Any) -> None:
    model, rows = mine("logits"), RNG.random((2500, 4))
    np.testing.assert_allclose(scores(model, rows)[2400:], scores(model, rows[2400:]), atol=1e-12)
    found = model.gradient(rows, np.zeros(2500, dtype=np.intp), "cross-entropy")
    np.testing.assert_allclose(
        found[2400:], model.gradient(rows[2400:], np.zeros(100, dtype=np.intp), "cross-entropy"), atol=1e-12
    )


def test_rows_take_the_shape_that_was_named(mine: Any) -> None:
    np.testing.assert_allclose(scores(mine("shaped", shape="1x2x2")), scores(mine("single")), atol=1e-7)


def test_what_is_no_module_is_an_error(mine: Any) -> None:
    assert (
        error(lambda: mine("nothing")) == "gives a int, which is no torch.nn.Module; name a module, or what makes one"
    )


def test_other_classes_are_an_error(mine: Any) -> None:
    assert (
        error(lambda: mine("logits", classes=["a", "b"]))
        == "gives 3 scores a row, and 2 classes are named; name as many"
    )


@pytest.mark.parametrize(("name", "same"), [("single", True), ("dropped", True), ("noisy", False)])
def test_whether_it_repeats_itself_is_found_out(mine: Any, name: str, same: bool) -> None:
    """Dropout is off: a model is attacked as it is deployed."""
    model = Metered(Function(mine(name).answer, 3))
    assert probe(model, Sample(ROWS, TRUTH), np.random.default_rng(0)).deterministic is same


# Files, and the process of its own.


def test_torchscript_is_told_by_its_content_and_clean(tmp_path: Any) -> None:
    found = source(scripted(tmp_path / "m.bin", torch.nn.Linear(4, 3)).name, tmp_path, frozenset())
    assert (found.adapter, found.verdict) == ("torch", "clean")
    assert not adapter.recognises(b"PK\x03\x04" + b"\0" * 26 + b"word/document.xml", "m.pt")


def test_a_file_is_attacked_with_gradients_in_a_process_of_its_own(tmp_path: Any) -> None:
    torch.manual_seed(0)
    layer = torch.nn.Linear(4, 3)
    scripted(tmp_path / "m.pt", layer)
    expected = torch.softmax(layer(torch.as_tensor(ROWS).float()), 1).detach().numpy()
    with opened(source("m.pt", tmp_path, frozenset()), SPACE, [], Budget(), ["a", "b", "c"]) as target:
        np.testing.assert_allclose(target.model(ROWS), expected, atol=1e-6)
        slope = (expected - np.eye(3)[TRUTH]) @ layer.weight.detach().numpy()
        np.testing.assert_allclose(target.model.gradient(ROWS, TRUTH), slope, atol=1e-6)
        assert (target.classes, target.model.gives) == (["a", "b", "c"], "gradients")


def test_weights_alone_are_no_model(tmp_path: Any) -> None:
    torch.save(torch.nn.Linear(4, 3).state_dict(), tmp_path / "m.pt")
    found = source("m.pt", tmp_path, frozenset())
    with pytest.raises(ModelError) as e, opened(found, SPACE, [], Budget()):
        pass
    assert e.value.what.startswith("is no TorchScript file (")
    assert "torch.jit.save(torch.jit.script(model), FILE), or name a `module:function`" in e.value.todo


def test_a_module_that_answers_nan_is_an_error(tmp_path: Any) -> None:
    (tmp_path / "mine.py").write_text(CODE)
    found = source("mine:nan", tmp_path, frozenset(), adapter="torch")
    with (
        opened(found, SPACE, [str(tmp_path)], Budget()) as target,
        pytest.raises(ModelError, match="answered NaN or infinity"),
    ):
        target.model(ROWS)


def test_a_module_that_raises_is_an_error(tmp_path: Any) -> None:
    (tmp_path / "mine.py").write_text(CODE)
    found = source("mine:shaped", tmp_path, frozenset(), adapter="torch")
    with pytest.raises(ModelError) as e, opened(found, SPACE, [str(tmp_path)], Budget()):
        pass
    assert e.value.what == "failed: RuntimeError: wants 1x2x2"
