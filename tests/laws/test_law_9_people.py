"""Law 9: safety is never traded for money."""

import pytest

from casemate.core.times import times
from small import OWNED, PRICED, THEFT, look, means, risk, small
from strategies import record, trial

HURTS = "harms: {wrong-decision: {hurts: patients, at most: 1 in %s years}, model-stolen: %s}\n"
FOOLED = "id: fooled\nabout: model\nwhen: {kind: model}\nattacker: public\nharms: wrong-decision\ncountered by: [%s]"
RULES = (FOOLED % "input-validation, human-approval", THEFT)


def clinic(years=1000, theft="50k to 800k", more="", rules=RULES, records=()):
    return look(small(HURTS % (years, theft) + more), *records, rules=rules)


def stops(a):
    return [r.what for r in a.gate.reasons if r.rule == "hurts-people"]


@pytest.mark.parametrize("more", ["", OWNED, "appetite: {loss: 999M}\n"])
def test_a_harm_above_what_is_tolerable_fails_the_gate_however_cheap(more):
    a = clinic(more=more)
    r = risk(a, "fooled@scorer")
    assert (r.current, r.loss.mean) == (0, 0)
    assert r.danger == pytest.approx(r.frequency * 1000)
    assert (r.severity, a.gate.exit_code) == ("critical", 1)
    assert stops(a) == [f"fooled@scorer hurts people {times(r.danger)} times as often as tolerable"]


def test_a_harm_below_what_is_tolerable_does_not():
    a = clinic(1, records=[record("scorer", trials=(trial("fooled", 0, 5000),))])
    assert (stops(a), risk(a, "fooled@scorer").danger < 1) == ([], True)


def test_harms_that_are_tolerable_one_by_one_may_not_be_so_together():
    rates = (
        "attempts: {public: 1 to 2 a year, by: ann, on: 2026-10-02}\n"  # 1.45 a year of which one in twenty succeeds
    )
    other = (FOOLED % "human-approval").replace("fooled", "misled").replace("attacker: public", "attacker: accident")
    a = clinic(10, more=rates, rules=(*RULES, other.replace("demonstrated", "feasible")))
    alone = {r.id: r.danger for r in a.risks.risks if r.danger is not None}
    assert all(d < 1 for d in alone.values())
    assert stops(a) == [f"2 threats together hurt patients {times(sum(alone.values()))} times as often as tolerable"]


def test_the_first_action_lowers_the_danger_however_much_money_the_others_save():
    a = clinic(theft="50M to 800M")
    first, *rest = a.treatment.actions
    assert "fooled@scorer" in first.threats
    assert first.saves == 0 < max(x.saves for x in rest)
    assert {x.control for x in rest} >= {"query-quota"}


def test_what_makes_people_safer_is_kept_though_it_saves_no_money():
    dear = clinic(more="plan: {cost per day: 100k}\n", theft="50 to 800")
    assert [x.threats for x in dear.treatment.actions] == [("fooled@scorer",)] * len(dear.treatment.actions)
    assert dear.treatment.actions


def test_people_are_never_money():
    a = clinic()
    assert set(means(a, "fooled@scorer").values()) == {0}
    assert a.risks.years["current"].mean == pytest.approx(look(small(PRICED)).risks.years["current"].mean)
