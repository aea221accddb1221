"""`casemate review` as people run it: what is due, a walk, sign-offs. The conftest's project has everything open."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from datetime import date

import pytest

from casemate.cli import _walk
from casemate.core.errors import CasemateError
from casemate.evidence.sign import keys

DAY = ("--today", "2026-11-23")


@pytest.fixture
def typed(casemate, monkeypatch):
    """Walk as a role and type these lines; gives what was said."""

    def walk(role, *lines, before=None):
        class Typed(io.StringIO):
            def readline(self, *args):
                if before:
                    before()
                return super().readline(*args)

        monkeypatch.setattr("sys.stdin", Typed("".join(f"{line}\n" for line in lines)))
        code, out, err = casemate("review", "walk", "--role", role, *DAY)
        assert (code, err) == (0, "")
        assert all(len(line) <= 80 for line in out.splitlines())
        return out

    return walk


def file(casemate):
    return (casemate.root / "casemate.yaml").read_text()


def sign(casemate, role, by="ann", *more):
    return casemate("review", "sign", "--role", role, "--by", by, "--note", "read all of it", *DAY, *more)


# ----------------------------------------------------------------------------------------------- what is due


def test_what_is_due_is_told_and_fails(casemate):
    code, out, err = casemate("review", *DAY)
    assert (code, err) == (1, "")
    assert out == (
        "Scoring\n"
        "Review on 23 Nov 2026\n"
        "────────────────────────────────────────────────────────────────────────────────\n"
        "DUE One thing is due.\n"
        "\n"
        "Due\n"
        " 1  Nobody has reviewed this system yet\n"
        "   today; casemate review walk, then casemate review sign\n"
        "\n"
        "`casemate review walk --role ROLE` asks what is open; `casemate review sign`\n"
        "ends a review.\n"
    )


def test_a_sign_off_that_was_given_with_measure_is_looked_at_with_measure(casemate):
    casemate.write("p.yaml", "name: p\nsign off: [security]\n")
    by = ("--policy", "p.yaml")
    sign(casemate, "security", "ann", "--measure", *by)
    said = "ann signed for security on 2026-11-23, and since then the threats changed"
    code, out, _ = casemate("review", *by, *DAY)
    assert (code, said in " ".join(out.split())) == (1, True)
    assert casemate("review", "--measure", *by, *DAY)[0] == 0
    for words, told in (((), True), (("--measure",), False)):
        out = casemate("report", "--portfolio", ".", *words, *by, *DAY)[1]
        assert (said in " ".join(out.split())) is told


def test_when_nothing_is_due_it_ends_with_0(casemate):
    casemate.add("review: {every: 90 days, last: 2026-11-01}\n")
    code, out, _ = casemate("review", *DAY)
    assert code == 0
    assert "NOTHING DUE Next: 30 Jan 2027.\n" in out
    assert casemate("review", "--today", "2027-01-29")[0] == 0
    assert casemate("review", "casemate.yaml", "--today", "2027-01-30")[0] == 1


def test_json_and_a_calendar_hold_all_of_it(casemate):
    casemate.add("review: {every: 90 days, last: 2026-11-01}\n")
    code, out, err = casemate("review", "--format", "json", "--ics", "due.ics", *DAY)
    assert (code, err) == (0, "wrote due.ics\n")
    doc = json.loads(out)
    assert (doc["due"], [(e["id"], e["on"], e["days"]) for e in doc["entries"]]) == (
        0,
        [("review/system", "2027-01-30", 68)],
    )
    first = (casemate.root / "due.ics").read_bytes()
    assert b"DTSTART;VALUE=DATE:20270130\r\n" in first
    casemate("review", "--ics", "due.ics", *DAY)
    assert (casemate.root / "due.ics").read_bytes() == first


def test_a_calendar_never_takes_the_place_of_another_file(casemate):
    before = file(casemate)
    code, _, err = casemate("review", "--ics", "casemate.yaml", *DAY)
    said = "--ics: is 'casemate.yaml'; name a file that ends in .ics, so that no other is replaced\n"
    assert (code, err, file(casemate)) == (2, said, before)


def test_a_retrained_model_and_evidence_that_ends_are_due(casemate):
    casemate.add("review: {last: 2026-11-20}\n")
    casemate("assess", "--measure", *DAY)
    assert casemate("review", *DAY)[0] == 0
    out = casemate("review", "--today", "2027-01-30")[1]
    assert "The scan of scorer is good until 2027-02-21" in out
    casemate.write("scorer.pkl", b"\x80\x04N.")
    code, out, _ = casemate("review", *DAY)
    assert code == 1
    assert "scorer, or a file that its evidence rests on, is another than was measured: scan" in " ".join(out.split())


# ---------------------------------------------------------------------------------------------------- walks


TALK = """\
casemate: 1
name: Scoring
zones: {cloud: {trust: staff}, net: {trust: public}}
actors: {clerk: {trust: staff, zone: cloud}, any: {trust: public, zone: net}}
components:
  log: {kind: log-store, zone: cloud, holds: personal}   # kept a year
  api:
    kind: endpoint    # ours
    zone: cloud
    # written in 2024
flows:
  - clerk -> log: notes
  - any -> api
  - api -> log
owners: {operations: ops@example.org}
"""


def test_a_walk_asks_what_settles_most_explains_and_writes_the_answer(casemate, typed):
    casemate.write("casemate.yaml", TALK)
    out = typed("operations", "?", "ss0", "sso", "q")
    # How many questions there are is for the shelf of threats to say.
    assert re.sub(r"\d+ (questions|left|more)", r"N \1", out) == (
        "Scoring: N questions for operations, what settles most first.\n"
        "An empty line when you don't know, ? for help, q to stop. Each answer is\n"
        "written into the file at once.\n"
        "\n"
        "1 (N left)  How does a caller of api prove who they are?\n"
        "  casemate.yaml:7; decides on stolen-accounts@api and weak-credentials@api;\n"
        "  €710k a year at stake\n"
        "  auth: none, open-signup, account, password, optional, key, token, sso, mtls\n"
        "> ?\n"
        "  How a caller proves who they are.\n"
        "    none            nobody is asked who they are\n"
        "    open-signup     anyone may register\n"
        "    account         a customer account\n"
        "    password        a password alone\n"
        "    optional        they are asked only where somebody switched it on\n"
        "    key             a long-lived key\n"
        "    token           a short-lived token\n"
        "    sso             the organisation's single sign-on\n"
        "    mtls            certificates on both sides\n"
        "> ss0\n"
        "  'ss0' is none of the words; did you mean 'sso'?\n"
        "> sso\n"
        "  wrote `auth: sso` at casemate.yaml:10\n"
        "  stolen-accounts@api: assumed, now ruled out by declaration\n"
        "  weak-credentials@api: assumed, now ruled out by declaration\n"
        "\n"
        "2 (N left)  Is api patched in time?\n"
        "  casemate.yaml:7; could prevent unpatched-front@api; €630k a year at stake\n"
        "  patched: yes or no\n"
        "> q\n"
        "\n"
        "1 answer written, N questions left for operations.\n"
        "N more waits for a measurement: casemate questions --role operations\n"
    )
    assert file(casemate) == TALK.replace("    zone: cloud\n", "    zone: cloud\n    auth: sso\n")


def test_an_answer_is_understood_as_people_write_it_and_takes_the_drafts_question_away(casemate, typed):
    ask = "    # unknown: auth: How does a caller of api prove who they are?\n"
    casemate.write("casemate.yaml", TALK.replace("    zone: cloud\n", f"    zone: cloud\n{ask}", 1))
    assert "wrote `auth: open-signup`" in typed("operations", "Open Signup", "q")
    assert file(casemate) == TALK.replace("    zone: cloud\n", "    zone: cloud\n    auth: open-signup\n", 1)
    casemate.write("casemate.yaml", WHOLE)
    typed("security", "", "", "", "€200k")
    assert "appetite: {loss: 200k}\n" in file(casemate)


def test_who_has_access_is_written_with_whether_that_is_everybody(casemate, typed):
    casemate.write("casemate.yaml", TALK)
    out = typed("operations", "", "", "", "", "only clark", "only clerk", "q")
    assert "> only clark\n  there is no 'clark'; did you mean 'clerk'?\n> only clerk\n" in out
    assert file(casemate) == TALK.replace(
        "holds: personal}", "holds: personal, readers: {who: [clerk], complete: yes}}"
    )


def test_a_part_of_the_file_gets_the_answers_about_what_stands_in_it(casemate, typed):
    part = TALK[TALK.index("components:") : TALK.index("flows:")]
    whole = TALK.replace(part, "include: [parts/serving.yaml]\n")
    casemate.write("casemate.yaml", whole)
    casemate.write("parts/serving.yaml", part)
    assert "wrote `auth: sso` at parts/serving.yaml:6" in typed("operations", "sso", "q")
    assert file(casemate) == whole
    assert "    zone: cloud\n    auth: sso\n" in (casemate.root / "parts/serving.yaml").read_text()


def test_who_does_not_know_writes_nothing(casemate, typed):
    before = file(casemate)
    out = typed("operations", *[""] * 50)
    assert file(casemate) == before
    assert "\n0 answers written, " in out


@pytest.mark.parametrize("word", ["q", "stop"])
def test_it_stops_when_told_to(casemate, typed, word):
    before = file(casemate)
    assert typed("operations", word).count("\n> ") == 1
    assert file(casemate) == before


WHOLE = """\
casemate: 1    # ours
name: n
zones: {z: {trust: staff}}
components: {}
"""


def test_each_role_is_asked_who_answers_for_it_and_security_for_the_whole(casemate, typed):
    casemate.write("casemate.yaml", WHOLE)
    out = typed("security", "sec team: Ann # x", "", "often", "90 days", "1M")
    assert out == (
        "n: 4 questions for security, what settles most first.\n"
        "An empty line when you don't know, ? for help, q to stop. Each answer is\n"
        "written into the file at once.\n"
        "\n"
        "1 (4 left)  Who answers for security?\n"
        "  casemate.yaml\n"
        "  owners > security: in your words\n"
        "> sec team: Ann # x\n"
        '  wrote `owners: {security: "sec team: Ann # x"}` at casemate.yaml:3\n'
        "  it changes no outcome\n"
        "\n"
        "2 (3 left)  What does the system decide or do?\n"
        "  casemate.yaml\n"
        "  purpose: in your words\n"
        "> \n"
        "\n"
        "3 (2 left)  How often is this threat model reviewed?\n"
        "  casemate.yaml\n"
        "  review > every: a time such as 90 days, a century at most\n"
        "> often\n"
        "  it takes a time such as 90 days, a century at most\n"
        "> 90 days\n"
        "  wrote `review: {every: 90 days}` at casemate.yaml:4\n"
        "  no threat any more: unreviewed-model@system\n"
        "\n"
        "4 (1 left)  Which loss in a year is too much?\n"
        "  casemate.yaml\n"
        "  appetite > loss: an amount such as 50k\n"
        "> 1M\n"
        "  wrote `appetite: {loss: 1M}` at casemate.yaml:5\n"
        "  it changes no outcome\n"
        "\n"
        "3 answers written, 1 question left for security.\n"
    )
    typed("data-science", "ds@example.org")
    assert file(casemate) == (
        "casemate: 1    # ours\nname: n\n"
        'owners: {security: "sec team: Ann # x", data-science: ds@example.org}\n'
        "review: {every: 90 days}\nappetite: {loss: 1M}\nzones: {z: {trust: staff}}\ncomponents: {}\n"
    )
    assert casemate("check")[0] == 0
    assert typed("data-science").splitlines()[0] == "n: nothing to ask data science."


def test_a_change_by_somebody_else_is_noticed_and_kept(casemate, typed):
    path = casemate.root / "casemate.yaml"
    old = path.read_text()
    edits = iter([lambda: path.write_text(old + "# theirs\n")])
    out = typed("operations", "yes", "", before=lambda: next(edits, lambda: None)())
    assert "casemate.yaml was changed by somebody else; nothing was written, and it" in out
    assert file(casemate) == old + "# theirs\n"


def test_every_answer_leaves_a_file_that_is_read_again(casemate, typed):
    old = file(casemate).splitlines()
    typed("operations", *["yes"] * 4, *["none"] * 4, *["no"] * 4, *["sso"] * 4, *[""] * 40)
    assert casemate("check")[0] == 0
    new = file(casemate).splitlines()
    assert new != old
    assert [x.split("#")[0][:10] for x in new if x.startswith("  ")] == [
        x.split("#")[0][:10] for x in old if x.startswith("  ")
    ]  # the same lines in the same order, some of them longer


# ------------------------------------------------------------------------------------------------- sign-offs


def test_three_sign_and_the_day_is_that_of_the_review(casemate):
    code, out, _ = sign(casemate, "security")
    assert code == 0
    first, *rest = out.splitlines()
    assert first.startswith("entry 1 of reviews/signoffs.jsonl: ann signs for security, assessment ")
    assert rest == [
        "The gate does not pass, for 1 reason beside sign-offs: see casemate assess.",
        "open: nobody signed for data-science",
        "open: nobody signed for operations",
    ]
    assert "last" not in file(casemate)
    sign(casemate, "data-science", "bob")
    out = sign(casemate, "operations", "cleo")[1]
    assert out.splitlines()[-1] == "All roles have signed: wrote `review: {last: 2026-11-23}` at casemate.yaml:3"
    assert file(casemate).startswith("casemate: 1\nname: Scoring\nreview: {last: 2026-11-23}\nzones:\n")
    code, out, _ = casemate("review", "verify", *DAY)
    assert code == 0  # the day that was written voids nothing
    assert "✓ bob signed for data-science on 2026-11-23\n  read all of it\n" in out
    assert casemate("review", *DAY)[0] == 0


def test_who_signs_at_the_same_time_follows_and_nothing_is_lost(casemate):
    words = [sys.executable, "-m", "casemate", "review", "sign", "--note", "fine", *DAY, "--role"]
    running = [
        subprocess.Popen([*words, role, "--by", by], cwd=casemate.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for role, by in (("security", "ann"), ("data-science", "bob"), ("operations", "cleo"), ("operations", "dan"))
    ]
    assert [(p.communicate()[1], p.returncode) for p in running] == [(b"", 0)] * 4
    code, out, _ = casemate("review", "verify", "--format", "json", *DAY)
    assert (code, json.loads(out)["entries"]) == (0, 4)
    assert file(casemate).count("review: {last: 2026-11-23}\n") == 1


def test_the_day_of_the_review_is_written_once_and_only_into_the_file_that_was_signed(casemate, monkeypatch):
    path, day = casemate.root / "casemate.yaml", date(2026, 11, 23)
    assert _walk.reviewed(path, day).said == "review: {last: 2026-11-23}"
    assert _walk.reviewed(path, day) is None
    assert _walk.reviewed(path, date(2026, 1, 1)) is None
    casemate.add("")

    def changed(temporary):
        casemate.add("purpose: another\n")  # by somebody else, before the new text takes the old one's place

    monkeypatch.setattr(_walk, "_check", changed)
    with pytest.raises(CasemateError, match="was changed by somebody else; the sign-off is recorded, and may be void"):
        _walk.reviewed(path, day)
    assert "review" not in file(casemate)


def test_a_change_voids_it_and_is_named(casemate):
    sign(casemate, "security")
    casemate.change("auth: none", "auth: sso")
    code, out, _ = casemate("review", "verify", *DAY)
    assert code == 1
    assert "✗ ann signed for security on 2026-11-23, and since then what the file says and" in out


def test_a_broken_link_is_named_and_nobody_signs_on_top(casemate):
    for by in ("ann", "bob", "cleo"):
        sign(casemate, "security", by)
    path = casemate.root / "reviews/signoffs.jsonl"
    one, _, three = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(one + three)
    code, out, _ = casemate("review", "verify", *DAY)
    assert code == 1
    assert "✗ reviews/signoffs.jsonl:2:1: follows entry 2, which is missing; restore it from" in out
    code, _, err = sign(casemate, "security", "dan")
    assert (code, err) == (
        2,
        "reviews/signoffs.jsonl: is broken, and nobody signs on top of that; casemate review verify\n",
    )


def test_lines_that_are_gone_from_the_end_show_by_a_head_that_somebody_kept(casemate):
    for by in ("ann", "bob"):
        sign(casemate, "security", by)
    out = casemate("review", "verify", *DAY)[1]
    head = next(w for w in out.split() if len(w) == 64)
    assert casemate("review", "verify", "--head", head, *DAY)[0] == 0
    path = casemate.root / "reviews/signoffs.jsonl"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    code, out, _ = casemate("review", "verify", "--head", head, *DAY)
    assert code == 1
    assert f"✗ no line has the digest {head}:" in out.replace("\n", " ")


def test_nobody_has_signed_yet(casemate):
    code, out, _ = casemate("review", "verify", *DAY)
    assert code == 1
    assert out.endswith("✗ nobody has signed yet\n")


def test_the_gate_waits_for_the_roles_that_the_policy_names(casemate):
    casemate.write("p.yaml", "name: p\nsign off: [security, operations]\n")
    by = ("--policy", "p.yaml")
    sign(casemate, "security", "ann", *by)
    code, out, _ = casemate("assess", *by, *DAY)
    assert code == 1
    assert "the policy requires a sign-off by operations: nobody signed for operations" in " ".join(out.split())
    sign(casemate, "operations", "bob", *by)
    assert casemate("assess", *by, *DAY)[0] == 0
    casemate.change("auth: none", "auth: sso")
    code, out, _ = casemate("assess", *by, *DAY)
    assert code == 1
    assert "ann signed for security on 2026-11-23, and since then what the file says" in " ".join(out.split())


def test_one_person_signs_for_one_of_the_required_roles_unless_the_policy_says_otherwise(casemate):
    casemate.write("p.yaml", "name: p\nsign off: [security, operations]\n")
    by = ("--policy", "p.yaml")
    assert sign(casemate, "security", "ann", *by)[0] == 0
    assert sign(casemate, "operations", "Ann", *by) == (
        2,
        "",
        "--by: Ann stands for security already, and the policy wants a person of its own for each role; let somebody "
        "else sign, or ask for `separate roles: no` in the policy\n",
    )
    assert len((casemate.root / "reviews/signoffs.jsonl").read_bytes().splitlines()) == 1
    casemate.write("p.yaml", "name: p\nsign off: [security, operations]\nseparate roles: no\n")
    for role in ("security", "operations"):
        assert sign(casemate, role, "ann", *by)[0] == 0
    assert casemate("review", "verify", *by, *DAY)[0] == 0
    casemate.write("p.yaml", "name: p\nsign off: [security, operations]\n")
    assert casemate("review", "verify", *by, *DAY)[0] == 1


def test_what_verify_says_can_be_read_by_machines(casemate):
    sign(casemate, "security")
    sign(casemate, "operations")
    code, out, err = casemate("review", "verify", "--format", "json", *DAY)
    assert (code, err) == (0, "")
    doc = json.loads(out)
    assert {k: doc[k] for k in ("version", "system", "today", "holds", "required", "entries", "broken")} == {
        "version": 1, "system": "Scoring", "today": "2026-11-23", "holds": True, "required": [], "entries": 2,
        "broken": [],
    }  # fmt: skip
    assert doc["several roles"] == [{"by": "ann", "roles": ["security", "operations"]}]
    assert [(r["role"], r["state"], r["by"], r["on"], r["entry"], r["key"], r["todo"]) for r in doc["roles"]] == [
        ("security", "signed", "ann", "2026-11-23", 1, None, None),
        ("operations", "signed", "ann", "2026-11-23", 2, None, None),
    ]
    casemate.change("auth: none", "auth: sso")
    code, out, _ = casemate("review", "verify", "--format", "json", *DAY)
    assert (code, json.loads(out)["holds"]) == (1, False)
    assert json.loads(out)["roles"][0]["changed"] == ["system", "threats"]
    assert json.loads(out)["roles"][0]["todo"] == "casemate review sign --role security"


def test_a_broken_record_says_so_to_machines(casemate):
    sign(casemate, "security")
    path = casemate.root / "reviews/signoffs.jsonl"
    path.write_bytes(path.read_bytes().replace(b"read all", b"Read all"))
    code, out, _ = casemate("review", "verify", "--format", "json", *DAY)
    doc = json.loads(out)
    assert (code, doc["holds"], {r["state"] for r in doc["roles"]}) == (1, False, {"broken"})
    assert doc["broken"] == [
        "reviews/signoffs.jsonl:1:1: was edited: it is not what its own digest says; restore the line from the "
        "repository's history"
    ]


def test_one_pair_of_eyes_is_called_that(casemate):
    sign(casemate, "security")
    sign(casemate, "operations")
    assert "ann stands for security and operations: one pair of eyes\n" in casemate("review", "verify", *DAY)[1]


def test_a_name_whose_key_the_policy_knows_signs_with_it(casemate):
    keys.new_pair(casemate.root / "ann", "ed25519", None)
    keys.new_pair(casemate.root / "eve", "ed25519", None)
    casemate.write("p.yaml", "name: p\nsigners: [{name: ann, public key: ann.pub}]\n")
    by = ("--policy", "p.yaml")
    said = "--key: is not the key of ann that the policy names; let ann sign with it\n"
    assert sign(casemate, "security", "ann", *by)[2] == said
    assert sign(casemate, "security", "ann", "--key", "eve", *by)[2] == said
    assert sign(casemate, "security", "ann", "--key", "ann", *by)[0] == 0
    assert casemate("review", "verify", *by, *DAY)[0] == 0


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--by", " ", "--by: is empty; it takes a text of at most 4000 characters, none of them a control character\n"),
        ("--by", "a\nb", "--by: has several lines; it takes one name; what is to be said goes into --note\n"),
        (
            "--note",
            "a\x1b[2Jb",
            "--note: is not readable; it takes a text of at most 4000 characters, none of them a control character\n",
        ),
    ],
)
def test_who_signs_says_so_readably(casemate, option, value, said):
    args = {"--by": "ann", "--note": "fine", option: value}
    code, _, err = casemate("review", "sign", "--role", "security", *[x for p in args.items() for x in p], *DAY)
    assert (code, err) == (2, said)
    assert not (casemate.root / "reviews").exists()


def test_help_lists_what_one_can_do(casemate):
    code, out, _ = casemate("review", "--help")
    assert code == 0
    assert [line.split()[0] for line in out.split("Commands:")[1].strip().splitlines()] == [
        "due",
        "sign",
        "verify",
        "walk",
    ]
