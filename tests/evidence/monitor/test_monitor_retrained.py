"""Training sets of successive versions, as files."""

import json

import numpy as np
import pytest

from casemate.core.errors import CasemateError
from casemate.evidence.monitor import retrained
from casemate.evidence.monitor.opened import How


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    """Three training sets: the second like the first, the third with another income."""
    folder = tmp_path_factory.mktemp("training")
    paths = [folder / f"{n}.csv" for n in ("v1", "v2", "v3")]
    for i, path in enumerate(paths):
        g = np.random.default_rng(i)
        income = g.standard_normal(5000) + (i == 2)
        age = g.standard_normal(5000)
        path.write_text(
            "age,income,label\n"
            + "".join(f"{a:.4f},{b:.4f},{'yes' if a > 0 else 'no'}\n" for a, b in zip(age, income, strict=True))
        )
    return paths


def test_the_version_whose_training_data_moved_is_named(sets):
    found = retrained.retrained(sets, How())
    assert [a.subject for a in found.alarms] == ["v3.csv: f.income", "v3.csv: f.income"]
    lines = retrained.text(found).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("ALARM: f.income of the training set moved from v1.csv to v3.csv: KS 0.")
    assert lines[1].endswith("0.05 allowed; 1 more below")
    assert lines[3:6] == ["v1.csv: 5,000 rows", "v2.csv: 5,000 rows", "v3.csv: 5,000 rows"]


def test_alike_versions_are_quiet_and_what_stays_invisible_is_said(sets):
    assert retrained.text(retrained.retrained(sets[:2], How())) == (
        "QUIET: no column moved by more than what is tolerated\n\n"
        "v1.csv: 5,000 rows\nv2.csv: 5,000 rows\n\n"
        "What stays invisible\n  rows that were changed without moving a column by what is tolerated\n"
    )


def test_the_json_has_every_comparison(sets):
    found = json.loads(retrained.as_json(retrained.retrained(sets, How())))
    assert found["format"] == "retraining/1"
    assert [c["subject"] for c in found["comparisons"]] == [
        f"{v}.csv: {c}" for v in ("v2", "v3", "v3") for c in ("f.age", "f.income", "prediction")
    ]  # fmt: skip


def test_one_version_is_an_error(sets):
    with pytest.raises(CasemateError, match="takes two training sets or more, not 1; name them, oldest first"):
        retrained.retrained(sets[:1], How())


def test_a_version_without_rows_is_an_error(sets, tmp_path):
    (tmp_path / "empty.csv").write_text("age,income,label\n")
    with pytest.raises(CasemateError, match="empty"):
        retrained.retrained([sets[0], tmp_path / "empty.csv"], How())
