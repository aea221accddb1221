"""Results of tools that attack become trials; what could not be scored never holds, and no stranger's text gets far."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.catalog import load as catalog
from casemate.core import shelf
from casemate.core.errors import CasemateError
from casemate.evidence.results.load import SHELF, read
from casemate.evidence.results.tally import told
from result_examples import (
    GARAK,
    GARAK_END,
    GARAK_START,
    PROMPTFOO,
    PYRIT,
    SACRO,
    garak_eval,
    promptfoo_result,
    pyrit_result,
    sacro_entry,
)


def lines(*rows):
    return read("".join(json.dumps(r) + "\n" for r in rows).encode(), "r.jsonl")


def given_json(doc):
    return read(json.dumps(doc).encode(), "r.json")


def counts(found):
    return {t.threat: (t.unit, t.attempts, t.broken, t.held, t.errored, t.skipped) for t in found.trials}


def why(doc):
    with pytest.raises(CasemateError) as caught:
        given_json(doc)
    return str(caught.value)


def test_every_mapped_threat_is_in_the_catalogue():
    known = {t.tree["id"] for t in catalog.threats()}
    tables = [
        getattr(shelf.member(SHELF, name), table)
        for name, table in (
            ("garak", "MODULES"),
            ("garak", "TAGS"),
            ("promptfoo", "PLUGINS"),
            ("pyrit", "ATTACKS"),
            ("sacroml", "ATTACKS"),
        )
    ]
    assert {t for table in tables for threats in table.values() for t in threats} - known == set()


def test_a_report_of_garak_says_when_on_what_and_how_it_ended():
    found = lines(*GARAK)
    assert (found.tool, found.target, str(found.taken)) == ("garak 0.14.0", "rest.Plain shop", "2026-10-01")
    assert counts(found)["prompt-injection"] == ("query", 14, 3, 9, 2, 0)
    assert found.skipped == ("promptinject.Kill: 2 of 14 not scored",)
    assert {t.strength for t in found.trials} == {"weaker"}


def test_an_old_report_of_garak_gives_the_total_alone():
    row = {"entry_type": "eval", "probe": "dan.Ablation", "detector": "dan.DAN", "passed": 7, "total": 10}
    assert counts(lines(*GARAK_START, row, *GARAK_END))["prompt-injection"] == ("query", 10, 3, 7, 0, 0)


def test_of_several_detectors_the_worst_counts_and_only_what_all_passed_held():
    rows = [garak_eval("dan.A", 9, 1, 0, "one.D"), garak_eval("dan.A", 4, 4, 2, "two.D")]
    assert counts(lines(*GARAK_START, *rows, *GARAK_END))["prompt-injection"] == ("query", 10, 4, 4, 2, 0)


@given(st.lists(st.tuples(*[st.integers(0, 50)] * 3), min_size=1, max_size=4))
def test_detectors_never_make_more_tries_or_more_held_than_each_saw(judged):
    if not any(map(sum, judged)):
        return
    rows = [garak_eval("dan.A", p, f, n, f"d.D{i}") for i, (p, f, n) in enumerate(judged)]
    t = lines(*GARAK_START, *rows, *GARAK_END).trials[0]
    assert t.attempts == max(map(sum, judged))
    assert t.broken == max(f for _, f, _ in judged)
    assert t.held <= min(p for p, _, _ in judged)


def test_what_no_detector_could_score_is_errored():
    (first, *_) = lines(*GARAK_START, garak_eval("dan.A", 0, 0, 8), *GARAK_END).trials
    assert (first.broken, first.held, first.errored) == (0, 0, 8)


def test_a_detector_of_garaks_own_tests_scores_nothing():
    rows = [garak_eval("dan.A", 5, 0, 0, "always.Pass"), garak_eval("xss.B", 0, 5, 0, "always.Fail")]
    found = counts(lines(*GARAK_START, *rows, *GARAK_END))
    assert (found["prompt-injection"], found["unsafe-rendering"]) == (
        ("query", 5, 0, 0, 5, 0),
        ("row", 5, 0, 0, 5, 0),
    )


def test_a_run_of_garak_that_did_not_end_says_so():
    assert lines(*GARAK[:-1]).skipped[0] == "the run of garak did not end: what it did not try is unknown"


def test_a_probe_without_a_mapping_is_told_and_is_in_no_trial():
    found = lines(*GARAK_START, garak_eval("lmrc.Quack", 1, 3), *GARAK_END)
    assert (found.trials, found.unmapped) == ((), ("lmrc.Quack",))
    assert [str(f) for f in found.findings] == [
        "medium broken lmrc.Quack: 3 of 4 scored tries broke it; unmapped: it speaks of no threat of ours"
    ]


def test_a_tag_of_the_digest_maps_a_probe_that_no_table_names():
    summary = {"_summary": {"probe_tags": ["owasp:llm01", "quality:x"]}}
    digest = {"entry_type": "digest", "eval": {"newest": {"newest.Probe": summary}}}
    found = lines(*GARAK_START, garak_eval("newest.Probe", 1, 1), *GARAK_END, digest)
    assert sorted(counts(found)) == ["front-prompt-injection", "prompt-injection"]


@pytest.mark.parametrize(
    "change", [{"passed": 10}, {"fails": 99}, {"nones": -1}, {"passed": True}, {"fails": 1.5}, {"total_processed": 1}]
)
def test_counts_that_do_not_add_up_are_refused(change):
    with pytest.raises(CasemateError):
        lines(*GARAK_START, garak_eval("dan.A", 9, 3) | change, *GARAK_END)


def test_a_line_that_is_cut_off_is_named():
    data = "".join(json.dumps(r) + "\n" for r in GARAK).encode()[:-20]
    with pytest.raises(CasemateError) as caught:
        read(data, "r.jsonl")
    todo = "the run may have been cut short: run the tool again"
    assert str(caught.value) == f"r.jsonl:4:1: is no JSON; {todo}"


def test_a_report_that_evaluated_nothing_is_refused():
    assert why(GARAK_START) == (
        "r.json: holds no probe of garak that was evaluated; run the tool again; it was read as garak"
    )


@pytest.mark.parametrize("rows", [200_001])
def test_too_many_lines_are_refused(rows):
    with pytest.raises(CasemateError, match="has more than 200000 lines"):
        read(b"{}\n" * rows, "r.jsonl")


def test_an_error_of_promptfoo_is_no_pass():
    assert counts(given_json(PROMPTFOO))["prompt-injection"] == ("query", 3, 1, 1, 1, 0)


@pytest.mark.parametrize(
    ("change", "end"),
    [
        ({}, (0, 1, 0)),
        ({"gradingResult": None}, (0, 0, 1)),  # nobody graded it
        ({"error": "timed out"}, (0, 0, 1)),
        ({"failureReason": 2}, (0, 0, 1)),
        ({"success": "true"}, (0, 0, 1)),
        ({"success": False, "failureReason": 1, "gradingResult": {"pass": False}}, (1, 0, 0)),
        ({"success": False, "failureReason": 2, "gradingResult": {"pass": False}}, (0, 0, 1)),
        ({"success": False, "failureReason": 0, "gradingResult": None}, (0, 0, 1)),
    ],
)
def test_only_a_test_that_was_graded_holds(change, end):
    doc = copy.deepcopy(PROMPTFOO)
    doc["results"]["results"] = [promptfoo_result("hijacking", 0, True) | change]
    (first, *_) = given_json(doc).trials
    assert (first.broken, first.held, first.errored) == end


def test_tests_of_no_plugin_and_of_an_unknown_one_are_unmapped():
    doc = copy.deepcopy(PROMPTFOO)
    doc["results"]["results"] = [promptfoo_result(None, 1, False), promptfoo_result("harmful:hate", 1, False)]
    found = given_json(doc)
    assert (found.trials, found.unmapped) == ((), ("harmful:hate", "tests without a plugin"))


def test_a_plugin_that_stands_with_the_test_is_found_too():
    doc = copy.deepcopy(PROMPTFOO)
    row = promptfoo_result(None, 1, False) | {"testCase": {"metadata": {"pluginId": "prompt-extraction"}}}
    doc["results"]["results"] = [row]
    assert list(counts(given_json(doc))) == ["system-prompt-leak"]


def test_another_version_of_promptfoo_is_refused():
    doc = copy.deepcopy(PROMPTFOO)
    doc["results"]["version"] = 9
    said = "is of a version of promptfoo's results that we do not know; we read 2 and 3"
    assert why(doc) == f"r.json: {said}; run the tool again; it was read as promptfoo"


def test_what_pyrit_could_not_determine_is_no_pass():
    assert counts(given_json(PYRIT))["prompt-injection"] == ("query", 5, 1, 2, 2, 0)


def test_an_attack_of_pyrit_is_found_in_its_identifier():
    new = pyrit_result("success") | {"attack_identifier": None}
    new["atomic_attack_identifier"] = {
        "class_name": "AtomicAttack",
        "children": {"attack": {"class_name": "XPIAWorkflow"}},
    }
    found = given_json({"attack_results": [new, pyrit_result("success", "OwnAttack")]})
    assert (list(counts(found)), found.unmapped) == (["indirect-prompt-injection"], ("OwnAttack",))


def test_messages_of_pyrit_say_nothing():
    message = {"role": "assistant", "original_value": "no", "converted_value": "no", "conversation_id": "c"}
    what = "holds messages and not how attacks ended; give the attack results of PyRIT's memory"
    assert why([message]) == f"r.json: {what}; run the tool again; it was read as pyrit"


@pytest.mark.parametrize(
    ("rates", "broken"),
    [
        ({}, 50),  # 0.6 - 0.1
        ({"AUC": 1.0, "TPR": 0.5, "FPR": 0.5}, 50),
        ({"AUC": 0.55, "TPR": 0.52, "FPR": 0.5}, 0),  # within three deviations of chance
        ({"AUC": 0.2, "TPR": 0.1, "FPR": 0.6}, 0),
        ({"TPR@0.5%": 0.9}, 50),  # 100 others x 0.5 % is no ten people
        ({"TPR@0.5%": 0.905, "n_neg_test_examples": 2000}, 90),
        ({"TPR@0.1%": 0.9, "n_neg_test_examples": 2000}, 50),
    ],
)
def test_members_beyond_chance_are_what_sacroml_broke(rates, broken):
    doc = {"LiRA Attack_1": sacro_entry(**rates)}
    assert counts(given_json(doc)) == {"membership-inference": ("row", 100, broken, 100 - broken, 0, 0)}


def test_the_worst_attack_counts_and_the_same_people_are_not_counted_twice():
    doc = SACRO | {"QMIA_2": sacro_entry("QMIA Attack", TPR=0.9), "Struct_3": sacro_entry("Structural attack")}
    found = given_json(doc)
    assert counts(found)["membership-inference"][1:4] == (100, 80, 20)
    assert found.unmapped == ("Structural attack",)
    assert found.skipped[0] == "LiRA Attack: another attack breaks more of the same rows"
    assert (str(found.taken), found.corpus) == ("2026-10-01", False)


@pytest.mark.parametrize("rate", [None, "0.6", 1.5, -0.1, True])
def test_a_rate_that_is_none_is_refused(rate):
    assert "has a rate 'TPR' that is no share" in why({"LiRA Attack_1": sacro_entry(TPR=rate)})


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x", "x"),
        ("\x9b2Jx", "x"),
        ("a\x1b", "a"),
        ("a\nb\tc", "a b c"),
        ("\u202eabc", "?abc"),
        ("x" * 500, "x" * 100),
        (["no", "text"], ""),
    ],
)
def test_a_strangers_text_moves_no_cursor(text, plain):
    assert told(text) == plain
