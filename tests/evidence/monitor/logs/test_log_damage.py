"""Logs that are damaged in one place, or read with a map that is wrong: what is there counts, the rest is told."""

import numpy as np
import pytest

from casemate.core.errors import CasemateError
from casemate.evidence.monitor import coverage, log
from casemate.evidence.monitor.batch import NO_TIME, Numeric
from casemate.evidence.monitor.coverage import tell
from casemate.evidence.monitor.gathered import Gathered
from casemate.evidence.monitor.mapping import from_text

CSV = b"time,request_id,prediction,f.age\n" + b"".join(b"%d,r%d,1,%d\n" % (1793613600 + i, i, i) for i in range(40))


def read(path, mapping="", **more):
    opened = log.open_log([path], from_text(mapping, "m.yaml") if mapping else None, **more)
    return list(opened), opened.coverage


@pytest.fixture
def parquet(tmp_path):
    """A thousand rows in ten groups, and where in the file each group of pages begins."""
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    path = tmp_path / "log.parquet"
    columns = {"time": np.arange(1000) + 1793613600, "prediction": np.arange(1000.0), "f.x": np.arange(1000.0)}
    pq.write_table(pa.table(columns), path, row_group_size=100)
    groups = pq.ParquetFile(path).metadata
    return path, [groups.row_group(i).column(2).data_page_offset for i in range(10)]


def test_one_damaged_group_of_parquet_costs_its_own_rows_and_no_other(parquet):
    path, places = parquet
    data = bytearray(path.read_bytes())
    data[places[4] : places[4] + 60] = b"\xff" * 60
    path.write_bytes(data)
    chunks, c = read(path)
    found = np.concatenate([chunk.features["x"].values for chunk in chunks])
    assert found.tolist() == [*range(400), *range(500, 1000)]
    assert (c.rows, c.unreadable, c.files_unreadable) == (900, 100, 0)
    assert c.reasons[0].startswith(f"{path}:401: damaged to row 500 (")


def test_a_damaged_file_is_read_on_behind_what_was_read_before(parquet):
    path, places = parquet
    data = bytearray(path.read_bytes())
    data[places[9] : places[9] + 60] = b"\xff" * 60
    path.write_bytes(data)
    chunks, c = read(path, starts={path: 250})
    assert (chunks[0].features["x"].values[0], c.rows, c.unreadable) == (250, 650, 100)


def test_a_file_of_which_nothing_can_be_read_is_to_be_copied_again(parquet):
    path, _ = parquet
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(CasemateError, match="cannot be read further") as caught:
        read(path)
    assert caught.value.todo == "copy it again as a whole, or leave it out"


def test_a_column_that_the_map_names_and_no_file_has_is_told_with_what_may_be_meant(tmp_path):
    (tmp_path / "log.csv").write_bytes(CSV)
    _, c = read(tmp_path / "log.csv", "id: request_id\nprediction: predicton\nconfidence: sure\n")
    assert c.unmapped == (
        "the map takes confidence from 'sure', which no file has",
        "the map takes prediction from 'predicton', which no file has; did you mean 'prediction'?",
    )
    assert c.unmapped[0] in tell(c)


def test_while_a_folder_is_followed_a_later_file_may_have_what_the_map_names(tmp_path):
    (tmp_path / "log.csv").write_bytes(CSV)
    assert read(tmp_path / "log.csv", "label: truth\n", follow=True)[1].unmapped == ()


def test_words_in_a_column_of_numbers_do_not_make_words_of_it(tmp_path):
    (tmp_path / "log.csv").write_bytes(CSV.replace(b",1,1", b",1,x1"))
    ((batch,), c) = read(tmp_path / "log.csv", numbers=frozenset({"age"}))
    age = batch.features["age"]
    assert isinstance(age, Numeric)
    assert age.null is not None
    assert (int(age.null.sum()), c.mistyped) == (11, (("age", 11),))
    ((alone,), _) = read(tmp_path / "log.csv")
    assert not isinstance(alone.features["age"], Numeric)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_of_any_unit_are_ns_and_those_beyond_1678_to_2262_are_none(unit):
    pa = pytest.importorskip("pyarrow")
    from casemate.evidence.monitor.logs import _arrow

    each = {"s": 10**9, "ms": 10**6, "us": 1000, "ns": 1}[unit]
    last = (2**63 - 1) // each
    found = _arrow._times(pa.array([0, -7, last], pa.timestamp(unit, "UTC")), Gathered())
    assert found is not None
    assert found.values.tolist() == [0, -7 * each, last * each]
    if each > 1:
        for far in (last + 1, -last - 1, -(2**63)):
            assert _arrow._times(pa.array([far], pa.timestamp(unit, "UTC")), Gathered()) is None


def test_what_is_known_of_nothing_is_nothing():
    c = coverage.coverage(Gathered())
    assert (c.rows, c.first, c.unmapped) == (0, NO_TIME, ())


def test_one_row_of_many_without_an_id_is_not_rounded_away():
    told = tell(coverage.Coverage(rows=3001, with_id=3000, with_client=1500))
    assert "all but 1 of the rows have a request id" in told
    assert "50 % of the rows have a client" in told


def test_what_was_left_out_of_a_row_is_told_though_no_row_was_lost(tmp_path):
    wide = "time,prediction," + ",".join(f"f.x{i}" for i in range(2500)) + "\n1793613600,1" + ",1" * 2500 + "\n"
    (tmp_path / "log.csv").write_text(wide)
    _, c = read(tmp_path / "log.csv")
    assert c.rows == 1
    assert any("2000 columns" in line for line in tell(c))
