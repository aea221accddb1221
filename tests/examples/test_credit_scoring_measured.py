"""The numbers in the example's README are those that `make demo` measured last on this machine."""

import json
import re
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "credit-scoring"
ROW = re.compile(r"^\| ([^|]+) \| ([^|]*) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$", re.MULTILINE)
NAMES = {"rounding to one decimal": "rounding decimals=1", "noise of .1": "noise scale=0.1",
         "a quota of 100": "quota quota=100", "the label alone": "label-only"}  # fmt: skip


def predicate(name):
    path = EXAMPLE / "evidence" / f"{name}.jsonl"
    if not path.exists():
        pytest.skip("make demo was not run here")
    return json.loads(path.read_text("utf-8").splitlines()[0])["predicate"]


def percent(share):
    return f"{share * 100:.0f} %" if share == 0 or share >= 0.1 else f"{share * 100:.1f} %".removeprefix("0")


def test_the_table_of_guards_is_what_the_red_team_measured():
    guards = predicate("redteam")["settings"]["guards"]
    said = {m[1]: m for m in ROW.finditer((EXAMPLE / "README.md").read_text("utf-8")) if m[1] in NAMES}
    assert said.keys() == NAMES.keys()
    for words, name in NAMES.items():
        (g,) = [g for g in guards if g["guard"] == name and g["goal"] == "membership"]
        naive = percent(g["naive"]["broken"]) if g["naive"]["of"] else "not scored"
        assert said[words][2] == naive
        assert said[words][3].split(":")[0] == percent(g["adaptive"]["broken"])
        assert said[words][4] == f"{g['accuracy']['value'] * 100:.1f} %"
        assert said[words][5] == ("yes" if g["effective"] else "no")


def test_the_monitor_finds_the_attack_and_the_one_broker_who_makes_it():
    record = predicate("monitor")
    assert record["facts"]["alarms"] == ["drift", "low-confidence", "probing"]
    assert "probing: low confidence: 1 client or pool shows too much" in record["findings"]
    assert any(line.startswith("low confidence: confidence below 0.6 in 39.5 %") for line in record["findings"])
