"""What is special about some names of allowed.txt: in which way alone they are harmless.

A library that pickles a setting names a function; it never calls one while it loads. Whoever calls `max`, `numpy.mean`
or a metric has the pickle hand things back, compare them or look up their attributes, and a chain of that can call
whatever else is there. Constructors that take a class first use its attributes, so an object in its place has its own
used instead. A few open files that they are given.

And each name counts only in the uses that libraries make of it (lists.uses): an estimator that they make empty and then
fill would make an array of whatever it were called with, and an object of a pickle can name any memory as an array.
"""

from __future__ import annotations

from functools import lru_cache

from casemate.evidence.scan.lists import used

PLAIN, NAMED, NEW_ONLY, LOOKS_IN, HANDS_BACK, DTYPE, UNCALLED, TAKES, SEALED, NEW_FILL, VALUE, QUEUE = range(12)
"""Nothing special; a function that is never called; a class that is only made empty; its arguments count; may hand one
back; a dtype; a class that is only handed on; goes through what it is given; no items are set in what it makes; a class
that is only made empty and takes items; makes a value that takes none, but attributes; like the eighth, and items are
appended to what it makes."""
EMPTY = frozenset((NEW_ONLY, NEW_FILL))
TAKING = frozenset((TAKES, QUEUE))
MAPS = frozenset((TAKES, NEW_FILL, LOOKS_IN))  # what these make may be filled by keys
TAKERS = frozenset(
    (module, name)
    for module in ("builtins", "__builtin__", "collections", "array")
    for name in ("set", "frozenset", "bytearray", "Counter", "OrderedDict", "defaultdict", "deque", "array")
) | {("torch", "Size")}
DATA = frozenset(("datetime", "decimal", "exceptions", "fractions", "ipaddress", "pathlib", "uuid", "_codecs"))
"""Modules whose names make a value that takes no items and is no list of anything."""
CLASSES = frozenset(
    (
        "bool", "bytes_", "clongdouble", "complex128", "complex64", "datetime64", "finfo", "float16", "float32",
        "float64", "floating", "generic", "iinfo", "inexact", "int16", "int32", "int64", "int8", "integer",
        "longdouble", "longlong", "number", "object_", "poly1d", "record", "str_", "timedelta64", "uint16", "uint32",
        "uint64", "uint8", "ulonglong", "vectorize", "void",
    )
)  # fmt: skip
"""What numpy has in small letters that is a class; its functions beside it are only named."""
FUNCTIONS = frozenset(("abs", "all", "any", "len", "max", "min", "round", "sorted", "sum"))
MATH = (
    "scipy.special.", "sklearn.metrics._classification", "sklearn.metrics._ranking", "sklearn.metrics._regression",
    "sklearn.metrics._scorer", "sklearn.metrics.cluster.", "sklearn.feature_selection._univariate_selection",
    "sklearn.feature_selection.univariate_selection", "sklearn.feature_selection._mutual_info",
    "sklearn.utils.validation", "scipy._lib.array_api_compat.", "torch.nn.functional",
)  # fmt: skip
"""Modules (a dot at the end: all below it) of which every name in small letters is a function."""
FILES = frozenset((("lightgbm.basic", "Booster"), ("xgboost.core", "Booster")))
FIRST: dict[tuple[str, str], tuple[str, ...]] = {
    ("copyreg", "_reconstructor"): ("", ""), ("copy_reg", "_reconstructor"): ("", ""),
    ("numpy.ma.core", "_mareconstruct"): ("numpy", "numpy"),
    ("pandas.core.indexes.base", "_new_Index"): ("pandas",),
    ("pandas.core.indexes.datetimes", "_new_DatetimeIndex"): ("pandas",),
    ("pandas.core.indexes.interval", "_new_IntervalIndex"): ("pandas",),
    ("pandas.core.indexes.timedeltas", "_new_TimedeltaIndex"): ("pandas",),
    ("sklearn.metrics._dist_metrics", "newObj"): ("sklearn",),
    ("sklearn.neighbors._dist_metrics", "newObj"): ("sklearn",),
    ("sklearn.neighbors._ball_tree", "newObj"): ("sklearn",), ("sklearn.neighbors._kd_tree", "newObj"): ("sklearn",),
    ("torch._tensor", "_rebuild_from_type_v2"): ("torch._utils", ""),
}  # fmt: skip
"""Which of their first arguments have to be names, and of which package; of any where it is empty. They make an object
of what they get and hand it the rest: `numpy.ndarray` would take bytes for objects, a Booster would open a file."""
SECOND = ("numpy.random._pickle", frozenset(("__generator_ctor", "__randomstate_ctor")))
"""These call what they get second."""
LOADER = ("torch.storage", "_load_from_bytes")
"""This has torch.load read what it gets: a tensor in a pickle that torch.save did not write."""
SCALAR = frozenset((("numpy._core.multiarray", "scalar"), ("numpy.core.multiarray", "scalar")))
GETATTR = frozenset((("builtins", "getattr"), ("__builtin__", "getattr")))


@lru_cache(1024)
def role(module: str | None, name: str | None) -> int:
    """What is special about a name."""
    if module is None or name is None:
        return PLAIN
    pair = (module, name)
    if pair == ("numpy", "dtype"):
        return DTYPE
    if pair in SCALAR:
        return HANDS_BACK
    if pair in FIRST or pair in GETATTR or pair == LOADER or (module == SECOND[0] and name in SECOND[1]):
        return LOOKS_IN
    if pair in FILES:
        return NEW_ONLY
    return NAMED if _is_function(module, name) else _used(pair)


def _used(pair: tuple[str, str]) -> int:
    """By the uses that libraries make of it; a name that is not theirs is the project's own affair."""
    known = used(*pair)
    if known is None:
        return PLAIN
    if pair[0] in ("exceptions", "ipaddress") or pair[1].endswith(("Error", "Warning")):
        return VALUE
    if pair[0] in DATA:
        return PLAIN
    if pair in TAKERS:
        return QUEUE if pair[1] == "deque" else TAKES
    if "call" in known:
        return PLAIN if "fill" in known else SEALED
    if "new" in known:
        return NEW_FILL if "fill" in known else NEW_ONLY
    return UNCALLED


def _is_function(module: str, name: str) -> bool:
    if module in ("builtins", "__builtin__"):
        return name in FUNCTIONS
    if module == "numpy":
        return name.islower() and name not in CLASSES and name not in ("ndarray", "matrix")
    small = name.rpartition(".")[2].islower()
    return small and any(module == m or (m.endswith(".") and module.startswith(m)) for m in MATH)
