"""A copy of this process inspects as a new Python does, dies alone, and holds nothing of ours."""

import json
import os
import pickle
import sys
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.evidence.scan import child, worker
from casemate.evidence.scan.descend import formats
from casemate.evidence.scan.paths import Target
from casemate.evidence.scan.pool import Limits, Orders, inspected

linux = pytest.mark.skipif(sys.platform != "linux", reason="only there a copy is made")


def said(begun, *paths):
    begun.stdin.write(Orders().text() + json.dumps([(p, False) for p in paths]).encode() + b"\n")
    begun.stdin.close()
    with begun.stdout as out:
        return out.read(), begun.wait()


@linux
def test_a_copy_says_what_a_new_python_says(tmp_path):
    (tmp_path / "a.pkl").write_bytes(pickle.dumps([eval, 1]))
    paths = [str(tmp_path / "a.pkl"), str(tmp_path / "none")]
    assert threading.active_count() == 1
    copy, new = child.begin(child.WORKER), child.begin(list(child.WORKER))
    assert type(copy) is not type(new)
    assert said(copy, *paths) == said(new, *paths)


@linux
def test_beside_another_thread_no_copy_is_made():
    held = threading.Event()
    thread = threading.Thread(target=held.wait)
    thread.start()
    begun = child.begin(child.WORKER)
    held.set()
    thread.join()
    assert hasattr(begun, "args")
    assert said(begun) == (b"ready\n", 0)


@linux
@pytest.mark.parametrize(
    ("does", "told"),
    [
        (lambda: os.kill(os.getpid(), 11), "made the inspection end (SIGSEGV)"),
        (lambda: os.abort(), "made the inspection end (SIGABRT)"),
        (lambda: os._exit(3), "made the inspection end (exit code 3)"),
        (lambda: sys.exit(0), "made the inspection end (exit code 1)"),
        (lambda: time.sleep(100), "takes longer than 0 s to inspect"),
    ],
)
def test_whatever_happens_in_a_copy_the_others_go_on(tmp_path, monkeypatch, does, told):
    for name in "abc":
        (tmp_path / name).write_bytes(pickle.dumps(1))
    real = worker.of_path
    monkeypatch.setattr(worker, "of_path", lambda path, *rest: does() if path.endswith("b") else real(path, *rest))
    found = list(inspected([Target(str(tmp_path / n)) for n in "abc"], Orders(), Limits(1, seconds=0.4, rate=1e30)))
    assert [r.verdict for r in found] == ["clean", "inconclusive", "clean"]
    assert found[1].findings[0].message == told


def is_open(number):
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


@linux
def test_a_copy_holds_nothing_but_its_two_pipes(tmp_path, monkeypatch):
    listed = tmp_path / "listed"

    def look(*_):
        listed.write_text(str([n for n in range(256) if is_open(n)]))
        os._exit(0)

    monkeypatch.setattr(worker, "of_path", look)
    with (tmp_path / "ours").open("wb") as ours:
        assert ours.fileno() > 2
        list(inspected([Target("a")], Orders(), Limits(1)))
    assert listed.read_text() == "[0, 1, 2]"


@given(st.binary(min_size=1, max_size=40), st.integers(0, 255))
def test_no_reader_knows_what_begins_otherwise_than_it_says(rest, first):
    data = bytes([first]) + rest
    for member in formats().values():
        assert first in getattr(member, "FIRST", range(256)) or not member.recognise(data)
