"""A log of predictions, written beside the model: `Writer`, and `LoggedClassifier` and `Logged` (ASGI) that feed it.

Lines of prediction_log/1, which docs/log.md describes. Clients stand in it under pseudonyms only. Whatever happens to
the log, serving goes on: what could not be written is counted, and the count is written down as soon as possible.
"""

from casemate.guards.log.application import Logged
from casemate.guards.log.classifier import LoggedClassifier
from casemate.guards.log.pseudonym import Pseudonym, from_file
from casemate.guards.log.rows import Prediction
from casemate.guards.log.writer import Writer

__all__ = ["Logged", "LoggedClassifier", "Prediction", "Pseudonym", "Writer", "from_file"]
