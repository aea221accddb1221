"""`measure:` runs what the file asks for; what cannot be measured is a gap, a wrong task an error."""

import os
import pickle
from datetime import date

import pytest

from casemate.core.errors import CasemateError
from casemate.define.build import from_text
from casemate.evidence.gap import Interrupted
from casemate.evidence.measure import check, kinds, measure
from casemate.evidence.scan import measure as scan

FILE = """\
casemate: 1
name: x
zones: {z: {trust: staff}}
components:
  scorer: {kind: model, zone: z, path: scorer.pkl}
  api: {kind: endpoint, zone: z}
measure:
"""
DAY = date(2026, 10, 2)


def system(*tasks):
    return from_text(FILE + "".join(f"  - {t}\n" for t in tasks), "m.yaml", {})


def errors_of(call, *args):
    with pytest.raises(CasemateError) as caught:
        call(*args)
    return str(caught.value).split("\n")


def test_every_kind_of_measurement_is_a_folder():
    assert "scan" in kinds()


def test_every_unknown_kind_is_named_at_its_line():
    found = errors_of(check, system("scn: scorer", "scan: scorer", "x: y"))
    assert found == [
        "m.yaml:8:5: nothing measures 'scn'; did you mean 'scan'?",
        f"m.yaml:10:5: nothing measures 'x'; there is {', '.join(kinds()[:8])} and {len(kinds()) - 8} more",
    ]


def test_every_wrong_task_is_named_at_once(tmp_path):
    found = errors_of(measure, system("scan: scorr", "scan: api", "scan: {model: scorer, depth: 3}"), tmp_path, DAY)
    assert found == [
        "m.yaml:8:5: scan names 'scorr', which is no component; did you mean 'scorer'?",
        "m.yaml:9:5: api has no file; give api a `path:`",
        "m.yaml:10:5: scan has no setting 'depth'; write `- scan: <component>`",
    ]


def test_a_file_is_measured_with_its_digest_and_day(tmp_path):
    (tmp_path / "scorer.pkl").write_bytes(pickle.dumps([1, 2]))
    (found,), gaps = measure(system("scan: scorer"), tmp_path, DAY)
    assert gaps == []
    assert (found.kind, found.about, found.measured) == ("scan", "scorer", DAY)
    assert found.facts == {"contents": "clean", "format": "pickle"}


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda p: None, "there is no such file"),
        (lambda p: p.mkdir(), "is a folder without a file in it"),
        (os.mkfifo, "is no regular file"),
    ],
    ids=["nothing", "an empty folder", "a pipe"],
)
def test_what_cannot_be_read_is_a_gap_and_nothing_hangs(tmp_path, make, said):
    make(tmp_path / "scorer.pkl")
    assert measure(system("scan: scorer"), tmp_path, DAY) == (
        [], [f"m.yaml:8:5: scorer was not scanned: scorer.pkl {said}"],
    )  # fmt: skip


def test_an_interrupt_keeps_what_was_learned_and_begins_nothing_more(tmp_path, monkeypatch):
    (tmp_path / "scorer.pkl").write_bytes(pickle.dumps([1, 2]))
    learn, begun = scan.measure, []

    def second_is_interrupted(*given):
        begun.append(given)
        if len(begun) == 2:
            raise KeyboardInterrupt
        return learn(*given)

    monkeypatch.setattr(scan, "measure", second_is_interrupted)
    with pytest.raises(Interrupted) as ended:
        measure(system("scan: scorer", "scan: scorer", "scan: scorer", "scan: scorer"), tmp_path, DAY)
    assert [s.facts["contents"] for s in ended.value.found] == ["clean"]
    assert ended.value.gaps == [
        "m.yaml:9:5: scan was interrupted",
        "2 more of what `measure:` asks for were not begun",
    ]
    assert len(begun) == 2
