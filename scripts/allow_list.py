"""Derive evidence/scan/allowed.txt: the names that well-known libraries write when they pickle their own objects.

    python scripts/allow_list.py            writes the list from what is installed
    python scripts/allow_list.py torch      writes the names of torch alone again; all others stay
The second form is for libraries that are installed nowhere near the project: make an environment with torch and numpy
in it and run the script there with the project's src on PYTHONPATH. Last made so with torch 2.13.0, xgboost 3.2.0 and
lightgbm 4.7.0. Objects of every kind that is found are made, fitted on a few rows and pickled with protocols 0 to 5;
each name that unpickling asks for goes on the list with the uses that were made of it, unless denied.txt has it. Names
of libraries that are not installed stay. Names that other releases of the same libraries use follow from OLD. Needs
numpy, pandas, scipy, joblib and scikit-learn.
"""

from __future__ import annotations

import argparse
import array
import builtins
import collections
import contextlib
import copyreg
import datetime
import decimal
import fractions
import functools
import importlib.util
import io
import ipaddress
import operator
import pathlib
import pickle
import random
import re
import statistics
import string
import sys
import tempfile
import time
import types
import unittest
import uuid
import warnings
import zoneinfo
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from casemate.evidence.scan import lists
from casemate.evidence.scan.inspect import scan_bytes
from casemate.evidence.scan.lists import HERE, denial

Pair = tuple[str, str]
Uses = dict[Pair, set[str]]
HEAD = (
    "# Module and dotted name that libraries themselves write, and what they use it for (lists.py)."
    " Made by scripts/allow_list.py; do not edit.\n"
)
KNOWN = frozenset(("new", "call", "fill"))
# What no protocol of the Python that runs this writes.
BY_HAND: Uses = {
    ("zoneinfo", "ZoneInfo._unpickle"): {"call"},  # protocols 0 to 3 take it with getattr
    ("collections", "OrderedDict"): {"call"},  # Python 2 hands it its items
}
# Their first argument is a class, which they make empty.
GIVE_A_CLASS = (copyreg._reconstructor,)  # type: ignore[attr-defined]

# Where other releases keep the same thing: a pattern of the module, and what to put instead.
OLD = (
    (r"^numpy\._core\b", "numpy.core"),  # numpy 1
    (r"^scipy\.(\w+)\._(\w+)$", r"scipy.\1.\2"),  # scipy before 1.8
    (r"^sklearn\.(\w+)\._(base|bagging|data|label|stochastic_gradient|univariate_selection)$", r"sklearn.\1.\2"),
    (r"^sklearn\.ensemble\._forest$", "sklearn.ensemble.forest"),  # scikit-learn before 0.22, as the next ones
    (r"^sklearn\.ensemble\._gb$", "sklearn.ensemble.gradient_boosting"),
    (r"^sklearn\.ensemble\._weight_boosting$", "sklearn.ensemble.weight_boosting"),
    (r"^sklearn\.linear_model\._(logistic|coordinate_descent|ridge)$", r"sklearn.linear_model.\1"),
    (r"^sklearn\.svm\._classes$", "sklearn.svm.classes"),
    (r"^sklearn\.tree\._classes$", "sklearn.tree.tree"),
    (r"^sklearn\.neighbors\._(classification|regression|unsupervised)$", r"sklearn.neighbors.\1"),
    (r"^sklearn\.decomposition\._(pca|nmf|truncated_svd)$", r"sklearn.decomposition.\1"),
    (r"^sklearn\.cluster\._kmeans$", "sklearn.cluster.k_means_"),
    (r"^sklearn\.neural_network\._multilayer_perceptron$", "sklearn.neural_network.multilayer_perceptron"),
    (r"^sklearn\.metrics\._dist_metrics$", "sklearn.neighbors._dist_metrics"),
    (r"^pathlib$", "pathlib._local"),  # Python 3.13
)

# Their state holds a text that loading executes (rv_generic.__setstate__), so a distribution may be anything.
LEFT_OUT = re.compile(r"^scipy\.stats\._?(continuous_distns|discrete_distns|distn_infrastructure)$")

# Honest files may have these, but what they make calls a function, or reaches an attribute, that the file names as
# text; chained, they reach `eval` from allowed names alone. As unknown names they are suspicious, and a team that
# needs one can allow it in its system file.
REACHING = re.compile(
    r"^(?:(?:builtins|__builtin__) (?:type|hash|repr)|functools partial|numpy vectorize"
    r"|sklearn\.metrics\._?scorers? _(?:\w*[^h])?Scorer"
    r"|sklearn\.model_selection\._classification_threshold _CurveScorer"
    r"|scipy\.(?:spatial\._?qhull|interpolate\._?interpnd) \w+"  # when it goes, it closes what the file gave it
    r"|_io (?:BytesIO|StringIO)"  # the same
    r"|torch\.nn\.\S+ (?:ParameterDict|_WrappedHook))$"
)


class Recorder(pickle._Unpickler):  # type: ignore[name-defined, misc]  # in Python, so that each call can be seen
    """Loads what this script has just written, and writes down each name as it stands in the file, and how it is used.

    new: called without arguments, or made empty; call: called with some; fill: items are set in what it made.
    """

    def __init__(self, file: Any, uses: Uses, **how: Any) -> None:
        super().__init__(file, **how)
        self.uses = uses
        self.names: dict[int, set[Pair]] = {}
        self.made: dict[int, set[Pair]] = {}
        self.alive: list[Any] = []

    def find_class(self, module: str, name: str) -> Any:
        """Note and load."""
        self.uses.setdefault((module, name), set())
        found = super().find_class(module, name)
        self.alive.append(found)
        self.names.setdefault(id(found), set()).add((module, name))
        return found

    def persistent_load(self, pid: Any) -> Any:
        """As torch before 1.6 took a class."""
        return pid[1]

    def note(self, pairs: set[Pair], use: str) -> None:
        """One use of names."""
        for pair in pairs:
            self.uses[pair].add(use)

    def called(self, load: Callable[[Any], None], depth: int) -> None:
        """A call: of what lies below its arguments."""
        called, args = self.stack[-depth], self.stack[-depth + 1]
        pairs = self.names.get(id(called), set())
        self.note(pairs, "call" if args else "new")
        if called in GIVE_A_CLASS:
            pairs = self.names.get(id(args[0]), set())
            self.note(pairs, "new")
        load(self)
        self.alive.append(self.stack[-1])
        self.made[id(self.stack[-1])] = pairs

    def filled(self, load: Callable[[Any], None]) -> None:
        """Items are set, or added, in what lies below the mark or the item."""
        load(self)
        self.note(self.made.get(id(self.stack[-1]), set()), "fill")

    def changed(self, load: Callable[[Any], None]) -> None:
        """A state is set."""
        load(self)
        self.note(self.made.get(id(self.stack[-1]), set()), "set")


def _watched() -> dict[int, Callable[[Recorder], None]]:
    """The opcodes that call and change, watched."""
    known = dict(pickle._Unpickler.dispatch)  # type: ignore[attr-defined]
    for code, depth in ((pickle.REDUCE, 2), (pickle.NEWOBJ, 2), (pickle.NEWOBJ_EX, 3)):
        known[code[0]] = partial(lambda load, depth, self: self.called(load, depth), known[code[0]], depth)
    for code in (pickle.SETITEM, pickle.SETITEMS, pickle.APPEND, pickle.APPENDS, pickle.ADDITEMS):
        known[code[0]] = partial(lambda load, self: self.filled(load), known[code[0]])
    known[pickle.BUILD[0]] = partial(lambda load, self: self.changed(load), known[pickle.BUILD[0]])
    return known


Recorder.dispatch = _watched()


def say(line: str) -> None:
    """One line about what was left out, beside the list."""
    sys.stderr.write(line + "\n")


def names_of(thing: Any) -> Uses:
    """The names in the pickles of one object, all protocols, and their uses; none where it cannot be pickled."""
    uses: Uses = {}
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        try:
            Recorder(io.BytesIO(pickle.dumps(thing, protocol)), uses).load()
        except Exception as e:  # many objects exist that only some protocols, or none, can hold
            say(f"  not pickled with protocol {protocol}: {type(thing).__name__} ({type(e).__name__})")
    return uses


def standard() -> Iterator[Any]:
    """Data types of the standard library."""
    c = collections
    yield from (c.OrderedDict(a=1), c.deque([1], 2), c.Counter("a"), c.ChainMap({}), c.UserDict(), c.UserList())
    yield from (c.UserString("a"), c.defaultdict(list), c.defaultdict(int), c.defaultdict(dict), c.defaultdict(set))
    yield from (c.defaultdict(list, a=[1]), operator.itemgetter(1), operator.itemgetter("a", 2))
    now = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    yield from (now, now.date(), now.time(), now - now, datetime.timezone(datetime.timedelta(1 / 24)))
    yield from (decimal.Decimal("1.5"), decimal.Context(), fractions.Fraction(1, 3), complex(1, 2), uuid.UUID(int=1))
    yield from (pathlib.Path("a"), pathlib.PurePosixPath("a"), pathlib.PureWindowsPath("a"))
    yield from (ipaddress.ip_address(a) for a in ("10.0.0.1", "::1"))
    yield from (ipaddress.ip_network(a) for a in ("10.0.0.0/8", "::/8"))
    yield from (ipaddress.ip_interface(a) for a in ("10.0.0.1/8", "::1/8"))
    yield from (array.array("d", [1]), bytearray(b"a"), b"\xff", {1}, frozenset([1]), range(3), slice(1), Ellipsis)
    yield from (NotImplemented, random.Random(1), re.compile("a"), re.compile(b"a", re.I), statistics.NormalDist())
    yield from (string.Template("a"), types.SimpleNamespace(), zoneinfo.ZoneInfo("UTC"), functools.partial(int))
    yield from (type(None), type(...), object, object(), io.BytesIO(b"a"), io.StringIO("a"))
    yield from (bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset, range, slice)
    yield from (ValueError("a"), TypeError("a"), KeyError("a"), IndexError("a"), RuntimeError("a"), OSError(1, "a"))
    yield from (Exception("a"), StopIteration(1), AttributeError("a"), ZeroDivisionError("a"), NotImplementedError("a"))
    yield from (ArithmeticError("a"), OverflowError("a"), AssertionError("a"))
    yield from failures()
    yield from (argparse.Namespace(a=1), time.gmtime(0), re.IGNORECASE)
    yield from (len, min, max, sum, abs, round, sorted, any, all, repr, hash)
    yield from (datetime.date, datetime.datetime, datetime.timedelta, decimal.Decimal, c.OrderedDict, c.Counter)


def failures() -> Iterator[Any]:
    """Every exception and warning of Python; one that Unicode gives wants five arguments."""
    for _, kind in sorted(vars(builtins).items()):
        if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, BaseExceptionGroup):
            for args in (("a",), ("utf-8", b"a", 0, 1, "a"), ("a", 0, 1, "a")):
                with contextlib.suppress(TypeError):
                    yield kind(*args)


def of_numpy() -> Iterator[Any]:
    """Arrays, scalars, types, functions by element, generators."""
    import numpy as np

    kinds = [*np.typecodes["AllInteger"], *np.typecodes["AllFloat"], "?", "O", "S3", "U3", "V3", "M8[ns]", "m8[s]"]
    for kind in kinds:
        yield from (np.zeros(3, kind), np.zeros((2, 2), kind, order="F"), np.dtype(kind), np.dtype(kind).type)
        yield np.zeros(1, kind)[0]
    yield from (np.zeros(2, [("a", "f8"), ("b", "O")]), np.rec.array([(1, 2.0)]), np.ma.masked_array([1, 2], [0, 1]))
    yield from (np.ma.masked, np.matrix([[1]]), np.dtype((np.record, [("a", "f8")])), np.char.array(["a"]))
    yield from (np.dtypes.StringDType(), np.array(["a"], np.dtypes.StringDType()), np.ndarray, np.generic, np.inexact)
    yield from (np.number, np.integer, np.floating, np.poly1d([1, 2]), np.polynomial.Polynomial([1]))
    yield from (np.polynomial.Chebyshev([1]), np.vectorize(abs), np.finfo, np.iinfo)
    p = np.polynomial
    yield from (p.Legendre([1]), p.Hermite([1]), p.HermiteE([1]), p.Laguerre([1]))
    for bits in (np.random.MT19937, np.random.PCG64, np.random.PCG64DXSM, np.random.Philox, np.random.SFC64):
        yield from (np.random.Generator(bits(1)), bits(1), np.random.RandomState(bits(1)))
    yield np.random.SeedSequence(1)
    yield from (f for f in vars(np).values() if isinstance(f, np.ufunc))
    yield from (np.mean, np.median, np.sum, np.min, np.max, np.std, np.var, np.nanmean, np.nanmedian, np.argmax)
    yield from (np.linalg.LinAlgError("a"), np.exceptions.AxisError("a"))


def of_scipy() -> Iterator[Any]:
    """Sparse matrices, distributions, interpolation, trees, functions by element."""
    import numpy as np
    from scipy import integrate, interpolate, optimize, signal, sparse, spatial, special, stats

    for kind in ("bsr", "coo", "csc", "csr", "dia", "dok", "lil"):
        yield from (getattr(sparse, f"{kind}_{shape}")(np.eye(2)) for shape in ("matrix", "array"))
    yield from (stats.uniform(0, 1), stats.norm(), stats.randint(1, 5), stats.loguniform(1, 2), stats.norm, stats.beta)
    yield from (stats.expon(), stats.gamma(1), stats.poisson(1), stats.gaussian_kde([1.0, 2.0, 4.0]))
    x = np.arange(6.0)
    yield from (interpolate.CubicSpline(x, x), interpolate.PchipInterpolator(x, x), interpolate.BSpline(x, x, 1))
    yield from (interpolate.interp1d(x, x), interpolate.UnivariateSpline(x, x), interpolate.Akima1DInterpolator(x, x))
    yield from (
        interpolate.interp1d(x, x, kind=k) for k in ("nearest", "zero", "quadratic", "cubic", "previous", "next")
    )
    yield from (interpolate.InterpolatedUnivariateSpline(x, x), interpolate.LSQUnivariateSpline(x, x, [2.5]))
    yield from (interpolate.BarycentricInterpolator(x, x), interpolate.PPoly(np.ones((2, 1)), [0, 1.0]))
    yield from (interpolate.KroghInterpolator(x, x), interpolate.BPoly(np.ones((2, 1)), [0, 1.0]))
    yield from (interpolate.RegularGridInterpolator((x, x), np.outer(x, x)), interpolate.make_interp_spline(x, x))
    yield interpolate.RectBivariateSpline(x, x, np.outer(x, x))
    places = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1], [0.5, 0.7]])
    near = (interpolate.RBFInterpolator, interpolate.LinearNDInterpolator, interpolate.NearestNDInterpolator)
    yield from (kind(places, x[:5]) for kind in (*near, interpolate.CloughTocher2DInterpolator))
    yield from (spatial.Delaunay(places), spatial.ConvexHull(places))
    yield from (stats.linregress(x, x + 1), stats.describe(x), stats.spearmanr(x, x), stats.pearsonr(x, x + 1))
    yield from (optimize.LinearConstraint([[1]], [0], [1]), optimize.root(lambda v: v, [1.0]))
    yield integrate.solve_ivp(lambda _, v: -v, [0, 1], [1.0])
    yield from (signal.lti([1], [1, 2]), signal.dlti([1], [1, 2]), signal.StateSpace([[1]], [[1]], [[1]], [[0]]))
    yield from (spatial.cKDTree(np.eye(2)), spatial.KDTree(np.eye(2)), spatial.transform.Rotation.identity())
    yield from (optimize.minimize(lambda v: v @ v, [1.0]), optimize.Bounds([0.0], [1.0]))
    yield from (f for f in vars(special).values() if isinstance(f, np.ufunc))


def of_pandas() -> Iterator[Any]:
    """Frames, series, indexes, extension arrays, moments and spans of time."""
    import dateutil.relativedelta
    import dateutil.tz
    import pandas as pd

    yield from (dateutil.relativedelta.relativedelta(months=1), dateutil.tz.tzutc())
    days = pd.date_range("2020-01-01", periods=3, tz="Europe/Berlin")
    values: dict[str, Any] = {
        "i": [1, 2, 3], "f": [1.0, 2, 3], "b": [True, False, True], "s": ["a", "b", "c"], "o": [1, "a", None],
        "d": days, "n": days.tz_localize(None), "u": days.tz_convert("UTC"), "t": pd.to_timedelta([1, 2, 3], "s"),
        "c": pd.Categorical(list("aba")), "co": pd.Categorical(list("aba"), ordered=True),
        "p": pd.period_range("2020", periods=3, freq="M"), "v": pd.interval_range(0, 3),
        "I": pd.array([1, None, 3], "Int64"), "F": pd.array([1, None, 3], "Float64"),
        "sp": pd.arrays.SparseArray([0, 0, 1]),
        "B": pd.array([True, None, False], "boolean"), "S": pd.array(["a", None, "c"], "string"),
    }  # fmt: skip
    frame = pd.DataFrame(values)
    yield from (frame, frame.T, frame.groupby("i").size(), frame.set_index(["i", "s"]), frame.set_index("d"), frame[:0])
    for key in values:
        yield from (frame[key], pd.Index(frame[key]), frame[key].dtype, frame[key].array, frame[key].iloc[0])
    for size in ("Int8", "Int16", "Int32", "UInt8", "UInt16", "UInt32", "UInt64", "Float32", "string[python]"):
        yield pd.Series([1, None], dtype=size) if "string" not in size else pd.Series(["a"], dtype=size)
    yield from (pd.NaT, pd.NA, pd.Timestamp(0), pd.Timestamp(0, tz="UTC"), pd.Timedelta(1), pd.Period("2020", "M"))
    yield from (pd.RangeIndex(3), pd.Index([1, 2]), pd.Index([1.5]), pd.MultiIndex.from_product([[1], ["a"]]))
    offsets = ("D", "B", "h", "min", "s", "ms", "us", "ns", "W", "MS", "ME", "QS", "QE", "YS", "YE", "BMS", "BME", "C")
    yield from (pd.tseries.frequencies.to_offset(o) for o in offsets)
    more = ("SMS", "SME", "BQS", "BQE", "BYS", "BYE", "CBMS", "CBME", "bh", "cbh", "W-MON", "WOM-1MON")
    yield from (pd.tseries.frequencies.to_offset(o) for o in more)
    yield from (
        pd.offsets.Easter(),
        pd.offsets.FY5253(),
        pd.offsets.LastWeekOfMonth(),
        pd.offsets.CustomBusinessDay(holidays=["2020-01-01"]),
    )
    if importlib.util.find_spec("pyarrow"):
        yield from kept_by_pyarrow(frame)
    yield from (pd.DataFrame, pd.Series, pd.DateOffset(months=1), pd.Timestamp(0, tz=dateutil.tz.tzutc()))


def kept_by_pyarrow(frame: Any) -> Iterator[Any]:
    """What pandas keeps in pyarrow where that is installed: since pandas 3 all texts, the names of columns too."""
    import pandas as pd

    yield from (frame, frame[:0], pd.Series(["a", None, "c"]), pd.Series([], dtype="string[pyarrow]"))
    kinds = ("string", "large_string", "bool", "int8", "int64", "uint8", "float", "double", "date32[day]")
    for kind in (f"{k}[pyarrow]" for k in (*kinds, "timestamp[ns]", "timestamp[us]", "duration[ns]")):
        values = pd.array([None, None], kind)
        yield from (values, pd.Series(values), pd.Index(values), values.dtype, pd.DataFrame({"a": values}))
    yield from (pd.array(["a", None], "string[pyarrow]"), pd.array([1, None], "int64[pyarrow]"))


def of_sklearn() -> Iterator[Any]:
    """Every estimator, fitted, in the forms that scikit-learn's own tests make; scorers, splitters, kernels."""
    import numpy as np
    import sklearn.datasets
    import sklearn.experimental.enable_iterative_imputer
    import sklearn.feature_selection as fs
    import sklearn.gaussian_process.kernels as gp
    import sklearn.metrics
    import sklearn.model_selection as ms
    from sklearn.utils import all_estimators

    try:
        from sklearn.utils._test_common.instance_generator import _construct_instances
    except ModuleNotFoundError:  # 1.5 and older make one of each
        from sklearn.utils.estimator_checks import _construct_instance

        def _construct_instances(made: Any) -> Iterator[Any]:
            yield _construct_instance(made)

    x, y = sklearn.datasets.make_classification(60, 6, random_state=0)
    data: list[tuple[Any, Any]] = [(x, y), (abs(x), y), (x, x[:, 0]), (abs(x), abs(x[:, 0]) + 1), (x, x[:, :2])]
    data += [(x, np.c_[y, 1 - y]), (x[:, :1], x[:, 0]), (abs(x[:, :1]), y), (y, None), ([{"a": 1.0, "b": "c"}] * 60, y)]
    data += [(["some text", "more text"] * 30, y), (x @ x.T, y), (np.c_[y, y], y), ([[v] for v in "abc" * 20], y)]
    data += [([("a", "b")] * 30, None)]
    for _, kind in all_estimators():
        with contextlib.suppress(unittest.SkipTest):  # raised for kinds that nobody can make alone
            for made in _construct_instances(kind):
                yield made
                yield from fitted(made, data)
    yield from (getattr(ms, n)() for n in ("KFold", "StratifiedKFold", "GroupKFold", "ShuffleSplit", "TimeSeriesSplit"))
    yield from (getattr(ms, n)() for n in ("StratifiedShuffleSplit", "RepeatedKFold", "RepeatedStratifiedKFold"))
    yield from (getattr(ms, n)() for n in ("LeaveOneOut", "GroupShuffleSplit", "StratifiedGroupKFold"))
    yield from (sklearn.metrics.get_scorer(n) for n in sklearn.metrics.get_scorer_names())
    yield from (gp.RBF() + gp.WhiteKernel() * gp.Matern(), gp.DotProduct() ** 2, gp.RationalQuadratic())
    yield from (gp.ExpSineSquared(), gp.ConstantKernel(), gp.CompoundKernel([gp.RBF()]), gp.PairwiseKernel())
    yield from compositions(x, y)
    yield from (fs.chi2, fs.f_classif, fs.f_oneway, fs.f_regression, fs.r_regression)
    yield from (fs.mutual_info_classif, fs.mutual_info_regression)
    yield sklearn.impute.IterativeImputer().fit(np.where(x > 1, np.nan, x))
    yield sklearn.datasets.load_iris()


def compositions(x: Any, y: Any) -> Iterator[Any]:
    """Pipelines, searches and stacks as people build them, with the parts that only some settings bring in."""
    import pandas as pd
    from sklearn import calibration, compose, ensemble, linear_model, model_selection, neighbors, pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    frame = pd.DataFrame({"n": x[:, 0], "c": ["a", "b", "c"] * 20, "k": pd.Categorical(["u", "v"] * 30)})
    one = OneHotEncoder(handle_unknown="ignore")
    mixed = compose.make_column_transformer(
        (StandardScaler(), ["n"]), (one, compose.make_column_selector("c")), remainder="passthrough"
    )
    yield pipeline.make_pipeline(mixed, one, linear_model.LogisticRegression()).fit(frame, y)
    yield mixed.fit(frame)
    hist = ensemble.HistGradientBoostingClassifier
    yield hist(max_iter=3, categorical_features="from_dtype").fit(frame[["n", "k"]], y)
    for loss in ("squared_error", "absolute_error", "gamma", "poisson", "quantile"):
        yield ensemble.HistGradientBoostingRegressor(max_iter=3, loss=loss, quantile=0.5).fit(x, abs(x[:, 0]) + 1)
    for loss in ("squared_error", "absolute_error", "huber", "quantile"):
        yield ensemble.GradientBoostingRegressor(n_estimators=3, loss=loss).fit(x, x[:, 0])
    for loss in ("log_loss", "exponential"):
        yield ensemble.GradientBoostingClassifier(n_estimators=3, loss=loss).fit(x, y)
    three = [0, 1, 2] * 20
    yield from (m.fit(x, three) for m in (ensemble.GradientBoostingClassifier(n_estimators=3), hist(max_iter=3)))
    yield linear_model.SGDClassifier().fit(x, three)
    for loss in ("hinge", "log_loss", "modified_huber", "squared_hinge", "perceptron", "huber", "epsilon_insensitive"):
        yield linear_model.SGDClassifier(loss=loss).fit(x, y)
    for method in ("sigmoid", "isotonic"):
        yield calibration.CalibratedClassifierCV(linear_model.LogisticRegression(), method=method, cv=3).fit(x, y)
    for metric in ("euclidean", "manhattan", "chebyshev", "minkowski", "hamming", "canberra", "braycurtis", "jaccard"):
        for way in ("kd_tree", "ball_tree", "brute"):
            try:
                yield neighbors.KNeighborsClassifier(algorithm=way, metric=metric).fit(x, y)
            except ValueError:
                continue
    grid = {"C": [0.1, 1]}
    yield model_selection.GridSearchCV(linear_model.LogisticRegression(), grid, scoring="roc_auc", cv=2).fit(x, y)


def fitted(made: Any, data: list[tuple[Any, Any]]) -> Iterator[Any]:
    """The estimator fitted on the first two kinds of rows that it takes."""
    from sklearn import clone

    done = 0
    for x, y in data:
        try:
            yield clone(made).fit(x, y)
        except Exception:  # noqa: S112 (which rows an estimator takes is found by trying)
            continue
        done += 1
        if done == 2:
            return
    if not done:
        say(f"  not fitted: {made}")


def of_joblib() -> Iterator[Any]:
    """The wrapper that stands in front of an array's raw bytes."""
    import numpy as np
    from joblib.numpy_pickle import NumpyArrayWrapper

    yield NumpyArrayWrapper(np.ndarray, (1,), "C", np.dtype("f8"))


def boosters(package: str) -> Callable[[], Iterator[Any]]:
    """The scikit-learn estimators and the booster of xgboost or lightgbm."""

    def make() -> Iterator[Any]:
        import sklearn.datasets

        library = importlib.import_module(package)
        x, y = sklearn.datasets.make_classification(60, 6, random_state=0)
        for name in ("XGBClassifier", "XGBRegressor", "XGBRanker", "XGBRFClassifier", "XGBRFRegressor",
                     "LGBMClassifier", "LGBMRegressor", "LGBMRanker"):  # fmt: skip
            if kind := getattr(library, name, None):
                extra: dict[str, Any] = {"group": [60]} if name.endswith("Ranker") else {}
                made = kind(n_estimators=3).fit(x, y, **extra)
                yield from (kind(), made)
                yield made.get_booster() if hasattr(made, "get_booster") else made.booster_
        if package == "xgboost":
            yield from (library.callback.EarlyStopping(2), library.callback.EvaluationMonitor())

    return make


TYPED = ("Float", "Double", "Half", "BFloat16", "Byte", "Char", "Short", "Int", "Long", "Bool")


def of_torch() -> Iterator[Any]:
    """Tensors of every dtype and layout, storages, the modules of torch.nn, optimizers, schedules, data sets."""
    import torch

    kinds = sorted({str(k): k for k in vars(torch).values() if isinstance(k, torch.dtype)}.items())
    for _, kind in kinds:
        yield kind
        with contextlib.suppress(RuntimeError, TypeError, NotImplementedError):
            whole = torch.zeros(2, 3).to(kind)
            yield from (whole, whole.t(), whole[0], whole.untyped_storage(), whole.to_sparse())
    grad = torch.zeros(2, 3, requires_grad=True)
    yield from (
        torch.nn.Parameter(grad),
        torch.nn.Parameter(grad, False),
        torch.nn.Buffer(grad),
        grad,
        torch.eye(2).to_sparse_csr(),
    )
    yield from (
        torch.zeros(2, dtype=torch.cfloat).conj(),
        torch.zeros(2, dtype=torch.cfloat).conj().imag,
        torch.Size([1]),
    )
    yield from (torch.eye(2).to_sparse_csc(), torch.eye(2).to_sparse_bsr((1, 1)), torch.eye(2).to_sparse_bsc((1, 1)))
    yield from (torch.quantize_per_tensor(grad.detach(), 0.1, 0, torch.qint8), torch.device("cpu"), torch.strided)
    for kind in (torch.quint8, torch.qint32):
        yield torch.quantize_per_tensor(grad.detach(), 0.1, 0, kind)
    scale, zero = torch.ones(2), torch.zeros(2, dtype=torch.int64)
    yield torch.quantize_per_channel(grad.detach(), scale, zero, 0, torch.qint8)
    yield from (
        torch.zeros(2, device="meta"),
        torch.contiguous_format,
        torch.per_tensor_affine,
        torch.float32,
        torch.Tensor,
    )
    yield from (torch.nn.functional.relu, torch.nn.functional.softmax, torch.nn.functional.silu)
    yield from (torch.nn.ParameterList([grad]), torch.nn.ParameterDict({"a": grad}), torch.Generator().get_state())
    x = torch.zeros(2, 3)
    yield from (torch.utils.data.TensorDataset(x), torch.utils.data.Subset(torch.utils.data.TensorDataset(x), [0]))
    yield from (getattr(torch, f"{kind}Tensor")([1]) for kind in TYPED)
    yield from (getattr(torch, f"{kind}Tensor") for kind in TYPED)
    kept_with = torch.nn.Parameter(torch.ones(2))
    kept_with.note = 1  # type: ignore[attr-defined]
    yield kept_with
    data = torch.utils.data.TensorDataset(x)
    yield from (torch.utils.data.ConcatDataset([data, data]), torch.nested.nested_tensor([x[0], x[1]]))
    yield from torch_modules()
    yield from torch_training()
    yield from torch_distributions()
    yield from torch_shards()


def torch_distributions() -> Iterator[Any]:
    """Distributions that one or two numbers make."""
    import torch

    one, two = torch.tensor(0.5), torch.tensor([0.5, 0.5])
    for name in sorted(torch.distributions.__all__):
        kind = getattr(torch.distributions, name)
        if isinstance(kind, type) and issubclass(kind, torch.distributions.Distribution):
            for args in ((one,), (one, one), (two,), (one, one + 1)):
                with contextlib.suppress(Exception):  # which arguments one takes is found by trying
                    yield kind(*args)


def torch_shards() -> Iterator[Any]:
    """What torch.distributed.checkpoint keeps beside its shards."""
    import torch
    import torch.distributed.checkpoint as shards

    one = torch.nn.Linear(2, 2)
    kept = {"model": one.state_dict(), "optimizer": made_for(torch).state_dict(), "epoch": 1, "when": datetime.date.min}
    with tempfile.TemporaryDirectory() as folder:
        shards.save(kept, checkpoint_id=folder, no_dist=True)
        yield shards.FileSystemReader(folder).read_metadata()


def torch_modules() -> Iterator[Any]:
    """Every module of torch.nn that some usual arguments make, alone and in the three containers."""
    import torch

    tries: list[tuple[Any, ...]] = [
        (),
        (4,),
        (4, 2),
        (4, 4, 1),
        (2, 1, 4),
        (2, (1, 1), 4),
        ((2,),),
        (4, 2, 3, 4),
        (2.0,),
    ]
    tries += [(1, 0.5), (1, (2, 2)), (4, [10, 15])]
    tries += [(4, 10, [3])]
    for name, kind in sorted(vars(torch.nn).items()):
        if not (isinstance(kind, type) and issubclass(kind, torch.nn.Module)):
            continue
        for args in tries:
            try:
                made = kind(*args)
            except Exception:  # noqa: S112 (which arguments a module takes is found by trying)
                continue
            yield made
        for args in ((torch.nn.TransformerEncoderLayer(4, 2), 1), (torch.nn.TransformerDecoderLayer(4, 2), 1)):
            if name in ("TransformerEncoder", "TransformerDecoder"):
                yield kind(*args)
    one = torch.nn.Linear(2, 2)
    yield from (torch.nn.ModuleDict({"a": one}), torch.nn.ModuleList([one]), torch.nn.Sequential(one, torch.nn.ReLU()))
    yield from (torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(2, 2)).state_dict(), one.state_dict())
    yield from (torch.nn.utils.weight_norm(torch.nn.Linear(2, 2)), torch.nn.utils.spectral_norm(torch.nn.Linear(2, 2)))
    pruning = importlib.import_module("torch.nn.utils.prune")
    for prune in (pruning.l1_unstructured, pruning.random_unstructured):
        yield prune(torch.nn.Linear(2, 2), "weight", 0.5)


def torch_training() -> Iterator[Any]:
    """Optimizers after a step and schedules over them, and what their state_dict() gives."""
    import torch

    for _, kind in sorted(vars(torch.optim).items()):
        if not (isinstance(kind, type) and issubclass(kind, torch.optim.Optimizer)) or kind is torch.optim.Optimizer:
            continue
        model = torch.nn.Linear(2, 2)
        with contextlib.suppress(Exception):  # some want sparse gradients or another shape
            made = kind(model.parameters(), lr=0.1)
            model(torch.zeros(1, 2)).sum().backward()
            made.step(lambda: torch.tensor(1.0))
            yield from (made, made.state_dict())
    averaged = torch.optim.swa_utils
    yield from (averaged.AveragedModel(torch.nn.Linear(2, 2)), averaged.SWALR(made_for(torch), swa_lr=0.1))
    schedules = torch.optim.lr_scheduler
    for _, kind in sorted(vars(schedules).items()):
        for args in ((), (1,), ([1],), (0.5,), (1, 2), (0.1, 10)):
            with contextlib.suppress(Exception):
                made = kind(made_for(torch), *args)
                yield from (made, made.state_dict())

    both = [schedules.LinearLR(first := made_for(torch)), schedules.ExponentialLR(first, 0.9)]
    yield from (schedules.ChainedScheduler(both), schedules.SequentialLR(first, both, [2]))


def made_for(torch: Any) -> Any:
    """An optimizer for a schedule."""
    return torch.optim.SGD(torch.nn.Linear(2, 2).parameters(), lr=0.1)


def saved_by_torch(thing: Any) -> Uses:
    """The names in what torch.save writes of an object, as a zip, as before 1.6 and with pickle, and their uses."""
    import torch

    uses = names_of(thing)
    for zipped in (True, False):
        file = io.BytesIO()
        try:
            torch.save(thing, file, _use_new_zipfile_serialization=zipped)
            found = scan_bytes(file.getvalue(), "").imports
            kind = type("Unpickler", (Recorder,), {"__init__": _with(uses)})
            watched = types.SimpleNamespace(Unpickler=kind, load=pickle.load, __name__="pickle")
            file.seek(0)
            torch.load(file, pickle_module=watched, weights_only=False)
        except Exception as e:
            say(f"  not saved: {type(thing).__name__} ({type(e).__name__} {e})")
            continue
        for i in found:
            if i.module is not None and i.name is not None:
                uses.setdefault((i.module, i.name), set())
    return uses


def _with(uses: Uses) -> Callable[..., None]:
    """How torch makes its unpickler."""

    def made(self: Recorder, file: Any, **how: Any) -> None:
        Recorder.__init__(self, file, uses, **how)

    return made


SOURCES: dict[str, Callable[[], Iterator[Any]]] = {
    "standard": standard,
    "numpy": of_numpy,
    "scipy": of_scipy,
    "pandas": of_pandas,
    "joblib": of_joblib,
    "sklearn": of_sklearn,
    "xgboost": boosters("xgboost"),
    "lightgbm": boosters("lightgbm"),
    "torch": of_torch,
}
WRITERS: dict[str, Callable[[Any], Uses]] = {"torch": saved_by_torch}


def other_releases(uses: Uses) -> Uses:
    """The same names where other releases keep them."""
    return {(re.sub(old, new, m), n): how for (m, n), how in uses.items() for old, new in OLD if re.search(old, m)}


def kept() -> Uses:
    """What the list has: names that earlier releases wrote stay when a later one is asked."""
    return {pair: set(how) for pair, how in lists.uses().items()}


def may_stay(module: str, name: str) -> bool:
    """Whether a name that a library writes may go on the list."""
    return not (denial(module, name) or LEFT_OUT.match(module) or REACHING.match(f"{module} {name}"))


def main() -> None:
    """Write the list."""
    warnings.simplefilter("ignore")
    asked = set(sys.argv[1:]) or set(SOURCES)
    made = {s for s in SOURCES if s in asked and (s == "standard" or importlib.util.find_spec(s))}
    uses = kept()
    for source in (s for s in SOURCES if s in made):
        before = len(uses)
        for thing in SOURCES[source]():
            merge(uses, WRITERS.get(source, names_of)(thing))
        say(f"{source}: {len(uses) - before} names")
    merge(uses, other_releases(uses))
    merge(uses, BY_HAND)
    rows = sorted(" ".join((m, n, *sorted(how & KNOWN))) for (m, n), how in uses.items() if may_stay(m, n))
    (HERE / "allowed.txt").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")


def merge(uses: Uses, more: Uses) -> None:
    """Add names and uses."""
    for pair, how in more.items():
        uses.setdefault(pair, set()).update(how)


if __name__ == "__main__":
    main()
