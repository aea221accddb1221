"""What people read of poisoning and of screened data."""

import numpy as np

from casemate.evidence.redteam import show
from casemate.evidence.redteam.attack import Sample
from casemate.evidence.redteam.campaign import Plan, Scene, run
from casemate.evidence.redteam.metered import Metered
from casemate.evidence.redteam.model import Function
from casemate.evidence.redteam.record import Facts, findings
from casemate.evidence.redteam.setup import Done
from casemate.evidence.redteam.verdict import Verdict, verdict
from redteam_cases import plain

SPACE = plain(6)


def halved(rows):
    p = 1 / (1 + np.exp(-20 * (rows[:, 0] - 0.5)))
    return np.column_stack([1 - p, p])


def rows(seed, n=400, flipped=0):
    found = np.random.default_rng(seed).random((n, 6)) * 0.1
    found[:, :3] += np.where(np.arange(n) % 2, 0.8, 0.1)[:, None]
    given = (found[:, 0] > 0.5).astype(np.intp)
    given[:flipped] = 1 - given[:flipped]
    return Sample(found, given)


def done(names, train):
    target = Function(halved, 2)
    scene = Scene(Metered(target), SPACE, rows(1), train, lambda rows, given, seed: target)
    plan = Plan(names, victims=100)
    return Done(run(scene, plan), Facts("m", "callable", "scores", 2, {}, {"data": 400, "features": 6}), plan)


def test_labels_that_look_planted_are_weak_and_no_attack_that_got_through():
    found = done(("label-noise-screening",), rows(2, flipped=40))
    assert verdict(found.campaign) is Verdict.WEAK
    assert show.text(found).startswith("m: weak: training rows look planted\n")
    (line,) = findings(found.campaign)
    broken = found.campaign.tried[0].result.outcomes.sum()
    assert line.startswith(
        f"weak: label-noise-screening finds {broken} of 400 training rows suspicious beyond chance; "
    )


def test_clean_data_hold_and_are_never_called_free_of_poison():
    found = done(("label-noise-screening",), rows(2))
    assert verdict(found.campaign) is Verdict.HOLDS
    text = show.text(found)
    assert "it says nothing" in text.replace("\n    ", " ")
    assert max(map(len, text.splitlines())) <= 80
    assert findings(found.campaign) == [
        "holds to this budget: label-noise-screening finds 0 of 400 training rows suspicious beyond chance; "
        "of rows planted in a copy it finds 100 % (95 to 100)"
    ]


def test_poisoning_is_shown_along_the_poisoned_share():
    found = done(("label-flips",), rows(2))
    lines = show.text(found).splitlines()
    assert "poisoned share  0 %  0.5 %  1 %  2 %  5 %  10 %  20 %" in lines
    assert "label-flips     0 %    0 %  0 %  0 %  0 %   0 %   0 %" in lines
    assert verdict(found.campaign) is Verdict.HOLDS
