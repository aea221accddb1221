"""What well-known libraries write themselves is clean: no finding at all on their own files."""

import collections
import datetime
import decimal
import pathlib
import pickle
import uuid
import warnings
from typing import Any

import pytest

from casemate.evidence.scan.inspect import scan_bytes

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


def test_a_searched_pipeline_over_columns_is_clean() -> None:
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
    assert findings(search) == {}
