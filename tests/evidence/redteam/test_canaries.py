"""Weaknesses planted in a copy: every attack of the goal finds them, in any space, and a lame one does not."""

from dataclasses import replace

import numpy as np
import pytest

from casemate.core import shelf
from casemate.evidence.redteam.attack import Limits
from casemate.evidence.redteam.campaign import CANARIES
from casemate.evidence.redteam.drive import attacks, drive
from redteam_cases import MIXED, case, linear, plain, rows_of, sample

GOALS = ("attribute", "extraction", "inversion", "poisoning", "screening")
EACH = [(name, space) for name, a in attacks().items() if a.goal in GOALS for space in ("mixed", "plain")
        if (a.goal, space) != ("attribute", "plain")]  # fmt: skip
SPACES = {"mixed": MIXED, "plain": plain(6)}


def scene(name, space, limits=None, gives=None):
    model = linear(space, gives=gives or attacks()[name].gives)
    of = case(model, space, victims=120, pool=240, limits=limits or Limits(), surrogate=None)
    train = sample(model, rows_of(space, 400, np.random.default_rng(5)))
    model.asked.clear()
    return replace(of, train=train)


def planted(of, goal):
    return shelf.member(CANARIES, goal).plant(of)


@pytest.mark.parametrize(("name", "space"), EACH)
def test_every_attack_finds_it(name, space):
    found = drive(name, planted(scene(name, SPACES[space]), attacks()[name].goal))
    assert found.stopped == ""
    assert found.broken > 0


@pytest.mark.parametrize("goal", GOALS)
def test_planting_it_asks_the_target_nothing_and_nor_does_looking_for_it(goal):
    name = next(n for n, a in attacks().items() if a.goal == goal)
    of = scene(name, MIXED)
    drive(name, planted(of, goal))
    assert of.model.used.calls == 0


@pytest.mark.parametrize("name", ["extraction-labels", "model-inversion"])
def test_an_attack_that_may_hardly_ask_does_not_find_it(name):
    found = drive(name, planted(scene(name, MIXED, Limits(queries=2)), attacks()[name].goal))
    assert found.broken == 0


def test_poison_that_is_never_written_does_not_find_it():
    found = drive("label-flips", planted(scene("label-flips", MIXED, Limits(share=1e-4)), "poisoning"))
    assert found.broken == 0


@pytest.mark.parametrize("goal", ["attribute", "extraction"])
def test_it_gives_no_more_than_the_target(goal):
    name = {"attribute": "attribute-inference", "extraction": "extraction-labels"}[goal]
    answers = planted(scene(name, MIXED, gives="labels"), goal).model(scene(name, MIXED).victims.rows)
    assert set(np.unique(answers).tolist()) == {0.0, 1.0}
