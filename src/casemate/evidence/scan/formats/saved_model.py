"""saved_model.pb and keras_metadata.pb of TensorFlow's SavedModel: graphs of operations, and what Keras describes.

The variables lie in files of their own; in an archive the layout saved_model knows them by their names. What the
operations can do is in tf_graph.py.
"""

from __future__ import annotations

from casemate.evidence.scan.data import Data
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.report import Walk

FIRST = b"\x08\x0a\x12"


def recognise(data: Data) -> bool:
    """Whether the bytes are one of the two messages, to the last one."""
    from casemate.evidence.scan import tf_graph  # most files begin with another byte, and it has large tables

    return tf_graph.is_model(data) or tf_graph.is_metadata(data)


def walk(data: Data, descend: Descend) -> Walk:
    """Every operation of every graph and function."""
    from casemate.evidence.scan import tf_graph

    return tf_graph.walk(data, descend, "metadata" if tf_graph.is_metadata(data) else "model")
