"""Decompose is linear in components + flows: the calls that it makes at 2n are twice those at n. Never timed."""

from __future__ import annotations

import sys

import pytest

from casemate.decompose import decompose
from strategies import ACTORS, ZONES, system_of

CELL = {
    "app": ("client-app", {}), "api": ("endpoint", {"returns": ["scores"]}), "engine": ("inference", {"runs": ["m"]}),
    "m": ("model", {"format": "onnx"}), "data": ("dataset", {}), "train": ("training", {}),
    "reg": ("model-registry", {}),
    "bot": ("agent", {}), "tool": ("tool", {}), "idx": ("index", {}), "log": ("log-store", {}),
    "watch": ("monitor", {}),
}  # fmt: skip
FLOWS = (
    "app api", "api engine", "data train", "train reg", "reg engine", "api bot", "bot tool", "tool bot", "idx bot",
    "api log", "log watch", "bot api",
)  # fmt: skip


def cells(n, spoken):
    parts, flows = {}, []
    for i in range(n):
        for c, (kind, props) in CELL.items():
            said = {k: [f"{x}{i}" for x in v] if k == "runs" else v for k, v in props.items()}
            if not spoken:
                said.pop("runs", None)
            parts[f"{c}{i}"] = {
                "kind": kind,
                "zone": "cloud",
                **said,
                "controls": ["query-quota"] if c == "api" else [],
            }
        drawn = [f for f in FLOWS if spoken or f not in ("bot tool", "tool bot")]
        flows += [{"from": f"{a}{i}", "to": f"{b}{i}"} for a, b in map(str.split, drawn)]
        flows += [{"from": "visitor", "to": f"app{i}"}, {"from": f"data{i}", "to": f"data{(i + 1) % n}"}]
    actors = {a: ACTORS[a] for a in ("visitor", "clerk")}
    return system_of(
        {"casemate": "1", "name": "n", "zones": ZONES, "actors": actors, "components": parts, "flows": flows}
    )


def calls(system):
    """How many functions of Casemate are called while it is decomposed."""
    count = 0

    def tally(frame, event, _):
        nonlocal count
        count += event == "call" and "casemate" in frame.f_code.co_filename

    sys.setprofile(tally)
    try:
        decompose(system, {})
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("spoken", [True, False], ids=["all is said", "engines and agents are silent"])
def test_twice_the_system_takes_twice_the_calls(spoken):
    calls(cells(2, spoken))  # caches are filled
    once, twice = calls(cells(30, spoken)), calls(cells(60, spoken))
    assert 1.8 < twice / once < 2.2
