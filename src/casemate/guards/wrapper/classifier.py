"""A classifier behind guards, as scikit-learn has them: fit, predict, predict_proba, score, clone, feature names.

It may stand wherever a classifier may, with a pipeline inside that takes frames and words. Guards see numbers: a word
as its place among those of its column. Several threads may ask at once.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.validation import check_is_fitted

from casemate.core.errors import CasemateError
from casemate.core.space import Array
from casemate.guards._guard import ANYBODY, Guard, enter
from casemate.guards._schema import Schema, schema_of
from casemate.guards._spec import made, named
from casemate.guards._window import Window
from casemate.guards.wrapper.refusal import RefusedRows


class GuardedClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier whose rows and answers pass guards, the first the outermost.

    estimator: any classifier; one that was fitted before stands in `sklearn.frozen.FrozenEstimator`.
    guards: texts such as `quota:quota=100`, or guards of the shelf; `fit` makes new ones and lets them learn.
    refuse: `raise` RefusedRows, or `mask`: scores of NaN, and a masked array of labels.
    client: who asks, unless a call says so. window: seconds that a quota lasts by the clock; None: without end.
    """

    def __init__(
        self,
        estimator: Any,
        guards: Sequence[str | Guard] = (),
        *,
        refuse: Literal["raise", "mask"] = "raise",
        client: str = ANYBODY,
        window: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.estimator = estimator
        self.guards = guards
        self.refuse = refuse
        self.client = client
        self.window = window
        self.clock = clock

    def fit(self, X: Any, y: Any, **fit_params: Any) -> GuardedClassifier:  # noqa: N803  scikit-learn's name
        """Fit a copy of the estimator, and let new guards learn from the same rows. Raises CasemateError."""
        if self.refuse not in ("raise", "mask"):
            raise CasemateError("refuse", f"{self.refuse!r} is nothing", "write raise or mask")
        guards = made(self.guards, "guards")
        self.schema_, rows = schema_of(X)
        self.estimator_ = clone(self.estimator).fit(X, y, **fit_params)
        self.classes_ = np.asarray(self.estimator_.classes_)
        if self.classes_.ndim != 1:
            raise CasemateError("estimator", "answers more than one label a row", "guard one classifier for each")
        self.n_features_in_ = rows.shape[1]
        if self.schema_.named:
            self.feature_names_in_ = np.array(self.schema_.names, dtype=object)
        for guard in guards:
            guard.learn(rows)
        self.guards_, self.window_ = guards, Window(self.window, self.clock)
        return self

    def as_client(self, client: str) -> GuardedClassifier:
        """The same model and guards, their state shared, asked by another client."""
        other = copy.copy(self)
        other.client = client
        return other

    def predict_proba(self, X: Any, client: str | None = None) -> Array:  # noqa: N803
        """Scores as the client may see them, shape (n, classes); NaN for refused rows where `refuse` is mask.

        They need not sum to 1. Raises RefusedRows, and CasemateError for rows with other columns.
        """
        out, why = self._asked(X, client)
        if why and self.refuse == "raise":
            raise RefusedRows(why)
        return out

    def predict(self, X: Any, client: str | None = None) -> Any:  # noqa: N803
        """The class with the highest score that the client may see, the first of equal ones, shape (n,).

        A masked array where `refuse` is mask. Raises as predict_proba does.
        """
        scores = self.predict_proba(X, client)
        best = self.classes_[np.argmax(np.nan_to_num(scores), axis=1)]
        return best if self.refuse == "raise" else np.ma.MaskedArray(best, np.isnan(scores).any(axis=1))

    def _asked(self, x: Any, client: str | None) -> tuple[Array, dict[int, str]]:
        check_is_fitted(self)
        self.window_.renew(self.guards_)
        coded = self.schema_.frame(x)
        why = {i: w for i, w in enumerate(coded.wrong) if w}
        fits = np.array([not w for w in coded.wrong], dtype=bool)
        places = np.flatnonzero(fits)
        passage = enter(self.guards_, coded.rows[fits], self.client if client is None else client)
        why |= {int(places[i]): named(self.guards_[passage.by[i]]) for i in np.flatnonzero(~passage.let)}
        out = np.full((len(coded.rows), len(self.classes_)), np.nan)
        let = places[passage.let]
        if len(let):
            shown = _shown(self.schema_, x, let, coded.rows[let], passage.rows)
            out[let] = passage.out(_answers(self.estimator_, shown, self.classes_))
        return out, dict(sorted(why.items()))


def _answers(estimator: Any, x: Any, classes: Any) -> Array:
    """Scores of shape (n, classes); 1 for the label where the estimator gives no scores."""
    if hasattr(estimator, "predict_proba"):
        return np.asarray(estimator.predict_proba(x), dtype=np.float64)
    return np.asarray(np.equal.outer(np.asarray(estimator.predict(x)), classes), dtype=np.float64)


def _shown(schema: Schema, x: Any, let: Any, before: Array, after: Array) -> Any:
    """What the estimator sees: the rows as they came, with the numbers that guards changed. Words stay as they are."""
    if not schema.named:
        return after
    labels = schema.ordered(x)
    frame = x[labels].iloc[let].copy()
    for i, (column, label) in enumerate(zip(schema.columns, labels, strict=True)):
        if column.words is None and not np.array_equal(before[:, i], after[:, i], equal_nan=True):
            frame[label] = after[:, i]
    return frame
