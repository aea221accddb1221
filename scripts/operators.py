"""Derive evidence/scan/operators.txt: the operators that ONNX and TensorFlow themselves have, in any release they keep.

    python scripts/operators.py onnx             in an environment with onnx
    python scripts/operators.py tensorflow       in an environment with tensorflow
Each writes the names of one again; all others stay. The project's src has to be on PYTHONPATH. Last made so with
onnx 1.23.2 and tensorflow 2.21.0. OLD has what the first releases of ONNX had and no later one describes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from casemate.evidence.scan.lists import HERE

HEAD = "# Operators that come with the library, by library and name. Made by scripts/operators.py; do not edit.\n"
OLD = (
    "ATen", "Affine", "ConstantFill", "Crop", "DynamicSlice", "FC", "GRUUnit", "GivenTensorFill", "ImageScaler",
    "ParametricSoftplus", "Scale", "ScaledTanh", "SpatialBN",
)  # fmt: skip


def of_onnx() -> Iterator[str]:
    """Every operator of every domain and version."""
    import onnx.defs

    yield from OLD
    yield from (schema.name for schema in onnx.defs.get_all_schemas_with_history())


def of_tensorflow() -> Iterator[str]:
    """Every operation that is registered once all of TensorFlow is there."""
    import tensorflow as tf
    from tensorflow.core.framework import op_def_pb2
    from tensorflow.python.client import pywrap_tf_session

    tf.constant(0)
    found = op_def_pb2.OpList()
    found.ParseFromString(pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList()))
    yield from (op.name for op in found.op)


SOURCES: dict[str, Callable[[], Iterator[str]]] = {"onnx": of_onnx, "tensorflow": of_tensorflow}


def main() -> None:
    """Write the list."""
    file = HERE / "operators.txt"
    rows = set(file.read_text(encoding="utf-8").splitlines()[1:]) if file.exists() else set()
    for source in sys.argv[1:]:
        rows = {row for row in rows if not row.startswith(f"{source} ")} | {f"{source} {n}" for n in SOURCES[source]()}
    file.write_text(HEAD + "\n".join(sorted(rows)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
