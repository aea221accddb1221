"""The likelihood ratio of each row's logit: under shadow models that learned the row, to those that did not.

The strongest known attack where the training recipe is known. It costs one query for each row; the time goes into the
shadow models, which attacks share. Beside the attack on the target it tells what the recipe leaks in general, with each
shadow model as the target of the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Attack, Case, Result
from casemate.evidence.redteam.membership import Mask, accuracies, asked, figures, shadows, suspects, told
from casemate.evidence.redteam.roc import roc
from casemate.evidence.redteam.signals import bells, left_out, logit, step

ATTACK = Attack(
    goal="membership",
    gives="scores",
    threats=("membership-inference",),
    unit="row",
    source="Carlini et al. 2022, Membership Inference Attacks From First Principles, algorithm 1",
    strength="equal",
    needs=frozenset({"train", "fit"}),
    nist="NISTAML.033",
)
RECORD_RATE = 0.1
"""False-positive rate of each row on its own. A rate of 1 % would need 100 models that did not learn the row."""


def run(case: Case) -> Iterator[Result]:
    """Yields after every call to the target."""
    who = suspects(case)
    shadow = shadows(case, who)
    half = step(shadow.answers)
    known = logit(shadow.answers, who.sample.labels, half)
    bell, recipe = bells(known, shadow.kept), of_recipe(known, shadow.kept, who.copy)
    for answers, heard, done in asked(case, who):
        scores = bell.online(logit(answers, who.sample.labels, half))
        more = accuracies(who, answers, heard)
        yield told(who, scores, heard.astype("int64"), done, {**more, **recipe, "shadow models": len(shadow.kept)})


def of_recipe(logits: Array, kept: Mask, copy: Mask) -> Mapping[str, float]:
    """What the recipe leaks: every shadow model (models, n) the target once, all scores on one curve.

    One threshold for all rows is not calibrated for each of them (arXiv 2605.25819), so beside it stands a threshold
    for each row, among what it gets from models that did not learn it. No intervals: every model has the same rows.
    """
    logits, kept = logits[:, ~copy], kept[:, ~copy]
    scores = np.round(left_out(logits, kept), 9)
    known = ~np.isnan(scores)
    if not (known & kept).any() or not (known & ~kept).any():
        return {}
    pooled = roc(scores[known], kept[known])
    found = {k: v.value for k, v in {**figures(pooled), "TPR at 10 %": pooled.tpr(RECORD_RATE)}.items()}
    return {f"recipe: {k}": v for k, v in {**found, **_of_each_row(logits, kept)}.items()}


def _of_each_row(logits: Array, kept: Mask) -> Mapping[str, float]:
    """Members found with a threshold for each row that a model which did not learn it passes in at most 10 %.

    Of c such models `allowed` pass the threshold, so one more passes it with probability (allowed + 1) / (c + 1). For
    one row the offline score grows with the logit, so the logit itself does.
    """
    allowed = int(RECORD_RATE * (len(kept) // 2 + 1)) - 1
    if allowed < 0:
        return {}
    others = np.sort(np.where(kept | np.isnan(logits), -np.inf, logits), axis=0)[::-1]
    members = kept & ~np.isnan(logits)
    hits = members & (np.nan_to_num(logits) > others[allowed] + 1e-9)
    return {"TPR at 10 % of each row": float(hits.sum() / members.sum())}
