import base64
import gzip
import json

import numpy as np
import pytest
from log_examples import EXAMPLES, lines

from casemate.core.errors import CasemateError
from casemate.evidence.monitor import coverage, log
from casemate.evidence.monitor.batch import NO_TIME, Labels
from casemate.evidence.monitor.logs import _arrow, _source, _table
from casemate.evidence.monitor.mapping import from_text

T = 1793613600000000000  # 2026-11-02 10:00 UTC in ns


def read(folder, data, mapping=None, name="log", **more):
    (folder / name).write_bytes(data)
    opened = log.open_log([folder / name], mapping and from_text(mapping, "m.yaml"), **more)
    chunks = list(opened)
    return opened.coverage, chunks


def row(i, **more):
    return {"time": "2026-11-02T10:00:00Z", "request_id": f"r{i}", "prediction": 1, **more}


def test_a_row_of_prediction_log_is_taken_as_it_is(tmp_path):
    c, (batch,) = read(tmp_path, EXAMPLES["prediction-log"])
    assert batch.time.tolist() == [T, T]
    np.testing.assert_allclose(batch.confidence, [0.9, 0.65])
    assert batch.client.words == ("c0", "c1")
    assert batch.features["age"].values.tolist() == [40, 41]
    assert batch.features["job"].words == ("clerk",)
    assert batch.latency.tolist() == [3.5, 3.5]
    assert (c.models, c.digests, c.kinds) == (((("scorer", "3"), 2),), (("ab12", 2),), (("max_prob", 2),))


def test_csv_and_json_lines_say_the_same(tmp_path):
    rows = [json.loads(r) for r in EXAMPLES["prediction-log"].splitlines()]
    text = "\n".join([",".join(rows[0]), *(",".join(map(str, r.values())) for r in rows)]) + "\n"
    _, (one,) = read(tmp_path, EXAMPLES["prediction-log"])
    _, (other,) = read(tmp_path, text.encode(), name="csv")
    assert one.time.tolist() == other.time.tolist()
    assert one.id.tolist() == other.id.tolist()
    assert one.features["age"].values.tolist() == other.features["age"].values.tolist()
    assert one.client.words == other.client.words


def test_text_is_read_alike_with_and_without_pyarrow(tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")
    data = lines(*(row(i, confidence=i / 7, **{"f.x": [1.5, None, 3][i % 3], "f.w": "ab"[i % 2]}) for i in range(30)))
    _, (fast,) = read(tmp_path, data)
    monkeypatch.setattr(_arrow, "installed", lambda: False)
    _, (slow,) = read(tmp_path, data)
    for name in ("time", "id", "confidence"):
        np.testing.assert_array_equal(getattr(fast, name), getattr(slow, name))
    np.testing.assert_array_equal(fast.features["x"].null, slow.features["x"].null)
    np.testing.assert_array_equal(fast.features["x"].values, slow.features["x"].values)
    assert fast.features["w"].words == slow.features["w"].words


def parquet(path, n=1000, **more):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    columns = {
        "time": pa.array(T // 1000 + np.arange(n), pa.timestamp("us", "UTC")),
        "request_id": [f"r{i}" for i in range(n)],
        "prediction": ["yes", "no"] * (n // 2),
        "confidence": pa.array(np.linspace(0, 1, n, dtype=np.float32)),
        "f.x": pa.array(np.arange(n, dtype=np.float32)),
    }
    pq.write_table(pa.table(columns | more), path, row_group_size=100)


def test_parquet_gives_what_json_lines_give(tmp_path):
    parquet(tmp_path / "p")
    opened = log.open_log([tmp_path / "p"])
    (batch,) = opened
    assert batch.features["x"].values.dtype == np.float32
    assert batch.time[:2].tolist() == [T, T + 1000]
    _, (same,) = read(tmp_path, lines(*(row(i) for i in range(1000))))
    np.testing.assert_array_equal(batch.id, same.id)
    assert opened.coverage.with_confidence == 1000


def test_groups_of_any_size_give_the_same_words(tmp_path):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    g = np.random.default_rng(1)
    said = [None, "", "clerk", "Zo\u00eb", "x" * 3000, *(f"c{i}" for i in range(500))]
    columns = {
        "request_id": [f"r{i}" for i in range(70_000)],
        "client": [said[i] for i in g.integers(0, len(said), 70_000).tolist()],
        "f.x": g.standard_normal(70_000),
    }
    found = []
    for size in (1000, 40_000):
        pq.write_table(pa.table(columns), tmp_path / f"{size}", row_group_size=size)
        chunks = list(log.open_log([tmp_path / f"{size}"]))
        words = [(*c.client.words, None) for c in chunks]
        clients = [w[i] for w, c in zip(words, chunks, strict=True) for i in c.client.codes.tolist()]
        found.append((clients, *(np.concatenate([getattr(c, n) for c in chunks]).tolist() for n in ("id", "time"))))
    assert found[0] == found[1]
    assert found[0][0][:3] == [None if c is None else _table.shortened(c) for c in columns["client"][:3]]


def test_a_truncated_parquet_file_is_counted_and_the_next_is_read(tmp_path):
    parquet(tmp_path / "p")
    parquet(tmp_path / "q")
    (tmp_path / "p").write_bytes((tmp_path / "p").read_bytes()[:-100])
    opened = log.open_log([tmp_path / "p", tmp_path / "q"])
    assert sum(b.time.size for b in opened) == 1000
    assert opened.coverage.files_unreadable == 1
    assert opened.coverage.reasons[0].startswith(f"{tmp_path / 'p'}: cannot be read further")


@pytest.mark.parametrize("name", ["inference-table", "sagemaker-capture"])
def test_records_in_parquet_are_read_as_in_lines(tmp_path, name):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist([json.loads(r) for r in EXAMPLES[name].splitlines()]), tmp_path / "p")
    (batch,) = log.read([tmp_path / "p"], reader=name)
    _, (same,) = read(tmp_path, EXAMPLES[name])
    np.testing.assert_array_equal(batch.id, same.id)
    np.testing.assert_array_equal(batch.time, same.time)
    assert batch.features.keys() == same.features.keys()


def test_the_blob_store_of_kserve_has_no_time_and_a_header_for_a_client(tmp_path):
    bodies = (("request", {"instances": [[1, 2]]}), ("response", {"predictions": [[0.2, 0.8]]}))
    stored = [
        {"id": "a", "reqType": side, "bytes": base64.b64encode(json.dumps(body).encode()).decode(),
         "contentType": "application/json", "inferenceService": "s", "metadata": {"X-User": ["bob"]}}
        for side, body in bodies
    ]  # fmt: skip
    c, (batch,) = read(tmp_path, lines(*stored), "client: metadata.x-user\n")
    assert batch.client.words == ("bob",)
    assert batch.confidence.tolist() == [0.8]
    assert (c.with_time, c.models) == (0, ((("s", ""), 1),))


def test_a_document_with_line_ends_is_read_as_a_whole(tmp_path):
    c, (batch,) = read(tmp_path, json.dumps(json.loads(EXAMPLES["otlp"]), indent=2).encode())
    assert c.readers == (("otlp", 1),)
    assert batch.time.size == 2


def test_reading_goes_on_in_parquet_where_it_ended(tmp_path):
    parquet(tmp_path / "p")
    opened = log.open_log([tmp_path / "p"], starts={tmp_path / "p": 700})
    assert [b.time.size for b in opened] == [300]
    assert opened.places == {tmp_path / "p": 1000}


def test_reading_goes_on_in_lines_where_it_ended_and_half_a_line_waits(tmp_path):
    whole = lines(row(0), row(1))
    path = tmp_path / "log"
    path.write_bytes(whole + b'{"time": ')
    opened = log.open_log([path], follow=True)
    assert [b.time.size for b in opened] == [2]
    assert opened.places == {path: len(whole)}
    assert opened.coverage.unreadable == 0
    path.write_bytes(whole + lines(row(2)))
    again = log.open_log([path], starts=opened.places, follow=True)
    assert [b.time.size for b in again] == [1]


def test_a_file_of_csv_goes_on_with_its_header(tmp_path):
    head = b"request_id,prediction\na,1\n"
    (tmp_path / "log").write_bytes(head + b"b,2\n")
    opened = log.open_log([tmp_path / "log"], starts={tmp_path / "log": len(head)})
    assert [b.prediction.values.tolist() for b in opened] == [[2]]


def test_gzip_is_unpacked_and_a_broken_end_is_counted(tmp_path):
    packed = gzip.compress(lines(*(row(i) for i in range(2000))), mtime=0)
    assert read(tmp_path, packed)[0].rows == 2000
    c, _ = read(tmp_path, gzip.compress(lines(row(0)), mtime=0) + packed[:-900])
    assert c.files_unreadable == 1
    assert "breaks off" in c.reasons[0]


def test_a_giant_line_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(_source, "LINE", 1000)
    monkeypatch.setattr(_source, "BLOCK", 1000)
    c, _ = read(tmp_path, lines(row(0)) + b"x" * 10_000 + b"\n" + lines(row(1), row(2)))
    assert (c.rows, c.unreadable) == (3, 1)


def test_late_labels_meet_the_ids_of_their_rows(tmp_path):
    _, (batch,) = read(tmp_path, lines(row(0), row(1)))
    c, (late,) = read(tmp_path, b"request_id,label\nr1,yes\n,no\n")
    assert isinstance(late, Labels)
    assert late.id.tolist() == [batch.id[1]]
    assert (c.labels, c.unreadable) == (1, 1)
    assert c.reasons == (f"{tmp_path / 'log'}:2: a label without a value or without a request id",)


def test_ground_truth_of_sagemaker_is_labels(tmp_path):
    truth = {"groundTruthData": {"data": "0", "encoding": "CSV"}, "eventMetadata": {"eventId": "e1"}}
    _, (batch,) = read(tmp_path, EXAMPLES["sagemaker-capture"])
    _, (late,) = read(tmp_path, lines(truth))
    assert late.id.tolist() == [batch.id[0]]
    assert late.label.values.tolist() == [0]


def test_probabilities_are_answer_and_confidence(tmp_path):
    c, (batch,) = read(tmp_path, EXAMPLES["kserve-events"])
    assert batch.prediction.values.tolist() == [0, 1]
    assert batch.confidence.tolist() == [0.9, 0.6]
    assert c.kinds == (("max_prob", 2),)


def test_positions_of_a_request_are_named_by_the_map(tmp_path):
    _, (batch,) = read(tmp_path, EXAMPLES["kserve-events"], "features: [length, width]\n")
    assert batch.features["length"].values.tolist() == [6.8, 6.0]


def test_a_request_without_its_answer_is_a_row_and_is_told(tmp_path):
    c, (batch,) = read(tmp_path, EXAMPLES["kserve-events"].splitlines(keepends=True)[0])
    assert (batch.time.size, c.with_prediction, c.unreadable) == (2, 0, 0)
    assert c.reasons == (f"{tmp_path / 'log'}:1: a request whose response is not in the log",)


def test_the_client_sampling_and_latency_of_an_inference_table(tmp_path):
    c, (batch,) = read(tmp_path, EXAMPLES["inference-table"])
    assert batch.client.words == ("ann",)
    assert batch.latency.tolist() == [7, 7]
    assert c.sampling == ((0.5, 2),)
    assert "2 rows are a sample: the log kept 50 %" in coverage.tell(c)


def test_spans_have_a_user_and_no_confidence(tmp_path):
    c, (batch,) = read(tmp_path, EXAMPLES["otlp"])
    assert batch.client.words == ("u1", "u2")
    assert batch.prediction.words == ("stop", "length")
    assert batch.time.tolist() == [T, T]
    assert batch.latency.tolist() == [250, 250]
    assert batch.confidence is None
    assert "no row has a confidence: what rests on it is not measured" in coverage.tell(c)


def test_times_without_a_zone_are_counted(tmp_path):
    c, (batch,) = read(tmp_path, EXAMPLES["bentoml-monitor"])
    assert batch.time.tolist() == [T, T]
    assert c.without_zone == 2


@pytest.mark.parametrize(
    "time", [1793613600, 1793613600000, 1793613600000000, 1793613600000000000, "2026-11-02T11:00+01:00"]
)
def test_times_of_any_unit_are_one(tmp_path, time):
    _, (batch,) = read(tmp_path, lines(row(0) | {"time": time}))
    assert batch.time.tolist() == [T]


def test_what_is_no_time_is_no_time(tmp_path):
    c, (batch,) = read(tmp_path, lines(row(0), row(1) | {"time": "yesterday"}, row(2) | {"time": "9999-01-01T00:00Z"}))
    assert batch.time.tolist() == [T, NO_TIME, NO_TIME]
    assert c.mistyped == (("time", 2),)


def test_the_type_of_a_column_is_its_first(tmp_path):
    data = lines(*(row(i, **{"f.x": 1.5, "f.w": "a"}) for i in range(20)), row(20, **{"f.x": "high", "f.w": 7}))
    c, (batch,) = read(tmp_path, data)
    assert batch.features["x"].null.sum() == 1
    assert batch.features["w"].words == ("a", "7")
    assert c.mistyped == (("x", 1),)


def test_nan_and_infinity_stay_apart_from_null(tmp_path):
    values = [1.0, "NaN", "-Infinity", None] + [2.0] * 20
    _, (batch,) = read(tmp_path, lines(*(row(i, **{"f.x": v}) for i, v in enumerate(values))))
    x = batch.features["x"]
    assert x.null.tolist()[:4] == [False, False, False, True]
    assert np.isnan(x.values[1])
    assert x.values[2] == -np.inf


def test_columns_that_come_and_go_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(_source, "ROWS", 1)
    c, _ = read(tmp_path, lines(row(0, **{"f.x": 1}), row(1, **{"f.y": 1})))
    at = f"{tmp_path / 'log'}:2"
    assert c.changes == (f"{at}: the column 'f.y' appears", f"{at}: the column 'f.x' is gone")


def test_hours_without_rows_are_gaps(tmp_path):
    c, _ = read(tmp_path, lines(row(0), row(1) | {"time": "2026-11-02T14:30:00Z"}))
    assert c.hours_without_rows == 3
    assert c.gaps == ((T // 3_600_000_000_000 + 1, 3),)
    assert "3 hours without rows, 3 of them from 2026-11-02 11:00 UTC" in coverage.tell(c)


def test_what_the_writer_lost_is_counted_and_is_no_row(tmp_path):
    c, (batch,) = read(tmp_path, lines(row(0), {"time": "2026-11-02T10:00:01Z", "lost_rows": 12}))
    assert (batch.time.size, c.lost) == (1, 12)


def test_a_million_clients_are_bounded_by_the_batch(tmp_path):
    data = lines(*(row(i, client=f"c{i}") for i in range(70_000)))
    _, chunks = read(tmp_path, data)
    assert max(len(b.client.words) for b in chunks) <= 65_536
    assert sum(b.time.size for b in chunks) == 70_000


def test_a_long_word_is_told_by_its_start_and_its_hash(tmp_path):
    _, (batch,) = read(tmp_path, lines(row(0, client="x" * 9999), row(1, client="x" * 9998)))
    one, other = batch.client.words
    assert one != other
    assert one.startswith("x" * 64 + "...")
    assert len(one) == 83


def test_a_map_says_what_columns_are(tmp_path):
    text = "time: {column: at, unit: s}\nclient: who\nprediction: y\nconfidence: p\nlatency: {column: took, unit: s}\n"
    data = b"at,who,y,p,took,age\n1793613600,ann,1,0.5,2,40\n"
    c, (batch,) = read(tmp_path, data, text)
    assert batch.time.tolist() == [T]
    assert batch.latency.tolist() == [2000]
    assert list(batch.features) == ["age"]
    assert (c.with_client, c.with_confidence) == (1, 1)


@pytest.mark.parametrize(("text", "said"), [
    ("tme: at\n", "m.yaml:1:1: no field 'tme'; did you mean 'time'?"),
    ("time: {column: at, unit: h}\n", "m.yaml:1:26: 'h' is no unit of time; write s, ms, us or ns"),
    ("client: who\nid: who\n", "m.yaml:2:5: id and client are the same column 'who'; name another"),
    ("features: {age: float}\n", "m.yaml:1:17: 'age' has no type; write `number` or `word`"),
    ("[a]\n", "m.yaml: is no map of columns; write `time: the name of its column` and so on"),
])  # fmt: skip
def test_a_mistake_in_the_map_has_its_place(text, said):
    with pytest.raises(CasemateError) as e:
        from_text(text, "m.yaml")
    assert str(e.value) == said


NAME = "name a log, or say what its columns mean (--map)"


@pytest.mark.parametrize(("data", "why", "todo"), [
    (b"\x00\x01\x02", "is no log that we know", NAME),
    (b"a,b\n1,2\n", "none of its columns has a name that we know", NAME),
    ("time,prediction\n1,a\n".encode("utf-16"), "is text in UTF-16", "save it as UTF-8"),
    (b"time;prediction;f.x\n1;a;2\n", "has semicolons between its values", "save it with commas"),
    (b"time\tprediction\tf.x\n1\ta\t2\n", "has tabs between its values", "save it with commas"),
])  # fmt: skip
def test_a_log_of_which_nothing_can_be_read_is_an_error(tmp_path, data, why, todo):
    with pytest.raises(CasemateError) as e:
        read(tmp_path, data)
    assert str(e.value) == f"{tmp_path / 'log'}: no row can be read: {why}; {todo}"


def test_an_open_quote_swallows_no_other_line(tmp_path):
    c, (batch,) = read(tmp_path, b'time,prediction\n1793613600,a\n1793613601,"b\n1793613602,c\n')
    assert batch.prediction.words == ("a", "c")
    assert c.reasons == (f"{tmp_path / 'log'}:3: a quote is not closed in its line",)


def test_an_empty_file_is_no_error(tmp_path):
    assert read(tmp_path, b"")[0].rows == 0


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(CasemateError, match="is no file that can be read"):
        log.open_log([tmp_path / "none"])
