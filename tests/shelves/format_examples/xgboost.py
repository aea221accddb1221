"""A model of one tree in UBJSON, laid out as xgboost 3 does; `plain` is what it says."""

import pickle
import struct
from array import array
from typing import Any


def length(count: int) -> bytes:
    return b"L" + struct.pack(">q", count)


def ubjson(value: Any) -> bytes:
    if isinstance(value, dict):
        return b"{" + b"".join(ubjson(k)[1:] + ubjson(v) for k, v in value.items()) + b"}"
    if isinstance(value, array):
        packed = value[:]
        packed.byteswap()
        return b"[$" + {"f": b"d", "i": b"l", "B": b"U"}[value.typecode] + b"#" + length(len(value)) + packed.tobytes()
    if isinstance(value, list):
        return b"[#" + length(len(value)) + b"".join(map(ubjson, value))
    if isinstance(value, (str, bytes)):
        raw = value if isinstance(value, bytes) else value.encode()
        return b"S" + length(len(raw)) + raw
    return b"i" + struct.pack(">b", value)


def plain(attributes: dict[str, Any]) -> dict[str, Any]:
    tree = {
        "base_weights": array("f", [0.0, -1.5, 1.25]),
        "default_left": array("B", [0, 0, 0]),
        "id": 0,
        "left_children": array("i", [1, -1, -1]),
        "tree_param": {"num_deleted": "0", "num_feature": "1", "num_nodes": "3", "size_leaf_vector": "1"},
    }
    model = {
        "gbtree_model_param": {"num_parallel_tree": "1", "num_trees": "1"},
        "iteration_indptr": [0, 1],
        "tree_info": [0],
        "trees": [tree],
    }
    learner = {
        "attributes": attributes,
        "feature_names": ["income"],
        "feature_types": ["float"],
        "gradient_booster": {"model": model, "name": "gbtree"},
        "learner_model_param": {"base_score": "5E-1", "num_class": "0", "num_feature": "1"},
        "objective": {"name": "binary:logistic", "reg_loss_param": {"scale_pos_weight": "1"}},
    }
    return {"learner": learner, "version": [3, 2, 0]}


FORMAT = "xgboost-json"
HARMLESS = ubjson(plain({"best_iteration": "4"}))
HOSTILE = ubjson(plain({"note": pickle.dumps(eval)}))
