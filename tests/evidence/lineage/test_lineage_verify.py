"""Everything that is there is digested again: match, changed, absent. What is absent is never passed."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lineage_project import INTO, said, states

from casemate.evidence.lineage import provenance as p
from casemate.evidence.lineage import reading
from casemate.evidence.lineage.report import Verdict, to_json
from casemate.evidence.lineage.show import text

FILES = ("data/a.csv", "data/more/b.csv", "train.py", "params.yaml", "requirements.lock", "model.bin")
SLOW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
HAND = Path(__file__).with_name("slsa-by-hand.json")


def test_what_was_recorded_is_complete(project):
    project.run()
    found = project.verify()
    assert (found.verdict, found.verdict.exit_code) == (Verdict.COMPLETE, 0)
    assert set(states(found).values()) == {"match"}


@SLOW
@given(name=st.sampled_from(FILES), where=st.floats(0, 1), bit=st.integers(1, 255))
def test_any_byte_that_is_another_is_found(project, name, where, bit):
    project.run()
    path = project.root / name
    before = path.read_bytes()
    data = bytearray(before)
    data[int(where * (len(data) - 1))] ^= bit
    path.write_bytes(bytes(data))
    try:
        assert (project.verify().verdict, project.verify().verdict.exit_code) == (Verdict.CHANGED, 1)
    finally:
        path.write_bytes(before)


@pytest.mark.parametrize("name", FILES)
def test_what_is_absent_is_not_passed(project, name):
    project.run()
    (project.root / name).unlink()
    found = project.verify()
    assert (found.verdict, found.verdict.exit_code) == (Verdict.INCOMPLETE, 3)
    assert "absent" in states(found).values()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda r: (r / "data/new.csv").write_text("x"), "data: 1 new: new.csv"),
        (lambda r: (r / "data/a.csv").rename(r / "data/z.csv"), "data: 1 new: z.csv; 1 missing: a.csv"),
        (lambda r: (r / "data/a.csv").unlink(), "data: 1 missing: a.csv"),
        (lambda r: (r / "model.bin").write_text("x"), "model.bin: its bytes are others now"),
    ],
    ids=["added", "renamed", "removed", "another model"],
)
def test_the_report_names_what_is_different(project, change, problem):
    project.run()
    change(project.root)
    assert said(project.verify()) == [problem]


def test_required_roles_are_asked_for(project):
    project.run(inputs=((p.DATA, "data"),))
    found = project.verify()
    assert found.verdict is Verdict.LACKS_ROLE
    assert said(found) == ["no input has the role training-code", "no input has the role environment"]
    assert project.verify(required=(p.DATA,)).verdict is Verdict.COMPLETE


def test_a_statement_is_signed_by_the_key_or_not(project):
    key, public = project.key()
    _, other = project.key("other")
    project.run()
    assert project.verify(keys=(public,)).verdict is Verdict.UNSIGNED
    project.run(key=key)
    found = project.verify(keys=(other, public))
    assert (found.verdict, found.signer) == (Verdict.COMPLETE, public.id)
    assert project.verify(keys=(other,)).verdict is Verdict.UNTRUSTED_SIGNER
    assert (project.verify().verdict, project.verify().signature) == (Verdict.COMPLETE, "not checked")


def test_a_changed_statement_is_not_read(project):
    key, public = project.key()
    project.run(key=key)
    project.write("params.yaml", "seed: 8\n")
    envelope = json.loads(project.text())
    project.run()
    forged = {**envelope, "payload": __import__("base64").b64encode(project.text()).decode()}
    project.write(INTO, json.dumps(forged))
    found = project.verify(keys=(public,))
    assert (found.verdict, found.made) == (Verdict.BAD_SIGNATURE, ())


def test_a_builder_is_believed_only_with_a_signature(project):
    key, public = project.key()
    project.run(builder="ci", key=key)
    assert project.verify(builders=("ci",), keys=(public,)).verdict is Verdict.COMPLETE
    assert project.verify(builders=("ci",)).verdict is Verdict.INCOMPLETE
    assert project.verify(builders=("else",), keys=(public,)).verdict is Verdict.UNTRUSTED_BUILDER


def test_weak_digests_show_nothing(project):
    project.run()
    doc = json.loads(project.text())
    for d in doc["predicate"]["buildDefinition"]["resolvedDependencies"]:
        if d["name"] == "train.py":
            d["digest"] = {"md5": "0" * 32, "gitCommit": "1" * 40}
    project.write(INTO, json.dumps(doc))
    found = project.verify()
    assert (found.verdict, states(found)["train.py"]) == (Verdict.INCOMPLETE, "weak digest")


def test_a_listing_that_is_not_the_folder_s_does_not_hide_what_it_lists(project):
    project.run()
    doc = json.loads(project.text())
    listed = doc["predicate"]["buildDefinition"]["resolvedDependencies"]
    listed.append({"name": "train.py", "digest": {"sha256": "0" * 64}, "annotations": {"in": "data", "role": "x"}})
    project.write(INTO, json.dumps(doc))
    assert project.verify().verdict is Verdict.CHANGED


def test_a_run_that_nobody_watched_is_incomplete(project):
    project.write("model.bin", "m")
    project.run(())
    assert said(project.verify()) == ["nobody watched the run: the digests were taken afterwards"]


def test_a_statement_by_hand_after_the_specifications_is_read(project):
    """After the examples of in-toto's Statement v1 and SLSA's provenance v1, with a builder's own parameters."""
    says = reading.from_bytes(HAND.read_bytes()).says
    assert says.made[0].name == "model/credit.onnx"
    assert [(r.name, r.role) for r in says.inputs] == [
        ("data/train.csv", "training-data"),
        ("train.py", "training-code"),
        ("requirements.lock", "environment"),
        ("git+https://github.com/acme/credit@refs/heads/main", "source"),
    ]
    assert (says.builder, says.started) == ("https://ci.example/trainer@v2", "2026-09-14T08:00:00Z")
    for name, content in (("model/credit.onnx", "onnx"), ("data/train.csv", "a,b\n"), ("train.py", "pass\n")):
        project.write(name, content)
    project.write("requirements.lock", "numpy==2.0\n")
    project.write("hand.json", HAND.read_bytes())
    found = project.verify("hand.json")
    assert found.verdict is Verdict.INCOMPLETE  # a commit cannot be digested here
    assert list(states(found).values()) == ["match", "match", "match", "match", "weak digest"]


def tuned(project, base="base/model.bin"):
    """A model that is tuned from another one."""
    inputs = ((p.DATA, "data"), (p.CODE, "train.py"), (p.ENVIRONMENT, "requirements.lock"), (p.BASE, base))
    project.run(inputs=inputs)


def test_a_base_model_without_a_statement_is_a_hole(project):
    project.write("base/model.bin", "base")
    tuned(project)
    found = project.verify()
    assert found.verdict is Verdict.INCOMPLETE
    assert said(found) == ["base model base/model.bin: it has no statement of its own (base/model.bin.lineage.json)"]
    assert project.verify(chain=False).verdict is Verdict.COMPLETE


def base(project):
    """A base model with a project of its own below ours."""
    for name in ("data/a.csv", "train.py", "requirements.lock"):
        project.write(f"base/{name}", f"base {name}")
    code = "open('base/model.bin', 'w').write('base')"
    inputs = ((p.DATA, "base/data"), (p.CODE, "base/train.py"), (p.ENVIRONMENT, "base/requirements.lock"))
    project.python(code, made=("base/model.bin",), inputs=inputs, into="base/model.bin.lineage.json")


def test_the_chain_goes_on_over_base_models(project):
    base(project)
    tuned(project)
    found = project.verify()
    assert (found.verdict, found.depth) == (Verdict.COMPLETE, 2)
    project.write("base/data/a.csv", "poison")
    assert said(project.verify()) == ["base/model.bin, by its own statement: base/data: 1 changed: a.csv"]


def test_names_of_a_base_model_may_start_in_its_own_folder(project):
    base(project)
    path = project.root / "base/model.bin.lineage.json"
    path.write_text(path.read_text().replace('"base/', '"'))
    tuned(project)
    assert (project.verify().verdict, project.verify().depth) == (Verdict.COMPLETE, 2)


def test_a_statement_of_another_base_model_does_not_count(project):
    base(project)
    path = project.root / "base/model.bin.lineage.json"
    doc = json.loads(path.read_text())
    doc["subject"][0] = {"name": "train.py", "digest": {"sha256": "0" * 64}}
    path.write_text(json.dumps(doc))
    tuned(project)
    assert said(project.verify()) == ["base/model.bin, by its own statement: it speaks of other bytes"]


def test_a_model_that_is_its_own_ancestor_ends_the_way(project):
    base(project)
    tuned(project)
    path = project.root / "base/model.bin.lineage.json"
    doc = json.loads(path.read_text())
    model = json.loads(project.text())["subject"][0] | {"annotations": {"role": p.BASE}}
    doc["predicate"]["buildDefinition"]["resolvedDependencies"].append(model)
    path.write_text(json.dumps(doc))
    found = project.verify()
    assert found.verdict is Verdict.INCOMPLETE
    assert "the way leads back" in said(found)[0]


def test_the_report_fits_80_columns_and_json_says_the_same(project):
    project.write("base/model.bin", "base")
    tuned(project)
    (project.root / "data/a.csv").write_text("x" * 10)
    found = project.verify()
    lines = text(found).splitlines()
    assert lines[0] == "CHANGED: model.bin.lineage.json"
    assert max(map(len, lines)) <= 80
    doc = to_json(found)
    assert (doc["verdict"], doc["exit code"]) == ("changed", 1)
    assert {i["name"]: i["state"] for i in (*doc["made"], *doc["inputs"])} == states(found)


def test_a_hard_link_to_a_statement_is_that_statement_and_no_other_one(project):
    base(project)
    tuned(project)
    own = project.root / "base/model.bin.lineage.json"
    own.unlink()
    own.hardlink_to(project.root / "model.bin.lineage.json")
    assert "the way leads back" in said(project.verify())[0]
