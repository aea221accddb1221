"""What it costs to ask `casemate` for its help or its version, in multiples of `python -c pass`. Minima of 15 runs."""

from __future__ import annotations

import sys

from assess import cost, least, mark

RUNS = 15
MOST = 6.0
ASKED = {"--version": ["-m", "casemate", "--version"], "--help": ["-m", "casemate", "--help"]}


def main() -> None:
    commands = {"python -c pass": ["-c", "pass"], **ASKED}
    costs = {name: [cost([sys.executable, *rest])] for name, rest in commands.items()}
    for _ in range(RUNS - 1):  # in turns, so that a busy machine is busy for all
        for name, rest in commands.items():
            costs[name].append(cost([sys.executable, *rest]))
    base = least(costs["python -c pass"]).cpu
    for name in ASKED:
        ratio = least(costs[name]).cpu / base
        said = f"casemate {name} takes {ratio:.1f} times the CPU of python -c pass, at most {MOST:.0f}"
        print(f"{mark(ratio <= MOST)}  {said}")


if __name__ == "__main__":
    main()
