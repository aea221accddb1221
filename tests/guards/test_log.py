import asyncio
import errno
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from casemate.core.errors import CasemateError
from casemate.evidence.monitor import log
from casemate.guards.log import Logged, LoggedClassifier, Prediction, Pseudonym, Writer, from_file

KEY = b"0123456789abcdef"
NOW = 1793613600.0


class Clock:
    now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def make(tmp_path):
    made = []

    def writer(**more):
        made.append(
            Writer(tmp_path / "log", Pseudonym(KEY), "scorer", "3", "ab12", clock=more.pop("clock", Clock()), **more)
        )
        return made[-1]

    yield writer
    for one in made:
        one.close()


def rows_in(folder):
    return [json.loads(r) for p in sorted((folder / "log").glob("*.jsonl")) for r in p.read_text().splitlines()]


def some(n, **more):
    return [Prediction(f"r{i}", prediction=i, **more) for i in range(n)]


class Model:
    classes_ = np.array(["no", "yes"])

    def predict_proba(self, x):
        return np.column_stack([1 - x[:, 0], x[:, 0]])

    def predict(self, x):
        return self.classes_[(x[:, 0] > 0.5).astype(int)]


def test_a_client_is_never_in_the_log_by_its_own_name(make, tmp_path):
    writer = make()
    LoggedClassifier(Model(), writer).as_client("ann@example.com").predict_proba(np.array([[0.75, 2.0]]))
    writer.close()
    (row,) = rows_in(tmp_path)
    assert row["client"] == Pseudonym(KEY)("ann@example.com")
    assert row["client"] != Pseudonym(KEY[::-1])("ann@example.com")
    assert "ann" not in json.dumps(row)


def test_pseudonyms_are_hmac_sha256():
    # RFC 4231, test case 1: key of 20 bytes 0x0b, "Hi There".
    assert Pseudonym(b"\x0b" * 20)("Hi There") == "b0344c61d8db38535ca8afceaf0bf12b"


def test_a_classifier_answers_as_before_and_is_read_back(make, tmp_path):
    writer, x = make(), np.array([[0.75, np.nan], [0.25, np.inf]])
    model = LoggedClassifier(Model(), writer, names=["p", "q"])
    np.testing.assert_array_equal(model.predict_proba(x), Model().predict_proba(x))
    assert model.predict(x).tolist() == ["yes", "no"]
    assert model.classes_.tolist() == ["no", "yes"]
    writer.close()
    opened = log.open_log(sorted((tmp_path / "log").iterdir()))
    (batch,) = opened
    assert batch.confidence.tolist()[:2] == [0.75, 0.75]
    assert np.isnan(batch.confidence[2:]).all()
    assert [batch.prediction.words[c] for c in batch.prediction.codes] == ["yes", "no", "yes", "no"]
    c = opened.coverage
    assert (c.models, c.digests, c.kinds) == (((("scorer", "3"), 4),), (("ab12", 4),), (("max_prob", 2),))
    assert batch.time.tolist() == [int(NOW) * 10**9] * 4


def test_a_full_queue_drops_counts_and_says_so(make, tmp_path):
    writer = make(queue=10)
    with writer._disk:  # the thread that writes has to wait
        writer.write(some(25))
    writer.close()
    found = rows_in(tmp_path)
    assert sum("prediction" in r for r in found) == writer.written
    assert [r["lost_rows"] for r in found if "lost_rows" in r] == [writer.lost]
    assert writer.written + writer.lost == 25


def test_a_full_disk_is_counted_leaves_no_half_line_and_breaks_nothing(make, tmp_path, monkeypatch):
    writer = make()
    writer.write(some(3))
    writer.flush()
    real, full = os.write, [True]

    def no_room(handle, data):
        if not full[0]:
            return real(handle, data)
        if getattr(no_room, "half", False):
            raise OSError(errno.ENOSPC, "No space left on device")
        no_room.half = True
        return real(handle, data[: len(data) // 2])

    monkeypatch.setattr("casemate.guards.log.folder.os.write", no_room)
    writer.write(some(5))
    writer.flush()
    assert (writer.lost, writer.written, writer.trouble) == (5, 3, "No space left on device")
    full[0] = False
    writer.write(some(1))
    writer.close()
    found = rows_in(tmp_path)
    assert len([r for r in found if "prediction" in r]) == 4
    assert [r["lost_rows"] for r in found if "lost_rows" in r] == [5]
    assert writer.trouble is None


def test_files_are_closed_when_they_are_large_or_old(make, tmp_path):
    clock = Clock()
    writer = make(most_bytes=10, most_seconds=60, clock=clock)
    for _ in range(2):
        writer.write(some(1))
        writer.flush()
    clock.now += 61
    writer.write(some(1))
    writer.close()
    assert len(list((tmp_path / "log").iterdir())) == 3


def test_what_cannot_be_written_down_is_lost_and_counted(make, tmp_path):
    class Odd:
        def __str__(self):
            raise RuntimeError("no")

    writer = make()
    writer.write([Prediction("r", features={"x": Odd()}), *some(1)])
    writer.close()
    assert (writer.written, writer.lost) == (1, 1)
    assert [r.get("lost_rows") for r in rows_in(tmp_path)] == [None, 1]


def test_what_was_flushed_outlives_a_kill(tmp_path):
    program = """
import os, sys
from casemate.guards.log import Prediction, Pseudonym, Writer
writer = Writer(sys.argv[1], Pseudonym(b"0" * 16), "scorer")
writer.write([Prediction(f"r{i}", prediction=i) for i in range(3)])
writer.flush()
os.kill(os.getpid(), 9)
"""
    assert subprocess.run([sys.executable, "-c", program, tmp_path / "log"]).returncode == -9
    assert [r["prediction"] for r in rows_in(tmp_path)] == [0, 1, 2]


def ask(app, body, headers=(), path="/predict"):
    sent = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "headers": list(headers), "client": ("10.0.0.1", 5)}
    asyncio.run(app(scope, receive, send))
    return sent


def application(answer, status=200):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": answer})

    return app


def test_an_application_answers_as_before_and_each_instance_is_a_row(make, tmp_path):
    writer = make()
    app = Logged(application(b'{"predictions": [[0.9, 0.1], [0.4, 0.6]]}'), writer, names=["a"], client_header="x-user")
    sent = ask(app, b'{"instances": [[1], [2]]}', [(b"X-User", b"ann")])
    assert sent[1]["body"] == b'{"predictions": [[0.9, 0.1], [0.4, 0.6]]}'
    writer.close()
    one, other = rows_in(tmp_path)
    assert (one["f.a"], one["confidence"], one["prediction"], one["status"]) == (1, 0.9, 0, 200)
    assert (other["f.a"], other["confidence"], other["prediction"]) == (2, 0.6, 1)
    assert one["client"] == Pseudonym(KEY)("ann")
    assert other["request_id"] == one["request_id"][:-1] + "1"


def test_a_body_that_is_no_json_is_a_line_with_its_status(make, tmp_path):
    writer = make()
    ask(Logged(application(b"no", 400), writer), b"\xff")
    ask(Logged(application(b"x" * 50), writer, most=10), b"{}")
    ask(Logged(application(b"no", 200), writer), b"{}", path="/health")
    writer.close()
    assert [r["status"] for r in rows_in(tmp_path)] == [400, 200]


def test_a_key_that_others_may_read_is_refused(tmp_path):
    key = tmp_path / "key"
    key.write_bytes(KEY)
    key.chmod(0o644)
    with pytest.raises(CasemateError, match="others than its owner may use this key; chmod 600"):
        from_file(key)
    key.chmod(0o600)
    assert from_file(key)("a") == Pseudonym(KEY)("a")
    key.write_bytes(b"short")
    with pytest.raises(CasemateError, match="has 5 bytes; head -c 32 /dev/urandom"):
        from_file(key)
