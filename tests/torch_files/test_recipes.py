"""Training as a countermeasure: on attacked inputs, and with differential privacy.

Run by `make test-torch`, in an environment with torch, opacus and dp-accounting; skipped everywhere else.
"""

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch: Any = pytest.importorskip("torch")
torch.set_num_threads(1)

from casemate.core.errors import CasemateError  # noqa: E402
from casemate.guards.recipes import adversarial_training, private_training  # noqa: E402

WEAK = 60


def blobs(n: int = 400, seed: int = 0) -> tuple[Any, Any]:
    """Two classes, as in Tsipras et al. 2019: one far value tells nine of ten, many near ones all."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    side = (2 * y - 1)[:, None]
    strong = 0.5 + 0.3 * side * np.where(rng.random((n, 1)) < 0.9, 1, -1)
    weak = 0.5 + 0.04 * side + rng.normal(0, 0.08, (n, WEAK))
    x = np.clip(np.hstack([strong, weak]), 0, 1)
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y)


def net(seed: int = 0) -> Any:
    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Linear(1 + WEAK, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))


def right(model: Any, x: Any, y: Any) -> float:
    return float((model(x).argmax(1) == y).float().mean())


def attacked(model: Any, x: Any, y: Any, epsilon: float) -> Any:
    draw = torch.Generator().manual_seed(1)
    return adversarial_training.attacked(model, x, y, epsilon, 20, epsilon / 8, 0.0, 1.0, draw)


EPSILON = 0.1


def test_training_on_attacked_rows_holds_where_usual_training_breaks() -> None:
    x, y = blobs()
    other = blobs(seed=1)
    usual = adversarial_training.train(net(), x, y, epsilon=0, epochs=25, rate=0.02)
    robust = adversarial_training.train(net(), x, y, epsilon=EPSILON, epochs=25, rate=0.02, steps=4)
    assert right(usual, *other) > 0.8
    assert right(robust, *other) > 0.8
    broken = [right(m, attacked(m, *other, EPSILON), other[1]) for m in (usual, robust)]
    assert broken[0] < 0.4
    assert broken[1] > 0.75


def test_attacked_rows_stay_in_the_ball_and_in_the_range() -> None:
    x, y = blobs()
    moved = attacked(net(), x, y, 0.3)
    assert float((moved - x).abs().max()) <= 0.3 + 1e-6
    assert float(moved.min()) >= 0
    assert float(moved.max()) <= 1
    assert not moved.requires_grad


def test_the_attack_inside_finds_what_the_closed_form_says_for_a_linear_model() -> None:
    """The loss of a linear model grows most by epsilon times the sign of the difference of its weights."""
    torch.manual_seed(0)
    model = torch.nn.Linear(1 + WEAK, 2)
    x, y = torch.full((5, 1 + WEAK), 0.5), torch.tensor([0, 1, 0, 1, 0])
    best = x + 0.1 * torch.sign(model.weight[1 - y] - model.weight[y])
    torch.testing.assert_close(attacked(model, x, y, 0.1), best)


def test_the_same_seed_trains_the_same_weights() -> None:
    x, y = blobs(100)
    one, two = (adversarial_training.train(net(), x, y, epsilon=0.1, epochs=2, seed=3) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))


@pytest.mark.parametrize("how", [{"epsilon": -1.0}, {"epsilon": math.nan}, {"epsilon": 0.1, "steps": 0}])
def test_adversarial_training_of_nothing_is_an_error(how: dict[str, Any]) -> None:
    with pytest.raises(CasemateError):
        adversarial_training.train(net(), *blobs(10), **how)


def private(seed: int | None = 0, **how: Any) -> private_training.Private:
    pytest.importorskip("opacus")
    x, y = blobs()
    settings: dict[str, Any] = {"noise": 1.0, "delta": 1e-4, "epochs": 5, "batch": 40, "seed": seed, **how}
    return private_training.train(net(), x, y, **settings)


def test_private_training_says_what_it_spent_and_still_learns() -> None:
    from casemate.guards.recipes.privacy import epsilon

    found = private(epochs=20)
    assert (found.noise, found.rate, found.steps, found.delta) == (1.0, 0.1, 200, 1e-4)
    assert found.epsilon == epsilon(1.0, 0.1, 200, 1e-4)
    assert 1 < found.epsilon < 20
    assert right(found.model, *blobs(seed=1)) > 0.8


def test_what_is_worked_out_is_what_opacus_works_out() -> None:
    opacus = pytest.importorskip("opacus")
    from casemate.guards.recipes.privacy import epsilon

    theirs = opacus.accountants.RDPAccountant()
    theirs.history = [(1.1, 0.02, 600)]
    assert epsilon(1.1, 0.02, 600, 1e-5) == pytest.approx(theirs.get_epsilon(1e-5), rel=0.02)


def test_the_same_seed_gives_the_same_private_model_and_none_gives_another() -> None:
    def weights(seed: int | None) -> Any:
        return torch.cat([p.flatten() for p in private(seed, epochs=1).model.parameters()])

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(None), weights(None))


def test_what_comes_back_is_the_plain_model() -> None:
    found = private(epochs=1).model
    assert type(found) is torch.nn.Sequential
    assert set(found.state_dict()) == set(net().state_dict())


def test_batches_in_which_nobody_is_drawn_count_too() -> None:
    found = private(batch=2, epochs=1)
    assert found.steps == 200
    assert all(torch.isfinite(p).all() for p in found.model.parameters())


def test_a_layer_that_mixes_rows_is_refused() -> None:
    pytest.importorskip("opacus")
    mixing = torch.nn.Sequential(torch.nn.Linear(1 + WEAK, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2))
    with pytest.raises(CasemateError, match="a layer mixes rows"):
        private_training.train(mixing, *blobs(20), noise=1.0, delta=1e-3, batch=5)


@pytest.mark.parametrize("how", [{"noise": 0.0}, {"delta": 1.0}, {"batch": 0}, {"batch": 9999}, {"clip": 0.0}])
def test_private_training_of_nothing_is_an_error(how: dict[str, Any]) -> None:
    with pytest.raises(CasemateError):
        private(**how)


@pytest.mark.parametrize("page", ["adversarial-training", "private-training"])
def test_the_programs_of_a_page_run_and_print_what_it_says(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    if page == "private-training":
        pytest.importorskip("opacus")
    text = (Path(__file__).parent.parent.parent / f"docs/recipes/{page}.md").read_text("utf-8")
    known: dict[str, Any] = {}
    for program, printed in re.findall(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", text, re.DOTALL):
        exec(program, known)  # noqa: S102  our own pages
        assert capsys.readouterr().out.endswith(printed)
