"""`casemate passport` as people run it: issued for what passed, and refused for everything else, bit by bit."""

import json
import random
import subprocess
import sys
from base64 import b64decode
from datetime import date
from pathlib import Path

import pytest

from casemate.evidence.passport import key, quick
from casemate.evidence.passport.check import Asked, check

POLICY = "name: ours\nrequires: [{evidence: scan, of: [model]}]\n"
DAY = ("--today", "2026-11-23")
VERIFY = ("passport", "verify", "passport.json", "--key", "k.pub", "--model", "scorer.pkl")
GOOD = "until 2027-02-21 (the scan of scorer ends)\n"


@pytest.fixture
def keyed(casemate):
    casemate.add("policy: policy.yaml\n")
    casemate.write("policy.yaml", POLICY)
    casemate("sign", "--new-key", "k", "--no-passphrase", "--kind", "ed25519")
    return casemate


@pytest.fixture
def issued(keyed):
    assert keyed("passport", "issue", "--key", "k", "--measure", *DAY)[0] == 0
    return keyed


def test_what_passed_gets_a_passport_and_is_let_in(keyed):
    assert keyed("passport", "issue", "--key", "k", "--measure", *DAY) == (
        0, f"Scoring: 1 file, good {GOOD}", "wrote passport.json\n",
    )  # fmt: skip
    valid = f"VALID  scorer.pkl is scorer of Scoring, passed on 2026-11-23, good {GOOD}"
    assert keyed(*VERIFY, *DAY) == (0, valid, "")
    more = ("--system", "casemate.yaml", "--policy", "policy.yaml", "--evidence", "evidence", "--component", "scorer")
    assert keyed(*VERIFY, *DAY, *more) == (0, valid, "")


def test_the_same_input_gives_the_same_passport(issued):
    made = set()
    for _ in range(2):
        assert issued("passport", "issue", "--key", "k", *DAY)[0] == 0
        made.add((issued.root / "passport.json").read_bytes())
    assert len(made) == 1


def test_without_evidence_there_is_none_and_it_ends_with_3(keyed):
    assert keyed("passport", "issue", "--key", "k", *DAY) == (
        3, "",
        "no passport: the policy requires a scan of scorer: there is none; casemate assess --measure casemate.yaml\n",
    )  # fmt: skip
    assert "passport.json" not in keyed.files()


def test_what_fails_the_gate_gets_none_and_ends_with_1(keyed):
    keyed.write("policy.yaml", POLICY + "fails on: [open-measured]\n")
    keyed.hostile()
    code, out, err = keyed("passport", "issue", "--key", "k", "--measure", *DAY)
    assert (code, out) == (1, "")
    assert err.startswith("no passport: ")
    assert "is open, and evidence shows it; casemate why " in err
    assert "passport.json" not in keyed.files()


def test_a_component_whose_file_is_not_there_gets_none(keyed):
    keyed.write("policy.yaml", "name: ours\n")
    (keyed.root / "scorer.pkl").unlink()
    assert keyed("passport", "issue", "--key", "k", *DAY) == (
        3, "",
        "no passport: scorer has a path at which nothing is: scorer.pkl; bring the file here, or correct its `path:`\n",
    )  # fmt: skip
    keyed.write(
        "casemate.yaml", "casemate: 1\nname: s\nzones: {z: {trust: staff}}\ncomponents: {a: {kind: llm, zone: z}}\n"
    )
    code, _, err = keyed("passport", "issue", "--key", "k", "--policy", "policy.yaml", *DAY)
    assert (code, err) == (3, "no passport: no component has a file that could be released; give the model a `path:`\n")


def test_a_file_of_somebody_else_is_not_replaced(keyed):
    keyed.write("passport.json", "{}")
    assert keyed("passport", "issue", "--key", "k", *DAY) == (
        2, "", "passport.json: is there already and is no passport; choose another --output\n",
    )  # fmt: skip
    assert keyed("passport", "issue", *DAY)[2] == (
        "--key: is missing; name a private key, or make one: casemate sign --new-key NAME\n"
    )


def test_each_reason_against_it_is_a_line(issued):
    said = issued(*VERIFY, "--today", "2027-02-22")
    assert said == (
        1,
        "REFUSED  scorer.pkl: the passport ended on 2027-02-21 (the scan of scorer ends); today is 2027-02-22\n",
        "",
    )
    assert issued(*VERIFY, "--today", "2026-11-22")[1] == (
        "REFUSED  scorer.pkl: the passport was issued on 2026-11-23, and today is 2026-11-22\n"
    )
    issued.hostile()
    code, out, _ = issued(*VERIFY, "--today", "2027-02-22", "--policy", "nothing.yaml", "--system", "nothing.yaml")
    assert code == 1
    assert [line.split(": ", 1)[1].split(":")[0] for line in out.splitlines()] == [
        "the passport ended on 2027-02-21 (the scan of scorer ends); today is 2027-02-22",
        "another model than the one that passed",
        "the system file is another than the one that was assessed",
        "the policy is another than the one that it passed",
    ]


def test_evidence_that_was_added_taken_or_changed_is_named(issued):
    issued.write("evidence/more.jsonl", "")
    (issued.root / "evidence/scan.jsonl").rename(issued.root / "evidence/x.jsonl")
    assert issued(*VERIFY, *DAY, "--evidence", "evidence")[1].splitlines() == [
        "REFUSED  scorer.pkl: the evidence is another than it was: added more.jsonl",
        "REFUSED  scorer.pkl: the evidence is another than it was: missing scan.jsonl",
        "REFUSED  scorer.pkl: the evidence is another than it was: added x.jsonl",
    ]


def test_what_is_no_model_of_the_system_is_not_let_in(issued):
    assert (
        issued(*VERIFY, *DAY, "--component", "api")[1]
        == "REFUSED  scorer.pkl: the passport is for no component 'api'\n"
    )
    for model, why in (
        ("none", "there is no such file or folder"), ("evidence", "another model than the one that passed"),
        ("/dev/null", "it is neither a file nor a folder"),
    ):  # fmt: skip
        code, out, _ = issued("passport", "verify", "passport.json", "--key", "k.pub", "--model", model, *DAY)
        assert code == 1
        assert out.startswith("REFUSED")
        assert why in out


def test_a_wrong_question_ends_with_2_and_what_cannot_be_told_with_1(issued):
    assert issued("passport", "verify", "none", "--key", "k.pub", "--model", "scorer.pkl") == (
        1, "REFUSED  scorer.pkl: the passport was not read: there is no such file\n", "",
    )  # fmt: skip
    assert issued("passport", "verify", "passport.json", "--key", "k", "--model", "scorer.pkl") == (
        2, "", "k: is a private key; name the public one; a private key stays with whoever signs\n",
    )  # fmt: skip
    assert issued(*VERIFY, "--today", "tomorrow")[2] == "--today: is 'tomorrow'; write the day as 2026-10-02\n"
    assert issued("passport", "verify", "passport.json", "--key", "k.pub")[0] == 2
    issued("sign", "--new-key", "other", "--no-passphrase")
    assert issued("passport", "verify", "passport.json", "--key", "other.pub", "--model", "scorer.pkl", *DAY)[1] == (
        "REFUSED  scorer.pkl: the passport is not signed by any of the given keys\n"
    )


def test_a_folder_passes_as_itself_and_not_as_the_list_of_its_files(keyed):
    keyed.write("casemate.yaml", (keyed.root / "casemate.yaml").read_text().replace("path: scorer.pkl", "path: m"))
    keyed.write("policy.yaml", "name: ours\n")
    keyed.write("m/weights.bin", "w")
    keyed.write("m/config.json", "{}")
    assert keyed("passport", "issue", "--key", "k", *DAY)[0] == 0
    question = ("passport", "verify", "passport.json", "--key", "k.pub", *DAY, "--model")
    assert keyed(*question, "m")[0] == 0
    from casemate.core.digest import canonical, of_file

    names = ("config.json", "weights.bin")
    listing = keyed.write("listing", canonical({name: of_file(keyed.root / "m" / name) for name in names}))
    assert of_file(listing) == json.loads(payload(keyed.root))["subject"][0]["digest"]["sha256"]
    assert keyed(*question, "listing")[0] == 1
    keyed.write("m/more.py", "")
    assert keyed(*question, "m")[0] == 1


def test_parts_and_rules_of_ones_own_belong_to_the_system_file(keyed):
    text = (keyed.root / "casemate.yaml").read_text() + "include: [parts/more.yaml]\ncatalog: [threats]\n"
    keyed.write("casemate.yaml", text)
    keyed.write("policy.yaml", "name: ours\n")
    part = keyed.write("parts/more.yaml", "actors: {guest: {trust: public, zone: internet}}\n")
    keyed.write("threats/readme.txt", "none yet")
    assert keyed("passport", "issue", "--key", "k", *DAY)[0] == 0
    question = (*VERIFY, *DAY, "--system", "casemate.yaml")
    assert keyed(*question)[0] == 0
    part.write_text(part.read_text() + "#\n")
    keyed.write("threats/another.yaml", "")
    assert keyed(*question)[1].splitlines() == [
        "REFUSED  scorer.pkl: a part of the system is another than the one that was assessed: parts/more.yaml",
        "REFUSED  scorer.pkl: a part of the system is another than the one that was assessed: threats",
    ]


def test_sign_offs_may_be_added_to_and_never_changed(keyed):
    keyed.write("policy.yaml", "name: ours\n")
    record = keyed.write("reviews/signoffs.jsonl", '{"one": 1}\n')
    assert keyed("passport", "issue", "--key", "k", *DAY)[0] == 0
    question = (*VERIFY, *DAY, "--system", "casemate.yaml")
    record.write_text('{"one": 1}\n{"two": 2}\n')
    assert keyed(*question)[0] == 0
    record.write_text('{"one": 2}\n{"two": 2}\n')
    assert keyed(*question)[1] == (
        "REFUSED  scorer.pkl: the sign-offs that the passport rests on are no longer there as they were\n"
    )


@pytest.mark.parametrize(
    ("name", "many"),
    [("scorer.pkl", None), ("policy.yaml", None), ("casemate.yaml", 300), ("evidence/scan.jsonl", 300), ("large", 60)],
)
def test_every_single_bit_of_what_it_binds_counts(issued, name, many):
    root = issued.root
    if name == "large":
        (root / "scorer.pkl").write_bytes((root / "scorer.pkl").read_bytes() + random.Random(7).randbytes(300_000))
        assert issued("passport", "issue", "--key", "k", "--measure", *DAY)[0] in (0, 3)
        issued.write("policy.yaml", "name: ours\n")
        assert issued("passport", "issue", "--key", "k", *DAY)[0] == 0
    path = root / ("scorer.pkl" if name == "large" else name)
    asked = Asked(
        root / "passport.json", key.read(root / "k.pub"), root / "scorer.pkl", date(2026, 11, 23), None,
        root / "casemate.yaml", root / "policy.yaml", root / "evidence",
    )  # fmt: skip
    assert check(asked).against == ()
    data = bytearray(path.read_bytes())
    bits = range(len(data) * 8)
    passed = []
    for bit in bits if many is None else random.Random(11).sample(bits, many):
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        passed += [] if check(asked).against else [bit]
        data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)
    assert passed == []
    assert check(asked).against == ()


def payload(root):
    return b64decode(json.loads((root / "passport.json").read_bytes())["payload"])


def test_the_short_way_to_the_check_says_the_same(issued, capfd):
    words = [*VERIFY[2:], *DAY]
    code, out, _ = issued(*VERIFY, *DAY)
    capfd.readouterr()
    assert quick.main(words) == code == 0
    assert capfd.readouterr().out == out
    assert quick.main([*words, "--component", "api"]) == 1
    assert quick.main([*words[:-1], "never"]) == 2
    assert capfd.readouterr().err == "--today: is 'never'; write the day as 2026-10-02\n"


@pytest.mark.parametrize(
    "words",
    [[], ["--help"], ["p", "--key", "k"], ["p", "q", "--key", "k", "--model", "m"], ["p", "--key", "k", "--model"],
     ["p", "--key=k", "--model", "m"], ["p", "--key", "k", "--key", "l", "--model", "m"],
     ["p", "--key", "--model", "m"],
     ["p", "--key", "k", "--model", "m", "--other", "x"], ["--", "p", "--key", "k", "--model", "m"],
     ["p", "--key", "k", "--model", "m", "--passport", "q"]],
)  # fmt: skip
def test_any_other_form_of_the_question_is_left_to_the_command_line(words):
    assert quick.asked(words) is None


def test_the_check_imports_neither_rules_nor_numbers_nor_what_draws_the_command_line(issued):
    code = "import sys\nfrom casemate.evidence.passport import quick\nassert quick.main(sys.argv[1:]) == 0\n"
    code += "print(sorted({m.split('.')[0] for m in sys.modules} & {'numpy', 'click', 'yaml', 'rich', 'jinja2'}))\n"
    code += "print(sorted({m for m in sys.modules if m.startswith('casemate.')} & "
    code += "{'casemate.' + r for r in 'validate identify decompose prioritize counter define catalog cli'.split()}))\n"
    ran = subprocess.run(
        [sys.executable, "-c", code, *VERIFY[2:], *DAY],
        capture_output=True,
        text=True,
        cwd=Path(issued.root),
        check=True,
    )
    assert ran.stdout.splitlines()[1:] == ["[]", "[]"]
