"""Following a folder: counted once, whatever is renamed, cut, or killed."""

import json
import random
import resource
import signal
import subprocess
import sys
import time

import pytest
from monitor_logs import attack, days, lines, write

from casemate.core.errors import CasemateError
from casemate.evidence.monitor import follow, log, reference, store, told
from casemate.evidence.monitor.opened import How
from casemate.evidence.monitor.run import Limits, learnt
from casemate.evidence.monitor.sketch import hours_seen, rows_seen

LIMITS = Limits(low=0.2)


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """A reference of ten days, and the file that keeps it."""
    folder = tmp_path_factory.mktemp("reference")
    path = write(folder / "normal.jsonl", days(0, 10))
    found = learnt(log.open_log([path]), "normal.jsonl", 0.6, 24, 0)
    (folder / "kept").write_bytes(reference.to_bytes(found))
    return found, folder / "kept"


@pytest.fixture
def where(tmp_path):
    (tmp_path / "logs").mkdir()
    kept = tmp_path / "logs" / ".monitor"
    kept.mkdir()
    return follow.Where(tmp_path / "logs", kept, kept / "alarms.jsonl", kept / "metrics.prom")


def looked(where, known):
    """A start, one look, and the end."""
    return follow.look(where, follow.begin(where, known[0], LIMITS), How())


def said(where):
    return [json.loads(line) for line in where.alarms.read_text().splitlines()] if where.alarms.exists() else []


def test_a_file_that_grows_is_read_on_from_where_it_was_left(where, known):
    rows = days(10, 12)
    write(where.folder / "log.jsonl", rows[:400])
    assert looked(where, known).run.monitor.rows == 400
    write(where.folder / "log.jsonl", rows)
    after = looked(where, known)
    assert (after.run.monitor.rows, after.run.monitor.seen.repeated, after.log.rows) == (600, 0, 600)


def test_half_a_line_is_left_until_it_is_whole(where, known):
    rows = days(10, 11)
    text = "".join(rows)
    (where.folder / "log.jsonl").write_text(text[: len(text) - 40])
    assert looked(where, known).run.monitor.rows == len(rows) - 1
    (where.folder / "log.jsonl").write_text(text)
    after = looked(where, known)
    assert (after.run.monitor.rows, after.log.unreadable) == (len(rows), 0)


def test_a_file_that_was_renamed_is_not_read_again(where, known):
    rows = days(10, 12)
    write(where.folder / "log.jsonl", rows[:400])
    looked(where, known)
    (where.folder / "log.jsonl").rename(where.folder / "log.jsonl.1")
    with (where.folder / "log.jsonl.1").open("a") as f:  # what came before the writer saw it
        f.writelines(rows[400:450])
    write(where.folder / "log.jsonl", rows[450:])
    after = looked(where, known)
    assert (after.run.monitor.rows, after.run.monitor.seen.repeated, after.restarted) == (600, 0, 0)


def test_a_file_that_was_cut_back_is_read_from_its_beginning_and_said(where, known):
    rows = days(10, 12)
    write(where.folder / "log.jsonl", rows[:400])
    looked(where, known)
    write(where.folder / "log.jsonl", rows[400:])
    after = looked(where, known)
    assert after.run.monitor.rows == 600
    assert ("files that began anew", 1) in follow.facts(after).counted


def test_looking_again_at_what_did_not_change_changes_nothing(where, known):
    write(where.folder / "log.jsonl", days(10, 11))
    looked(where, known)
    before = (where.state / "state").read_bytes()
    looked(where, known)
    assert (where.state / "state").read_bytes() == before


def test_each_alarm_is_one_line_also_after_a_restart(where, known):
    write(where.folder / "a.jsonl", days(10, 12))
    looked(where, known)
    assert said(where) == []
    for i in (12, 13, 14):
        write(where.folder / f"b{i}.jsonl", lines(attack(i), f"attack{i}"))
        looked(where, known)
    found = [(a["detector"], a["subject"]) for a in said(where)]
    assert ("low confidence", "confidence") in found
    assert ("probing", "outside: mallory") in found
    assert len(found) == len(set(found))
    assert 'casemate_monitor_alarms{detector="low confidence"} 1\n' in where.metrics.read_text()


def test_lines_that_a_kill_left_unwritten_are_written_on_the_next_start(where, known):
    write(where.folder / "a.jsonl", lines(attack(12), "attack"))
    looked(where, known)
    whole = where.alarms.read_bytes()
    where.alarms.write_bytes(whole[: len(whole) // 2])  # as if it had ended in the middle of writing
    follow.begin(where, known[0], LIMITS)
    assert where.alarms.read_bytes() == whole
    where.alarms.unlink()  # somebody took it away
    follow.begin(where, known[0], LIMITS)
    follow.begin(where, known[0], LIMITS)
    assert where.alarms.read_bytes() == whole


def test_sketches_by_the_hour_are_put_apart_and_nothing_is_in_them_twice(where, known):
    for d in range(10, 14):
        write(where.folder / f"{d}.jsonl", days(d, d + 1))
        now = looked(where, known)
    assert now.segments > 0
    (where.state / f"sketch-{now.segments:06}").write_bytes(b"left by a kill")
    assert int(follow.sketches(where, now).rows.counts.sum()) == 1200
    assert sum(p.name.startswith("sketch-") for p in where.state.iterdir()) == now.segments + 1


def test_another_reference_or_other_limits_do_not_go_on_with_a_state(where, known):
    write(where.folder / "a.jsonl", days(10, 11))
    looked(where, known)
    with pytest.raises(CasemateError) as e:
        follow.begin(where, known[0], Limits(low=0.3))
    assert str(e.value).endswith(
        "state: was begun with another reference or other limits; name another state (--state), or remove this one to "
        "begin anew"
    )


def test_two_cannot_follow_with_one_state(where):
    with (
        store.locked(where.state),
        pytest.raises(CasemateError, match="another process follows with this state"),
        store.locked(where.state),
    ):
        pass


def test_a_full_disk_is_said_and_counts_nothing_twice(where, known):
    write(where.folder / "log.jsonl", days(10, 11))
    begun = follow.begin(where, known[0], LIMITS)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    heard = []
    try:
        after = follow.forever(where, begun, How(), lambda: False, heard.append)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [line.partition(": ")[2] for line in heard] == [
        "cannot be written (File too large); make room, or name another place"
    ]
    assert after is begun
    assert not (where.state / "state").exists()
    assert follow.look(where, after, How()).run.monitor.rows == 300


def test_a_state_that_was_changed_is_refused(where, known):
    write(where.folder / "log.jsonl", days(10, 11))
    looked(where, known)
    path = where.state / "state"
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(CasemateError, match="its digest does not fit its content"):
        follow.begin(where, known[0], LIMITS)


def test_a_kill_at_any_moment_counts_nothing_twice_and_loses_nothing(where, known, tmp_path):
    """The writer appends and rotates; the follower is killed with SIGKILL again and again."""
    chance = random.Random(7)
    rows = [*days(10, 14), *lines(attack(15), "attack"), *days(16, 18)]
    arguments = [sys.executable, "-m", "casemate", "monitor", "run", "--follow", where.folder, "--reference", known[1],
                 "--tolerated-low-confidence", "0.2", "--every", "0.1"]  # fmt: skip
    path, quiet = where.folder / "log.jsonl", {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    for turn in range(6):
        part = rows[turn * len(rows) // 6 : (turn + 1) * len(rows) // 6]
        with subprocess.Popen(list(map(str, arguments)), **quiet) as process:
            for i in range(0, len(part), 40):
                with path.open("a") as f:
                    f.writelines(part[i : i + 40])
                time.sleep(chance.random() * 0.06)
            if turn % 2:
                path.rename(where.folder / f"log.jsonl.{turn}")
            while not (where.state / "state").exists():  # the first is killed when it has begun
                assert process.poll() is None, process.stderr.read()
                time.sleep(0.01)
            time.sleep(chance.random() * 0.5)
            process.send_signal(signal.SIGKILL)
            assert process.stderr.read() == b""
    after = looked(where, known)
    assert (after.run.monitor.rows, after.run.monitor.seen.repeated, after.log.rows) == (len(rows), 0, len(rows))
    assert int(follow.sketches(where, after).rows.counts.sum()) == len(rows)

    other = tmp_path / "other"
    write(other / "log.jsonl", rows)
    undisturbed = follow.Where(other, other, other / "alarms.jsonl", other / "metrics.prom")
    at_once = looked(undisturbed, known)
    assert told.whole(follow.facts(after))["clients"] == told.whole(follow.facts(at_once))["clients"]
    assert told.whole(follow.facts(after))["drift"] == told.whole(follow.facts(at_once))["drift"]
    found = [(a["detector"], a["subject"]) for a in said(where)]
    assert ("low confidence", "confidence") in found
    assert len(found) == len(set(found))
    assert (where.state / "state").stat().st_size < 4_000_000


def test_a_row_whose_clock_ran_ahead_does_not_make_all_others_old(where, known):
    rows = days(10, 13)
    odd = {**json.loads(rows[0]), "time": "2150-01-01T00:00:00Z", "request_id": "odd"}
    write(where.folder / "log.jsonl", [*rows[:500], json.dumps(odd) + "\n", *rows[500:]])
    now = looked(where, known)
    assert rows_seen(now.run.monitor.drift.current) == rows_seen(now.run.hourly) == 901
    assert dict(follow.facts(now).counted)["rows with a time far from all others, not drawn"] == 1


def test_only_the_newest_days_that_have_rows_are_kept(where, known):
    write(where.folder / "log.jsonl", days(10, 10 + follow.DAYS + 5, 60))
    now = looked(where, known)
    assert hours_seen(now.run.monitor.drift.current).size == follow.DAYS
    assert follow.facts(now).rows == (follow.DAYS + 5) * 60
