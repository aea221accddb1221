"""Inspection in processes of their own: the same records for any number of them, and none takes the others along."""

import os
import pickle
import sys

import pytest

from casemate.core.errors import CasemateError
from casemate.evidence.scan import pool
from casemate.evidence.scan.paths import Target, targets
from casemate.evidence.scan.pool import Limits, Orders, inspected
from casemate.evidence.scan.record import Record, of_path, packed, plain, read

# A process that speaks as ours does, dies at a name with `die` and stays at one with `stay`.
ODD = """
import json, os, sys, time
sys.stdin.readline()
print("ready", flush=True)
for chunk in sys.stdin:
    for path, part in json.loads(chunk):
        if "die" in path:
            print('{"half', end="", flush=True)
            os.kill(os.getpid(), 9)
        while "stay" in path:
            time.sleep(1)
        print(json.dumps(["clean", "x", "0", [], [], 0, 0, 0, 0]))
    sys.stdout.flush()
"""


class Own:
    """A class that no list knows."""


def odd(names, jobs=2, seconds=60.0):
    limits = Limits(jobs, (sys.executable, "-c", ODD), seconds, 1e30)
    found = list(inspected([Target(n) for n in names], Orders(), limits))
    assert [r.path for r in found] == list(names)
    return {r.path: r.findings[0].message if r.findings else r.verdict for r in found}


@pytest.fixture
def models(tmp_path):
    for i in range(30):
        (tmp_path / f"{i}.pkl").write_bytes(pickle.dumps([i, Own, eval][: i % 4]))
    (tmp_path / "README").write_text("hello")
    (tmp_path / "odd\udcff\n.bin").write_bytes(b"\0")
    os.mkfifo(tmp_path / "pipe")
    return targets([str(tmp_path)])


def test_any_number_of_processes_gives_what_one_after_the_other_gives(models):
    one = [of_path(t.path, frozenset(), False, t.part) for t in models if t.why is None]
    for jobs in (1, 2, 5):
        found = list(inspected(models, Orders(), Limits(jobs)))
        assert [r for r in found if "pipe" not in r.path] == one
        assert [t.path for t in models] == [r.path for r in found]


def test_a_file_that_kills_a_process_is_inconclusive_and_the_others_go_on():
    names = [f"a{i}" for i in range(100)] + ["die1", "die2"] + [f"e{i}" for i in range(100)]
    said = odd(names)
    assert {n for n, what in said.items() if what == "made the inspection end (SIGKILL)"} == {"die1", "die2"}
    assert {what for n, what in said.items() if "die" not in n} == {"clean"}


def test_a_file_that_holds_a_process_is_inconclusive_and_the_others_go_on():
    said = odd(["a", "b", "stay", "z"], seconds=0.5)
    assert said["stay"].startswith("takes longer than")
    assert {said[n] for n in "abz"} == {"clean"}


def test_processes_that_cannot_start_are_an_error_and_no_verdict():
    with pytest.raises(CasemateError, match="no process for the inspection could be started"):
        list(inspected([Target("a")], Orders(), Limits(1, (sys.executable, "-c", "pass"))))


def test_whoever_stops_early_leaves_no_process(models):
    records = inspected(models, Orders(), Limits(2))
    next(records)
    records.close()


def test_results_that_wait_for_their_turn_are_few_and_none_is_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "WAITING", 1000)
    monkeypatch.setattr(pool, "AHEAD", 70)
    for i in range(300):
        (tmp_path / f"{i:03}.pkl").write_bytes(pickle.dumps([Own] * i))
    named = targets([str(tmp_path)])
    assert [r.path for r in inspected(named, Orders(), Limits(3))] == [t.path for t in named]


def test_nothing_gives_nothing():
    assert list(inspected([], Orders(), Limits())) == []


def test_the_folder_that_we_stand_in_is_no_place_to_import_from(tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit(9)")
    (tmp_path / "casemate").mkdir()
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(1))
    monkeypatch.chdir(tmp_path)
    (found,) = inspected([Target("a.pkl")], Orders(), Limits())
    assert found.verdict == "clean"


def test_the_orders_reach_the_processes(tmp_path):
    file = tmp_path / "a.pkl"
    file.write_bytes(pickle.dumps(Own))
    for orders, verdict in (
        (Orders(), "suspicious"),
        (Orders(strict=True), "unsafe"),
        (Orders(frozenset([(__name__, "Own")]), strict=True), "clean"),
    ):
        (found,) = inspected([Target(str(file))], orders, Limits())
        assert found.verdict == verdict


# -- records


def test_a_record_comes_back_from_its_line_as_it_was(models):
    for t in models:
        r = of_path(t.path, frozenset(), False)
        assert read(t.path, packed(r).encode()) == r
        assert isinstance(r, Record)


def test_plain_text_is_understood_only_as_a_part_of_a_folder(tmp_path):
    file = tmp_path / "README.md"
    file.write_text("# A model\n")
    assert of_path(str(file), (), False, part=True).verdict == "clean"
    assert of_path(str(file), (), False).verdict == "inconclusive"
    file.write_text("import os\n")
    assert of_path(str(file), (), False, part=True).verdict == "inconclusive"
    file.write_text("a: !!python/object/apply:os.system [true]\n")
    assert of_path(str(file), (), False, part=True).verdict == "suspicious"


def test_a_path_that_cannot_be_read_is_inconclusive_with_its_reason(tmp_path):
    r = of_path(str(tmp_path / "gone"), (), False)
    assert (r.verdict, r.sha256, [f.message for f in r.findings]) == ("inconclusive", None, ["there is no such file"])
    assert plain(r)["coverage"] == {"walked": 0, "total": 0, "entered": 0, "unread": 0}
