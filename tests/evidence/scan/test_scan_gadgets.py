"""Pickles made only of names that look harmless: what they call and change gives them away."""

import collections
import pickle
import re

import pytest

from casemate.evidence.scan import lists
from casemate.evidence.scan.inspect import scan_bytes
from casemate.evidence.scan.machine import oddities

KERNEL = b"csklearn.gaussian_process.kernels\nRBF\n"
LEN = b"cbuiltins\nlen\n"
ORDERED = b"ccollections\nOrderedDict\n"
NUMBER = b"K\x01"
PAD = b"X" + (100_000).to_bytes(4, "little") + bytes(100_000) + b"0"


def ids(body: bytes, protocol: int = 4) -> set[str]:
    """The findings of a pickle."""
    return {f.id for f in scan_bytes(b"\x80" + bytes([protocol]) + body + b".", "").findings}


REACHING = [
    ("functools", "partial"),
    ("numpy", "vectorize"),
    ("sklearn.metrics._scorer", "_Scorer"),
    ("sklearn.metrics._scorer", "_CurveScorer"),
    ("torch.nn.modules.container", "ParameterDict"),
    ("torch.nn.modules.module", "_WrappedHook"),
    *((module, name) for module in ("builtins", "__builtin__") for name in ("type", "hash", "repr")),
]


@pytest.mark.parametrize(("module", "name"), REACHING)
def test_a_name_that_calls_or_reaches_what_the_file_says_is_on_no_list(module: str, name: str) -> None:
    assert not lists.is_known(module, name)
    assert ids(f"c{module}\n{name}\n".encode()) == {"unknown-import"}


COMMANDS = [
    ("uuid", "_get_command_stdout"), ("_osx_support", "_read_output"), ("_aix_support", "_read_cmd_output"),
    ("compileall", "compile_dir"), ("py_compile", "compile"),
]  # fmt: skip


@pytest.mark.parametrize(("module", "name"), COMMANDS)
def test_a_name_that_runs_commands_or_makes_code_is_denied(module: str, name: str) -> None:
    assert ids(f"c{module}\n{name}\n".encode()) == {"denied-import"}


MADE = KERNEL + b")R"  # an instance, which may have a __call__ of its own
CALLED = {
    "REDUCE": MADE + b")R",
    "NEWOBJ": MADE + b")\x81",
    "NEWOBJ_EX": MADE + b")}\x92",
    "OBJ": b"(" + MADE + NUMBER + b"o",
    "INST made it": b"(isklearn.gaussian_process.kernels\nRBF\n)R",
    "remembered by number": MADE + b"q\x070" + KERNEL + b"0h\x07)R",
    "remembered in order": MADE + b"\x940h\x00)R",
    "doubled": MADE + b"2)R",
    "a text": KERNEL + b"0\x8c\x01a)R",
}


@pytest.mark.parametrize("body", CALLED.values(), ids=CALLED)
def test_to_call_what_the_pickle_made_is_suspicious(body: bytes) -> None:
    assert ids(body) == {"calls-made"}
    assert ids(PAD + body) == {"calls-made"}


TEXT = b"\x8c\x01a"
CHANGED = {
    "BUILD": KERNEL + b"}b",
    "BUILD with slots": KERNEL + b"N}\x86b",
    "SETITEM": KERNEL + TEXT + NUMBER + b"s",
    "SETITEMS": KERNEL + b"(" + TEXT + NUMBER + b"u",
    "APPEND": KERNEL + NUMBER + b"a",
    "APPENDS": KERNEL + b"(" + NUMBER + b"e",
    "ADDITEMS": KERNEL + b"(" + NUMBER + b"\x90",
    "remembered": KERNEL + b"q\x070h\x07}b",
    "from the stack": b"\x8c\x20sklearn.gaussian_process.kernels\x8c\x03RBF\x93}b",
}


@pytest.mark.parametrize("body", CHANGED.values(), ids=CHANGED)
def test_to_change_a_class_or_a_function_is_suspicious(body: bytes) -> None:
    assert ids(body) == {"changes-global"}
    assert ids(PAD + body) == {"changes-global"}


def test_a_small_pickle_is_followed_whatever_it_imports() -> None:
    assert ids(ORDERED + b")R)R") == {"calls-made"}
    assert ids(LEN + b"}b") == {"changes-global"}


def test_each_pickle_of_a_stream_is_followed() -> None:
    first = pickle.dumps([1, 2], 2)
    assert {f.id for f in scan_bytes(first + b"\x80\x02" + MADE + b")R.", "").findings} == {"calls-made"}


NDARRAY = b"cnumpy\nndarray\n"
BOOSTER = b"cxgboost.core\nBooster\n"
PATH = b"X\x04\0\0\0/tmp"
HANDED = {
    "bytes for objects": b"cpandas.core.indexes.base\n_new_Index\n" + NDARRAY + b"}\x86R",
    "the same of another index": b"cpandas.core.indexes.datetimes\n_new_DatetimeIndex\n" + NDARRAY + b"}\x86R",
    "a file to open": b"cpandas.core.indexes.base\n_new_Index\n" + BOOSTER + b"}\x86R",
    "bytes for objects by torch": b"ctorch._tensor\n_rebuild_from_type_v2\n("
    + NDARRAY + b"ctorch\nTensor\n" + b"(K\x01\x85NC\x08AAAAAAAAt" + b"NtR",
    "a file to open by torch": b"ctorch._tensor\n_rebuild_from_type_v2\n("
    + BOOSTER + b"ctorch\nTensor\n" + b"})" + PATH + b"\x87NtR",
    "a tree that is none": b"csklearn.neighbors._kd_tree\nnewObj\n" + NDARRAY + b"\x85R",
}  # fmt: skip


@pytest.mark.parametrize("body", HANDED.values(), ids=HANDED)
def test_what_makes_an_object_makes_those_of_its_own_library(body: bytes) -> None:
    assert ids(body) == {"calls-named"}
    assert ids(PAD + body) == {"calls-named"}


def test_what_libraries_hand_to_what_makes_their_objects_is_clean() -> None:
    index = b"cpandas.core.indexes.base\n_new_Index\ncpandas\nIndex\n}\x86R"
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\nctorch\nTensor\n)N"
    assert ids(index) == set()
    assert ids(b"ctorch._tensor\n_rebuild_from_type_v2\n(" + tensor + b"tR") == set()
    assert ids(b"csklearn.neighbors._kd_tree\nnewObj\ncsklearn.neighbors._kd_tree\nKDTree\n\x85R") == set()


def test_an_object_that_is_called_changed_and_filled_in_the_usual_way_is_clean() -> None:
    usual = KERNEL + b")\x81}(" + TEXT + NUMBER + b"ub0" + ORDERED + b")R(" + TEXT + NUMBER + b"u0](" + LEN + b"e"
    assert ids(usual) == set()


def test_the_machine_says_the_first_place_and_stops_where_loading_does() -> None:
    body = MADE + b")R)R."
    assert oddities(body, 0, len(body) - 1) == {"calls-made": len(MADE) + 1}
    assert oddities(b"0" + body, 0, len(body)) == {}


def test_each_finding_of_structure_has_a_text_for_whoever_meets_it() -> None:
    rows = (lists.HERE / "rules.txt").read_text(encoding="utf-8")
    assert all(re.search(f"^{id} ", rows, re.MULTILINE) for id in ("calls-made", "changes-global"))  # noqa: A001


NAMESPACE = b"ctypes\nSimpleNamespace\n"


def with_attribute(made: bytes, name: bytes) -> bytes:
    """An object with an attribute that is a function."""
    return made + b"}\x8c" + bytes([len(name)]) + name + LEN + b"sb"


ADDED = {
    "append": with_attribute(ORDERED + b")R", b"append") + TEXT + b"a",
    "extend": with_attribute(ORDERED + b")R", b"extend") + b"(" + TEXT + b"e",
    "add": with_attribute(ORDERED + b")R", b"add") + b"(" + TEXT + b"\x90",
    "of an error": with_attribute(b"cbuiltins\nValueError\n)R", b"append") + TEXT + b"a",
    "of an object made by hand": with_attribute(b"(i" + NAMESPACE[1:], b"append") + TEXT + b"a",
    "remembered": with_attribute(ORDERED + b")R\x94", b"append") + b"0h\x00" + TEXT + b"a",
    "an item as an attribute": b"csklearn.utils._bunch\nBunch\n)\x81\x8c\x06append" + LEN + b"s" + TEXT + b"a",
}


@pytest.mark.parametrize("body", ADDED.values(), ids=ADDED)
def test_items_are_not_added_to_what_has_an_attribute_for_it(body: bytes) -> None:
    assert ids(body) == {"calls-named"}
    assert ids(PAD + body) == {"calls-named"}


STATES = {
    "set twice": with_attribute(NAMESPACE + b")R", b"__setstate__") + TEXT + b"b",
    "as an item": b"cscipy.optimize._optimize\nOptimizeResult\n)\x81\x8c\x0c__setstate__" + LEN + b"s" + TEXT + b"b",
}


@pytest.mark.parametrize("body", STATES.values(), ids=STATES)
def test_an_object_gets_no_function_that_takes_its_state(body: bytes) -> None:
    assert ids(body) == {"array-memory"}
    assert ids(PAD + body) == {"array-memory"}


def test_items_that_libraries_add_are_clean() -> None:
    things = [collections.deque([1, 2]), collections.OrderedDict(a=1), collections.Counter("a")]
    for protocol in range(6):
        assert {f.id for f in scan_bytes(pickle.dumps(things, protocol), "").findings} == set()


TORCH = b"".join(pickle.dumps(x, 2) for x in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}, {}, []))
LOADER = b"ctorch.storage\n_load_from_bytes\n"


def constant(content: bytes) -> bytes:
    return b"B" + len(content).to_bytes(4, "little") + content


def test_a_tensor_in_a_pickle_is_the_file_that_it_is() -> None:
    scan = scan_bytes(b"\x80\x03" + LOADER + constant(TORCH) + b"\x85R.", "")
    assert (scan.verdict, {f.id for f in scan.findings}) == ("clean", {"nested-pickle"})


LOADED = {
    "a name": (constant(TORCH[:-1] + b"0" + LEN + b"."), "clean"),
    "a name that is denied": (constant(b"\x80\2cbuiltins\neval\n."), "unsafe"),
    "a name that is unknown": (constant(b"\x80\2cmine\nf\n."), "suspicious"),
    "bytes behind": (constant(TORCH + b"rest"), "inconclusive"),
    "a broken end": (constant(TORCH[:-1]), "inconclusive"),
    "no mark": (constant(b"cmine\nf\n)."), "suspicious"),
    "bytes that a call makes": (b"c_codecs\nencode\n" + TEXT + b"\x85R", "suspicious"),
    "remembered": (constant(b"\x80\2cmine\nf\n.") + b"q\0000h\0", "suspicious"),
}


@pytest.mark.parametrize(("body", "verdict"), LOADED.values(), ids=LOADED)
def test_what_torch_loads_from_a_pickle_counts_in_full(body: bytes, verdict: str) -> None:
    assert scan_bytes(b"\x80\x03" + LOADER + body + b"\x85R.", "").verdict == verdict
    assert scan_bytes(b"\x80\x03" + PAD + LOADER + body + b"\x85R.", "").verdict == verdict


def test_many_objects_are_remembered_from_the_beginning_on() -> None:
    things = [collections.OrderedDict(a=i) for i in range(100_100)]
    assert scan_bytes(pickle.dumps(things, 4), "").verdict == "clean"
