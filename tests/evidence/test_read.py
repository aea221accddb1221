"""Evidence comes from outside: whatever a line holds, it is a statement or one of our errors with its line."""

import json
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.errors import CasemateError, Problems
from casemate.evidence.read import MAX_LINE, statements
from casemate.evidence.statement import PREDICATE, TYPE, to_json

LINE = re.compile(r"evidence/scan\.jsonl:\d+:1: .+; .+")
TRIAL = {
    "threat": "t",
    "unit": "query",
    "attempts": 10,
    "broken": 1,
    "held": 8,
    "errored": 1,
    "skipped": 0,
    "strength": "equal",
}


def record(**changes):
    p = {
        "kind": "scan",
        "about": "scorer",
        "tool": "casemate 1",
        "measured": "2026-10-02",
        "facts": {"contents": "clean"},
    }
    p.update(changes)
    subject = [{"name": "scorer", "digest": {"sha256": "0" * 64}}]
    return {
        "_type": TYPE,
        "subject": subject,
        "predicateType": PREDICATE,
        "predicate": {k: v for k, v in p.items() if v is not ...},
    }


def read(*lines):
    return statements(
        "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), "evidence/scan.jsonl"
    )


def errors_of(*lines):
    with pytest.raises(Problems) as caught:
        read(*lines)
    return str(caught.value).split("\n")


def error_of(line):
    (found,) = errors_of(line)
    return found.removeprefix("evidence/scan.jsonl:1:1: ")


def test_a_record_is_read_back_as_it_was_written():
    full = record(
        trials=[TRIAL],
        controls=[{"id": "c", "threat": "t", "verified": True, "adaptive": TRIAL}],
        seed=7,
        recipe="r",
        findings=["unsafe x at 3: y"],
        coverage={"walked": 3},
        accuracy={"auc": 0.8},
        settings={"queries": 10},
    )
    full["predicate"]["valid until"] = "2026-12-31"
    (s,) = read(full)
    assert to_json(s) == full
    assert read(to_json(s)) == [s]


def test_empty_lines_and_windows_line_ends_are_nothing():
    assert len(read("", json.dumps(record()) + "\r", "  ", json.dumps(record()))) == 2


def test_a_text_with_a_line_separator_stays_on_its_line():
    (s,) = read(json.dumps(record(findings=["a\u2028b\x85c"[:3]]), ensure_ascii=False))
    assert s.findings == ("a\u2028b",)


def test_all_broken_lines_are_named_at_once():
    assert errors_of("{", json.dumps(record()), record(kind=3), "") == [
        "evidence/scan.jsonl:1:1: is not JSON; write one in-toto Statement on each line",
        "evidence/scan.jsonl:3:1: has a 'kind' that is no text; measure again",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "x",
        "{",
        "{}x",
        "'a'",
        "{'a': 1}",
        "NaN",
        '{"a": NaN}',
        '{"a": -Infinity}',
        "[" * 100_000,
        '{"a":' * 100_000,
        "9" * 5000,
        "\ufeff{}",
    ],
)
def test_what_is_no_json_says_so(line):
    assert error_of(line) == "is not JSON; write one in-toto Statement on each line"


@pytest.mark.parametrize("doc", [[], "x", 3, None, True, {}, {"_type": "x"}])
def test_what_is_no_statement_says_so(doc):
    assert error_of(json.dumps(doc)) == f"is no in-toto Statement v1; give it `_type: {TYPE}`"


def test_a_key_that_is_given_twice_is_an_error():
    line = json.dumps(record()).replace('"kind": "scan"', '"kind": "scan", "kind": "redteam"')
    assert error_of(line) == "gives 'kind' twice; measure again"


def test_a_predicate_of_others_is_not_ours():
    assert error_of(record() | {"predicateType": "https://slsa.dev/provenance/v1"}) == (
        f"has a predicate that is not ours; give it `predicateType: {PREDICATE}`"
    )


@pytest.mark.parametrize(
    "subject",
    [
        None,
        [],
        {},
        "x",
        [1],
        [{}],
        [{"digest": "x"}],
        [{"digest": {"sha256": 3}}],
        [{"digest": {"sha256": "0"}}],
        [{"digest": {"sha256": "G" * 64}}],
        [{"digest": {"sha256": "0" * 64 + "\n"}}],
        [{"digest": {"md5": "0"}}],
        [{"digest": {"sha256": "0" * 64}}] * 2,
    ],
)
def test_a_subject_is_one_sha256(subject):
    assert error_of(record() | {"subject": subject}) == (
        "does not say what was measured; give one subject with a sha256 digest, and a predicate"
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": ...}, "has no 'kind'; the record is incomplete; measure again"),
        ({"about": None}, "has a 'about' that is no text; measure again"),
        ({"tool": ["x"]}, "has a 'tool' that is no text; measure again"),
        ({"measured": ...}, "has no 'measured'; the record is incomplete; measure again"),
        ({"measured": "yesterday"}, "has a 'measured' that is no date; write it as 2026-10-02"),
        ({"measured": "20261002"}, "has a 'measured' that is no date; write it as 2026-10-02"),
        ({"measured": "9999-12-31"}, "has a 'measured' that is no date; write it as 2026-10-02"),
        ({"measured": 20261002}, "has a 'measured' that is no text; measure again"),
        ({"valid until": "never"}, "has a 'valid until' that is no date; write it as 2026-10-02"),
        ({"facts": []}, "has a 'facts' that is no mapping; measure again"),
        ({"facts": {"a": None}}, "states 'a' as neither a word nor a list of words; measure again"),
        ({"facts": {"a": {}}}, "states 'a' as neither a word nor a list of words; measure again"),
        ({"facts": {"a": 0.5}}, "states 'a' as neither a word nor a list of words; measure again"),
        ({"facts": {"a": [["x"]]}}, "states 'a' as neither a word nor a list of words; measure again"),
        ({"trials": {}}, "has a 'trials' that is no list; measure again"),
        ({"trials": [3]}, "has a trial that is no mapping; measure again"),
        ({"trials": [TRIAL | {"held": -8}]}, "has a trial with impossible counts; measure again"),
        ({"trials": [TRIAL | {"held": 10**13}]}, "has a trial with impossible counts; measure again"),
        ({"trials": [TRIAL | {"held": True}]}, "has a 'held' that is no whole number; measure again"),
        ({"trials": [TRIAL | {"held": 8.0}]}, "has a 'held' that is no whole number; measure again"),
        (
            {"trials": [TRIAL | {"held": 9}]},
            "has a trial whose outcomes do not add up; broken, held, errored and skipped make attempts",
        ),
        (
            {"trials": [TRIAL | {"strength": "strong"}]},
            "has a trial of unknown strength; strength is weaker or equal",
        ),
        ({"trials": [{"attempts": 0}]}, "has no 'threat'; the record is incomplete; measure again"),
        ({"controls": ["x"]}, "has a control that is no mapping; measure again"),
        ({"controls": [{"id": "x", "verified": "yes"}]}, "has a 'verified' that is no true or false; measure again"),
        ({"controls": [{"id": "x", "naive": []}]}, "has a trial that is no mapping; measure again"),
        ({"seed": "7"}, "has a 'seed' that is no whole number; measure again"),
        ({"seed": True}, "has a 'seed' that is no whole number; measure again"),
        ({"recipe": 7}, "has a 'recipe' that is no text; measure again"),
        ({"seed": 10**30}, "holds a number beyond 10^18; measure again"),
        ({"accuracy": {"a": 1e300}}, "holds a number beyond 10^18; measure again"),
        ({"tool": "\ud800"}, "holds a control character or half a character; measure again"),
        ({"settings": {"\x1b[2J": 1}}, "holds a control character or half a character; measure again"),
    ],
)
def test_a_field_of_a_wrong_type_is_named(change, said):
    assert error_of(record(**change)) == said


def test_a_number_that_is_too_large_for_a_float_is_refused():
    line = json.dumps(record(accuracy={"a": 1})).replace('"a": 1', '"a": 1e999')
    assert error_of(line) == "holds a number beyond 10^18; measure again"


@pytest.mark.parametrize("depth", [20, 400])
def test_what_is_nested_too_deep_is_refused_though_json_could_read_it(depth):
    line = json.dumps(record(settings={"a": 1})).replace('"a": 1', '"a": ' + "[" * depth + "]" * depth)
    assert error_of(line) == "is nested deeper than 16; store aggregates"


def test_a_line_of_five_megabytes_is_refused_at_once():
    start = time.process_time()
    assert error_of(json.dumps(record(tool="x" * (MAX_LINE + 1_000_000)))) == (
        "is a record larger than 4 MB; store aggregates, not rows"
    )
    assert time.process_time() - start < 2


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["clean", "2026-10-02", "scan"]),
    lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=5), v, max_size=3),
    max_leaves=8,
)


def outcome(text):
    try:
        found = statements(text, "evidence/scan.jsonl")
    except CasemateError as e:
        lines = str(e).split("\n")
        found = []
    else:
        lines = []
    assert all(LINE.fullmatch(line) for line in lines)
    # What was read can be written, named, and read again as the same.
    again = "".join(json.dumps(to_json(s), ensure_ascii=False, allow_nan=False) + "\n" for s in found)
    again.encode("utf-8")
    assert [s.id for s in statements(again, "x")] == [s.id for s in found]


@given(st.text())
def test_any_text_is_statements_or_our_errors(text):
    outcome(text)


@given(values)
def test_any_json_is_statements_or_our_errors(doc):
    outcome(json.dumps(doc))


FULL = record(
    trials=[TRIAL],
    controls=[{"id": "c", "verified": True, "naive": TRIAL}],
    seed=1,
    recipe="r",
    findings=["x"],
    coverage={"walked": 1},
    accuracy={"auc": 0.5},
    settings={"a": 1},
)


@given(st.data())
def test_a_record_with_any_part_exchanged_is_a_statement_or_our_error(data):
    doc = json.loads(json.dumps(FULL))
    node, key = doc, data.draw(st.sampled_from(sorted(doc)))
    while isinstance(node[key], (dict, list)) and node[key] and data.draw(st.booleans()):
        node = node[key]
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
    node[key] = data.draw(values)
    outcome(json.dumps(doc))


def test_a_line_of_many_keys_with_a_twin_at_its_end_is_refused_at_once():
    """Counting every key in a list took hours for a line of 4 MB."""
    keys = ",".join(f'"{i}":0' for i in range(300_000))
    with pytest.raises(CasemateError, match="gives '299999' twice"):
        statements(f'{{{keys},"299999":0}}', "e.jsonl")
