"""What every detector of the shelf has in common."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

from casemate.evidence.monitor import detectors
from casemate.evidence.monitor.batch import NO_TIME, hash64
from casemate.evidence.monitor.sketch_spec import CategorySpec, NumericSpec
from casemate.evidence.monitor.tell import percent, when

SHELF = sorted(m.name for m in pkgutil.iter_modules(detectors.__path__))


def test_the_shelf_is_not_empty():
    assert len(SHELF) >= 6


@pytest.mark.parametrize("name", SHELF)
def test_a_detector_says_what_it_guarantees_and_where_that_comes_from(name):
    member = importlib.import_module(f"{detectors.__name__}.{name}")
    told = " ".join(member.__doc__.lower().split())
    assert "guarantee" in told
    assert "source" in told or "`compare.py`" in told
    for part in ("NAME", "Config", "State", "begin", "step", "alarms", "readings"):
        assert hasattr(member, part), part
    assert member.Config.__dataclass_params__.frozen
    assert member.State.__dataclass_params__.frozen


@pytest.mark.parametrize("name", SHELF)
def test_detectors_do_not_know_each_other(name):
    member = importlib.import_module(f"{detectors.__name__}.{name}")
    others = {f"{detectors.__name__}.{other}" for other in SHELF} - {member.__name__}
    assert not others & {getattr(thing, "__module__", None) for thing in vars(member).values()}


def test_times_are_told_in_utc_and_absurd_ones_are_unknown():
    assert when(1_764_000_000 * 10**9) == "2025-11-24 16:00 UTC"
    assert when(NO_TIME) == when(-1) == "an unknown time"
    assert percent(0.04567) == "4.57 %"


def test_a_word_has_the_same_hash_on_every_machine():
    assert hash64("client-07") == 0x2FBFDC6494782E98


@pytest.mark.parametrize(
    "make",
    [
        lambda: NumericSpec(bits=17),
        lambda: NumericSpec(offset=float("nan")),
        lambda: CategorySpec(("b", "a")),
        lambda: CategorySpec(tuple(f"{i:05}" for i in range(1025))),
    ],
)
def test_specs_out_of_bounds_are_an_error(make):
    with pytest.raises(Exception, match="sketch: "):
        make()
