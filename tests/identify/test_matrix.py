"""STRIDE by kind: no cell is empty by oversight, and every reason speaks of a cell that there is."""

from casemate.catalog.considered import considered
from casemate.catalog.load import catalog
from casemate.identify.matrix import matrix, rows
from casemate.identify.rule import STRIDE
from casemate.identify.shelf import rules_of

CELLS = matrix(rules_of(catalog()))


def test_every_cell_holds_a_threat_or_a_reason():
    assert CELLS.keys() == {(word, kind) for word in STRIDE for kind in rows()}
    assert [cell for cell, f in CELLS.items() if not f.threats and f.reason is None] == []


def test_a_reason_speaks_of_a_cell_that_exists():
    assert [cell for cell in considered() if cell not in CELLS] == []


def test_a_cell_with_threats_shows_no_reason():
    assert CELLS["information-disclosure", "model"].reason is None
    assert "membership-inference" in CELLS["information-disclosure", "model"].threats


def test_a_reason_is_one_plain_sentence():
    assert [r.because for r in considered().values() if not 20 < len(r.because) < 160 or r.because.endswith(".")] == []


def test_a_gap_says_what_nothing_asks():
    assert [r.because for r in considered().values() if r.gap != r.because.startswith("nothing asks")] == []


def test_each_row_says_something_of_use():
    assert [k for k in rows() if not any(CELLS[w, k].threats or CELLS[w, k].reason for w in STRIDE)] == []
