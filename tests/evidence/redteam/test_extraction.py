"""Copying a model: what counts as copied, what a campaign asks, and copies of models that can and cannot be copied."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from casemate.core import shelf
from casemate.core.errors import CasemateError
from casemate.evidence.redteam.attack import Limits, Outcome, Sample
from casemate.evidence.redteam.extraction import CAMPAIGNS, Exam
from casemate.evidence.redteam.metered import Budget, Spent
from casemate.evidence.redteam.model import Function, labels, one_hot
from casemate.evidence.redteam.surrogate import copier, forest, line
from redteam_cases import MIXED, case, last, linear, plain


def run(name, of):
    return last(shelf.member("evidence/redteam/attacks", f"extraction-{name}").run(of))


def chance(rows):
    """Two classes by a hash of the row: nobody can learn it."""
    return one_hot(np.array([hashlib.sha256(r.tobytes()).digest()[0] % 2 for r in rows], dtype=int), 2)


def exam(share, n=100):
    """The majority class has this share of the victims."""
    return Exam(np.zeros((n, 1)), (np.arange(n) >= share * n).astype(int))


def test_copied_is_to_agree_on_95_of_100_and_clearly_more_often_than_the_majority():
    assert exam(0.5).passed(95)
    assert not exam(0.5).passed(94)
    assert not exam(0.93).passed(97)  # 97 of 100 lies between 0.915 and 0.99
    assert exam(0.93, 1000).passed(970)


def test_too_few_victims_and_a_model_that_hardly_varies_tell_nothing():
    assert exam(0.5, 10).flags == ("only 10 victims were answered; agreement needs 30",)
    assert exam(0.99).flags == ("the model says the same for 99 of 100 victims: a copy shows nothing",)
    assert exam(0.9).flags == ()


def test_scores_of_a_linear_model_give_it_away_in_fifty_queries():
    """Logits are linear in the point: least squares solves for them, here without any error."""
    model = linear(plain(5), classes=4, gives="scores")
    result = run("scores", case(model, space=plain(5), victims=200, pool=100, limits=Limits(50), surrogate=None))
    assert result.outcomes.tolist() == [Outcome.BROKEN] * CAMPAIGNS
    assert [(p.x, p.value) for p in result.curve] == [(50, 1.0)]


def test_labels_give_less_than_scores_and_the_curve_grows_with_the_queries():
    model = linear(plain(5), classes=4, gives="scores")
    of = case(model, space=plain(5), victims=200, pool=100, limits=Limits(200), surrogate=None)
    curve = run("labels", of).curve
    assert [p.x for p in curve] == [50, 100, 200]
    assert 0.6 < curve[0].value < curve[-1].value < 1


def test_a_model_that_nobody_can_learn_is_held_with_the_full_budget():
    of = case(Function(chance, 2, "labels"), space=plain(3), victims=100, limits=Limits(200))
    result = run("labels", of)
    assert result.outcomes.tolist() == [Outcome.HELD] * CAMPAIGNS
    assert result.metrics["fidelity"].value == pytest.approx(0.5, abs=0.15)
    assert result.queries.tolist() == [200] * CAMPAIGNS
    assert of.model.used.rows == CAMPAIGNS * 200 + 100


def test_a_campaign_whose_budget_ended_is_neither_held_nor_broken():
    of = case(Function(chance, 2, "labels"), space=plain(3), victims=100, limits=Limits(200), budget=Budget(rows=450))
    results = []
    with pytest.raises(Spent):
        results.extend(r for r in _kept(results, of))
    assert results[-1].outcomes.tolist() == [Outcome.HELD] + [Outcome.SKIPPED] * (CAMPAIGNS - 1)
    assert results[-1].queries.tolist() == [200, 100, 0, 0, 0]


def _kept(results, of):
    for result in shelf.member("evidence/redteam/attacks", "extraction-labels").run(of):
        results.append(result)
    return ()


@pytest.mark.parametrize(("queries", "strength"), [(10_000, "equal"), (9_999, "weaker")])
def test_a_campaign_is_as_strong_as_we_assume_from_ten_thousand_queries_on(queries, strength):
    of = case(linear(MIXED, gives="labels"), victims=60, limits=Limits(queries))
    result = run("labels", of)
    assert result.strength == strength
    assert result.queries.tolist() == [queries] * CAMPAIGNS


def test_it_asks_about_no_victim_and_only_about_rows_made_of_its_own():
    model = linear(plain(2), gives="labels")
    of = case(model, space=plain(2), victims=60, pool=10, limits=Limits(100))
    rows = 0.4 + 0.2 * of.pool.rows  # the attacker's rows lie in the middle, and so does all they can make of them
    run("labels", replace(of, pool=Sample(rows, of.pool.labels)))
    asked = np.concatenate(model.asked[1:])
    assert len(asked) == CAMPAIGNS * 100
    assert (asked >= 0.4 - 1e-9).all()
    assert (asked <= 0.6 + 1e-9).all()


def test_rows_that_a_guard_refuses_teach_nothing_and_count_as_asked():
    model = linear(MIXED, gives="labels")
    of = case(model, victims=60, limits=Limits(100))
    known = {r.tobytes() for r in of.victims.rows}

    def guarded(rows):
        out = model(rows)
        out[[r.tobytes() not in known for r in rows]] = np.nan
        return out

    result = run("labels", replace(of, model=Function(guarded, 3, "labels")))
    assert result.outcomes.tolist() == [Outcome.HELD] * CAMPAIGNS
    assert result.queries.tolist() == [100] * CAMPAIGNS
    assert result.metrics["fidelity"].value == 0


def test_a_copy_is_the_kind_that_agrees_more_with_answers_held_back():
    rng = np.random.default_rng(0)
    rows, asked = rng.random((400, 3)), rng.random((500, 3))

    def steps(rows):  # a chessboard: no line comes near
        return one_hot(((rows * 4).astype(int).sum(axis=1) % 2).astype(int), 2)

    copy = copier(plain(3))(rows, steps(rows), 0)
    assert (labels(copy(asked)) == labels(forest(rows, steps(rows), 0)(asked))).all()
    model = linear(plain(3), classes=2)
    copy = copier(plain(3))(rows, model(rows), 0)
    assert (labels(copy(asked)) == labels(model(asked))).all()
    assert line(rows, model(rows), 0)(asked).shape == (500, 2)


def test_a_copy_repeats_with_its_seed():
    model = linear(MIXED, gives="labels")
    of = case(model)
    first, second = (copier(MIXED)(of.pool.rows, model(of.pool.rows), 7)(of.victims.rows) for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_a_copy_of_one_class_says_that_class():
    rows = np.random.default_rng(0).random((50, 2))
    copy = copier(plain(2))(rows, one_hot(np.ones(50, dtype=int), 3), 0)
    assert labels(copy(rows)).tolist() == [1] * 50


def test_nothing_can_be_learned_from_a_target_that_refuses_everything():
    with pytest.raises(CasemateError) as e:
        copier(plain(2))(np.zeros((3, 2)), np.full((3, 2), np.nan), 0)
    assert str(e.value) == "the copy: the target refused all rows; ask it for rows that its guards let through"
