"""`casemate redteam`: exit codes and what is told, and a task of `measure:` with a guard that somebody claims."""

import json
import pickle

import numpy as np
import pytest

SYSTEM = """\
casemate: 1
name: Redteamed
zones:
  internet: {trust: public}
  cloud: {trust: staff}
actors:
  client: {trust: public, zone: internet}
components:
  api: {kind: endpoint, zone: cloud, exposed to: [internet], auth: none, returns: [scores], controls: {output-perturbation: {}}}
  engine: {kind: inference, zone: cloud, runs: scorer}
  scorer: {kind: model, zone: cloud, format: pickle, path: model.pkl, task: classification}
  rows: {kind: dataset, zone: cloud, sensitivity: personal, path: train.csv}
  training: {kind: training, zone: cloud}
flows:
  - client -> api
  - api -> client
  - api -> engine
  - engine -> api
  - rows -> training
  - training -> engine
measure:
  - redteam: {model: scorer, data: new.csv, label: y, train: rows, fit: "recipe:fit", attacks: [membership], guard: "noise:scale=0.3", at: api, queries: 100, rows: 20, shadows: 4}
"""  # noqa: E501
RECIPE = """\
from sklearn.ensemble import RandomForestClassifier


def fit(rows, labels, seed):
    return RandomForestClassifier(20, random_state=seed).fit(rows, labels)
"""
RUN = ("redteam", "model.pkl", "--data", "new.csv", "--label", "y", "--queries", "100", "--rows", "20", "--seed", "3")
OF_MEMBERS = ("--train", "train.csv", "--fit", "recipe:fit", "--shadows", "4", "--attacks", "membership")


@pytest.fixture(scope="module")
def learned():
    """A forest that knows its rows by heart, since their labels are tossed coins; as bytes, with both tables."""
    from sklearn.ensemble import RandomForestClassifier

    g = np.random.default_rng(0)
    rows, labels = g.random((600, 4)).round(3), g.integers(0, 2, 600)
    model = RandomForestClassifier(20, random_state=0).fit(rows[:300], labels[:300])
    lines = [",".join(map(str, [*r, y])) for r, y in zip(rows.tolist(), labels.tolist(), strict=True)]
    tables = ["\n".join(["a,b,c,d,y", *part]) + "\n" for part in (lines[:300], lines[300:])]
    return pickle.dumps(model), *tables


@pytest.fixture
def lab(casemate, learned):
    model, train, new = learned
    (casemate.root / "model.pkl").write_bytes(model)
    for name, text in (("train.csv", train), ("new.csv", new), ("recipe.py", RECIPE), ("casemate.yaml", SYSTEM)):
        (casemate.root / name).write_text(text)
    return casemate


def test_a_model_that_knows_its_rows_by_heart_is_weak_and_only_the_local_file_says_whose_rows(lab):
    code, out, _ = lab(*RUN, *OF_MEMBERS, "--rows-to", "rows.jsonl")
    assert (code, out.splitlines()[0]) == (1, "model.pkl: weak: at least one attack gets through")
    assert max(map(len, out.splitlines())) <= 80
    assert (lab.root / "rows.jsonl").stat().st_size > 0
    code, first, _ = lab(*RUN, *OF_MEMBERS, "--format", "json", "--today", "2026-11-23")
    again = lab(*RUN, *OF_MEMBERS, "--format", "json", "--today", "2026-11-23")
    assert (code, first) == again[:2]
    record = json.loads(first)["predicate"]
    assert {a["name"]: a["canary"] for a in record["settings"]["attacks"]}["rmia"] == "found"
    assert "outcomes" not in record


def test_what_an_attack_needs_and_was_not_given_is_said_and_nothing_is_settled(lab):
    code, out, _ = lab(*RUN, "--attacks", "rmia")
    assert code == 3
    assert "  not tried: rmia: needs the recipe (--fit)" in out.splitlines()


def test_the_budget_is_never_passed_and_what_was_learned_is_kept(lab):
    code, out, _ = lab(*RUN, "--attacks", "hop-skip-jump", "--max-rows", "900", "--format", "json")
    record = json.loads(out)["predicate"]["settings"]
    assert record["used"]["rows"] <= 900
    assert record["attacks"][0]["stopped"] == "the budget of queries is spent"
    assert code in (1, 3)


def test_a_file_that_runs_code_when_it_is_loaded_is_not_loaded(lab):
    (lab.root / "model.pkl").write_bytes(b"cposix\nsystem\n(S'echo no'\ntR.")
    code, out, err = lab(*RUN, "--attacks", "random-noise", "--load-suspicious")
    assert (code, out) == (2, "")
    assert err.startswith("model.pkl: is not loaded: the scan calls it unsafe")
    assert err.endswith("; do not load it\n")


def test_an_address_is_attacked_only_by_a_system_file_that_allows_it(lab):
    code, _, err = lab("redteam", "https://example.com/score", *RUN[2:])
    assert (code, err) == (
        2, "https://example.com/score: is attacked over a network; write it into a system file with "
           "`may be attacked`, and run `casemate measure`\n",
    )  # fmt: skip


def test_fresh_noise_is_measured_as_worth_nothing_and_earns_no_credit(lab):
    _, out, _ = lab("assess", "--measure", "--today", "2026-11-23", "--output", "json=a.json")
    assert "! Controls proven     0 / 1" in out.splitlines()
    record = json.loads((lab.root / "evidence" / "redteam.jsonl").read_text())["predicate"]
    (control,) = [c for c in record["controls"] if c["threat"] == "membership-inference"]
    assert control["adaptive"]["broken"] > 0.5 * record["trials"][0]["broken"]
    assert any(f.startswith("noise scale=0.3 is worth nothing against membership") for f in record["findings"])
    threats = json.loads((lab.root / "a.json").read_text())["threats"]
    (risk,) = [t["risk"] for t in threats if t["id"] == "membership-inference@scorer"]
    assert risk["current"]["mean"] > 0.9 * risk["inherent"]["mean"]


def test_labels_of_the_data_may_be_given_to_the_model_in_order(lab):
    words = (lab.root / "new.csv").read_text().replace(",0\n", ",no\n").replace(",1\n", ",yes\n")
    (lab.root / "new.csv").write_text(words)
    code, _, err = lab(*RUN, "--attacks", "random-noise")
    assert (code, err) == (
        2, "new.csv: has labels that the model does not know: no, yes; it knows 0, 1; name them in order with "
           "--classes\n",
    )  # fmt: skip
    code, out, _ = lab(*RUN, "--attacks", "random-noise", "--classes", "no,yes")
    assert code in (1, 3)
    assert out.startswith("model.pkl: ")


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("a,b,c,y", "model.pkl: was trained on columns that the data do not have: 'd'; "
         "give data with them, and name them in the feature file\n"),
        ("a,b,c,d,e,y", "model.pkl: was not trained on columns that the data have: 'e'; "
         "leave out with --drop what the model is not shown\n"),
    ],
)  # fmt: skip
def test_columns_that_the_model_was_not_trained_on_are_named_before_anything_is_asked(lab, head, why):
    pd = pytest.importorskip("pandas")
    from sklearn.linear_model import LogisticRegression

    rows = pd.DataFrame(np.random.default_rng(0).random((40, 4)), columns=list("abcd"))
    model = LogisticRegression().fit(rows, rows["a"] > 0.5)
    (lab.root / "model.pkl").write_bytes(pickle.dumps(model))
    columns = head.split(",")
    lines = [",".join(["0.5"] * (len(columns) - 1) + [str(i % 2 == 0)]) for i in range(10)]
    (lab.root / "new.csv").write_text("\n".join([head, *lines]) + "\n")
    code, out, err = lab(*RUN, "--attacks", "random-noise")
    assert (code, out, err) == (2, "", why)


def test_columns_in_another_order_are_brought_into_the_order_of_the_model(lab):
    pd = pytest.importorskip("pandas")
    from sklearn.linear_model import LogisticRegression

    rows = pd.DataFrame(np.random.default_rng(0).random((100, 3)).round(3), columns=list("abc"))
    model = LogisticRegression().fit(rows, (rows["a"] > 0.5).astype(int))
    (lab.root / "model.pkl").write_bytes(pickle.dumps(model))
    rows.assign(y=model.predict(rows))[["c", "y", "a", "b"]].to_csv(lab.root / "new.csv", index=False)
    _, out, _ = lab(*RUN, "--attacks", "random-noise")
    assert "accuracy 100.0 % (96.3 to 100.0) on 100 rows" in out.splitlines()


def test_a_regression_is_refused_however_its_classes_are_called(lab):
    from sklearn.linear_model import LinearRegression

    model = LinearRegression().fit(np.random.default_rng(0).random((20, 4)), np.arange(20.0))
    (lab.root / "model.pkl").write_bytes(pickle.dumps(model))
    code, _, err = lab(*RUN, "--attacks", "random-noise")
    assert (code, err) == (
        2, "model.pkl: knows 0 classes; name its classes in order with --classes; a regression has none, and cannot "
           "be attacked\n",
    )  # fmt: skip
    code, out, _ = lab(*RUN, "--attacks", "random-noise", "--classes", "0,1")
    assert code == 3
    assert "which is no class of it" in " ".join(out.split())


def test_a_column_to_drop_and_a_recipe_that_there_is_not_are_errors(lab):
    assert lab(*RUN, "--drop", "age")[2] == "new.csv: has no column 'age' to be left out; there is a, b, c, d, y\n"
    code, _, err = lab(*RUN, "--train", "train.csv", "--fit", "recipes:fit", "--attacks", "rmia")
    assert (code, err) == (
        2, "recipes:fit: failed: ModuleNotFoundError: No module named 'recipes'; name a function of a module in the "
           "folder where this runs: --fit module:function\n",
    )  # fmt: skip


def test_a_measurement_that_ends_early_is_a_gap_and_keeps_what_was_learned(lab):
    task = "attacks: [random-noise], queries: 100, rows: 20, max rows: 400}"
    system = SYSTEM.partition('train: rows, fit: "recipe:fit"')[0] + task + "\n"
    (lab.root / "casemate.yaml").write_text(system)
    code, out, err = lab("measure", "--today", "2026-11-23")
    assert code == 3
    assert err.splitlines()[-1] == (
        "casemate.yaml:22:5: scorer was not attacked to the end: the budget of queries is spent"
    )
    assert "not tried: random-noise: the budget of queries is spent" in out
    record = json.loads((lab.root / "evidence" / "redteam.jsonl").read_text())["predicate"]
    assert (record["settings"]["verdict"], record["settings"]["used"]["rows"] <= 400) == ("inconclusive", True)
