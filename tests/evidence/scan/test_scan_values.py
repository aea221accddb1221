"""What names of the allow-list are called with: dtypes that lie, functions that are only named, attributes by name."""

import io
import pickle
import zipfile
import zoneinfo

import pytest

from casemate.evidence.scan import notes
from casemate.evidence.scan.inspect import scan_bytes

PAD = b"X" + (100_000).to_bytes(4, "little") + bytes(100_000) + b"0"
ODD = {"calls-named"}


def ids(body: bytes) -> set[str]:
    """The findings of a pickle, the same when it is large."""
    found = {f.id for f in scan_bytes(b"\x80\x04" + body + b".", "").findings}
    assert {f.id for f in scan_bytes(b"\x80\x04" + PAD + body + b".", "").findings} == found
    return found


def named(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


FUNCTIONS = [
    *(("builtins", n) for n in ("sorted", "max", "min", "sum", "any", "all", "len", "abs", "round")),
    *(("numpy", n) for n in ("mean", "max", "argmax", "maximum", "exp", "add", "positive", "median")),
    ("scipy.special._ufuncs", "round"), ("sklearn.metrics._ranking", "roc_auc_score"),
    ("sklearn.utils.validation", "check_array"), ("torch.nn.functional", "relu"),
]  # fmt: skip


@pytest.mark.parametrize(("module", "name"), FUNCTIONS)
def test_a_function_that_libraries_only_name_is_clean_as_a_name_and_odd_as_a_call(module: str, name: str) -> None:
    assert ids(named(module, name)) == set()
    assert ids(named(module, name) + b"]\x85R") == ODD
    assert ids(named(module, name) + b"]\x85\x81") == ODD
    assert ids(b"(" + named(module, name) + b"]o") == ODD
    assert ids(b"(]" + named(module, name).replace(b"c", b"i", 1)) == ODD
    assert ids(named(module, name) + b"\x940N0h\x00]\x85R") == ODD


BOOSTERS = [("lightgbm.basic", "Booster"), ("xgboost.core", "Booster")]


@pytest.mark.parametrize(("module", "name"), BOOSTERS)
def test_a_class_that_opens_a_file_when_called_is_clean_only_when_it_is_made_empty(module: str, name: str) -> None:
    assert ids(named(module, name) + b")\x81}b") == set()
    assert ids(named(module, name) + b"NNX\x01\0\0\0a\x87R") == ODD


KERNEL = named("sklearn.gaussian_process.kernels", "RBF")
INSTANCE = KERNEL + b")\x81"
FIRST = [
    ("copyreg", "_reconstructor", KERNEL + named("builtins", "object") + b"N\x87R"),
    ("pandas.core.indexes.base", "_new_Index", named("pandas", "Index") + b"}\x86R"),
    ("pandas.core.indexes.interval", "_new_IntervalIndex", named("pandas", "IntervalIndex") + b"}\x86R"),
    ("sklearn.neighbors._kd_tree", "newObj", named("sklearn.neighbors._kd_tree", "KDTree") + b"\x85R"),
    ("numpy.ma.core", "_mareconstruct", named("numpy.ma", "MaskedArray") + named("numpy", "ndarray") + b"\x86R"),
]  # fmt: skip


@pytest.mark.parametrize(("module", "name", "rest"), FIRST, ids=[name for _, name, _ in FIRST])
def test_what_uses_attributes_of_its_argument_gets_a_class_of_the_list(module: str, name: str, rest: bytes) -> None:
    known = {("sklearn.neighbors._kd_tree", "KDTree")}
    assert {f.id for f in scan_bytes(b"\x80\x04" + named(module, name) + rest + b".", "", known).findings} == set()
    assert ids(named(module, name) + INSTANCE + b"N\x86R") == ODD
    assert ids(named(module, name) + named("builtins", "max") + b"N\x86R") == ODD


def test_a_generator_is_not_made_by_any_function() -> None:
    made = named("numpy.random._pickle", "__generator_ctor") + b"X\x05\0\0\0PCG64"
    assert ids(made + named("numpy.random._pickle", "__bit_generator_ctor") + b"\x86R") == set()
    assert ids(made + named("builtins", "dict") + b"\x86R") == ODD


def text(s: str) -> bytes:
    return b"X" + len(s).to_bytes(4, "little") + s.encode()


def dtype(code: str, flags: int, fields: bytes = b"", size: int = -1) -> bytes:
    wide = b"J" + size.to_bytes(4, "little", signed=True)
    inner = text("a") + b"\x85" + fields if fields else b"NN"
    return named("numpy", "dtype") + text(code) + b"\x89\x88\x87R(K\x03" + text("|") + b"N" + inner + wide + wide + (
        b"K" + bytes([flags]) + b"tb"
    )  # fmt: skip


def field(inner: bytes, at: int = 0) -> bytes:
    return b"}" + text("a") + inner + b"K" + bytes([at]) + b"\x86s"


OBJECT, NUMBER = dtype("O8", 63), dtype("i8", 0)


def test_honest_dtypes_are_clean() -> None:
    assert ids(OBJECT) == ids(NUMBER) == set()
    assert ids(dtype("V8", 27, field(OBJECT), 8)) == ids(dtype("V8", 0, field(NUMBER), 8)) == set()


@pytest.mark.parametrize("flags", [0, 1, 2, 16])
def test_a_dtype_of_objects_that_denies_them_is_suspicious(flags: int) -> None:
    assert ids(dtype("O8", flags)) == {"dtype"}
    assert ids(dtype("V8", flags, field(OBJECT), 8)) == {"dtype"}


def test_a_field_beyond_the_end_of_its_dtype_is_suspicious() -> None:
    assert ids(dtype("V8", 0, field(NUMBER, 4), 8)) == {"dtype"}


def test_a_dtype_that_is_shared_or_changed_in_another_way_is_suspicious() -> None:
    shared = named("numpy", "dtype") + text("V0") + b"\x85R"
    assert ids(shared + b"}b") == {"dtype"}
    assert ids(NUMBER + text("a") + b"Ns") == {"dtype"}


LYING = b"(K\x03" + text("|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
WAYS = {
    "OBJ": b"(" + named("numpy", "dtype") + text("O8") + b"\x89\x88o" + LYING,
    "INST": b"(" + text("O8") + b"\x89\x88inumpy\ndtype\n" + LYING,
    "NEWOBJ": named("numpy", "dtype") + text("O8") + b"\x89\x88\x87\x81" + LYING,
    "bytes that look like numbers": b"".join(
        (b"\x89r\x02i8\x890", named("numpy", "dtype"), text("O8"), b"j\x02i8\x89\x88\x87R", LYING)
    ),
}  # fmt: skip


@pytest.mark.parametrize("body", WAYS.values(), ids=WAYS)
def test_a_dtype_that_is_made_in_another_way_and_lies_is_suspicious(body: bytes) -> None:
    assert scan_bytes(b"\x80\x04" + body + b".", "").verdict == "suspicious"
    assert scan_bytes(b"\x80\x04" + PAD + body + b".", "").verdict == "suspicious"


def test_a_dtype_made_in_an_unknown_way_is_never_clean() -> None:
    assert ids(named("numpy", "dtype") + text("i8,O") + b"\x89\x88\x87R}b") == {"dtype-unknown"}


GETATTR = named("builtins", "getattr")
ZONE = named("zoneinfo", "ZoneInfo")


@pytest.mark.parametrize("protocol", range(6))
def test_a_time_zone_is_clean(protocol: int) -> None:
    data = pickle.dumps([zoneinfo.ZoneInfo("UTC"), zoneinfo.ZoneInfo("Europe/Paris")], protocol)
    scan = scan_bytes(data, "")
    assert (scan.verdict, scan.findings) == ("clean", ())
    assert ("zoneinfo", "ZoneInfo._unpickle") in {(i.module, i.name) for i in scan.imports}


ATTRIBUTES = {
    "another one": GETATTR + ZONE + text("from_file") + b"\x86R",
    "of an instance": GETATTR + INSTANCE + text("_unpickle") + b"\x86R",
    "by a made text": GETATTR + ZONE + named("builtins", "str") + text("_unpickle") + b"\x85R\x86R",
    "handed on": named("builtins", "defaultdict") + GETATTR + b"\x85R",
    "in a list": b"]" + GETATTR + b"a",
    "with a default": GETATTR + ZONE + text("_unpickle") + KERNEL + b"\x87R",
    "left on the stack": GETATTR,
}  # fmt: skip


@pytest.mark.parametrize("body", ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_any_other_attribute_by_name_is_unsafe(body: bytes) -> None:
    assert scan_bytes(b"\x80\x04" + body + b".", "").verdict == "unsafe"


def test_operations_are_counted_over_all_parts_of_an_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "MAX_OPS", 100_000)
    part = b"\x80\x04" + KERNEL + b"0N" + b"N0" * 20_000 + b"."

    def archive(count: int) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as made:
            for i in range(count):
                made.writestr(f"{i}.pkl", part)
        return file.getvalue()

    assert scan_bytes(archive(2), "").verdict == "clean"
    assert "limit" in {f.id for f in scan_bytes(archive(6), "").findings}


def test_steps_are_counted_over_all_parts_of_an_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "MAX_STEPS", 1_000)
    part = b"P\n" * 400 + b"."
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for i in range(4):
            made.writestr(f"{i}.pkl", part)
    assert "limit" in {f.id for f in scan_bytes(file.getvalue(), "").findings}
