"""What differentially private training promises: epsilon from its parameters, and what it means for an attacker.

An epsilon that somebody wrote down is no evidence. It follows from noise, sampling rate, steps and delta, and is worked
out from them here by dp-accounting (extra `dp`). It speaks of the records that were sampled, one added or removed, and
only where each step really sampled every record by itself with that rate (Poisson) and clipped what each adds.
"""

from __future__ import annotations

import math

from casemate.core.errors import CasemateError

WHERE = "privacy"
MOST_STEPS = 10**9
ORDERS = [1 + i / 10 for i in range(6, 100)] + [*range(11, 64), 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048]
"""Orders of the divergence that are tried: any of them gives a bound. Below 1.6 its series often does not converge."""


def epsilon(noise: float, rate: float, steps: int, delta: float) -> float:
    """The epsilon of DP-SGD (Abadi et al. 2016) by Renyi divergences (Mironov 2017; Mironov, Talwar, Zhang 2019).

    noise: standard deviation of the noise, in clipping norms. rate: the share of records in a batch on average, above
    0 to 1. steps: updates of the model. delta: between 0 and 1; at most one over the number of records says anything.
    An upper bound. Raises CasemateError for other values, for no finite bound, and where dp-accounting is missing.
    """
    _check(noise, rate, steps, delta)
    try:
        from dp_accounting import GaussianDpEvent, PoissonSampledDpEvent, SelfComposedDpEvent
        from dp_accounting.rdp import RdpAccountant
    except ImportError:
        raise CasemateError(WHERE, "needs dp-accounting", "pip install casemate[dp]") from None
    accountant = RdpAccountant(ORDERS)
    accountant.compose(SelfComposedDpEvent(PoissonSampledDpEvent(rate, GaussianDpEvent(noise)), steps))
    found = float(accountant.get_epsilon(delta))
    if not math.isfinite(found):
        raise CasemateError(WHERE, "these parameters promise nothing", "take more noise or fewer steps")
    return found


def most_true_positives(epsilon: float, delta: float, false_positives: float) -> float:
    """The share of members that any attack finds at most, at a share of false alarms (Kairouz, Oh, Viswanath 2015).

    Raises CasemateError for shares that are none.
    """
    if not (epsilon >= 0 and 0 <= delta <= 1 and 0 <= false_positives <= 1):
        raise CasemateError(WHERE, "epsilon is 0 or more, the others are shares", "give them so")
    grown = math.exp(min(epsilon, 700.0)) * false_positives + delta
    return min(1.0, grown, 1 - math.exp(-epsilon) * (1 - delta - false_positives))


def _check(noise: float, rate: float, steps: int, delta: float) -> None:
    fits = {
        "noise must be above 0 and finite": math.isfinite(noise) and noise > 0,
        "rate must be above 0 and at most 1": 0 < rate <= 1,
        f"steps must be a whole number from 1 to {MOST_STEPS}": type(steps) is int and 1 <= steps <= MOST_STEPS,
        "delta must be between 0 and 1": 0 < delta < 1,
    }
    for rule, holds in fits.items():
        if not holds:
            raise CasemateError(WHERE, rule, "give the parameters of the training as they were recorded")
