"""SARIF for code scanning: where a result stands, how grave it is, what does not count, what a strict reader says."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sarif_rules
from casemate.core import sarif as shapes
from casemate.report import sarif
from casemate.report.view.where import spot
from casemate.validate.baseline import hold, taken
from scoring import BROKEN, CLEAN, SCORING
from strategies import TODAY, assessed, seeded, system_of


def of(*records, **more):
    return assessed({**SCORING, **more}, *records)


def run_of(a):
    log = json.loads(sarif.render(a))
    assert sarif_rules.wrong(log) == []
    return log["runs"][0]


def results(a, rule):
    return [x for x in run_of(a)["results"] if x["ruleId"] == rule]


def place(x):
    p = x["locations"][0]["physicalLocation"]
    return p["artifactLocation"]["uri"], p["region"]["startLine"]


@given(st.integers(0, 60))
def test_a_strict_reader_takes_it_whatever_the_system(seed):
    run = run_of(assessed(seeded(seed)))
    marks = [x["partialFingerprints"][shapes.FINGERPRINT] for x in run["results"]]
    assert len(set(marks)) == len(marks)


@pytest.mark.parametrize("seed", [3, 11, 20])
def test_a_published_model_takes_it_and_gives_it_back(seed):
    model = pytest.importorskip("sarif_pydantic")
    a = assessed(seeded(seed), BROKEN)
    log = json.loads(sarif.render(hold(a, taken(a, "Ada", TODAY, "b.yaml"))))
    read = model.Sarif.model_validate(log)
    assert [r.rule_id for r in read.runs[0].results] == [r["ruleId"] for r in log["runs"][0]["results"]]
    assert json.loads(read.model_dump_json(by_alias=True, exclude_unset=True)) == log


def test_a_result_stands_at_the_line_of_its_component():
    a = of(BROKEN)
    (x,) = results(a, "model-extraction")
    assert place(x) == ("drawn.yaml", int(a.system.line("components", "scorer").rpartition(":")[2]))
    assert x["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "scorer"}]
    assert [s["location"]["message"]["text"] for s in x["codeFlows"][0]["threadFlows"][0]["locations"]] == [
        "visitor",
        "api",
        "engine",
        "scorer",
    ]


def test_a_message_says_what_how_bad_why_and_what_it_rests_on():
    (x,) = results(of(BROKEN), "model-extraction")
    assert x["message"]["text"] == (
        "Somebody outside can copy scorer by asking it often enough. Open, high: visitor can query it, every answer is"
        " a training row for a copy, and a copy is worth something. Fail: 3 of 4 campaigns broke it."
    ).replace("Fail:", "Weak:")


def test_a_fingerprint_stays_when_lines_move_and_evidence_changes():
    moved = {**SCORING, "components": {"first": {"kind": "log-store", "zone": "cloud"}, **SCORING["components"]}}
    (one,), (two,) = results(of(), "model-extraction"), results(assessed(moved, BROKEN), "model-extraction")
    assert place(one) != place(two)
    assert one["partialFingerprints"] == two["partialFingerprints"]
    (other,) = results(of(name="Another"), "model-extraction")
    assert one["partialFingerprints"] != other["partialFingerprints"]


def test_what_stops_a_release_is_an_error_what_is_open_a_warning_and_the_rest_a_note():
    levels = {x["properties"]["outcome"]: set() for x in run_of(of(BROKEN))["results"] if "properties" in x}
    for x in run_of(of(BROKEN))["results"]:
        if "properties" in x:
            levels[x["properties"]["outcome"]].add((x["ruleId"] == "model-extraction", x["level"]))
    assert levels["open"] == {(True, "error"), (False, "warning")}
    assert levels["assumed"] == {(False, "note")}


@pytest.mark.parametrize("seed", range(12))
def test_a_rule_is_as_grave_as_its_worst_result(seed):
    run = run_of(assessed(seeded(seed, 12)))
    worst = {}
    for x in run["results"]:
        if "properties" in x:
            grave = sarif.HOW_BAD[x["properties"]["severity"]]
            worst[x["ruleId"]] = max(grave, worst.get(x["ruleId"], 0.0))
    said = {r["id"]: float(r["properties"]["security-severity"]) for r in run["tool"]["driver"]["rules"]}
    assert {k: v for k, v in said.items() if not k.startswith(sarif.POLICY)} == worst


def test_a_rule_says_how_grave_and_sure_it_is_and_what_to_do():
    a = of(BROKEN)
    rule = next(r for r in run_of(a)["tool"]["driver"]["rules"] if r["id"] == "model-extraction")
    severity = next(r.severity for r in a.risks.risks if r.id == "model-extraction@scorer")
    assert rule["properties"]["security-severity"] == f"{sarif.HOW_BAD[severity]:.1f}"
    assert rule["properties"]["precision"] == "high"
    assert {"security", "external/mitre-atlas/AML.T0024.002", "external/owasp-ml-2023/ML05"} <= set(
        rule["properties"]["tags"]
    )
    assert rule["shortDescription"]["text"] == "Somebody outside can copy the model by asking it often enough."
    assert "A false alarm: a model whose logic is public by law or by licence." in rule["help"]["text"]


def test_a_rule_names_entries_of_taxonomies_that_are_there():
    run = run_of(of())
    taxonomies = run["taxonomies"]
    assert [t["name"] for t in taxonomies] == [t["name"] for t in run["tool"]["driver"]["supportedTaxonomies"]]
    found = [r["target"] for rule in run["tool"]["driver"]["rules"] for r in rule.get("relationships", ())]
    assert found
    for target in found:
        taxonomy = taxonomies[target["toolComponent"]["index"]]
        assert taxonomy["name"] == target["toolComponent"]["name"]
        assert target["id"] in [t["id"] for t in taxonomy["taxa"]]


def decided(word, until="2027-01-01", **more):
    who = {"accept": ("reason", "owner"), "dismiss": ("because", "by")}[word]
    entry = {"threat": "model-extraction@scorer", who[0]: "it is public", who[1]: "Ada", "until": until, **more}
    return of(BROKEN, **{word: [entry]})


@pytest.mark.parametrize(("word", "said"), [("accept", "accepted"), ("dismiss", "dismissed")])
def test_what_somebody_decided_is_suppressed_in_the_source(word, said):
    (x,) = results(decided(word), "model-extraction")
    assert x["suppressions"] == [
        {"kind": "inSource", "status": "accepted", "justification": f"{said} by Ada until 2027-01-01: it is public"}
    ]


def test_a_decision_that_has_ended_suppresses_nothing_and_is_a_result_of_its_own():
    a = decided("accept", "2026-01-01")
    assert "suppressions" not in results(a, "model-extraction")[0]
    (x,) = results(a, "policy/expired-decision")
    assert x["message"]["text"].startswith("model-extraction@scorer was accepted until 2026-01-01; ")
    assert place(x)[1] == a.rulings[0].decision.at.line


def test_a_decision_of_somebody_who_may_not_is_rejected():
    policy = "name: p\nmay accept: {critical: [CISO], high: [CISO], medium: [CISO], low: [CISO]}\n"
    entry = {"threat": "model-extraction@scorer", "reason": "r", "owner": "Ada", "until": "2027-01-01"}
    (x,) = results(assessed({**SCORING, "accept": [entry]}, BROKEN, policy=policy), "model-extraction")
    assert [s["status"] for s in x["suppressions"]] == ["rejected"]


def test_what_a_baseline_holds_is_suppressed_outside_the_source():
    a = of(BROKEN, CLEAN)
    held = hold(a, taken(a, "Ada", TODAY + timedelta(days=9), "b.yaml"))
    (x,) = results(held, "model-extraction")
    assert x["suppressions"][0]["kind"] == "external"
    assert x["suppressions"][0]["justification"] == "in the baseline of Ada until 2026-11-11"
    assert x["properties"]["baseline"] == "held"
    worse = hold(a, taken(of(CLEAN), "Ada", TODAY, "b.yaml"))
    assert [("suppressions" in x, x["properties"]["baseline"]) for x in results(worse, "model-extraction")] == [
        (False, "worse")
    ]


def test_missing_evidence_is_a_result_at_its_component_and_the_run_was_not_whole():
    a = of()
    run = run_of(a)
    (x,) = [x for x in run["results"] if x["ruleId"] == "policy/required-evidence"]
    assert place(x) == ("drawn.yaml", int(a.system.line("components", "scorer").rpartition(":")[2]))
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run_of(of(CLEAN))["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


def test_what_is_countered_or_ruled_out_is_no_result():
    outcomes = {
        x["properties"]["outcome"] for s in range(8) for x in run_of(assessed(seeded(s)))["results"] if "codeFlows" in x
    }
    assert outcomes <= {"open", "assumed", "accepted", "dismissed"}


def test_of_too_many_results_the_worst_and_what_the_gate_asks_stay(monkeypatch):
    monkeypatch.setattr(shapes, "MOST", 5)
    run = run_of(of())
    assert len(run["results"]) == 5
    assert run["results"][-1]["ruleId"] == "policy/required-evidence"
    assert run["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"].endswith(
        " results were left out, the least grave"
    )


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("casemate.yaml", "casemate.yaml"),
        ("./a b/casemate.yaml", "a%20b/casemate.yaml"),
        ("/srv/repo/casemate.yaml", "casemate.yaml"),
        ("../x/casemate.yaml", "casemate.yaml"),
        ("odd:7:name.yaml", "odd%3A7%3Aname.yaml"),
    ],
)
def test_an_address_is_relative_and_two_system_files_are_two_categories(path, uri):
    system = replace(system_of(SCORING), path=path)
    run = run_of(assessed(system))
    assert run["automationDetails"]["id"] == f"casemate/assess/{uri}/"
    assert {place(x)[0] for x in run["results"]} == {uri}
    assert max(place(x)[1] for x in run["results"]) > 1


def test_a_place_without_a_line_is_the_first_one():
    assert (spot("a.yaml", "a.yaml").line, spot("a.yaml:0", "a.yaml").line) == (1, 1)
    assert (spot("part.yaml:7:3", "a.yaml").uri, spot("part.yaml:7:3", "a.yaml").line) == ("part.yaml", 7)
