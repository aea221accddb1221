"""A passport beside the system file in the next assessment: still good, or void and why."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from casemate.cli._inputs import Options, assessed, policy_file, read_system
from casemate.core.digest import of_file
from casemate.evidence import store
from casemate.evidence.passport import form
from casemate.evidence.sign import dsse, keys
from casemate.evidence.statement import Statement
from casemate.validate.passport import issue, standing
from casemate.validate.passport.until import until

TODAY = date(2026, 11, 23)
POLICY = "name: ours\nsigners: [{name: release, public key: k.pub}]\n"
SYSTEM = """\
casemate: 1
name: Scoring
policy: policy.yaml
zones: {net: {trust: public}, in: {trust: staff}}
actors: {client: {trust: public, zone: net}}
components:
  api: {kind: endpoint, zone: in, auth: none}
  scorer: {kind: model, zone: in, format: safetensors, path: scorer.bin}
flows: [client -> api: rows, api -> scorer: rows]
"""


class Release:
    """A folder with a system, a key, a model and records of it, and its passport."""

    def __init__(self, root: Path) -> None:
        self.root, self.file = root, root / "casemate.yaml"
        keys.new_pair(root / "k", "p256", None)
        self.file.write_text(SYSTEM)
        (root / "policy.yaml").write_text(POLICY)
        (root / "scorer.bin").write_bytes(b"weights")

    def measured(self, kind="scan", on=TODAY, **more):
        """Store a record of the model as it is now."""
        digest = of_file(self.root / "scorer.bin") or ""
        made = Statement(kind, "scorer", digest, "casemate 0.1.0", on, **{"facts": {"contents": "clean"}, **more})
        store.save(read_system(self.file)[0], self.root, [made])

    def assessed(self, today=TODAY, seed=0):
        return assessed(self.file, Options(today=today.isoformat(), seed=seed))

    def issue(self, key="k"):
        a = self.assessed()
        made = issue.passport(a, self.file, issue.of_files(a.system, self.file, policy_file(self.file, a.system, None)))
        signed = dsse.sign(form.payload(made), keys.read_private(self.root / key))
        (self.root / "passport.json").write_text(dsse.line(signed))
        return made

    def now(self, today=TODAY, given=None):
        return standing.beside(self.assessed(today), self.file, given)

    def why(self, today=TODAY):
        found = self.now(today)
        assert found.state == "void"
        return found.because


@pytest.fixture
def release(tmp_path):
    made = Release(tmp_path)
    made.measured()
    made.issue()
    return made


def test_where_there_is_none_nothing_is_said_and_one_that_was_named_must_be_there(tmp_path):
    r = Release(tmp_path)
    assert r.now() is None
    assert r.now(given=tmp_path / "p.json").sentence == (
        "passport: void, because it was not read: there is no such file (p.json)"
    )


def test_the_release_that_passed_stays_valid_until_its_evidence_ends(release):
    assert release.now().sentence == "passport: valid from 2026-11-23 to 2027-02-21 (passport.json)"
    assert release.now(TODAY + timedelta(days=90)).state == "valid"
    assert release.why(TODAY + timedelta(days=91)) == (
        "it is for 2026-11-23 to 2027-02-21 (the scan of scorer ends)",
        "the scan of scorer that it rests on no longer holds",
    )


def test_another_model_system_file_or_policy_voids_it(release):
    (release.root / "scorer.bin").write_bytes(b"Weights")
    assert release.why() == (
        "scorer is another than the one that passed", "the scan of scorer that it rests on no longer holds",
    )  # fmt: skip
    (release.root / "scorer.bin").write_bytes(b"weights")
    assert release.now().state == "valid"
    release.file.write_text(SYSTEM + "# a comment\n")
    assert release.why() == ("the system file is another",)
    release.file.write_text(SYSTEM.replace("name: Scoring", "name: Other"))
    assert release.why() == ("it is of another system: Scoring",)
    release.file.write_text(SYSTEM)
    (release.root / "policy.yaml").write_text(POLICY + "#\n")
    assert release.now().sentence == "passport: void, because the policy is another (passport.json)"


def test_a_row_of_another_digest_in_the_log_voids_it(release):
    release.measured("monitor", facts={"running": "same", "alarms": ("none",)})
    assert release.now().state == "valid"
    release.measured("monitor", facts={"running": "other", "alarms": ("none",)})
    assert release.why() == ("another artefact than scorer runs (monitor of 2026-11-23)",)


def test_one_row_of_another_digest_that_a_monitor_reads_voids_it(tmp_path):
    release = Release(tmp_path)
    release.file.write_text(SYSTEM + "measure: [{monitor: {model: scorer, log: logs, reference: usual}}]\n")
    digest = of_file(tmp_path / "scorer.bin")
    text = "".join(_row(i, digest) for i in range(100))
    for folder in ("logs", "usual"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "log.jsonl").write_text(text)
    measure = Options(today=TODAY.isoformat(), measure=True)
    assessed(release.file, measure)
    release.issue()
    assert standing.beside(assessed(release.file, measure), release.file).state == "valid"
    (tmp_path / "logs" / "log.jsonl").write_text(text + _row(100, "0" * 64))
    assert standing.beside(assessed(release.file, measure), release.file).because == (
        "another artefact than scorer runs (monitor of 2026-11-23)",
        "the monitor of scorer that it rests on no longer holds",
    )


def _row(i: int, digest: str) -> str:
    row = {"time": f"2026-11-22T10:{i // 60:02d}:{i % 60:02d}Z", "request_id": str(i), "prediction": i % 2}
    return json.dumps({**row, "confidence": 0.9, "artifact_digest": digest}) + "\n"


def test_a_later_record_that_says_the_same_voids_nothing_and_one_that_says_otherwise_does(release):
    later = TODAY + timedelta(days=3)
    release.measured(on=later, coverage={"bytes": 7}, settings={"run": 2})
    assert release.now(later).state == "valid"
    release.measured(on=later, facts={"contents": "code"})
    assert release.why(later) == ("the scan of scorer that it rests on no longer holds",)
    (release.root / "evidence" / "scan.jsonl").unlink()
    assert release.why(later) == ("the scan of scorer that it rests on no longer holds",)


def test_a_passport_that_was_edited_or_is_somebody_elses_says_so(release):
    path = release.root / "passport.json"
    doc = json.loads(path.read_text())
    path.write_text(json.dumps(doc, sort_keys=True, indent=1))
    assert release.why() == ("it is no passport as it was written",)
    keys.new_pair(release.root / "other", "p384", None)
    release.issue("other")
    assert release.now().sentence == (
        "passport: valid from 2026-11-23 to 2027-02-21, and signed by nobody whom the policy names (passport.json)"
    )


def test_a_gate_that_fails_today_voids_it(release):
    a = release.assessed()
    reason = issue.Reason("open-high", "theft@scorer is open and high", "treat it")
    failing = replace(a, gate=replace(a.gate, reasons=(reason,)))
    missing = replace(a, gate=replace(a.gate, reasons=(replace(reason, exit=3),)))
    assert standing.beside(failing, release.file).because == ("the gate fails",)
    assert standing.beside(missing, release.file).state == "valid"


def test_sign_offs_that_are_gone_void_it(release):
    record = release.root / "reviews" / "signoffs.jsonl"
    record.parent.mkdir()
    record.write_text("one\n")
    release.issue()
    record.write_text("one\ntwo\n")
    assert release.now().state == "valid"
    record.write_text("two\n")
    assert release.why() == ("the sign-offs that it rests on are gone",)


WANTS = frozenset({"passport-void", "passport-missing"})


def against(release, fails_on=WANTS, today=TODAY):
    a = release.assessed(today)
    found = standing.hold(replace(a, policy=replace(a.policy, fails_on=fails_on)), release.file)
    return [(r.rule, r.what, r.exit) for r in found.gate.reasons]


def test_the_gate_fails_on_a_missing_or_void_passport_where_the_policy_says_so(release):
    assert against(release) == []
    (release.root / "scorer.bin").write_bytes(b"Weights")
    assert release.assessed().gate.passed
    void = (
        "passport-void",
        "the passport is void, because scorer is another than the one that passed; the scan of scorer that it rests on "
        "no longer holds",
        1,
    )
    assert against(release) == [void]
    assert against(release, frozenset({"passport-missing"})) == []
    (release.root / "passport.json").unlink()
    assert against(release) == [("passport-missing", "there is no passport of a release", 1)]
    assert against(release, frozenset({"passport-void"})) == []


def test_a_passport_that_nobody_signed_whom_the_policy_names_counts_as_missing(release):
    keys.new_pair(release.root / "other", "p384", None)
    release.issue("other")
    what = "the passport in passport.json is signed by nobody whom the policy names"
    assert against(release) == [("passport-missing", what, 1)]
    assert against(release, frozenset({"passport-void"})) == []


def test_an_older_passport_stands_against_no_new_one(release):
    (release.root / "scorer.bin").write_bytes(b"Weights")
    release.measured()
    a = release.assessed()
    held = standing.hold(replace(a, policy=replace(a.policy, fails_on=WANTS)), release.file)
    assert not held.gate.passed
    assert list(issue.against(held, release.root)) == []


def test_what_a_passport_says_of_itself(release):
    assert release.now().says == "issued on 2026-11-23, good until 2027-02-21."
    (release.root / "policy.yaml").write_text("name: ours\n")
    assert release.now().says == "nothing shows any more that what runs is what passed:"


def test_it_ends_with_what_ends_first(release):
    assert until(release.assessed()) == (date(2027, 2, 21), "the scan of scorer ends")
    release.file.write_text(SYSTEM + "review: {last: 2026-11-01, every: 30 days}\n")
    assert until(release.assessed()) == (date(2026, 12, 1), "the next review is due")
    release.file.write_text(SYSTEM + "review: {last: 2026-01-01, every: 30 days}\n")
    assert until(release.assessed())[1] == "the scan of scorer ends"
    (release.root / "policy.yaml").write_text(POLICY + "maximum age: {scan: 5 days}\n")
    assert until(release.assessed()) == (date(2026, 11, 28), "the scan of scorer ends")
    release.file.write_text(SYSTEM)
    (release.root / "evidence" / "scan.jsonl").unlink()
    assert until(release.assessed()) == (date(2027, 2, 21), "no passport holds longer than 90 days")
