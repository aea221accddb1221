"""Who wants one answer is not helped by another wrong one."""

from dataclasses import replace

import numpy as np
import pytest

from casemate.core import shelf
from casemate.evidence.redteam.attack import Limits, Outcome, Sample
from casemate.evidence.redteam.campaign import Plan, Scene, run
from casemate.evidence.redteam.metered import Metered
from casemate.evidence.redteam.model import Function, labels
from redteam_cases import case, last, plain

ENDS = np.array([0.4, 0.7])


def thirds(rows):
    """Three classes along the first feature, with scores that fall with the distance from the middle of each."""
    return np.exp(-30 * np.square(rows[:, :1] - np.array([0.2, 0.55, 0.9])))


MODEL = Function(thirds, 3)


def hunt(name, epsilon, wanted):
    of = case(MODEL, space=plain(2), limits=Limits(400, "linf", epsilon), pool=60)
    rows = np.column_stack([np.full(8, 0.3), np.linspace(0.1, 0.9, 8)])
    return last(
        shelf.member("evidence/redteam/attacks", name).run(
            replace(of, victims=Sample(rows, np.zeros(8, dtype=int)), wanted=wanted)
        )
    )


@pytest.mark.parametrize("name", ["hop-skip-jump", "block-search"])
def test_an_attack_finds_only_what_is_wanted(name):
    assert hunt(name, 0.2, None).count(Outcome.BROKEN) == 8
    assert hunt(name, 0.2, 2).count(Outcome.BROKEN) == 0
    far = hunt(name, 0.6, 2)
    assert far.count(Outcome.BROKEN) == 8
    assert set(labels(thirds(far.adversarial)).tolist()) == {2}
    assert (far.distances >= 0.4).all()


def scene():
    rows = np.random.default_rng(3).uniform(0, 1, (200, 2))
    return Scene(Metered(MODEL), plain(2), Sample(rows, labels(thirds(rows))))


def test_a_campaign_attacks_those_who_would_not_get_the_answer_anyway():
    done = run(scene(), Plan(("hop-skip-jump",), limits=Limits(60), victims=40, wanted=2))
    assert done.victims[2] == 0
    assert sum(done.victims) == 40
    plain_run = run(scene(), Plan(("hop-skip-jump",), limits=Limits(60), victims=40))
    assert min(plain_run.victims) > 0


def test_a_guard_that_turns_the_wanted_answer_into_another_wrong_one_has_held():
    of = replace(case(MODEL, space=plain(2)), wanted=2)
    assert of.fools(np.array([0, 1, 2, -1]), np.zeros(4, dtype=int)).tolist() == [False, False, True, False]
    anything = replace(of, wanted=None)
    assert anything.fools(np.array([0, 1, 2, -1]), np.zeros(4, dtype=int)).tolist() == [False, True, True, False]
