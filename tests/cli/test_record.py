"""`casemate record`: the words, the exit codes and what it leaves."""

import json

import pytest

from casemate.evidence.sign import keys

TOLD = ("--attack", "hop-skip-jump", "--by", "A. Tester", "--date", "2026-10-02")
ONE = ("--subject", "scorer", "--held", 1)


@pytest.fixture(autouse=True)
def today(casemate, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795392000")  # 2026-11-23


def kept(casemate):
    found = [p for p in casemate.files() if p.startswith("evidence/")]
    return [json.loads((casemate.root / p).read_text()) for p in found]


def test_a_test_that_a_person_made_is_written_beside_the_system_file(casemate):
    code, out, err = casemate("record", "--subject", "scorer.pkl", "--held", 45, "--broken", 5, *TOLD)
    (record,) = kept(casemate)
    assert code == 0
    assert err.startswith("wrote evidence/record-")
    assert out.splitlines()[0].endswith("  hop-skip-jump on scorer: 5 of 50 scored tries broke it")
    assert out.splitlines()[1:] == [
        "              counts as attested where adversarial-input is found",
        "              counts as attested where hand-altered-input is found",
    ]
    assert record["predicate"]["trials"][0] == {
        "threat": "adversarial-input", "unit": "row", "attempts": 50, "broken": 5, "held": 45, "errored": 0,
        "skipped": 0, "strength": "weaker",
    }  # fmt: skip


def test_it_says_when_the_counts_will_not_be_used(casemate):
    told = ("--attack", "x", "--by", "N", "--broken", 1, "--date", "2026-10-02")
    _, out, _ = casemate("record", "--subject", "scorer", "--threat", "prompt-injection", *told)
    assert out.splitlines()[1].strip() == "is not used: prompt-injection is no threat of the kind model"
    _, out, _ = casemate("record", "--subject", "scorer", "--threat", "evasion", "--unit", "query", *told)
    assert (
        out.splitlines()[1].strip()
        == "is shown and not used: adversarial-input has no conversion from query to campaign"
    )


def test_it_raises_the_risk_and_does_not_lower_it(casemate):
    def current():
        _, out, _ = casemate("assess", "--format", "json", "--policy", "nothing.yaml", "--today", "2026-10-02")
        return {t["id"]: t["risk"]["current"]["mean"] for t in json.loads(out)["threats"]}

    before = current()
    casemate("record", "--subject", "scorer", "--held", 100_000, "--strength", "equal", *TOLD)
    assert current() == before
    casemate("record", "--subject", "scorer", "--broken", 100, *TOLD)
    assert current()["adversarial-input@scorer"] > before["adversarial-input@scorer"]


def test_a_signed_record_is_in_an_envelope(casemate):
    private, _ = keys.new_pair(casemate.root / "k", "ed25519", None)
    code, _, _ = casemate("record", "--subject", "scorer", "--broken", 1, "--key", private, *TOLD)
    (record,) = kept(casemate)
    assert (code, sorted(record)) == (0, ["payload", "payloadType", "signatures"])


WRONG = {
    "record: 'scorr' is no component and no file of one; did you mean 'scorer'?": ("--subject", "scorr", "--held", 1),
    "record: says of no try how it ended; give held, broken, errored or skipped": ("--subject", "scorer"),
    "--date: is 2999-01-01, which is after today; give the day of the test": (*ONE, "--date", "2999-01-01"),
    "--date: is 'soon'; write the day as 2026-10-02": (*ONE, "--date", "soon"),
    "--control: there is no control 'rate-limt'; ": (*ONE, "--control", "rate-limt", "--adaptive-broken", 1),
}


@pytest.mark.parametrize("message", WRONG)
def test_what_cannot_be_is_named_and_nothing_is_written(casemate, message):
    code, out, err = casemate("record", *TOLD, *WRONG[message])
    assert (code, out) == (2, "")
    assert err.startswith(message)
    assert kept(casemate) == []


def test_an_adaptive_result_takes_away_what_a_control_was_claimed_to_save(casemate):
    def claimed():
        _, out, _ = casemate("assess", "--format", "json", "--policy", "nothing.yaml", "--today", "2026-10-02")
        (risk,) = (t["risk"] for t in json.loads(out)["threats"] if t["id"] == "adversarial-input@scorer")
        return risk["claimed"]["mean"], risk["current"]["mean"]

    with_control = "path: scorer.pkl, controls: {adversarial-training: {since: 2026-09-01, by: team}}}"
    casemate.change("path: scorer.pkl}", with_control)
    before, current = claimed()
    tested = ("--control", "adversarial-training", "--naive-held", 100, "--adaptive-held", 5, "--adaptive-broken", 95)
    code, _, _ = casemate("record", "--subject", "scorer", *tested, *TOLD)
    assert code == 0
    assert before < current
    assert claimed() == (current, current)
