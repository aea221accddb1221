"""What well-known libraries write themselves is clean: no finding at all on their own files."""

import collections
import datetime
import decimal
import pathlib
import pickle
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from casemate.evidence.scan.inspect import inspect, scan_bytes

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def findings(thing: Any) -> dict[int, object]:
    """The findings by protocol, where there are any, and what is not clean."""
    scans = {p: scan_bytes(pickle.dumps(thing, p), "") for p in PROTOCOLS}
    return {p: s.findings or s.verdict for p, s in scans.items() if s.findings or s.verdict != "clean"}


STANDARD = [
    {"a": [1, 2.5, None, True], "b": b"\xff", "c": {1, 2}, "d": frozenset("a"), "e": 1j},
    collections.OrderedDict(a=collections.Counter("ab"), b=collections.deque([1]), c=collections.defaultdict(list)),
    [datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC), datetime.timedelta(1), decimal.Decimal(1)],
    [pathlib.PurePosixPath("a"), uuid.UUID(int=1), range(3), slice(1), bytearray(b"a"), ValueError("a")],
]


@pytest.mark.parametrize("thing", STANDARD, ids=range(len(STANDARD)))
def test_standard_data_is_clean(thing: Any) -> None:
    assert findings(thing) == {}


ARRAYS = ["f8", "f4", "i8", "u1", "?", "O", "S3", "U3", "M8[ns]", "m8[s]", "c16", [("a", "f8"), ("b", "O")]]


@pytest.mark.parametrize("kind", ARRAYS, ids=str)
def test_an_array_is_clean(kind: Any) -> None:
    import numpy as np

    assert findings([np.zeros(3, kind), np.zeros((2, 2), kind, order="F"), np.zeros(1, kind)[0]]) == {}


def test_random_generators_and_functions_by_element_are_clean() -> None:
    import numpy as np

    assert findings([np.random.default_rng(1), np.random.RandomState(1), np.log1p, np.ma.masked_array([1], [0])]) == {}


FRAMES = ["i", "f", "s", "d", "c", "p", "v", "I"]


@pytest.fixture
def _own_texts() -> Iterator[None]:
    """Texts as pandas keeps them itself. With pyarrow they lie in buffers whose lengths nobody checks on loading, so
    its names are on no list."""
    pd = pytest.importorskip("pandas")
    with pd.option_context("mode.string_storage", "python"):
        yield


@pytest.mark.usefixtures("_own_texts")
@pytest.mark.parametrize("column", FRAMES)
def test_a_frame_is_clean(column: str) -> None:
    pd = pytest.importorskip("pandas")
    values = {
        "i": [1, 2], "f": [1.5, 2], "s": ["a", "b"], "d": pd.date_range("2020", periods=2),
        "c": pd.Categorical(["a", "b"]),
        "p": pd.period_range("2020", periods=2, freq="M"), "v": pd.interval_range(0, 2),
        "I": pd.array([1, None], "Int64"),
    }  # fmt: skip
    frame = pd.DataFrame({column: values[column]})
    assert findings([frame, frame[column], pd.Index(frame[column])]) == {}


MODELS = [
    "linear_model.LogisticRegression", "linear_model.LinearRegression", "linear_model.RidgeCV", "linear_model.Lasso",
    "linear_model.SGDClassifier", "ensemble.RandomForestClassifier", "ensemble.ExtraTreesRegressor", "svm.SVC",
    "ensemble.GradientBoostingClassifier", "ensemble.GradientBoostingRegressor", "ensemble.AdaBoostClassifier",
    "ensemble.HistGradientBoostingClassifier", "ensemble.HistGradientBoostingRegressor", "ensemble.IsolationForest",
    "svm.LinearSVC", "svm.SVR", "neighbors.KNeighborsClassifier", "neighbors.LocalOutlierFactor",
    "naive_bayes.GaussianNB",
    "calibration.CalibratedClassifierCV", "neural_network.MLPClassifier", "tree.DecisionTreeClassifier",
    "cluster.KMeans",
    "decomposition.PCA", "preprocessing.StandardScaler", "preprocessing.QuantileTransformer", "mixture.GaussianMixture",
    "discriminant_analysis.LinearDiscriminantAnalysis", "gaussian_process.GaussianProcessClassifier",
    "impute.KNNImputer",
]  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_a_fitted_estimator_is_clean(name: str) -> None:
    pytest.importorskip("sklearn")
    import importlib

    import numpy as np

    module, kind = name.split(".")
    x = np.random.default_rng(0).normal(size=(40, 3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = getattr(importlib.import_module(f"sklearn.{module}"), kind)().fit(x, np.arange(40) % 2)
    assert findings(model) == {}


def test_a_searched_pipeline_over_columns_has_only_its_scorer_unknown() -> None:
    pd = pytest.importorskip("pandas")
    pytest.importorskip("sklearn")
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    frame = pd.DataFrame({"n": range(20), "c": ["a", "b"] * 10})
    columns = ColumnTransformer([("n", StandardScaler(), ["n"]), ("c", OneHotEncoder(), ["c"])])
    model = Pipeline([("columns", columns), ("model", LogisticRegression())])
    search = GridSearchCV(model, {"model__C": [0.1, 1]}, cv=2, scoring="roc_auc").fit(frame, [0, 1] * 10)
    scans = [scan_bytes(pickle.dumps(search, p), "") for p in PROTOCOLS]
    # A scorer reaches any attribute by its name (test_scan_gadgets.py), so it is on no list.
    assert {(f.id, f.message.split(",")[0]) for s in scans for f in s.findings} == {
        ("unknown-import", "imports sklearn.metrics._scorer _Scorer")
    }
    assert findings(search.best_estimator_) == {}


COMPRESSIONS = [0, ("zlib", 3), ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3)]


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("compress", COMPRESSIONS, ids=str)
def test_a_joblib_dump_with_arrays_is_clean(tmp_path: Path, compress: Any, protocol: int) -> None:
    joblib = pytest.importorskip("joblib")
    import numpy as np

    arrays = [np.zeros((3, 2), kind) for kind in ARRAYS]
    thing = {"a": arrays, "f": np.ones((3, 4), order="F"), "e": np.zeros((0, 5)), "s": np.array(1.5), "t": arrays[:2]}
    joblib.dump([thing, "text", np.ma.masked_array([1], [0]), 1], tmp_path / "a", compress=compress, protocol=protocol)
    scan = inspect(tmp_path / "a")
    assert (scan.verdict, scan.format, scan.findings) == ("clean", "joblib", ())
    assert scan.coverage.full


@pytest.mark.parametrize("compress", COMPRESSIONS, ids=str)
def test_what_stands_behind_an_array_is_found(tmp_path: Path, compress: Any) -> None:
    joblib = pytest.importorskip("joblib")
    import numpy as np

    joblib.dump([np.arange(1000.0), eval], tmp_path / "a", compress=compress)
    assert inspect(tmp_path / "a").verdict == "unsafe"
    joblib.dump([np.arange(1000.0), np.array([eval, 1], object), 2], tmp_path / "b", compress=compress)
    assert inspect(tmp_path / "b").verdict == "unsafe"


def test_a_pickle_hidden_in_the_bytes_of_an_array_is_found(tmp_path: Path) -> None:
    joblib = pytest.importorskip("joblib")
    import numpy as np

    joblib.dump(np.frombuffer(pickle.dumps(eval), "u1"), tmp_path / "a")
    scan = inspect(tmp_path / "a")
    assert (scan.verdict, scan.findings[0].where) == ("unsafe", "array 1")


@pytest.mark.parametrize("field", [b"shape", b"dtype", b"order", b"numpy_array_alignment_bytes"])
def test_a_changed_wrapper_is_never_followed_wrongly(tmp_path: Path, field: bytes) -> None:
    joblib = pytest.importorskip("joblib")
    import numpy as np

    joblib.dump([np.arange(100.0), eval], tmp_path / "a")
    data = (tmp_path / "a").read_bytes()
    for at in range(data.index(field) - 2, min(data.index(field) + len(field) + 40, data.index(b"alignment") + 40)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        assert scan_bytes(changed, "").verdict != "clean"


@pytest.mark.parametrize("name", ["ensemble.RandomForestClassifier", "svm.SVC", "decomposition.PCA"])
@pytest.mark.parametrize("compress", [0, 3])
def test_a_fitted_estimator_dumped_by_joblib_is_clean(tmp_path: Path, name: str, compress: int) -> None:
    joblib = pytest.importorskip("joblib")
    pytest.importorskip("sklearn")
    import importlib

    import numpy as np

    module, kind = name.split(".")
    model = getattr(importlib.import_module(f"sklearn.{module}"), kind)().fit(np.eye(20), np.arange(20) % 2)
    joblib.dump(model, tmp_path / "a", compress=compress)
    scan = inspect(tmp_path / "a")
    assert (scan.verdict, scan.format, scan.findings) == ("clean", "joblib", ())
