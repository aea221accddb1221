"""`casemate baseline` and `assess --baseline`, and what an assessment tells GitHub Actions."""

import json
from pathlib import Path

import pytest

DAY = ("--today", "2026-11-23")
MEASURED = "name: p\nfails on: [open-measured]\n"
NEW = ("baseline", "--by", "Ada", "--until", "2027-03-01", *DAY, "--policy", "p.yaml", "--measure")
GATE = ("assess", "--baseline", "baseline.yaml", *DAY, "--policy", "p.yaml", "--measure")


@pytest.fixture
def unsafe(casemate, monkeypatch):
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    casemate.write("p.yaml", MEASURED)
    casemate.hostile()
    return casemate


def test_an_old_finding_fails_no_more_and_a_new_one_does(unsafe):
    assert unsafe("assess", *DAY, "--policy", "p.yaml", "--measure")[0] == 1
    code, out, err = unsafe(*NEW)
    found = (unsafe.root / "baseline.yaml").read_text("utf-8").count("  - {threat: ")
    assert (code, out) == (0, "")
    assert err == f"wrote baseline.yaml: {found} findings, held until 2027-03-01\n"
    code, out, err = unsafe(*GATE)
    assert code == 0
    assert "Gate: passed" in out
    assert err == (f"baseline.yaml: holds {found} findings of 2026-11-23; it is of Ada and ends on 2027-03-01\n")
    text = (unsafe.root / "baseline.yaml").read_text("utf-8")
    kept = [line for line in text.splitlines() if "malicious-artifact" not in line]
    unsafe.write("baseline.yaml", "\n".join(kept) + "\n")
    assert unsafe(*GATE)[0] == 1


def test_it_is_never_overwritten(unsafe):
    assert unsafe(*NEW)[0] == 0
    before = (unsafe.root / "baseline.yaml").read_bytes()
    code, _, err = unsafe(*NEW)
    assert (code, err) == (
        2,
        "baseline.yaml: is there already; choose another name, or move it away; nothing is overwritten\n",
    )
    assert (unsafe.root / "baseline.yaml").read_bytes() == before


def test_what_is_gone_is_named_and_shrinking_takes_it_out(unsafe):
    unsafe(*NEW)
    unsafe.change("auth: none", "auth: mtls")
    _, _, err = unsafe(*GATE)
    gone = [line for line in err.splitlines() if "take it out" in line]
    assert gone
    code, _, err = unsafe("baseline", "--shrink", *DAY, "--policy", "p.yaml", "--measure")
    left = (unsafe.root / "baseline.yaml").read_text("utf-8").count("  - {threat: ")
    word = "finding" if len(gone) == 1 else "findings"
    assert (code, err) == (0, f"wrote baseline.yaml: {len(gone)} {word} taken out, {left} left\n")
    assert "take it out" not in unsafe(*GATE)[2]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--until", "2027-03-01"), "--by: nobody is named; name who answers for the findings"),
        (("--by", "Ada"), "--until: no day is given; write it as 2027-01-31"),
        (("--by", "Ada", "--until", "soon"), "--until: is 'soon'; write it as 2027-01-31"),
        (
            ("--by", "Ada", "--until", "2030-01-01"),
            "--until: is 2030-01-01; choose a day within 366 days after 2026-11-23",
        ),
        (("--shrink", "--by", "Ada"), "--shrink: changes neither owner nor end; leave --by and --until out"),
        (("--shrink",), "baseline.yaml: there is no such file; check the path"),
    ],
)
def test_wrong_words_say_what_to_do(unsafe, words, said):
    assert unsafe("baseline", *words, *DAY) == (2, "", f"{said}\n")


def test_a_baseline_that_is_not_there_is_an_error(unsafe):
    assert unsafe("assess", "--baseline", "none.yaml") == (2, "", "none.yaml: there is no such file; check the path\n")


# GitHub Actions.


@pytest.fixture
def runner(unsafe, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(unsafe.root / "summary.md"))
    return unsafe


def test_in_github_actions_annotations_go_to_standard_error_and_stdout_stays_pure(runner):
    code, out, err = runner("assess", *DAY, "--policy", "p.yaml", "--measure", "--format", "json")
    assert code == json.loads(out)["gate"]["exit"] == 1
    assert "::error file=casemate.yaml,line=11,title=malicious-artifact@scorer::" in err


def test_the_summary_is_added_to_what_is_there(runner):
    runner.write("summary.md", "# Another step\n")
    runner("assess", *DAY, "--policy", "nothing.yaml")
    runner(*NEW)
    runner(*GATE)
    text = (runner.root / "summary.md").read_text("utf-8")
    assert text.startswith("# Another step\n## Scoring\n")
    assert text.count("## Scoring") == 2
    assert "### Baseline\n- baseline.yaml: holds" in text


def test_errors_of_a_file_are_annotated_at_their_places(runner):
    runner.add("colour: red\nsmell: none\n")
    code, out, err = runner("assess")
    assert (code, out) == (2, "")
    assert [x.partition("::")[2].partition("::")[0] for x in err.splitlines() if x.startswith("::")] == [
        "error file=casemate.yaml,line=19,col=1,title=Casemate",
        "error file=casemate.yaml,line=20,col=1,title=Casemate",
    ]


def test_a_summary_that_cannot_be_written_stops_nothing(runner, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(runner.root))
    code, _, err = runner("assess", *DAY, "--policy", "nothing.yaml")
    assert code == 0
    assert "the summary cannot be written" in err


def test_elsewhere_nothing_of_it_is_said(unsafe):
    assert unsafe("assess", *DAY, "--policy", "nothing.yaml")[2] == ""
    assert not Path("summary.md").exists()
