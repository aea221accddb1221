"""Measures what the attacker gets: without a countermeasure, and with each one, from somebody who knows it or not.

    python redteam.py [--campaigns 30] [--reports 300] [--size 10] [--seed 0] [--out out/results.json]

Every campaign is another city, another morning, another area. The same seed gives the same bytes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from attacker import Attack, area, attack, careful, crude, led, share
from city import HISTORY, Array, Morning, city, morning
from service import FALSE_ALARMS, Service, estimate, gated, refused, routes, service

from casemate.core.digest import of_file
from casemate.core.interval import wilson

HERE = Path(__file__).resolve().parent
BROKEN = 0.10  # a campaign works when it leads a tenth of the fleet into the area that would not have gone there
PER_ACCOUNT = 8  # reports of each account, of an attacker who has many
LESSONS = 12  # of the earlier mornings teach what is usual, the others teach the gate what is strange
LATER = 3  # honest mornings on which false alarms are counted
NAMES = {
    "none": "no countermeasure",
    "gate": "anomaly gate",
    "votes": "one account, one vote",
    "own": "own vehicles agree",
    "all": "all three",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is tried, and on cities of what size."""

    campaigns: int = 30
    reports: int = 300
    size: int = 10
    drivers: int = 250
    vehicles: int = 300
    seed: int = 0


def main(given: Sequence[str] | None = None) -> None:
    p = argparse.ArgumentParser(description="Attack the routing service, with and without its countermeasures.")
    for name in ("campaigns", "reports", "size", "drivers", "vehicles", "seed"):
        p.add_argument(f"--{name}", type=int, default=getattr(Plan(), name))
    p.add_argument("--out", type=Path, default=HERE / "out" / "results.json")
    said = vars(p.parse_args(given))
    out = said.pop("out")
    found = results(Plan(**said))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(table(found), end="")


def results(plan: Plan) -> dict[str, Any]:
    """All that was measured, as plain numbers."""
    rows = [campaign(plan, i) for i in range(plan.campaigns)]
    column = {k: np.array([r[k] for r in rows]) for k in rows[0]}
    cells = {}
    for name in NAMES:
        naive, knows = column[f"{name} naive"], column[f"{name} knows"]
        knows = np.maximum(naive, knows)  # nobody is stopped by knowing more
        cells[name] = {
            "naive": _mean(naive), "knows": _mean(knows), "late": _mean(column[f"{name} late"]),
            "naive worked": _worked(naive), "knows worked": _worked(knows),
        }  # fmt: skip
    gate = {k: _mean(column[k]) for k in ("caught naive", "caught knows", "false alarms")}
    plan_said = {k: getattr(plan, k) for k in Plan.__slots__}
    return {"plan": plan_said, "usual": _mean(column["usual"]), "led": cells, "gate": gate,
            "service": of_file(HERE / "service.py")}  # fmt: skip


def campaign(plan: Plan, number: int) -> dict[str, float]:
    """One city and one morning: shares of the fleet and of reports, and how much later it is when nobody attacks."""
    rng = np.random.default_rng([plan.seed, 1, number])
    c = city(plan.size, rng)
    history = [morning(c, plan.drivers, plan.vehicles, rng) for _ in range(HISTORY)]
    # What is usual and what is strange are learned apart: strangeness against a mean that knows a morning is too small.
    first, then = history[:LESSONS], history[LESSONS:]
    bare = service(c, first)
    m, block = morning(c, plan.drivers, plan.vehicles, rng), area(c, rng)
    gate = gated(bare, then, number)
    with_ = {
        "none": bare,
        "gate": gate,
        "votes": replace(bare, votes=True),
        "own": replace(bare, own=True),
        "all": replace(gate, votes=True, own=True),
    }
    naive = attack(bare, m, block, crude(bare), plan.reports)
    many, quiet = replace(crude(bare), each=PER_ACCOUNT), careful(gate, m, PER_ACCOUNT)
    knows = {n: attack(s, m, block, many if s.gate is None else quiet, plan.reports) for n, s in with_.items()}
    later = [morning(c, plan.drivers, plan.vehicles, rng) for _ in range(LATER)]
    alarms = float(np.mean([refused(gate, x.reports, x.before).mean() for x in later]))
    out = {"usual": share(bare, m.reports, m, block), "false alarms": alarms}
    out |= {"caught naive": _caught(gate, m, naive), "caught knows": _caught(gate, m, knows["gate"])}
    for name, s in with_.items():
        out[f"{name} naive"], out[f"{name} knows"] = led(s, naive.reports, m, block), knows[name].led
        out[f"{name} late"] = late(s, m)
    return out


def late(s: Service, m: Morning) -> float:
    """How much longer the fleet drives than with perfect knowledge, when nobody attacks."""
    sent, best = (float((routes(s, x, m.trips) @ m.true).sum()) for x in (estimate(s, m.reports, m.before), m.true))
    return sent / best - 1


def _caught(s: Service, m: Morning, a: Attack) -> float:
    return float(refused(s, m.reports.plus(a.reports), m.before)[len(m.reports) :].mean())


def _mean(values: Array) -> list[float]:
    """Mean over the campaigns, and its 95 % interval by bootstrap (Efron 1979). Equal values, equal interval."""
    rng = np.random.default_rng(0)
    again = values[rng.integers(len(values), size=(2000, len(values)))].mean(axis=1)
    return [round(float(v), 6) for v in (values.mean(), *np.quantile(again, [0.025, 0.975]))]


def _worked(led_in: Array) -> list[float]:
    """In how many campaigns the attack worked, of how many, and the interval of the share."""
    count = int((led_in >= BROKEN - 1e-9).sum())
    return [count, len(led_in), *(round(float(v), 6) for v in wilson(count, len(led_in)))]


def table(found: dict[str, Any]) -> str:
    """The numbers for people, in 80 columns."""
    plan, gate = found["plan"], found["gate"]
    lines = [
        f"{plan['campaigns']} campaigns, each in a city of its own: {plan['reports']} false reports among those of "
        f"{plan['drivers']}\nhonest drivers. {_percent(found['usual'])} % of the fleet pass the area anyway. Below: "
        "percent of the\nfleet led there besides, mean and 95 % interval. With 10 or more it worked.\n",
        f"{'':<22}  {'does not know it':<19} {'knows it':<19} worked    delay",
    ]
    for name, shown in NAMES.items():
        of = found["led"][name]
        worked = f"{of['knows worked'][0]} of {of['knows worked'][1]}"
        lines.append(
            f"{shown:<22}  {_ranged(of['naive']):<19} {_ranged(of['knows']):<19} {worked:<9} {_percent(of['late'])} %"
        )
    lines += [
        "",
        f"The gate refuses {_ranged(gate['false alarms'])} % of honest reports (set to at most "
        f"{100 * FALSE_ALARMS:g} %),",
        f"{_percent(gate['caught naive'])} % of the false reports of somebody who does not know it, and",
        f"{_percent(gate['caught knows'])} % of the false reports of somebody who does.",
        "Delay: how much longer the fleet drives than with perfect knowledge, unattacked.",
    ]
    return "\n".join(lines) + "\n"


def _percent(of: Sequence[float]) -> str:
    return f"{100 * of[0]:.1f}"


def _ranged(of: Sequence[float]) -> str:
    return "{:.1f} ({:.1f} to {:.1f})".format(*(100 * v + 0.0 for v in of))


if __name__ == "__main__":
    main()
