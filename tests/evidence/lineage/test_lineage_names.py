"""What DVC and MLflow name is taken over by name and digested by us; their digests are never evidence of sameness."""

import hashlib
import json

import pytest

from casemate.core.errors import CasemateError
from casemate.evidence.lineage.names import Named, below, moved_on, told

LOCK = """\
schema: '2.0'
stages:
  train:
    cmd: python train.py
    deps:
    - path: data
      hash: md5
      md5: 7d0bd1e0a6a0e3cb15b7d6e1a0c4a000.dir
      size: 8
      nfiles: 2
    - path: train.py
      hash: md5
      md5: {md5}
      size: {size}
    - path: ../outside.csv
      md5: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    - path: requirements.lock
    params:
      params.yaml:
        seed: 7
    outs:
    - path: model.bin
      md5: 0cc175b9c0f1b6a831c399e269772661
      size: 1
"""


def lock(project, more=""):
    code = (project.root / "train.py").read_bytes()
    return project.write("dvc.lock", LOCK.format(md5=hashlib.md5(code).hexdigest(), size=len(code)) + more)  # noqa: S324


def test_a_stage_of_dvc_gives_names_and_roles(project):
    found = below(project.root, project.root, told(lock(project)))
    assert [(n.role, n.name) for n in found.inputs] == [
        ("training-data", "data"),
        ("training-code", "train.py"),
        ("environment", "requirements.lock"),
        ("parameters", "params.yaml"),
    ]
    assert [n.name for n in found.made] == ["model.bin"]
    assert found.left_out == ("../outside.csv: it lies outside the root",)


def test_a_weak_digest_that_does_not_fit_is_news_and_one_that_fits_is_none(project):
    project.write("model.bin", "a")  # md5 0cc1...
    found = below(project.root, project.root, told(lock(project)))
    assert moved_on(project.root, (*found.inputs, *found.made)) == []
    project.write("model.bin", "b")
    assert moved_on(project.root, (*found.inputs, *found.made)) == ["model.bin"]
    assert moved_on(project.root, [Named("x", "model.bin", None, 2)]) == ["model.bin"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\n", "has no stages"),
        ("stages: {}\n", "has no stages"),
        ("stages: {a: {deps: [x]}}\n", "has an entry without a path"),
        ("stages: {a: x}\n", "has a stage that is no mapping"),
        ("stages: {a: {}, b: {}}\n", "has 2 stages; name one with --stage: a, b"),
        ("stages: {a: &x {}}\n", "uses the anchor"),
    ],
)
def test_a_lock_that_says_nothing_is_an_error(project, text, said):
    with pytest.raises(CasemateError) as caught:
        told(project.write("dvc.lock", text))
    assert said in str(caught.value)


def source(where):
    return json.dumps({"uri": where})


INPUTS = [
    {"dataset": {"name": "rows", "digest": "1c2d3e4f", "source": source("data/a.csv")},
     "tags": [{"key": "mlflow.data.context", "value": "training"}]},
    {"dataset": {"name": "more", "source": source("file:data/more/b.csv")},
     "tags": {"mlflow.data.context": "training"}},
    {"dataset": {"name": "test", "source": source("data/test.csv")}, "tags": {"mlflow.data.context": "eval"}},
    {"dataset": {"name": "web", "source": source("https://example.com/x.csv")}},
    {"dataset": {"name": "out", "source": source("../../etc/passwd")}},
    {"dataset": {"name": "odd", "source": "{"}},
    "nonsense",
]  # fmt: skip


@pytest.mark.parametrize("wrap", [lambda run: {"run": run}, lambda run: run], ids=["api", "describe"])
def test_an_exported_run_of_mlflow_names_its_training_data(project, wrap):
    path = project.write("run.json", json.dumps(wrap({"info": {}, "inputs": {"dataset_inputs": INPUTS}})))
    found = below(project.root, project.root, told(path))
    assert [n.name for n in found.inputs] == ["data/a.csv", "data/more/b.csv"]
    assert all(n.md5 is None and n.role == "training-data" for n in found.inputs)
    assert [line.split(":")[0] for line in found.left_out] == ["web", "odd", "a data set", "../../etc/passwd"]


def test_a_folder_of_an_mlflow_run_names_its_training_data(project):
    project.write("mlruns/0/r1/inputs/i1/meta.yaml", "source_id: d1\ntags:\n  mlflow.data.context: training\n")
    project.write("mlruns/0/datasets/d1/meta.yaml", 'digest: 1c2d3e4f\nname: rows\nsource: \'{"uri": "data/a.csv"}\'\n')
    found = told(project.root / "mlruns/0/r1")
    assert [(n.role, n.name) for n in found.inputs] == [("training-data", "data/a.csv")]
    project.write("mlruns/0/r1/inputs/i1/meta.yaml", "source_id: ../../../x\n")
    with pytest.raises(CasemateError, match="has an input without a data set"):
        told(project.root / "mlruns/0/r1")
    with pytest.raises(CasemateError, match="is no folder of an MLflow run"):
        told(project.root / "data")


@pytest.mark.parametrize("where", ["file://[x/a", "file:///a%00b", "a\0b", "\ud800", "x/" * 5000])
@pytest.mark.parametrize("tags", [5, "train", [{"key": [], "value": "x"}], [{"key": "k", "value": {}}], None])
def test_a_strange_run_of_mlflow_gives_names_or_says_why_not(tmp_path, where, tags):
    data = {"name": "d", "source": json.dumps({"uri": where})}
    run = {"inputs": {"dataset_inputs": [{"dataset": data, "tags": tags}]}}
    (tmp_path / "run.json").write_text(json.dumps(run))
    found = below(tmp_path, tmp_path, told(tmp_path / "run.json"))
    assert moved_on(tmp_path, found.inputs) == []
    assert len(found.inputs) + len(found.left_out) == 1
