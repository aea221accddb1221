"""Models of xgboost and LightGBM in their own formats: data to the last byte, or not clean."""

import io
import json
import pickle
import runpy
import zipfile
from array import array
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.formats import xgboost as reader
from casemate.evidence.scan.inspect import inspect, scan_bytes

EXAMPLES = Path(__file__).parents[2] / "shelves/format_examples"
XGB = runpy.run_path(str(EXAMPLES / "xgboost.py"))
LGB = runpy.run_path(str(EXAMPLES / "lightgbm.py"))
ubjson, plain, length = XGB["ubjson"], XGB["plain"], XGB["length"]
HEAD, TREE, TAIL = LGB["HEAD"], LGB["TREE"], LGB["TAIL"]
MODEL = plain({"best_iteration": "4"})
CLEAN = ("clean", [])


def found(data: bytes) -> tuple[str, list[str]]:
    scan = scan_bytes(data, "")
    return scan.verdict, [f.id for f in scan.findings]


def lists(value: object) -> object:
    """Arrays as JSON has them."""
    assert isinstance(value, array)
    return value.tolist()


def as_json(model: Any, **how: Any) -> bytes:
    return json.dumps(model, default=lists, **how).encode()


def learner(**more: Any) -> dict[str, Any]:
    return {**MODEL, "learner": {**MODEL["learner"], **more}}


BOTH = pytest.mark.parametrize("write", [ubjson, as_json], ids=["ubjson", "json"])


# -- xgboost


def test_a_model_in_json_is_clean_however_it_is_spaced() -> None:
    assert found(as_json(MODEL)) == CLEAN
    assert found(as_json(MODEL, indent=2) + b"\n") == CLEAN
    assert found(as_json(plain({"a": '\u00e9 \\ " \n'}))) == CLEAN
    assert scan_bytes(as_json(MODEL), "").format == "xgboost-json"


def test_numbers_of_json_are_those_that_xgboost_writes() -> None:
    known = b"[1,-0.5E-3,2e+8,NaN,Infinity,-Infinity,true,null]"
    assert found(as_json(MODEL).replace(b"[0.0, -1.5, 1.25]", known)) == CLEAN
    for wrong in (b"[1,]", b"[,1]", b"[01]", b"[1.]", b"[+1]", b"[1 2]", b"[0x10]", b"[1,,2]", b"[os]", b"['a']"):
        assert found(as_json(MODEL).replace(b"[0.0, -1.5, 1.25]", wrong)) == ("inconclusive", ["broken"])


def test_a_long_list_of_numbers_is_passed_in_pieces() -> None:
    numbers = b"[%s]" % b",".join(b"%d" % i for i in range(60_000))
    assert found(as_json(MODEL).replace(b"[0.0, -1.5, 1.25]", numbers)) == CLEAN
    assert found(as_json(MODEL).replace(b"[0.0, -1.5, 1.25]", b"[" + b"1" * 2_000 + b"]"))[0] == "inconclusive"


def test_a_cut_model_in_json_is_never_clean() -> None:
    whole = as_json(MODEL)
    assert not [n for n in range(len(whole)) if scan_bytes(whole[:n], "").verdict == "clean"]


@BOTH
def test_a_key_that_xgboost_does_not_write_is_inconclusive(write: Any) -> None:
    assert found(write(learner(plugin="x"))) == ("inconclusive", ["unknown-key"])
    assert found(write({**MODEL, "auto_map": {"AutoModel": "m.M"}})) == ("inconclusive", ["unknown-key"])


def test_a_key_that_stands_twice_is_suspicious() -> None:
    twice = as_json(MODEL).replace(b'"feature_types"', b'"feature_names": [], "feature_types"')
    assert found(twice) == ("suspicious", ["duplicate-key"])
    escaped = twice.replace(b'"feature_names": []', b'"feature\\u005fnames": []')
    assert found(escaped) == ("suspicious", ["duplicate-key"])


@BOTH
def test_keys_without_a_model_vouch_for_nothing(write: Any) -> None:
    booster = {"model": {"trees": 0, "weights": 0}}
    assert found(write({"learner": {"gradient_booster": booster}})) == ("inconclusive", ["not-understood"])
    assert found(write({"learner": {"gradient_booster": 1}, "trees": 1}))[0] == "inconclusive"


def test_other_json_is_not_taken_for_a_model() -> None:
    for other in (b"{}", b'{"learner": 1}', as_json({"learner": {"gradient_booster": {}}}), b"[1]"):
        assert not reader.recognise(other)
    assert not reader.recognise(b"{L" + (7).to_bytes(8, "little") + b"learner")


@BOTH
def test_a_pickle_in_a_text_is_found(write: Any) -> None:
    hidden = pickle.dumps(eval, 0).decode()
    assert found(write(plain({"note": hidden})))[0] == "unsafe"
    assert found(write(learner(feature_names=[hidden])))[0] == "unsafe"
    assert found(write(plain({hidden: "1"})))[0] == "unsafe"


def test_a_pickle_in_numbers_is_found() -> None:
    hidden = pickle.dumps(eval)
    where = learner(feature_types=array("B", hidden))
    assert found(ubjson(where))[0] == "unsafe"
    assert found(ubjson(learner(feature_types=array("B", bytes(40))))) == CLEAN


def test_a_text_that_is_none_is_inconclusive() -> None:
    assert found(ubjson(plain({"note": b"\x00\x01"}))) == ("inconclusive", ["text"])
    assert found(ubjson(plain({"note": b"\xff"}))) == ("inconclusive", ["text"])
    assert found(as_json(MODEL).replace(b'"income"', b'"\\ud800"')) == ("inconclusive", ["text"])


def test_lengths_are_held_against_the_file() -> None:
    whole = ubjson(MODEL)
    for wrong in (length(-1), length(1 << 62), length(len(whole))):
        for right in (b"L" + (6).to_bytes(8, "big") + b"income", length(3)):
            changed = whole.replace(right, wrong + right[9:], 1)
            assert found(changed) == ("inconclusive", ["broken"])


@pytest.mark.parametrize("deep", [ubjson, as_json], ids=["ubjson", "json"])
def test_depth_is_bounded(deep: Any) -> None:
    value: Any = []
    for _ in range(200):
        value = [value]
    verdict, ids = found(deep(learner(feature_types=value)))
    assert (verdict, "limit" in ids) == ("inconclusive", True)
    million = as_json(MODEL).replace(b'["float"]', b"[" * 1_000_000)
    assert found(million)[0] == "inconclusive"


@BOTH
def test_what_follows_a_model_is_not_vouched_for(write: Any) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("data.pkl", pickle.dumps(eval))
    whole = write(MODEL)
    assert found(whole + b"{}") == ("inconclusive", ["trailing-bytes"])
    assert found(whole + pickle.dumps(eval))[0] == "inconclusive"
    assert found(whole + packed.getvalue())[0] == "unsafe"


def test_a_part_of_an_archive_is_a_model_too() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.json", as_json(MODEL))
        archive.writestr("model.ubj", ubjson(MODEL))
        archive.writestr("config.json", b'{"learner": 1}')
    assert found(packed.getvalue()) == CLEAN


LEAVES = st.integers(-128, 127) | st.text(max_size=20) | st.binary(max_size=40).map(lambda b: array("B", b))
VALUES = st.recursive(
    LEAVES, lambda v: st.lists(v, max_size=4) | st.dictionaries(st.text(max_size=5), v, max_size=4), max_leaves=12
)


@settings(deadline=None)
@given(VALUES)
def test_whatever_is_written_is_read_to_its_end_in_both_notations(value: Any) -> None:
    for data in (ubjson({"learner": value}), as_json({"learner": value}, ensure_ascii=False)):
        walk = reader.walk(data, Descend.top(data))
        assert walk.walked == len(data)
        assert {f.id for f in walk.findings} <= {"not-understood", "text", "unknown-key"}


# -- LightGBM


def test_the_last_line_of_the_package_for_python_is_read() -> None:
    for words in ("null", '[["x", "\\u00e9"], [0, 1.5, NaN]]', "[]"):
        assert found((HEAD + TREE + TAIL + f"\npandas_categorical:{words}\n").encode()) == CLEAN
    for words in ("", '{"a": 1}', "[1] 2", "__import__('os')", '["\\u0041'):
        model = (HEAD + TREE + TAIL + f"\npandas_categorical:{words}\n").encode()
        assert found(model) == ("inconclusive", ["broken"])


def test_lines_may_end_as_on_windows() -> None:
    assert found((HEAD + TREE + TAIL).replace("\n", "\r\n").encode()) == CLEAN


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ("head", "num_class=import os\n"),
        ("head", "hook=x\n"),
        ("head", "version=v5; x\n"),
        ("trees", "leaf_value=1 os.system\n"),
        ("trees", "code=1\n"),
        ("parameters", "import os\n"),
        ("end", "import os\n"),
        ("end", "Tree=0\n"),
        ("parameters", "[data: \x00]\n"),
    ],
)
def test_a_line_that_lightgbm_does_not_write_ends_the_walk(section: str, line: str) -> None:
    whole = HEAD + TREE + TAIL
    at = whole.index(
        {"head": "num_class", "trees": "num_leaves", "parameters": "[data", "end": "\nend of par"}[section]
    )
    at = len(whole) if section == "end" else at
    assert found(whole.encode()) == CLEAN
    scan = scan_bytes((whole[:at] + line + whole[at:]).encode(), "")
    assert (scan.verdict, [f.message for f in scan.findings]) == (
        "inconclusive",
        ["has a line that LightGBM does not write there"],
    )
    assert scan.findings[0].offset == at


def test_words_must_be_text() -> None:
    assert found(HEAD.encode().replace(b"income", b"\xff\xfe") + (TREE + TAIL).encode()) == ("inconclusive", ["broken"])
    assert found(HEAD.replace("income", "\u00e9").encode() + (TREE + TAIL).encode()) == CLEAN


def test_a_head_alone_is_no_model() -> None:
    assert found(HEAD.encode()) == ("inconclusive", ["broken"])
    assert found((HEAD + TREE).encode()) == ("inconclusive", ["broken"])


def test_a_model_behind_which_an_archive_stands_is_not_clean() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("data.pkl", pickle.dumps(eval))
    assert found((HEAD + TREE + TAIL).encode() + packed.getvalue())[0] == "unsafe"


# -- what the libraries write


def test_what_xgboost_writes_is_clean(tmp_path: Path) -> None:
    xgboost = pytest.importorskip("xgboost")
    numpy = pytest.importorskip("numpy")
    rows = numpy.random.default_rng(0).normal(size=(60, 3))
    data = xgboost.DMatrix(rows, label=(rows[:, 0] > 0).astype(int), feature_names=["a", "b", "\u00e9"])
    for booster in ("gbtree", "dart", "gblinear"):
        model = xgboost.train({"booster": booster, "objective": "binary:logistic", "nthread": 1}, data, 2)
        for suffix in ("json", "ubj"):
            model.save_model(tmp_path / f"{booster}.{suffix}")
    scans = [inspect(path) for path in sorted(tmp_path.iterdir())]
    assert [(s.verdict, s.format, s.findings) for s in scans] == [("clean", "xgboost-json", ())] * 6


def test_what_lightgbm_writes_is_clean(tmp_path: Path) -> None:
    lightgbm = pytest.importorskip("lightgbm")
    numpy = pytest.importorskip("numpy")
    rows = numpy.random.default_rng(0).normal(size=(200, 3))
    labels = (rows[:, 0] > 0).astype(int)
    for name, more in {"gbdt": {}, "linear": {"linear_tree": True}, "dart": {"boosting": "dart"}}.items():
        how = {"objective": "binary", "verbose": -1, "num_threads": 1, **more}
        lightgbm.train(how, lightgbm.Dataset(rows, labels), 2).save_model(tmp_path / name)
    scans = [inspect(path) for path in sorted(tmp_path.iterdir())]
    assert [(s.verdict, s.format, s.findings) for s in scans] == [("clean", "lightgbm-text", ())] * 3
