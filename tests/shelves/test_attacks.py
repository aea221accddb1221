"""Every attack on the shelf, unasked: it repeats, keeps to budget and space, and keeps what it learned.

An attack that a third party ships is held to the same. What an attack finds is tested beside its own file.
"""

import inspect as source
from dataclasses import fields, replace

import numpy as np
import pytest

from casemate.core import shelf
from casemate.core.errors import CasemateError
from casemate.core.space import Space
from casemate.evidence.redteam.attack import Attack, Limits, Outcome, Result, Sample
from casemate.evidence.redteam.metered import Budget, Spent
from casemate.evidence.redteam.model import MORE, Function, ModelError, labels
from redteam_cases import MIXED, case, linear, plain
from threat_files import rule

SHELF = "evidence/redteam/attacks"
NAMES = shelf.names(SHELF)
ATTACKS = {name: shelf.member(SHELF, name).ATTACK for name in NAMES}
EVASION = [name for name in NAMES if ATTACKS[name].goal == "evasion"]
RETRAINS = ("poisoning", "screening")
"""Goals whose attacks ask the target nothing that a guard could refuse."""

each = pytest.mark.parametrize("name", NAMES)
each_evasion = pytest.mark.parametrize("name", EVASION)


def run(name, of, keep=None):
    """The last result; what ended it, if it did not end by itself."""
    results = [] if keep is None else keep
    try:
        results.extend(shelf.member(SHELF, name).run(of))
    except (Spent, ModelError) as e:
        return (results[-1] if results else None), e
    return results[-1], None


def settled(name, of):
    """The last result; None where it ended with a word for people."""
    try:
        return run(name, of)[0]
    except CasemateError:
        return None


def told(result):
    """All of a result as bytes and words."""
    return [
        v.tobytes() if isinstance(v := getattr(result, f.name), np.ndarray) else repr(v) for f in fields(Result)
    ]  # fmt: skip


def valid(result):
    assert isinstance(result, Result)
    assert result.outcomes.shape == result.queries.shape
    assert set(result.outcomes.tolist()) <= set(Outcome)
    assert (result.queries >= 0).all()
    assert 0 <= result.done <= 1
    for p in result.curve:
        assert np.isfinite([p.value, p.low, p.high]).all()
        assert p.low - 1e-12 <= p.value <= p.high + 1e-12
    return True


def target(name, space=MIXED, **more):
    return linear(space, gives=ATTACKS[name].gives, **more)


def constant(name, space=MIXED, answer=0.0):
    """A model that says the same to everybody; `answer` is added: NaN refuses."""
    model = linear(space, gives=ATTACKS[name].gives)
    model.weights[:] = 0
    model.bias[:] = [2, 1, answer]
    return model


def test_the_shelf_holds_attacks():
    assert len(NAMES) >= 9


@each
def test_it_says_what_it_is(name):
    member = shelf.member(SHELF, name)
    assert source.getdoc(member)
    assert source.getdoc(member.run)
    assert isinstance(member.ATTACK, Attack)
    assert member.ATTACK.source
    assert member.ATTACK.gives in MORE


@each
def test_its_threats_are_in_the_catalogue_and_know_its_unit(name):
    assert ATTACKS[name].threats or ATTACKS[name].goal == "screening"
    for threat in ATTACKS[name].threats:
        assert rule(threat).per(ATTACKS[name].unit) is not None


@each
def test_its_baseline_is_an_attack_after_the_same(name):
    baseline = ATTACKS[name].baseline
    assert baseline is None or ATTACKS[baseline].goal == ATTACKS[name].goal


@each
def test_the_same_seed_gives_the_same_bytes(name):
    first, second = (run(name, case(target(name)))[0] for _ in range(2))
    assert told(first) == told(second)


@each
def test_it_ends_with_a_valid_result(name):
    results = []
    run(name, case(target(name)), results)
    assert all(valid(r) for r in results)
    assert results[-1].done == 1


@each
@pytest.mark.parametrize("rows", [0, 1, 12, 13, 40, 200, 2000])
def test_a_budget_of_rows_is_never_passed_and_what_was_learned_is_kept(name, rows):
    of, results = case(target(name), budget=Budget(rows=rows)), []
    _, ended = run(name, of, results)
    assert of.model.used.rows <= rows
    assert all(valid(r) for r in results)
    if ended is not None:
        assert str(ended) == "the budget of queries is spent"
        assert rows < 13 or results or ATTACKS[name].goal != "evasion"


@each
@pytest.mark.parametrize("calls", [0, 1, 2, 5, 17])
def test_a_budget_of_calls_is_never_passed_and_what_was_learned_is_kept(name, calls):
    of, results = case(target(name), budget=Budget(calls=calls)), []
    run(name, of, results)
    assert of.model.used.calls <= calls
    assert all(valid(r) for r in results)
    assert results or calls < 1 or ATTACKS[name].goal not in ("evasion", "extraction")


@each
@pytest.mark.parametrize("after", [0, 1, 3, 10])
def test_a_model_that_fails_in_the_middle_leaves_what_was_learned(name, after):
    model = target(name)
    of, results, answer = case(model), [], model.__call__

    class Fails(type(model)):
        def __call__(self, rows):
            if len(self.asked) >= after:
                raise ModelError("the model", "went away", "start it again")
            return answer(rows)

    model.__class__ = Fails
    _, ended = run(name, of, results)
    assert all(valid(r) for r in results)
    if ended is not None:
        assert str(ended) == "the model: went away; start it again"
        assert results or after < 1 or ATTACKS[name].goal not in ("evasion", "extraction")


@each
def test_what_it_asks_can_exist(name):
    """An attack that changes inputs also reaches every row from one that its owner has."""
    model = target(name)
    of = case(model, limits=Limits(300, "linf", 0.8))
    run(name, of)
    asked = np.unique(np.concatenate([np.zeros((0, 8)), *model.asked]), axis=0)
    space, origins = MIXED, np.concatenate([of.victims.rows, of.pool.rows, of.train.rows])
    if ATTACKS[name].goal not in ("evasion", "extraction"):
        space, origins = Space(tuple(replace(f, immutable=False, direction=None) for f in MIXED.features)), origins[:1]
    reached = np.zeros(len(asked), dtype=bool)
    for origin in origins:
        reached |= space.allowed(asked, np.tile(origin, (len(asked), 1)))
    assert reached.all()


@each
def test_a_model_that_refuses_everything_is_not_broken(name):
    if ATTACKS[name].goal in RETRAINS:
        pytest.skip("it asks the target nothing")
    result, _ = run(name, case(constant(name, answer=np.nan), truth=target(name)))
    assert result is None or result.count(Outcome.BROKEN) == 0


@each
@pytest.mark.parametrize("gives", MORE)
def test_it_is_content_with_the_answers_that_it_asks_for(name, gives):
    if MORE.index(gives) < MORE.index(ATTACKS[name].gives):
        pytest.skip("too little for it")
    assert valid(run(name, case(linear(MIXED, gives=gives)))[0])


@each
@pytest.mark.parametrize(
    ("victims", "pool"), [(1, 40), (12, 1), (12, 0), (0, 40), (1, 1)], ids=lambda n: f"{n} rows"
)  # fmt: skip
def test_few_rows_end_in_a_result_or_in_a_word_for_people(name, victims, pool):
    result = settled(name, case(target(name), victims=victims, pool=pool))
    assert result is None or valid(result)


@each
@pytest.mark.parametrize("space", [MIXED, plain(1)], ids=["mixed", "one feature"])
def test_a_model_of_one_class_ends_in_a_result_or_in_a_word_for_people(name, space):
    result = settled(name, case(linear(space, classes=1, gives=ATTACKS[name].gives), space=space))
    assert result is None or valid(result)
    assert result is None or ATTACKS[name].goal in RETRAINS or result.count(Outcome.BROKEN) == 0


@each_evasion
@pytest.mark.parametrize("norm", ["l2", "linf"])
@pytest.mark.parametrize("queries", [1, 2, 10, 300])
def test_no_row_costs_more_queries_than_its_limit(name, queries, norm):
    result, _ = run(name, case(target(name), limits=Limits(queries, norm, 0.3)))
    assert result.queries.max() <= queries


@each_evasion
def test_every_query_is_told(name):
    """Of the rows' own and, where the attacker first learns from their pool, those for the pool."""
    of = case(target(name))
    result, _ = run(name, of)
    assert of.model.used.rows - result.queries.sum() == result.metrics.get("queries for the copy", 0)


@each_evasion
def test_a_row_that_nothing_was_tried_on_is_not_held(name):
    result, _ = run(name, case(target(name), limits=Limits(1, "l2", 0.3)))
    assert set(result.outcomes.tolist()) == {Outcome.SKIPPED}


@each_evasion
@pytest.mark.parametrize("norm", ["l2", "linf"])
@pytest.mark.parametrize("epsilon", [0.0, 0.05, 0.5, 2.0])
def test_a_broken_row_fools_the_model_within_epsilon_and_can_exist(name, epsilon, norm):
    model = target(name)
    of = case(model, limits=Limits(300, norm, epsilon), victims=20)
    result, _ = run(name, of)
    broken = result.outcomes == Outcome.BROKEN
    rows, origins = result.adversarial[broken], of.victims.rows[broken]
    assert (labels(model(rows)) != of.victims.labels[broken]).all()
    assert (result.distances[broken] <= epsilon * (1 + 1e-9)).all()
    assert MIXED.allowed(rows, origins).all()
    assert (rows[:, 1] == origins[:, 1]).all()  # age is immutable
    assert (rows[:, 2] >= origins[:, 2]).all()  # years only go up
    assert (rows[:, 6] + rows[:, 7] == 1).all()  # of one colour
    assert epsilon < 2 or ATTACKS[name].gives == "gradients" or broken.any()


@each_evasion
def test_a_constant_model_is_not_broken(name):
    result, _ = run(name, case(constant(name)))
    assert result.count(Outcome.BROKEN) == 0


@each_evasion
def test_a_victim_that_the_model_gets_wrong_by_itself_is_skipped(name):
    of = case(target(name))
    wrong = Sample(of.victims.rows, (of.victims.labels + 1) % 3)
    result, _ = run(name, replace(of, victims=wrong))
    assert set(result.outcomes.tolist()) == {Outcome.SKIPPED}


@each_evasion
def test_what_a_guard_refuses_is_not_broken(name):
    """It answers the victims' own rows and nothing else."""
    model = target(name)
    of = case(model)
    known = {row.tobytes() for row in of.victims.rows}

    def guarded(rows):
        out = model(rows)
        out[[row.tobytes() not in known for row in rows]] = np.nan
        return out

    shown = Function(guarded, 3, ATTACKS[name].gives)
    if ATTACKS[name].gives == "gradients":
        shown = type("White", (), {"classes": 3, "gives": "gradients", "gradient": model.gradient,
                                   "__call__": lambda _, rows: guarded(rows)})()  # fmt: skip
    result, _ = run(name, replace(of, model=shown))
    assert result.count(Outcome.BROKEN) == 0


@each_evasion
def test_calls_do_not_grow_with_the_rows(name):
    few, many = (case(target(name), limits=Limits(100, "l2", 1e-6), victims=n) for n in (20, 200))
    run(name, few)
    run(name, many)
    assert many.model.used.calls <= 1.3 * few.model.used.calls
