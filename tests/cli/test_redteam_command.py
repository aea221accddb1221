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
