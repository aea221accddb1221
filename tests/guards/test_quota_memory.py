"""A quota: how much each client may ask, what a repeat costs, what is remembered, and who gets round it."""

import copy
import pickle
import threading

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.space import numbers
from casemate.evidence.redteam.attack import Case, Sample
from casemate.evidence.redteam.views import accounts, averaging, crowd
from casemate.guards._guard import Guarded
from casemate.guards.noise import Noise
from casemate.guards.quota import Quota

TRUE = np.array([0.5, 0.4])


def rows(n, seed=0):
    return np.random.default_rng(seed).random((n, 2))


def behind(quota, noise=None):
    """A model that always says the same, behind a quota and perhaps noise behind that."""
    return Guarded(lambda r: np.tile(TRUE, (len(r), 1)), (quota, *([noise] if noise else [])), 2)


def case(model):
    some = Sample(rows(2), np.array([0, 1]))
    return Case(model, some, some, numbers([0] * 2, [1] * 2), np.random.default_rng(1))


def refused(answers):
    return np.isnan(answers).all(axis=1).tolist()


def test_a_quota_ends_and_more_accounts_go_on():
    g = behind(Quota(3))
    assert refused(g(rows(5))) == [False] * 3 + [True] * 2
    assert refused(g(rows(2, seed=1))) == [True] * 2
    assert not any(refused(accounts.see(g, case(g))(rows(30, seed=2))))
    assert refused(accounts.see(g, case(g))(rows(1, seed=3))) == [True]
    g.guards[0].renew()
    assert not any(refused(g(rows(3, seed=4))))


def test_a_row_that_was_answered_costs_nothing_when_it_is_asked_again():
    g = behind(Quota(3))
    assert refused(g(np.vstack([rows(3), rows(3)]))) == [False] * 6
    assert refused(g(rows(4))) == [False] * 3 + [True]


def test_another_client_pays_for_the_same_row():
    g = behind(Quota(1))
    assert refused(g(rows(1))) == [False]
    other = g.as_client("other")
    assert refused(other(rows(2))) == [False, True]


def test_repeats_end_too_at_ten_times_the_quota():
    g = behind(Quota(2))
    assert sum(refused(g(np.repeat(rows(1), 30, axis=0)))) == 10


def test_0_and_minus_0_and_what_is_missing_are_the_same_row_again():
    g = behind(Quota(1))
    other_nan = np.array([np.nan]).view(np.uint64) | np.uint64(7)
    same = np.array([[0.0, np.nan], [-0.0, -np.nan], [0.0, other_nan.view(np.float64)[0]]])
    assert refused(g(same)) == [False] * 3


def test_noise_behind_a_quota_is_not_averaged_by_repeats_in_one_call_or_many_or_accounts_or_windows():
    g = behind(Quota(100), Noise(0.1, seed=0))
    (heard,) = np.unique(g(np.repeat(rows(1), 50, axis=0)), axis=0)
    assert abs(heard - TRUE).max() > 0.01
    g.guards[0].renew()
    for client in ("a", "b"):
        np.testing.assert_array_equal(g.as_client(client)(rows(1)), [heard])
    np.testing.assert_array_equal(averaging.see(g, case(g))(rows(1)), np.mean([[heard]] * 100, axis=0))


def test_noise_before_a_quota_is_averaged_as_ever():
    g = Guarded(lambda r: np.tile(TRUE, (len(r), 1)), (Noise(0.1, seed=0), Quota(1000)), 2)
    assert len(np.unique(g(np.repeat(rows(1), 50, axis=0)), axis=0)) == 50


def test_a_crowd_asks_about_rows_beside_and_hears_the_score():
    g = behind(Quota(1000), Noise(0.1, seed=0))
    wanted = rows(20)
    once, repeats, beside = (
        np.abs(m(wanted) - TRUE).mean() for m in (g, averaging.see(g, case(g)), crowd.see(g, case(g)))
    )
    assert abs(repeats - once) < 1e-9
    assert beside < once / 3


def test_another_model_is_asked_anew():
    g = behind(Quota(10), Noise(0.1, seed=0))
    before = g(rows(1))
    g.guards[0].learn(rows(5))
    assert (g(rows(1)) != before).all()


def test_a_model_with_more_classes_is_not_answered_from_the_memory_of_another():
    quota = Quota(10)
    behind(quota)(rows(1))
    assert Guarded(lambda r: np.ones((len(r), 3)), (quota,), 3)(rows(1)).shape == (1, 3)


def test_clients_payments_and_answers_are_so_many_at_most():
    quota = Quota(5, clients=10, rows=20)
    for i in range(200):
        behind(quota).as_client(f"c{i}" * 1000)(rows(3, seed=i))
    assert (len(quota.asked), len(quota.paid), len(quota.heard)) == (10, 20, 20)
    assert max(len(k) for k in [*quota.asked, *quota.paid, *quota.heard]) == 40


def test_more_rows_in_one_call_than_are_remembered_are_told_one_thing_each():
    g = behind(Quota(100, rows=2), Noise(0.1, seed=0))
    found = g(np.vstack([rows(9), rows(9)]))
    np.testing.assert_array_equal(found[:9], found[9:])


def test_threads_never_get_more_than_the_quota():
    g = behind(Quota(50), Noise(0.1, seed=0))
    found = []

    def work(i):
        for j in range(20):
            found.append(sum(not r for r in refused(g(rows(3, seed=1000 * i + j)))))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sum(found) == 50


def test_a_copy_counts_on_by_itself():
    quota = Quota(2)
    behind(quota)(rows(1))
    for other in (copy.deepcopy(quota), pickle.loads(pickle.dumps(quota))):
        assert refused(behind(other)(rows(3))) == [False, False, True]
    assert refused(behind(quota)(rows(2))) == [False, False]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), max_size=60), st.integers(1, 5))
def test_no_client_hears_more_different_rows_than_its_quota(asked, most):
    quota = Quota(most)
    heard = {}
    for client, row in asked:
        answer = behind(quota).as_client(client)(np.array([[float(row), 0.0]]))
        if not np.isnan(answer).any():
            heard.setdefault(client, set()).add(row)
    assert all(len(r) <= most for r in heard.values())
    wanted = {c: len({r for k, r in asked if k == c}) for c, _ in asked}
    assert {c: len(r) for c, r in heard.items()} == {c: min(n, most) for c, n in wanted.items()}
