"""`measure: - verify: m`: what it states, what it never states, and how that reaches a threat."""

import shutil

import pytest

from casemate.assess import assess
from casemate.catalog import load
from casemate.core.errors import CasemateError
from casemate.define.build import from_text
from casemate.evidence import measure, store
from casemate.evidence.bind import Evidence, bind
from casemate.validate.policy import policy_of, read_policy
from signing import TODAY, Bench

HEAD = "casemate: 1\nname: x\nzones: {z: {trust: staff}}\n"


@pytest.fixture
def bench(tmp_path):
    b = Bench(tmp_path)
    b.sign(version=3)
    return b


def system(more="signature: {public key: mine.pub}", task="verify: m", signed=""):
    component = f"components:\n  m: {{kind: model, zone: z, path: m, {signed}{more}}}\n"
    return from_text(f"{HEAD}{component}measure:\n  - {task}\n", "casemate.yaml", {})


def facts(bench, *args, **kwargs):
    found, gaps = measure.measure(system(*args, **kwargs), bench.root, TODAY)
    return dict(found[0].facts) if found else gaps


def test_a_good_signature_states_what_was_found_and_proves_no_control(bench):
    found, gaps = measure.measure(system(), bench.root, TODAY)
    assert (dict(found[0].facts), found[0].controls, gaps) == ({"signature found": "valid", "signed": True}, (), [])
    assert found[0].digest == store.digest_of(bench.model)
    assert found[0].findings[-1] == "not checked: that whatever loads the model checks it too: this was one look"


def test_every_limit_of_the_policy_counts(bench):
    (bench.root / "other.sig").write_bytes(bench.sig.read_bytes())
    own = store.digest_of(bench.model)
    for more, verdict in {
        "version: 3": "valid",
        "version: 4": "expired",
        "max age: 0 days": "valid",
        f"digest: {own}": "valid",
        f"digest: {'0' * 64}": "content-mismatch",
        "bundle: other.sig": "valid",
        "bundle: none.sig": "unsigned",
        "name: m": "valid",
        "name: n": "content-mismatch",
    }.items():
        got = facts(bench, f"signature: {{public key: mine.pub, {more}}}")
        assert got == {"signature found": verdict, "signed": verdict == "valid"}, more


def test_what_could_not_be_found_out_is_neither_signed_nor_unsigned(bench):
    assert facts(bench, "signature: {public key: none.pub}") == {"signature found": "unreadable"}


def test_what_runs_is_held_against_what_was_signed(bench):
    own = store.digest_of(bench.model)
    task = "verify: {model: m, running: log.jsonl}"
    for digest, word in ((own, "same"), ("f" * 64, "other")):
        (bench.root / "log.jsonl").write_text(f'{{"model_digest": "{digest}"}}\n')
        assert facts(bench, task=task)["running"] == word
    (bench.root / "log.jsonl").write_text("{}\n")
    assert "running" not in facts(bench, task=task)
    assert facts(bench, task=f"verify: {{model: m, running: '{own}'}}")["running"] == "same"


def test_nothing_there_is_a_gap(bench):
    shutil.rmtree(bench.model)
    assert facts(bench) == ["casemate.yaml:7:5: the signature of m was not checked: m is not there or cannot be read"]


@pytest.mark.parametrize(
    ("more", "task", "what"),
    [
        ("origin: own", "verify: m", "m has no signature to check it against; give m a `signature: {public key: ...}`"),
        ("signature: {version: 1}", "verify: m", "the signature of m does not name one signer; "
         "give a public key, a ca with a subject, or an identity with an issuer"),
        ("signature: {ca: a.pem}", "verify: m", "the signature of m names an authority or a subject alone; "
         "give ca and subject: anybody may have some certificate"),
        ("origin: own", "verify: n", "verify names 'n', which is no component; there is m"),
        ("origin: own", "verify: {model: m, runing: x}",
         "verify has no setting 'runing'; write `- verify: {model: <component>, running: <file>}`"),
        ("origin: own", "verify: [m]", "verify names no component; write `- verify: <component>`"),
    ],
)  # fmt: skip
def test_a_task_that_cannot_be_done_says_why_before_anything_is_measured(more, task, what):
    with pytest.raises(CasemateError) as caught:
        measure.check(system(more, task))
    assert str(caught.value).endswith(what)


def outcomes(bench, s):
    found, _ = measure.measure(s, bench.root, TODAY)
    evidence = store.load(s, bench.root, found)
    a = assess(s, evidence, load.catalog(), read_policy(), TODAY)
    return {r.id: a.outcomes[r.id] for r in a.threats}, a


def test_declared_signed_and_measured_unsigned_is_a_correction_and_a_threat(bench):
    s = system(signed="signed: yes, ")
    assert "broken-signature@m" not in outcomes(bench, s)[0]
    bench.sig.unlink()
    found, a = outcomes(bench, s)
    assert found["broken-signature@m"] == "open"
    assert [(c.field, c.declared, c.measured) for c in a.risks.parts.corrections] == [("signed", True, False)]


def test_a_model_that_was_swapped_is_a_threat(bench):
    (bench.root / "log.jsonl").write_text(f'{{"model_digest": "{"f" * 64}"}}\n')
    assert outcomes(bench, system(task="verify: {model: m, running: log.jsonl}"))[0]["swapped-model@m"] == "open"


def test_nobody_who_asked_for_no_signature_hears_of_one():
    s = from_text(f"{HEAD}components: {{m: {{kind: model, zone: z}}}}\n", "casemate.yaml", {})
    a = assess(s, Evidence(), load.catalog(), read_policy(), TODAY)
    assert not {"broken-signature", "swapped-model"} & {r.found.rule.id for r in a.threats}


REQUIRED = policy_of("name: p\nrequires: [{evidence: verify, of: [model]}]\n", "p.yaml")


def kept(bench):
    """What an assessment without a measurement makes of a stored record: its state, and the gate."""
    found = assess(system(), store.load(system(), bench.root), load.catalog(), REQUIRED, TODAY)
    return [r.state for r in found.risks.parts.records["m"]], found.gate


@pytest.mark.parametrize("change", ["gone", "another signature", "another key"])
def test_a_record_is_void_when_the_signature_or_the_key_is_another_or_gone(bench, change):
    found, _ = measure.measure(system(), bench.root, TODAY)
    store.save(system(), bench.root, found)
    assert kept(bench)[0] == ["valid"]
    assert not [r for r in kept(bench)[1].reasons if r.rule == "required-evidence"]
    if change == "gone":
        bench.sig.unlink()
    elif change == "another signature":
        bench.sign(version=4)
    else:
        shutil.copyfile(bench.root / "other.pub", bench.root / "mine.pub")
    state, gate = kept(bench)
    assert state == ["void"]
    assert [(r.rule, r.exit, r.element) for r in gate.reasons] == [("required-evidence", 3, "m")]


def test_a_record_that_was_held_against_another_policy_is_void(bench):
    found, _ = measure.measure(system(), bench.root, TODAY)
    store.save(system(), bench.root, found)
    stricter = system("signature: {public key: mine.pub, version: 4}")
    (record,) = bind(stricter, store.load(stricter, bench.root), TODAY)["m"]
    assert record.state == "void"


def test_a_record_of_a_missing_signature_is_void_once_there_is_one(bench):
    text = bench.sig.read_bytes()
    bench.sig.unlink()
    found, _ = measure.measure(system(), bench.root, TODAY)
    assert found[0].settings["rests on"]["m.sig"] is None
    store.save(system(), bench.root, found)
    assert kept(bench)[0] == ["valid"]
    bench.sig.write_bytes(text)
    assert kept(bench)[0] == ["void"]


def test_what_lies_outside_the_project_is_no_ground_of_a_record(bench, tmp_path_factory):
    away = tmp_path_factory.mktemp("keys") / "mine.pub"
    shutil.copyfile(bench.root / "mine.pub", away)
    found, _ = measure.measure(system(f"signature: {{public key: {away}}}"), bench.root, TODAY)
    assert list(found[0].settings["rests on"]) == ["m.sig"]


def test_a_signature_that_a_link_leads_out_to_is_a_gap(bench, tmp_path_factory):
    away = tmp_path_factory.mktemp("sigs") / "m.sig"
    shutil.move(bench.sig, away)
    bench.sig.symlink_to(away)
    assert facts(bench) == [
        "casemate.yaml:7:5: the signature of m was not read: m.sig is a link that leads out of the folder of this file"
    ]
