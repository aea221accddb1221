"""A classifier as scikit-learn has them, whose answers are logged."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from casemate.guards.log import rows
from casemate.guards.log.writer import Writer


class LoggedClassifier:
    """Answers as the model does; each row of `predict` and `predict_proba` is one line of the log.

    names: of the features, where rows have none. client: who asks. ids: makes a request id for each row. What cannot be
    logged is counted as lost; the answer is given all the same. Everything else is the model's own.
    """

    def __init__(
        self,
        model: Any,
        writer: Writer,
        names: Sequence[str] | None = None,
        client: str | None = None,
        ids: Callable[[], str] = lambda: str(uuid.uuid4()),
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.model, self.writer, self.names, self.client, self.ids, self.clock = (
            model,
            writer,
            names,
            client,
            ids,
            clock,
        )

    def as_client(self, client: str) -> LoggedClassifier:
        """The same model and log, asked by a client."""
        return LoggedClassifier(self.model, self.writer, self.names, client, self.ids, self.clock)

    def predict(self, x: Any) -> Any:
        """The model's answers; their confidence is not measured."""
        begun = self.clock()
        answers = self.model.predict(x)
        self._log(x, answers, None, begun)
        return answers

    def predict_proba(self, x: Any) -> Any:
        """The model's probabilities, (n, classes). The likeliest class is logged with its probability (`max_prob`)."""
        begun = self.clock()
        scores = self.model.predict_proba(x)
        self._log(x, None, scores, begun)
        return scores

    def __getattr__(self, name: str) -> Any:
        """Whatever else the model has."""
        if name == "model":
            raise AttributeError(name)  # while it is being unpickled
        return getattr(self.model, name)

    def _log(self, x: Any, answers: Any, scores: Any, begun: float) -> None:
        try:
            took = (self.clock() - begun) * 1000
            self.writer.write(self._rows(x, answers, scores, took))
        except Exception as e:  # an answer is worth more than its line in the log
            self.writer.failed(type(e).__name__, 1)

    def _rows(self, x: Any, answers: Any, scores: Any, took: float) -> list[rows.Prediction]:
        names = self.names or ([str(c) for c in x.columns] if hasattr(x, "columns") else None)
        values = x.to_numpy(dtype=object) if hasattr(x, "to_numpy") else x
        given = None if scores is None else np.asarray(scores, np.float64)
        if given is not None:
            classes = getattr(self.model, "classes_", np.arange(given.shape[1]))
            answers = np.asarray(classes)[given.argmax(axis=1)]
        who = self.writer.client(self.client)
        return [
            rows.Prediction(
                request_id=self.ids(),
                client=who,
                prediction=answers[i],
                confidence=None if given is None else float(given[i].max()),
                confidence_kind=None if given is None else "max_prob",
                features=rows.named(row, names),
                latency_ms=took,
            )
            for i, row in enumerate(values)
        ]
