"""A run over a log, and how it is told: verdict, text, JSON, metrics, evidence."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from monitor_logs import attack, day, days, lines, write
from monitor_rows import traffic

from casemate.core.errors import CasemateError
from casemate.evidence.monitor import record, run, show, tell, told
from casemate.evidence.monitor.batch import NO_TIME, Batch, Numeric, take
from casemate.evidence.monitor.coverage import Coverage
from casemate.evidence.monitor.facts import EXIT, Verdict
from casemate.evidence.monitor.opened import How, files_of, reference_of
from casemate.evidence.monitor.run import Limits, learnt
from casemate.evidence.monitor.whole import watched

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def normal():
    return learnt((day(d, 1000) for d in range(8)), "normal", 0.6, 24, 0)


@pytest.fixture(scope="module")
def attacked(normal):
    """Two quiet days, then a client that asks at random, and a feature that moved."""
    now = run.begin(normal, Limits(low=0.2, budget=250))
    now = run.through(now, [day(10, 1000), day(11, 1000), attack(12), day(13, 1000, shift=0.6)])
    return run.told(now, Coverage(rows=3300, with_confidence=3300, with_id=3300, digests=(("ab" * 32, 3300),)))


def quiet(normal, limits=Limits(low=0.2)):  # noqa: B008
    return run.told(run.through(run.begin(normal, limits), [day(10, 1000)]))


def without(batch, **gone):
    """The batch without some of its columns."""
    return replace(batch, **gone)


def test_a_quiet_log_is_quiet_and_says_what_it_was_held_against(normal):
    f = quiet(normal)
    assert (f.verdict, EXIT[f.verdict], f.alarms) == (Verdict.QUIET, 0, ())
    assert show.text(f).splitlines()[0].startswith("QUIET: confidence below 0.6 in ")
    assert show.held(f) == "low confidence: below 0.6; 20 % tolerated (declared); 7.43 % in the reference"


def test_a_rate_that_nobody_declared_is_taken_from_the_reference_and_said_to_be(normal):
    f = quiet(normal, Limits())
    assert f.watch.declared is False
    assert f.watch.tolerated == pytest.approx(1.5 * 0.085, abs=0.02)
    assert "nobody declared it: 1.5 times the" in show.text(f)


def test_without_confidence_no_spike_is_never_said(normal):
    now = run.through(run.begin(normal, Limits(low=0.2)), [without(day(10, 1000), confidence=None)])
    f = run.told(now)
    calm = replace(f, verdict=Verdict.UNMEASURED, alarms=())
    assert "confidence: none of 1000 rows has a confidence" in f.unmeasured
    assert "low confidence" not in dict(record.of_model("m", "0" * 64, TODAY, calm).facts)
    assert any(a.message == "confidence is absent in 100 % of the rows, 0 % before" for a in f.alarms)


def test_a_log_without_rows_is_not_measured(normal):
    f = run.told(run.begin(normal, Limits(low=0.2)))
    assert (f.verdict, f.because, EXIT[f.verdict]) == (Verdict.UNMEASURED, "the log has no rows", 3)


def test_neither_reference_nor_log_has_confidence(normal):
    bare = [without(day(d, 1000), confidence=None) for d in range(8)]
    now = run.through(run.begin(learnt(bare, "n", 0.6, 24, 0), Limits()), [without(day(10, 1000), confidence=None)])
    f = run.told(now)
    assert (f.verdict, f.watch.tolerated) == (Verdict.UNMEASURED, None)
    assert f.because == "no rate of low confidence is tolerated, so no spike of it was looked for"


def test_a_reference_without_rows_says_what_to_give():
    with pytest.raises(CasemateError) as e:
        learnt([], "normal.csv", 0.6, 24, 0)
    assert str(e.value) == "normal.csv: the reference has no rows; give a log of normal traffic, or a training table"


def test_the_worst_comes_first_and_all_of_one_client_together(attacked):
    assert attacked.verdict == Verdict.ALARM
    spoken = [(g[0].detector, show.sentence(g).split(":")[0]) for g in show.grouped(attacked)]
    assert spoken[0] == ("low confidence", "confidence below 0.6 in 93.8 % of the predictions since 2025-12-07 04")
    assert ("probing", "mallory") in spoken
    assert ("drift", "f.x00 moved") in spoken
    assert [d for d, _ in spoken] == sorted(
        (d for d, _ in spoken), key=["low confidence", "probing", "drift", "joint drift"].index
    )


def test_no_line_is_wider_than_a_terminal(attacked):
    assert max(len(line) for line in show.text(attacked).splitlines()) <= 80


def test_what_cannot_be_seen_is_said(attacked):
    assert "What stays invisible\n  extraction with queries drawn from the model's own kind of data" in show.text(
        attacked
    )


def test_the_json_is_whole_and_the_same_twice(attacked):
    text = told.as_json(attacked)
    assert text == told.as_json(attacked)
    read = json.loads(text)
    assert read["format"] == "monitor/1"
    assert read["verdict"] == "alarm"
    assert len(read["alarms"]) == len(attacked.alarms)
    assert {c["name"] for c in read["clients"]["traced"]} >= {"mallory"}
    assert read["from"] == "2025-12-04T16:00:00Z"


def test_metrics_are_what_prometheus_reads(attacked):
    said = told.metrics(attacked).splitlines()
    assert said[:3] == [
        "# HELP casemate_monitor_rows_total Rows that were looked at.",
        "# TYPE casemate_monitor_rows_total counter",
        "casemate_monitor_rows_total 3300",
    ]
    assert 'casemate_monitor_alarms{detector="errors"} 0' in said
    names = [line.split("{")[0].split(" ")[0] for line in said if not line.startswith("#")]
    assert all(name.startswith("casemate_monitor_") for name in names)


def test_a_column_cannot_end_its_label(normal):
    batch = day(10, 600)
    odd = replace(batch, features={'x"} 1\nevil 2': batch.features["x00"], **batch.features})
    reference = learnt([odd], "n", 0.6, 24, 0)
    said = told.metrics(run.told(run.through(run.begin(reference, Limits(low=0.2)), [odd])))
    assert 'casemate_monitor_drift_effect{column="f.x\\"} 1?evil 2"} ' in said
    assert not any(line.startswith("evil") for line in said.splitlines())


def test_the_record_states_facts_that_threats_can_see(attacked):
    s = record.of_model("scorer", "cd" * 32, TODAY, attacked, seed=3)
    assert dict(s.facts) == {"alarms": ("drift", "low-confidence", "probing"), "running": "other"}
    assert f"{record.OTHER} (3,300 of 3,300 rows)" in s.findings
    assert s.settings["budget of extraction"] == 250
    assert not any("mallory" in line for line in s.findings)


def test_the_same_artefact_is_the_same_however_its_digest_is_written(attacked):
    log = replace(attacked.log, digests=(("SHA256:" + "CD" * 32, 3300),))
    assert record.others(log, "cd" * 32) == 0


def test_a_quiet_log_is_said_to_be_quiet_as_far_as_it_was_measured(normal):
    s = record.of_model("scorer", "cd" * 32, TODAY, quiet(normal))
    assert dict(s.facts) == {"alarms": ("none",)}


@pytest.mark.parametrize(
    ("coverage", "words"),
    [
        (Coverage(rows=100, with_id=100, with_client=99, with_prediction=98), ("client", "request")),
        (Coverage(rows=100), ("none",)),
        (Coverage(rows=2, digests=(("a", 1), ("b", 1)), with_confidence=2), ("confidence", "model-digest")),
    ],
)
def test_what_a_log_has_is_what_nearly_every_row_has(coverage, words):
    assert record.logged(coverage) == words


def test_a_log_in_files_gives_what_its_rows_give(tmp_path, normal):
    write(tmp_path / "ref" / "a.jsonl", days(0, 8, 200))
    write(tmp_path / "log" / "b.jsonl", days(10, 12, 200))
    write(tmp_path / "log" / ".hidden", ["nonsense"])
    done = watched([tmp_path / "log"], tmp_path / "ref", How(), Limits(low=0.2))
    assert (done.facts.rows, done.log.files, done.log.with_client) == (400, 1, 400)


def test_a_sketch_stands_for_rows_that_are_gone(tmp_path, normal):
    from casemate.evidence.monitor import reference, sketch_file

    (tmp_path / "normal").write_bytes(reference.to_bytes(normal))
    write(tmp_path / "log.jsonl", lines(day(10, 1000, shift=0.6), "x"))
    first = watched([tmp_path / "log.jsonl"], tmp_path / "normal", How(), Limits(low=0.2), keep=True)
    (tmp_path / "sketch").write_bytes(sketch_file.to_bytes(first.run.hourly))
    again = watched([tmp_path / "sketch"], tmp_path / "normal", How(), Limits(low=0.2))
    assert again.log is None
    assert again.facts.beyond == first.facts.beyond == {"f.x00"}
    assert again.facts.confidence == first.facts.confidence
    assert reference_of(tmp_path / "normal", How()).below == 0.6


def test_an_empty_folder_is_an_error_not_a_quiet_log(tmp_path):
    with pytest.raises(CasemateError) as e:
        files_of([tmp_path])
    assert str(e.value) == f"{tmp_path}: has no files; name the files of the log"


def test_rows_without_a_time_are_counted_and_looked_at(normal):
    batch = day(10, 1000)
    nowhen = replace(batch, time=batch.time * 0 + NO_TIME)
    f = run.told(run.through(run.begin(normal, Limits(low=0.2)), [nowhen]))
    assert ("rows without a time", 1000) in f.counted
    assert (f.first, f.confidence, f.rows) == (NO_TIME, (), 1000)


def test_a_schema_that_changes_in_the_middle_is_told(normal):
    batch = day(11, 1000)
    features = {k: v for k, v in batch.features.items() if k != "x01"} | {"new": batch.features["x01"]}
    f = run.told(run.through(run.begin(normal, Limits(low=0.2)), [day(10, 1000), replace(batch, features=features)]))
    assert ("columns that the reference does not have", 1) in f.counted
    assert [a.message for a in f.alarms if a.subject == "f.x01: absent"] == [
        "f.x01 is absent in 100 % of the rows, 0 % before"
    ]


def test_a_clock_that_jumps_is_counted_and_bounded(normal):
    batch = traffic(1000, 5, start=10**17, hours=1.0)
    f = run.told(run.through(run.begin(normal, Limits(low=0.2)), [day(10, 1000), batch]))
    assert dict(f.counted)["rows out of order"] == 1000
    assert len(f.confidence) <= 240


def test_a_batch_of_nothing_changes_nothing(normal):
    begun = run.begin(normal, Limits(low=0.2))
    assert run.told(run.take(begun, Batch(day(10, 10).time[:0]))) == run.told(begun)


def test_a_stretch_with_a_handful_of_rows_is_left_blank_and_does_not_scale_the_line(normal):
    lonely = without(day(11, 1000), confidence=np.zeros(1000))
    few = take(lonely, np.arange(1000) < 1)
    f = run.told(run.through(run.begin(normal, Limits(low=0.2)), [day(10, 1000), few]))
    said = show.text(f)
    assert "100 %" not in said.split("full height")[1].splitlines()[0]
    assert "with fewer than 20 rows left blank" in " ".join(said.split())


def test_a_few_rows_whose_clocks_were_wrong_do_not_stretch_the_course_of_confidence(normal):
    odd = take(day(11, 1000), np.arange(5))
    far = [replace(odd, time=np.full(5, t), id=None) for t in (10**15, 5 * 10**18)]
    f = run.told(run.through(run.begin(normal, Limits(low=0.2)), [day(10, 1000), *far]))
    assert (f.step, len(f.confidence)) == (1, 24)
    assert dict(f.counted)["rows with a time far from all others, not drawn"] == 10
    assert f.rows == 1010


def test_two_stretches_of_a_log_far_apart_are_both_drawn(normal):
    late = replace(day(11, 1000), time=day(11, 1000).time + 400 * 24 * 3_600_000_000_000)
    f = run.told(run.through(run.begin(normal, Limits(low=0.2)), [day(10, 1000), late]))
    assert sum(m.rows for m in f.confidence) == 2000
    assert not [name for name, _ in f.counted if "far from" in name]


def test_a_column_that_the_reference_does_not_have_is_named(normal):
    new = replace(day(10, 1000), features={**day(10, 1000).features, "salary": day(10, 1000).features["x00"]})
    f = run.told(run.through(run.begin(normal, Limits(low=0.2)), [new]))
    assert "f.salary: the reference has no such column" in f.unmeasured


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.81172, "0.8117"), (40.018, "40.02"), (24812.7, "24,813"), (-1e6, "-1,000,000"), (1e12, "1e+12")],
)
def test_numbers_are_said_as_people_write_them(value, said):
    assert tell.number(value) == said


def test_where_neither_the_log_nor_the_reference_has_a_confidence_that_is_what_is_said():
    bare = learnt((without(day(d, 1000), confidence=None) for d in range(8)), "normal", 0.6, 24, 0)
    now = run.through(run.begin(bare, Limits()), [without(day(10, 1000), confidence=None)])
    f = run.told(now, Coverage(rows=1000))
    assert (f.verdict, f.because) == (
        Verdict.UNMEASURED, "no row has a confidence, so nobody can say that it did not fall"
    )  # fmt: skip


def test_what_most_clients_do_stands_in_a_record_without_a_number_of_them(normal):
    far = [day(d, 1000) for d in (10, 11)]
    moved = [
        replace(b, features={n: Numeric(c.values + 3) if isinstance(c, Numeric) else c for n, c in b.features.items()})
        for b in far
    ]
    f = run.told(run.through(run.begin(normal, Limits(low=0.2)), moved))
    found = record.of_model("scorer", "ab" * 32, TODAY, f).findings
    assert "probing: outside: half of the clients or more show too much" in found
