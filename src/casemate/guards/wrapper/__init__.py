"""Guards in front of a classifier, as scikit-learn has them: `GuardedClassifier`."""

from casemate.guards.wrapper.classifier import GuardedClassifier
from casemate.guards.wrapper.refusal import RefusedRows

__all__ = ["GuardedClassifier", "RefusedRows"]
