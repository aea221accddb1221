"""Attack paths and choke points on systems of 1,000 and 10,000 components, all of whose parts are joined in cycles.

The systems of `systems.py` have cycles of their own (requests and answers, agents and tools, deployment and feedback);
here every cell also feeds the next one and the last the first, so that every component is reached from every other.
CPU seconds (user + system), the least of the runs, in one process after the assessment; rustworkx's import counts.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import systems
from assess import TODAY, mark

SIZES = (1000, 10000)
MOST = 1.0  # CPU seconds at 1,000 components
CHILD = """
import sys, time
from pathlib import Path
from casemate.cli._inputs import Options, assessed
from casemate.counter.choke import chokes
from casemate.prioritize.paths import paths
a = assessed(Path(sys.argv[1]), Options(today=sys.argv[2]))
start = time.process_time()
found = paths(a.risks)
walked = time.process_time()
best = chokes(found, a.risks, a.risks.catalog.controls)
done = time.process_time()
longest = max(len(p.steps) for p in found.paths)
print(walked - start, done - walked, len(found.chains.web.edges), len(found.paths), longest)
"""


def ring(n: int) -> systems.System:
    """The system with a flow from the last part of every cell to the first of the next, and back to the first cell."""
    s = systems.system(n)
    cells = -(-n // len(systems.CELL))
    for k in range(cells):
        for a, b in (("core", "gateway"), ("host", "training"), ("tickets", "index")):
            ends = f"{a}-{k}", f"{b}-{(k + 1) % cells}"
            if all(e in s.components for e in ends):
                s.flows.setdefault(ends, {})
    return s


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--sizes", default=",".join(map(str, SIZES)), help="components, separated by commas")
    said = options.parse_args()
    took: dict[int, float] = {}
    print("components  edges   paths s  choke points s  told  longest")
    with tempfile.TemporaryDirectory() as folder:
        for n in map(int, said.sizes.split(",")):
            file = Path(folder) / f"{n}.yaml"
            file.write_text(systems.text(ring(n)), encoding="utf-8")
            runs = [_run(file) for _ in range(said.runs)]
            walk, choke, edges, told, longest = min(runs, key=lambda r: r[0] + r[1])
            took[n] = walk + choke
            print(f"{n:10}  {edges:<6.0f}  {walk:6.2f}  {choke:14.2f}  {told:4.0f}  {longest:7.0f}", flush=True)
    if 1000 in took:
        print(f"{mark(took[1000] < MOST)}  {took[1000]:.2f} s for paths and choke points at 1,000, under {MOST:.0f} s")


def _run(file: Path) -> tuple[float, ...]:
    child = [sys.executable, "-c", CHILD, str(file), TODAY]
    return tuple(map(float, subprocess.run(child, check=True, capture_output=True, text=True).stdout.split()))


if __name__ == "__main__":
    main()
