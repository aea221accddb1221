"""What runs = what was signed = what passed: every inequality has its sentence."""

import csv
import gzip
import json
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.errors import CasemateError
from casemate.evidence.sign import running as module
from casemate.evidence.sign.join import assessed, join
from casemate.evidence.sign.running import running

A, B = "a" * 64, "b" * 64


def said(j):
    return [f"{f.id}: {f.message}" for f in j.findings]


def test_one_model_everywhere_joins():
    assert join([A], [A, A], [B, A]).holds
    assert join([A], None, None).holds


@pytest.mark.parametrize(
    ("signed", "runs", "passed", "what"),
    [
        (A, [B], None, ["runs-unsigned: bbbbbbbbbbbb runs, and aaaaaaaaaaaa was signed"]),
        (A, [A, B], None, ["runs-unsigned: bbbbbbbbbbbb runs, and aaaaaaaaaaaa was signed"]),
        (A, None, [B], ["signed-unassessed: aaaaaaaaaaaa was signed, and no assessment knows it"]),
        (
            A, [B], [A],
            [
                "runs-unsigned: bbbbbbbbbbbb runs, and aaaaaaaaaaaa was signed",
                "runs-unassessed: bbbbbbbbbbbb runs, and no assessment knows it",
            ],
        ),
        (A, [], None, ["running-unknown: nothing says which model runs"]),
        (None, [A], [A], ["nothing-signed: no valid signature says what ought to run"]),
        (None, None, [], ["nothing-signed: no valid signature says what ought to run"]),
    ],
)  # fmt: skip
def test_every_inequality_is_told(signed, runs, passed, what):
    assert said(join([signed] if signed else [], runs, passed)) == what


def test_one_model_with_two_digests_is_one_model():
    assert join([A, B], [A], [B]).holds
    assert join([A, B], [B], [A]).holds
    assert not join([A, B], [A], ["c" * 64]).holds


DIGESTS = st.sampled_from([A, B, "c" * 64])


@given(DIGESTS, st.lists(DIGESTS, min_size=1), st.lists(DIGESTS))
def test_it_holds_exactly_when_all_that_runs_was_signed_and_passed(signed, runs, passed):
    assert join([signed], runs, passed).holds == (set(runs) == {signed} and signed in passed)


def test_a_digest_is_itself():
    assert running(A) == running(f"sha256:{A}") == running(A.upper()) == (A,)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"model": {"digest": f"sha256:{A}"}, "config": {"digest": B}}),
        json.dumps({"Labels": {"org.example.model-digest": A}, "Id": f"sha256:{B}"}),
        "\n".join(json.dumps({"request": B, "model_digest": A}) for _ in range(3)) + '\n{"model_dig',
        f"{A}  scorer.pkl\n",
        "\n".join(json.dumps({"request_id": B, "model": "m", "artifact_digest": A}) for _ in range(2)),
        f"time,request_id,artifact_digest\n1,{B},{A}\n2,{B},sha256:{A}\n",
        f"metadata:\n  annotations: {{lender/model-digest: 'sha256:{A}'}}\n  image: x@sha256:{B}\n",
        f'LABEL base="{B}" org.example.model.sha256="{A}"\n',
    ],
)
def test_a_manifest_the_labels_of_an_image_and_a_log_name_their_model(tmp_path, text):
    (tmp_path / "x").write_text(text)
    assert running(str(tmp_path / "x")) == (A,)


def test_a_log_may_be_packed_and_still_be_written(tmp_path):
    rows = "".join(json.dumps({"request_id": f"{i:064x}", "artifact_digest": A}) + "\n" for i in range(5000))
    packed = gzip.compress(rows.encode())
    (tmp_path / "x").write_bytes(packed)
    assert running(str(tmp_path / "x")) == (A,)
    (tmp_path / "x").write_bytes(packed[:-9])
    assert running(str(tmp_path / "x")) == (A,)
    (tmp_path / "x").write_bytes(packed[:-6] + b"\xff" + packed[-5:])
    with pytest.raises(CasemateError, match="is packed and broken; give one that is whole"):
        running(str(tmp_path / "x"))


@given(st.lists(DIGESTS, min_size=1, max_size=6))
def test_a_log_says_the_same_as_json_and_as_csv(tmp_path_factory, digests):
    place = tmp_path_factory.mktemp("log") / "x"
    place.write_text("".join(json.dumps({"request_id": "d" * 64, "artifact_digest": d}) + "\n" for d in digests))
    as_json = running(str(place))
    place.write_text("request_id,artifact_digest\n" + "".join(f"{'d' * 64},{d}\n" for d in digests))
    assert as_json == running(str(place)) == tuple(sorted(set(digests)))


@pytest.mark.parametrize("bomb", ['{"model":[' + "{}," * 2_000_000 + "{}]}", "[]," * 2_000_000 + f"model\n{A}"])
def test_a_file_of_nothing_but_parts_costs_no_more_memory_than_its_text(tmp_path, monkeypatch, bomb):
    monkeypatch.setattr(module, "MAX_PARTS", 1_000_000)
    (tmp_path / "x").write_text(bomb)
    tracemalloc.start()
    with suppress(CasemateError):
        running(str(tmp_path / "x"))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < module.MAX_FILE + 8 * len(bomb)


def test_a_log_of_two_models_names_both(tmp_path):
    (tmp_path / "x").write_text(f'{{"model": "{B}"}}\n{{"model": "{A}"}}\n')
    assert running(str(tmp_path / "x")) == (A, B)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("nothing", "names no sha256; give a digest, or a file with a key such as `model_digest`"),
        (f"{A} {B}", "names 2 digests, and none as the model's; give the digest itself"),
        (
            f'a,model\n1,{A}\n"{"x" * csv.field_size_limit()}x',
            "has a row that is none; give the newest part of it, or the digest itself",
        ),
        ("PAR1" + A, "is a table that is no text; write it as CSV or JSON, or give the digest"),
        ("[" * 100_000, "names no sha256; give a digest, or a file with a key such as `model_digest`"),
        (
            '{"model": ' * 500 + "1" + "}" * 500,
            "names no sha256; give a digest, or a file with a key such as `model_digest`",
        ),
    ],
)
def test_a_file_that_names_no_model_says_so(tmp_path, text, what):
    (tmp_path / "x").write_text(text)
    with pytest.raises(CasemateError) as caught:
        running(str(tmp_path / "x"))
    assert str(caught.value) == f"{tmp_path}/x: {what}"


def assessment(tmp_path, passed=True, **record):
    made = {"element": "m", "state": "valid", "digest": A, **record}
    (tmp_path / "a.json").write_text(json.dumps({"gate": {"passed": passed}, "evidence": [made]}))
    return tmp_path / "a.json"


def test_only_what_binds_in_an_assessment_that_passed_has_passed(tmp_path):
    assert assessed(assessment(tmp_path)) == assessed(assessment(tmp_path), "m") == (A,)
    assert assessed(assessment(tmp_path), "other") == ()
    assert assessed(assessment(tmp_path, state="void")) == ()
    assert assessed(assessment(tmp_path, passed=False)) == ()
    (tmp_path / "a.json").write_text("[]")
    with pytest.raises(CasemateError, match=r"is no assessment; make one: casemate assess --format json"):
        assessed(tmp_path / "a.json")
