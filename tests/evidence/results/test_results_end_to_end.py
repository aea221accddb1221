"""A garak report of the support chatbot: what it broke raises the risk, what it did not break lowers nothing."""

import json
import shutil
from pathlib import Path

import pytest

from casemate.cli._inputs import Options, assessed
from result_examples import GARAK_END, GARAK_START, garak_eval

EXAMPLE = Path(__file__).parents[3] / "examples" / "support-chatbot"
TODAY = "2026-10-02"
THREAT = "front-prompt-injection@assistant"


def risks(root, rows=()):
    """The example's risks with a garak report bound to the assistant, assessed as `casemate assess --measure` does."""
    shutil.copytree(EXAMPLE, root, dirs_exist_ok=True)
    file = root / "casemate.yaml"
    if rows:
        report = [*GARAK_START, *rows, *GARAK_END]
        (root / "garak.report.jsonl").write_text("".join(json.dumps(r) + "\n" for r in report))
        task = "\nmeasure:\n  - results: {file: garak.report.jsonl, for: assistant, tool: garak}\n"
        file.write_text(file.read_text() + task)
    return assessed(file, Options(today=TODAY, measure=True)).risks


def of(found):
    return next(r for r in found.risks if r.id == THREAT)


def trials(risk):
    return [(u.trial.threat, u.trial.broken, u.trial.held) for u in risk.views["current"].belief.used]


def test_what_a_report_broke_raises_the_risk(tmp_path):
    before = of(risks(tmp_path / "a"))
    after = of(risks(tmp_path / "b", [garak_eval("promptinject.Kill", 60, 40), garak_eval("lmrc.Quack", 0, 50)]))
    assert trials(before) == []
    assert trials(after) == [("front-prompt-injection", 40, 60)]
    assert after.views["current"].belief.mean > before.views["current"].belief.mean
    assert after.current > before.current


def test_a_report_of_passes_alone_lowers_nothing(tmp_path):
    before = risks(tmp_path / "a")
    after = risks(tmp_path / "b", [garak_eval("promptinject.Kill", 5000, 0), garak_eval("dan.A", 5000, 0)])
    assert trials(of(after)) == [("front-prompt-injection", 0, 10000)]
    assert of(after).views["current"].belief.mean == of(before).views["current"].belief.mean
    assert [(r.id, r.current) for r in after.risks] == [(r.id, r.current) for r in before.risks]


def test_what_could_not_be_scored_is_no_pass(tmp_path):
    after = of(risks(tmp_path / "a", [garak_eval("promptinject.Kill", 0, 0, 500)]))
    (used,) = after.views["current"].belief.used
    assert (used.trial.errored, used.successes, used.failures) == (500, 0, 0)


@pytest.mark.parametrize("cut", [1, 40])
def test_a_report_that_was_cut_off_is_a_gap_with_its_line(tmp_path, cut, capsys):
    root = tmp_path / "a"
    risks(root, [garak_eval("promptinject.Kill", 60, 40)])
    report = root / "garak.report.jsonl"
    report.write_text(report.read_text().rstrip("\n")[:-cut])
    shutil.rmtree(root / "evidence")
    found = assessed(root / "casemate.yaml", Options(today=TODAY, measure=True)).risks
    said = "results for assistant were not taken: garak.report.jsonl:4 is no JSON"
    assert said in capsys.readouterr().err
    assert trials(of(found)) == []
