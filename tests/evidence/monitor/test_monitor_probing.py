from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monitor_rows import START

from casemate.core.errors import CasemateError
from casemate.evidence.monitor import reference
from casemate.evidence.monitor.batch import Batch, Category, Numeric, take
from casemate.evidence.monitor.behaviour import Behaviour, Limits, excesses, limits_of
from casemate.evidence.monitor.clients import at_least, counted, most_sure, nobody, queries_of
from casemate.evidence.monitor.detectors import probing
from casemate.evidence.monitor.normality import _nearest, normalities, normality
from casemate.evidence.monitor.space import Space
from casemate.evidence.monitor.traces import Asked, Outside, Trace, gathered, linked
from casemate.evidence.monitor.windows import chosen

DIMENSIONS = 12
NOWHERE = probing.Config(Space(()), Outside(np.zeros(0), np.zeros((0, 0)), 0.0))


def asked(rows: np.ndarray, who: list[str], confidence: np.ndarray | None = None) -> Batch:
    names = tuple(sorted(set(who)))
    sure = np.full(len(who), 0.9) if confidence is None else confidence
    features = {f"x{i:02}": Numeric(rows[:, i]) for i in range(rows.shape[1])}
    times = START + np.arange(len(who), dtype=np.int64) * 1_000_000_000
    answers = Category(np.zeros(len(who), np.int64), ("yes",))
    return Batch(times, answers, sure, features, Category(np.array([names.index(w) for w in who]), names))


def crowd(seed: int, prefix: str) -> Batch:
    """Thirty clients with 100 queries each, all standard normal, mixed."""
    g = np.random.default_rng(seed)
    who = [f"{prefix}-{i:02}" for i in g.permutation(np.repeat(np.arange(30), 100)).tolist()]
    return asked(g.standard_normal((3000, DIMENSIONS)), who)


LEARNT = reference.learn(crowd(1, "known"))
assert LEARNT.clients is not None
LIMITS = reference.limits(LEARNT)
assert LIMITS is not None
CONFIG = replace(LEARNT.clients.config, limits=LIMITS)
STATE = probing.step(probing.begin(CONFIG), crowd(2, "client"))


def with_attack(rows: np.ndarray, accounts: int = 1, confidence: np.ndarray | None = None) -> list[str]:
    who = [f"attacker-{i % accounts:02}" for i in range(len(rows))]
    return [a.message for a in probing.alarms(probing.step(STATE, asked(rows, who, confidence)))]


def lines(n: int) -> np.ndarray:
    g = np.random.default_rng(5)
    ends = g.standard_normal((n // 12 + 1, 2, DIMENSIONS))
    steps = np.linspace(0, 1, 12)[:, None]
    return np.concatenate([a + steps * (b - a) for a, b in ends])[:n]


def test_clients_like_those_of_the_reference_are_not_accused():
    assert probing.alarms(STATE) == ()


def test_a_client_that_asks_along_lines_is_found_by_its_distances():
    (message,) = with_attack(lines(120))
    assert message.startswith("attacker-00: distances between its queries are not like people's: normality 0.")


def test_one_that_asks_along_lines_through_ten_accounts_is_found_in_their_pool():
    found = with_attack(lines(200), accounts=10)
    assert found
    assert all(m.startswith("attacker-0") and " alike: distances between its queries" in m for m in found)


def test_a_client_outside_of_the_reference_is_found():
    rows = np.random.default_rng(6).uniform(-4, 4, (60, DIMENSIONS))
    assert with_attack(rows) == [
        f"attacker-00: 100 % of the queries lie outside the reference, limit {100 * LIMITS.outside:.3g} %"
    ]


def test_a_client_near_the_boundary_is_found_by_low_confidence():
    rows = np.random.default_rng(7).standard_normal((60, DIMENSIONS))
    assert with_attack(rows, confidence=np.full(60, 0.51)) == [
        "attacker-00: 100 % of the queries have low confidence, limit 10 %"
    ]


def test_many_tiny_accounts_near_the_boundary_are_found_together():
    rows = np.random.default_rng(8).standard_normal((60, DIMENSIONS))
    (message,) = with_attack(rows, accounts=60, confidence=np.full(60, 0.51))
    assert message == "the 60 clients with 1 query: 100 % of the queries have low confidence, limit 10 %"


def test_queries_like_everybodys_are_seen_only_by_their_number():
    rows = np.random.default_rng(9).standard_normal((150, DIMENSIONS))
    assert with_attack(rows) == []
    state = probing.begin(replace(CONFIG, budget=150))
    state = probing.step(state, asked(rows, ["attacker"] * 150))
    assert [a.message for a in probing.alarms(state)] == ["attacker: 150 queries; extraction took 150"]
    (reading,) = probing.readings(state)
    assert reading.message == (
        "1 clients, 1 of them traced; the busiest asked 150 times, extraction took 150. "
        "Queries drawn from the model's own kind of data are seen only by their number"
    )


def test_the_name_of_a_client_cannot_write_on_a_terminal():
    name = "\x1b[2J" + "x" * 100
    state = probing.step(
        probing.begin(replace(NOWHERE, budget=5)),
        Batch(np.zeros(5, np.int64), client=Category(np.zeros(5, np.int64), (name,))),
    )
    (alarm,) = probing.alarms(state)
    assert alarm.message == "?[2J" + "x" * 60 + "...: 5 queries; extraction took 5"


def test_without_clients_nothing_is_measured():
    state = probing.step(probing.begin(NOWHERE), Batch(np.zeros(5, np.int64)))
    assert [r.message for r in probing.readings(state)] == ["not measured: none of 5 rows names a client"]
    assert probing.alarms(state) == ()


def test_a_hundred_thousand_clients_are_held_in_a_bounded_tally_and_the_busy_ones_kept():
    config = replace(NOWHERE, clients=1000, traced=8)
    state = probing.begin(config)
    for part in range(10):
        names = (*(f"{part}-{i}" for i in range(10_000)), "busy")
        codes = np.concatenate((np.arange(10_000), np.full(50, 10_000)))
        state = probing.step(state, Batch(np.zeros(codes.size, np.int64), client=Category(codes, names)))
    assert state.tally.key.size <= 1000
    assert len(state.traces) <= 8
    assert next((b.name, b.queries) for b in probing.behaviours(state)) == ("busy", 500)
    assert int(state.tally.queries.sum()) + state.tally.forgotten_queries == 100_500
    assert dict(probing.readings(state)[0].details)["forgotten clients"] > 99_000


def test_small_batches_trace_the_same_queries_as_one_large():
    rows = crowd(3, "client")
    whole = probing.step(probing.begin(CONFIG), rows)
    state = probing.begin(CONFIG)
    for part in np.split(np.arange(3000), [2500, 2750]):
        state = probing.step(state, take(rows, part))
    assert probing.behaviours(state) == probing.behaviours(whole)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), min_size=1, max_size=40))
def test_a_tally_counts_like_a_dictionary(queries):
    tally, expected = nobody(), {}
    for key, many in queries:
        tally = counted(tally, np.array([key], np.uint64), np.array([[many], [many], [0]]), 1000)
        expected[key] = expected.get(key, 0) + many
    assert dict(zip(tally.key.tolist(), tally.queries.tolist(), strict=True)) == expected
    assert queries_of(tally, np.array([99], np.uint64)).tolist() == [0]


def test_the_lower_bound_on_a_share_is_its_closed_form():
    # All of n: p**n = alpha. Otherwise n KL(share || p) = log(1 / alpha).
    assert at_least(20, 20, 1e-4) == pytest.approx(1e-4 ** (1 / 20))
    assert at_least(0, 20, 1e-4) == at_least(0, 0, 1e-4) == 0
    p = at_least(30, 100, 0.01)
    divergence = 0.3 * math.log(0.3 / p) + 0.7 * math.log(0.7 / (1 - p))
    assert 100 * divergence == pytest.approx(math.log(100))


def test_normality_is_near_one_for_random_queries_and_low_for_steps_of_one_size():
    g = np.random.default_rng(1)
    random = g.standard_normal((200, DIMENSIONS)).astype(np.float32)
    same = np.zeros(200, np.uint64)
    assert normality(random, same)[0] > 0.95
    assert normality(lines(200).astype(np.float32), same)[0] < 0.85
    assert normality(random[:30], same)[0] is None
    assert normality(np.repeat(random[:1], 99, axis=0), same[:99])[0] is None  # whoever repeats shows no distances


def test_few_distances_are_odd_only_where_chance_does_not_explain_them():
    g = np.random.default_rng(3)
    same = np.zeros(300, np.uint64)
    windows = [g.normal(0, 1, (40, 20)).astype(np.float32) for _ in range(200)]
    judged = [normality(w, same[:40]) for w in windows]
    assert sum(value < 0.95 for value, _ in judged) > 20  # below a limit that long windows do not reach
    assert sum(odd for _, odd in judged) <= 4
    assert normality(lines(200).astype(np.float32), same[:200])[1]


def test_normality_is_scale_free_and_measured_within_one_answer():
    g = np.random.default_rng(2)
    points = g.standard_normal((100, DIMENSIONS)).astype(np.float32)
    both = np.concatenate((points, points + 1e-2)).astype(np.float32)
    answers = np.repeat(np.array([0, 1], np.uint64), 100)
    alone = normality(points, answers[:100])[0]
    assert normality(points * 8, answers[:100])[0] == pytest.approx(alone, abs=1e-6)
    # The near twin has another answer, so it changes no distance: each is there twice.
    assert normality(both, answers)[0] == pytest.approx(alone, abs=0.01)


def test_a_pool_gathers_who_is_nearest_first():
    pairs = np.array([[0, 5, 0, 0], [5, 0, 3, 0], [0, 3, 0, 1], [0, 0, 1, 0]])
    assert gathered(pairs, 0, 16) == (0, 1, 2)
    assert gathered(pairs, 0, 2) == (0, 1)
    assert gathered(pairs, 3, 16) == (3,)


def test_limits_leave_a_margin_and_are_never_stricter_than_their_floor():
    calm = Behaviour("a", 100, (1, 100), (0, 100), 0.99)
    wild = Behaviour("b", 100, (60, 100), (0, 100), 0.8, odd=0.8)
    limits = limits_of([calm, wild], [calm], 1e-4, 1.25)
    assert limits.normal == 0.75
    assert limits.low > 0.4
    assert (limits.pool_low, limits.pool_outside, limits.pool_normal) == (0.1, 0.05, 0.95)
    assert list(excesses(wild, limits, 1e-4, None)) == []
    assert [e.kind for e in excesses(wild, Limits(), 1e-4, 100)] == ["volume", "low confidence", "distances"]


def test_settings_that_do_not_fit_are_an_error():
    with pytest.raises(CasemateError, match="monitor: the settings of probing do not fit; fit `outside` in the same"):
        probing.Config(CONFIG.space, NOWHERE.outside)
    with pytest.raises(CasemateError, match="monitor: the bounds of probing are out of range"):
        replace(NOWHERE, traced=10**6)


def test_what_most_clients_do_accuses_none_of_them():
    moved = crowd(3, "client")
    features = {name: Numeric(column.values + 3) for name, column in moved.features.items()}
    found = probing.alarms(probing.step(probing.begin(CONFIG), replace(moved, features=features)))
    assert [a.subject for a in found] == ["outside: most clients"]
    assert found[0].message == (
        "most clients: 30 of 30 clients show too many queries outside the reference: the log or the model changed for "
        "all of them, or one attacker has most accounts"
    )


def test_clients_who_asked_little_are_counted_among_those_who_show_a_thing():
    rows = np.full((12 * 20, DIMENSIONS), 3.0) + np.random.default_rng(4).normal(0, 0.1, (240, DIMENSIONS))
    state = probing.step(probing.begin(CONFIG), asked(rows, [f"c{i % 12:02}" for i in range(240)]))
    (alarm,) = [a for a in probing.alarms(state) if a.subject.startswith("outside")]
    assert alarm.message.startswith("most clients: 12 of 12 clients show too many queries outside the reference")


@given(st.lists(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), max_size=20))
def test_the_surest_share_is_the_largest_of_all_bounds(shares):
    each = [at_least(hits, rows, 1e-4) for hits, rows in shares]
    assert most_sure(shares, 1e-4) == pytest.approx(max(each, default=0.0), abs=1e-12)


def test_the_nearest_earlier_query_with_the_same_answer_is_that_of_all_pairs():
    g = np.random.default_rng(7)
    rows = g.standard_normal((150, 6)).astype(np.float32).astype(np.float64)
    rows[40] = rows[7]
    answers = g.integers(0, 3, 150).astype(np.uint64)
    answers[40] = answers[7]
    (found,) = _nearest([(rows.astype(np.float32), answers)])
    for i in range(150):
        earlier = [float(np.linalg.norm(rows[i] - rows[j])) for j in range(i) if answers[i] == answers[j]]
        assert found[i] == pytest.approx(min(earlier, default=math.inf), rel=1e-6)
    assert found[40] == 0


def test_windows_that_are_judged_together_are_judged_like_each_alone():
    g = np.random.default_rng(8)
    windows = [
        (g.standard_normal((n, 6)).astype(np.float32), g.integers(0, 1 + n % 3, n).astype(np.uint64))
        for n in (0, 30, 31, 40, 64, 65, 100, 200, 200, 256, 256)
    ]
    windows.append((np.repeat(windows[4][0][:1], 64, axis=0), windows[4][1]))  # who repeats shows no distances
    for (value, odd), window in zip(normalities(windows), windows, strict=True):
        alone = normality(*window)
        assert (value, odd) == (alone[0] and pytest.approx(alone[0], rel=1e-6), alone[1])


def test_pairs_of_near_queries_are_those_of_all_pairs():
    g = np.random.default_rng(9)
    rows = g.standard_normal((300, 5)).astype(np.float32)
    rows[7], rows[200] = rows[290], rows[3] + 0.01  # the same query is no pair, a near one is
    none = np.zeros(30, np.uint64), np.zeros(30, np.int64)
    traces = [Trace(str(i), 0, (Asked(rows[30 * i : 30 * i + 30], *none),)) for i in range(10)]
    apart = np.linalg.norm(rows[:, None] - rows[None], axis=2)
    near = (apart < 0.6) & (apart > 1e-3)
    expected = near.reshape(10, 30, 10, 30).sum(axis=(1, 3))
    np.fill_diagonal(expected, 0)
    assert linked(traces, 0.6, 30).tolist() == expected.tolist()
    assert linked([*traces, Trace("new", 0, ())], 0.6, 30)[:10, :10].tolist() == expected.tolist()
    assert linked([Trace("new", 0, ())], 0.6, 30).tolist() == [[0]]


@given(st.integers(0, 99), st.lists(st.integers(0, 3000), min_size=4, max_size=4))
def test_rows_of_a_client_fall_into_windows_by_their_number(seed, before):
    which = np.random.default_rng(seed).integers(0, 4, 900)
    keys, traced = np.arange(4, dtype=np.uint64), np.array([True, True, False, True])
    rows, sizes, client, number = chosen(traced, keys, which, np.array(before), 64, seed)
    expected: dict[tuple[int, int], list[int]] = {}
    for row, who in enumerate(which.tolist()):
        seen = before[who] + sum(which[:row] == who)
        expected.setdefault((who, int(seen) // 64), []).append(row)
    named = zip(client.tolist(), number.tolist(), strict=True)
    found = dict(zip(named, np.split(rows, np.cumsum(sizes))[:-1], strict=True))
    assert all(found[key].tolist() == expected[key] for key in found)
    assert {key for key in expected if traced[key[0]] and key[1] < 2} <= found.keys()
    assert all(traced[who] for who, _ in found)
