"""Shadow models: each row in half of them, and a cache that is used only for what it was made from."""

import base64
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.errors import CasemateError
from casemate.core.space import Array
from casemate.evidence.redteam import shadow_files
from casemate.evidence.redteam.attack import Sample
from casemate.evidence.redteam.model import Function, Labels, ModelError
from casemate.evidence.redteam.shadows import Recipe, Shadows, fitted, halves, model_seed, together


class Counted:
    """Counts fits; its models answer with the mean of what they learned, times a factor, and their seed."""

    def __init__(self, factor: float = 1.0, fails_at: int = -1) -> None:
        self.fits, self.factor, self.fails_at = 0, factor, fails_at

    def __call__(self, rows: Array, labels: Labels, seed: int) -> Function:
        if self.fits == self.fails_at:
            raise ModelError("the recipe", "ran out of memory", "give it more")
        self.fits += 1
        told = np.array([rows.mean() * self.factor, float(seed)])
        return Function(lambda asked: np.tile(told, (len(asked), 1)), 2)


def sample(seed: int = 0, n: int = 20) -> Sample:
    rng = np.random.default_rng(seed)
    return Sample(rng.random((n, 3)), rng.integers(0, 2, n))


def shadows(fit: Counted, folder: Path | None, name: str = "a", data: Sample | None = None, seed: int = 1) -> Shadows:
    return fitted(Recipe(fit, name, 2), data or sample(), seed, 4, folder)


@given(st.integers(1, 8), st.integers(1, 50), st.integers(0, 99))
def test_each_row_is_in_exactly_half_of_the_models(half: int, n: int, seed: int):
    kept = halves(2 * half, n, np.random.default_rng(seed))
    assert kept.shape == (2 * half, n)
    assert (kept.sum(axis=0) == half).all()


def test_each_model_learns_its_half_and_answers_all():
    data = sample()
    found = shadows(Counted(), None)
    assert found.answers.shape == (4, 20, 2)
    for m in range(4):
        assert found.answers[m, 0].tolist() == [data.rows[found.kept[m]].mean(), model_seed(1, m)]


def test_the_same_seed_gives_the_same_bytes_and_another_does_not():
    one, same, other = (shadows(Counted(), None, seed=s) for s in (1, 1, 2))
    assert one.answers.tobytes() == same.answers.tobytes()
    assert not np.array_equal(one.kept, other.kept)
    assert len({model_seed(s, m) for s in range(20) for m in range(20)}) == 400


def test_what_is_in_the_cache_is_not_fitted_again(tmp_path: Path):
    first, second = Counted(), Counted()
    fresh, kept = shadows(first, tmp_path), shadows(second, tmp_path)
    assert (first.fits, second.fits) == (4, 0)
    assert fresh.answers.tobytes() == kept.answers.tobytes()
    assert fresh.kept.tobytes() == kept.kept.tobytes()


@pytest.mark.parametrize(
    "change",
    [{"name": "b"}, {"seed": 2}, {"data": sample(9)}, {"data": replace(sample(), labels=1 - sample().labels)}],
    ids=["another recipe", "another seed", "other rows", "other labels"],
)
def test_a_second_model_in_the_same_folder_does_not_use_the_first_ones_shadows(tmp_path: Path, change: dict):
    shadows(Counted(), tmp_path)
    second = Counted(2.0)
    found = shadows(second, tmp_path, **change)
    assert second.fits == 4
    assert found.answers.tobytes() == shadows(Counted(2.0), None, **change).answers.tobytes()


def flip(data: bytes) -> bytes:
    """One digit of the answers is another."""
    return data[:-20] + bytes([data[-20] ^ 1]) + data[-19:]


def other_key(data: bytes) -> bytes:
    head, body = data.split(b"\n", 1)
    return json.dumps({**json.loads(head), "recipe": "b"}, sort_keys=True).encode() + b"\n" + body


@pytest.mark.parametrize(
    "spoil",
    [flip, other_key, lambda d: d[:-50], lambda d: b"", lambda d: d + b"QUJD", lambda d: b"\x80\x04N." + d, str.encode],
    ids=["flipped", "of another recipe", "cut", "empty", "longer", "pickle", "no file"],
)
def test_what_does_not_keep_its_promise_is_fitted_again(tmp_path: Path, spoil):
    fresh = shadows(Counted(), tmp_path)
    file = sorted(tmp_path.iterdir())[0]
    whole = file.read_bytes()
    if spoil is str.encode:
        file.unlink()
    else:
        file.write_bytes(spoil(whole))
    again = Counted()
    assert shadows(again, tmp_path).answers.tobytes() == fresh.answers.tobytes()
    assert again.fits == 1
    assert file.read_bytes() == whole


def test_the_answers_of_one_file_under_the_name_of_another_are_not_used(tmp_path: Path):
    shadows(Counted(), tmp_path)
    one, two = sorted(tmp_path.iterdir())[:2]
    one.write_bytes(two.read_bytes())
    again = Counted()
    shadows(again, tmp_path)
    assert again.fits == 1


def test_an_interrupted_run_goes_on_where_it_ended(tmp_path: Path):
    with pytest.raises(ModelError):
        shadows(Counted(fails_at=3), tmp_path)
    again = Counted()
    shadows(again, tmp_path)
    assert again.fits == 1


def test_a_file_is_a_line_of_json_and_plain_numbers(tmp_path: Path):
    fresh = shadows(Counted(), tmp_path)
    heads = []
    for file in tmp_path.iterdir():
        head, body = file.read_bytes().split(b"\n", 1)
        heads.append(json.loads(head))
        found = np.frombuffer(base64.b64decode(body), "<f8").reshape(20, 2)
        assert np.array_equal(found, fresh.answers[heads[-1]["number"]])
    assert sorted(heads[0]) == ["answers", "classes", "format", "kept", "labels", "number", "recipe", "rows", "seed"]


def test_refused_answers_are_kept_and_infinite_ones_are_not_believed(tmp_path: Path):
    key = shadow_files.key("a", sample(), np.ones(20, dtype=bool), 0, 0, 2)
    for value, kept in ((np.nan, True), (np.inf, False)):
        shadow_files.save(tmp_path, key, np.full((20, 2), value))
        assert (shadow_files.load(tmp_path, key, (20, 2)) is not None) == kept


def test_a_full_folder_takes_no_more(tmp_path: Path):
    for i in range(shadow_files.FILES):
        (tmp_path / f"{i}.shadow").touch()
    shadows(Counted(), tmp_path)
    assert sum(1 for _ in tmp_path.iterdir()) == shadow_files.FILES


def test_an_odd_number_of_models_is_refused():
    with pytest.raises(CasemateError) as e:
        fitted(Recipe(Counted(), "a", 2), sample(), 1, 5)
    assert str(e.value) == "shadow models: 5 of them; ask for an even number, at least 4"


def test_too_few_rows_are_refused():
    with pytest.raises(CasemateError) as e:
        shadows(Counted(), None, data=sample(n=3))
    assert str(e.value) == "shadow models: 3 rows are too few; give more rows of training data"


def test_a_recipe_whose_model_answers_otherwise_is_an_error():
    def three(rows: Array, labels: Labels, seed: int) -> Function:
        return Function(lambda asked: np.zeros((len(asked), 3)), 3)

    with pytest.raises(ModelError) as e:
        fitted(Recipe(three, "a", 2), sample(), 1, 4)
    assert str(e.value) == "the model: answered with shape (20, 3), not (20, 2); check its adapter"


def test_an_attacker_who_knows_the_guard_sees_shadows_through_it():
    data = together(sample(0, 3), sample(1, 2))
    found = shadows(Counted(), None, data=data).seen(lambda rows, answers: answers * 0 + rows[:, :1])
    assert (found.answers == data.rows[None, :, :1]).all()
