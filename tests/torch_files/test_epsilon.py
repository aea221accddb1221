"""Epsilon is worked out from its parameters: closed forms, a published number, and what is no parameter.

Run by `make test-torch`, in an environment with dp-accounting; skipped everywhere else.
"""

import math
from typing import Any

import numpy as np
import pytest

pytest.importorskip("dp_accounting")

from casemate.core.errors import CasemateError
from casemate.guards.recipes.privacy import epsilon, most_true_positives


def normal(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2))


def exact(noise: float, delta: float) -> float:
    """Epsilon of the Gaussian mechanism by bisection of its exact delta: Balle and Wang 2018, theorem 8."""
    low, high = 0.0, 500.0
    for _ in range(200):
        e = (low + high) / 2
        there = normal(0.5 / noise - e * noise) - math.exp(min(e, 700)) * normal(-0.5 / noise - e * noise)
        low, high = (e, high) if there > delta else (low, e)
    return high


def renyi(noise: float, steps: int, delta: float) -> float:
    """By the closed Renyi divergence of the Gaussian mechanism, turned as in Canonne, Kamath, Steinke 2020."""
    a = np.linspace(1.01, 2000, 2_000_000)
    found = steps * a / (2 * noise**2) + np.log1p(-1 / a) - np.log(delta * a) / (a - 1)
    return float(found.min())


@pytest.mark.parametrize(
    ("noise", "steps", "delta"), [(1.0, 1, 1e-5), (4.0, 1, 1e-6), (20.0, 100, 1e-5), (2.0, 3, 1e-3)]
)
def test_without_sampling_it_is_the_closed_form_of_the_gaussian_mechanism(
    noise: float, steps: int, delta: float
) -> None:
    found = epsilon(noise, 1.0, steps, delta)
    assert found == pytest.approx(renyi(noise, steps, delta), rel=0.01)
    truth = exact(noise / math.sqrt(steps), delta)  # steps of noise s are one of s / sqrt(steps)
    assert truth <= found <= 1.25 * truth


def test_it_is_no_worse_than_the_number_of_the_paper() -> None:
    """Abadi et al. 2016, section 3.2: q 0.01, sigma 4, T 10000, delta 1e-5 gives 1.26; later conversions give less."""
    assert 0.9 < epsilon(4.0, 0.01, 10_000, 1e-5) < 1.26


def test_more_noise_fewer_steps_and_a_smaller_share_promise_more() -> None:
    here = epsilon(1.0, 0.02, 500, 1e-5)
    assert epsilon(1.5, 0.02, 500, 1e-5) < here
    assert epsilon(1.0, 0.02, 250, 1e-5) < here
    assert epsilon(1.0, 0.01, 500, 1e-5) < here
    assert epsilon(1.0, 0.02, 500, 1e-3) < here


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"noise": 0.0}, "privacy: noise must be above 0 and finite"),
        ({"noise": math.nan}, "privacy: noise must be above 0 and finite"),
        ({"noise": math.inf}, "privacy: noise must be above 0 and finite"),
        ({"rate": 0.0}, "privacy: rate must be above 0 and at most 1"),
        ({"rate": 1.5}, "privacy: rate must be above 0 and at most 1"),
        ({"steps": 0}, "privacy: steps must be a whole number from 1 to 1000000000"),
        ({"steps": 2.5}, "privacy: steps must be a whole number from 1 to 1000000000"),
        ({"steps": True}, "privacy: steps must be a whole number from 1 to 1000000000"),
        ({"delta": 0.0}, "privacy: delta must be between 0 and 1"),
        ({"delta": 1.0}, "privacy: delta must be between 0 and 1"),
    ],
)
def test_what_is_no_parameter_is_an_error(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(CasemateError) as e:
        epsilon(**{"noise": 1.0, "rate": 0.1, "steps": 10, "delta": 1e-5, **wrong})
    assert str(e.value) == f"{why}; give the parameters of the training as they were recorded"


def test_no_attack_on_the_gaussian_mechanism_finds_more_members_than_the_bound() -> None:
    """Its best attack is a threshold: at false positives f it finds normal(normal^-1(f) + 1 / noise)."""
    for threshold in np.linspace(-3, 3, 25):
        f, t = normal(-threshold), normal(1 - threshold)
        assert t <= most_true_positives(epsilon(1.0, 1.0, 1, 1e-5), 1e-5, f)


def test_the_bound_is_a_share_and_says_nothing_for_a_large_epsilon() -> None:
    assert most_true_positives(0.0, 0.0, 0.01) == pytest.approx(0.01)
    assert most_true_positives(math.log(2), 0.001, 0.01) == pytest.approx(0.021)
    assert most_true_positives(1e9, 0.0, 0.01) == 1.0
    with pytest.raises(CasemateError):
        most_true_positives(1.0, 0.0, 2.0)
