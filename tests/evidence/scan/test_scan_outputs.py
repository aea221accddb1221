"""What a scan says: in words for a terminal, as SARIF for code scanning."""

import json
import re
from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core import sarif as shapes
from casemate.core.sarif import address
from casemate.evidence.scan.record import Record
from casemate.evidence.scan.report import ORDER, VERDICTS, Coverage, Finding, in_order
from casemate.evidence.scan.sarif import Sarif, means
from casemate.evidence.scan.tell import SHOWN, Tally, lines, safe
from casemate.evidence.scan.write import WRITERS

HERE = PurePath("/srv/repo")
IMPORT = Finding("denied-import", "unsafe", "imports posix system, which runs commands and changes files", 28)
UNKNOWN = Finding("unknown-import", "suspicious", "imports scoring.steps Own, which is not on the allow-list", 33)
NOBODY = Finding("unrecognised", "inconclusive", "is of no format that we can read", 0)


def record(path, *findings, format="pickle", size=1000, walked=None):
    worst = in_order(findings)[0].severity if findings else "info"
    kept = Coverage(size if walked is None else walked, size)
    return Record(path, VERDICTS[worst], format, "ab" * 32, (), in_order(findings), kept)


def written(name, *records, everything=False, here=HERE, named=("models",)):
    tally, writer = Tally(everything), WRITERS[name](named, here)
    text = ""
    for r in records:
        tally.add(r)
        text += writer.add(r)
    return text + writer.end(tally)


SOME = (
    record("models/clean.pkl"),
    record("models/encoder.pkl", UNKNOWN),
    record("models/picture.png", NOBODY, format=None, walked=0),
    record("models/scorer.pkl", IMPORT, UNKNOWN, Finding("x", "unsafe", "is odd", 7, "gzip content > tar member a")),
)


def test_the_text_has_the_worst_first_and_counts_the_clean():
    assert (
        written("text", *SOME)
        == """\
UNSAFE: 1 of 4 files can run code or commands when loaded.

UNSAFE        models/scorer.pkl  (pickle)
              imports posix system, which runs commands and changes files (byte
              28)
              is odd (gzip content > tar member a, byte 7)
              imports scoring.steps Own, which is not on the allow-list (byte
              33)

SUSPICIOUS    models/encoder.pkl  (pickle)
              imports scoring.steps Own, which is not on the allow-list (byte
              33)

INCONCLUSIVE  models/picture.png
              is of no format that we can read

4 files: 1 unsafe, 1 suspicious, 1 inconclusive, 1 clean
3.0 kB of 4.0 kB accounted for
Names of yours that do no harm can be allowed in the system file (`allow:`).
"""
    )


def test_clean_files_are_shown_when_they_are_asked_for():
    assert written("text", record("a.pkl"), everything=True) == (
        "CLEAN: Nothing was found, and every byte was accounted for.\n\n"
        "CLEAN         a.pkl  (pickle)\n\n1 file: 1 clean\nall 1.0 kB accounted for\n"
    )


def test_of_many_files_the_first_are_shown_and_all_are_counted():
    text = written("text", *(record(f"{i:03}.pkl", IMPORT) for i in range(100)))
    assert text.count("UNSAFE        ") == SHOWN
    assert "… and 80 more; `--all` shows them" in text
    assert "100 files: 100 unsafe" in text


def test_a_name_cannot_move_the_cursor_or_turn_the_text():
    assert safe("a\x1b[31m\u202eb\udcff\né") == "a\\x1b[31m\\u202eb\\udcff\\né"


ODD = st.text(st.characters(), max_size=120) | st.text("ab/ \x1b\udcff", max_size=200)
FINDINGS = st.lists(st.builds(Finding, ODD, st.sampled_from(ORDER), ODD, st.integers(0, 10**12), ODD), max_size=6)
RECORDS = st.lists(st.builds(lambda path, found: record(path, *found), ODD, FINDINGS), max_size=8)


@given(RECORDS)
def test_any_record_can_be_told(records):
    text = written("text", *records, everything=True)
    assert max(map(len, text.split("\n"))) <= 80
    assert not [c for c in text if not c.isprintable() and c != "\n"]
    rows = written("jsonl", *records).splitlines()
    assert [json.loads(row)["verdict"] for row in rows] == [r.verdict for r in records]
    whole = json.loads(written("json", *records))
    assert len(whole["files"]) == whole["summary"]["files"] == len(records)
    checked(written("sarif", *records))


def test_a_line_of_jsonl_has_these_keys():
    (row,) = written("jsonl", SOME[1]).splitlines()
    said = json.loads(row)
    assert list(said) == ["path", "verdict", "format", "sha256", "imports", "findings", "coverage"]
    assert said["findings"][0] == {
        "id": "unknown-import", "severity": "suspicious", "message": UNKNOWN.message, "offset": 33, "where": "",
    }  # fmt: skip


def test_nothing_at_all_is_not_clean():
    assert Tally().exit_code == 3
    assert list(lines(Tally()))


# -- SARIF


def checked(text):
    """What the form and its best known reader ask for."""
    document = json.loads(text)
    assert (document["version"], document["$schema"]) == ("2.1.0", shapes.SCHEMA)
    (run,) = document["runs"]
    rules = [r["id"] for r in run["tool"]["driver"]["rules"]]
    assert rules == sorted(set(rules))
    assert len(run["results"]) <= shapes.MOST
    for r in run["tool"]["driver"]["rules"]:
        assert r["shortDescription"]["text"]
        assert r["help"]["text"]
        assert 0 <= float(r["properties"]["security-severity"]) <= 10
        assert len(set(r["properties"]["tags"])) == len(r["properties"]["tags"])
    for x in run["results"]:
        assert x["ruleId"] in rules
        assert x["level"] in ("error", "warning", "note")
        assert re.fullmatch("[0-9a-f]{64}", x["partialFingerprints"][shapes.FINGERPRINT])
    for x in [*run["results"], *run["invocations"][0]["toolExecutionNotifications"]]:
        assert x["message"]["text"].strip()
        for where in x.get("locations", ()):
            physical = where["physicalLocation"]
            assert physical["region"]["startLine"] == 1
            assert re.fullmatch(
                r"[\w.~%()+,;=:@!$&'*-]+(/[\w.~%()+,;=:@!$&'*-]+)*", physical["artifactLocation"]["uri"]
            )
    return run


def test_sarif_says_what_was_found_where():
    run = checked(written("sarif", *SOME))
    first = run["results"][0]
    assert (first["ruleId"], first["level"]) == ("denied-import", "error")
    assert first["message"]["text"] == f"models/scorer.pkl {IMPORT.message} (byte 28)"
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "models/scorer.pkl"}, "region": {"startLine": 1, "byteOffset": 28},
    }  # fmt: skip
    inside = run["results"][1]["locations"][0]
    assert inside["logicalLocations"] == [{"fullyQualifiedName": "gzip content > tar member a"}]
    assert "byteOffset" not in inside["physicalLocation"]["region"]


def test_sarif_says_that_something_could_not_be_settled():
    (done,) = checked(written("sarif", *SOME))["invocations"]
    assert done["executionSuccessful"] is False
    (note,) = done["toolExecutionNotifications"]
    assert note["message"]["text"] == f"models/picture.png {NOBODY.message}"
    (done,) = checked(written("sarif", *SOME[:2]))["invocations"]
    assert done == {"executionSuccessful": True, "toolExecutionNotifications": []}


def test_a_file_that_moves_keeps_its_fingerprint():
    marks = [
        [x["partialFingerprints"] for x in checked(written("sarif", record(path, IMPORT, UNKNOWN)))["results"]]
        for path in ("a.pkl", "b/c.pkl")
    ]
    assert marks[0] == marks[1]
    assert marks[0][0] != marks[0][1]


def test_of_too_many_results_the_worst_stay_and_that_is_told():
    made = Sarif(["m"], HERE, most=3)
    for i in range(3):
        made.add(record(f"m/{i}", NOBODY, UNKNOWN))
    made.add(record("m/9", IMPORT))
    run = checked(made.text())
    assert [x["level"] for x in run["results"]] == ["error", "warning", "warning"]
    notes = [n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"]]
    assert notes[-1] == "4 results were left out, the least grave"


@pytest.mark.parametrize(
    ("path", "named", "uri"),
    [
        ("m/a b%.pkl", ["m"], "m/a%20b%25.pkl"),
        ("/srv/repo/m/a.pkl", ["/srv/repo/m"], "m/a.pkl"),
        ("/home/me/models/x/a.pkl", ["/home/me/models"], "models/x/a.pkl"),
        ("/home/me/a.pkl", ["/home/me/a.pkl"], "a.pkl"),
        ("../other/m/a.pkl", ["../other"], "other/m/a.pkl"),
        ("../a.pkl", ["../a.pkl"], "a.pkl"),
        ("odd\udcff", ["odd\udcff"], "odd%FF"),
        ("", [""], "unnamed"),
    ],
)
def test_an_address_tells_no_folder_of_this_machine(path, named, uri):
    assert address(path, named, HERE) == uri


def test_a_rule_without_a_text_of_its_own_says_what_its_severity_means():
    (rule,) = checked(written("sarif", record("a", Finding("odd", "unsafe", "is odd", 0))))["tool"]["driver"]["rules"]
    assert rule["help"]["text"] == "Loading the file can run code or commands. Do not load it."


def test_the_meanings_are_sentences_in_order():
    assert {"denied-import", "unreadable", "crashed", "timeout"} <= set(means())
    assert all(text.endswith(".") and text[0].isupper() for text in means().values())
    assert list(means()) == sorted(means())
