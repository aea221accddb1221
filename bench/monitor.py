"""The monitor beside evidently 0.7.23 and whylogs 1.6.4: a reference and a current table of 51 columns.

Both sides get the same Parquet files: 50 float32 features (normal, log-normal, discrete) and a confidence; 1,000,000
rows each for us and 100,000 for the peers by default, because evidently takes minutes and keeps all in memory
(`--peer-rows 1000000` gives it all). Five features are shifted by .1 and 2 % of the confidences are low. Ours reads the
files, counts, tells drift, low confidence, joint drift and clients, and writes the JSON; the peers' loading is not
counted, so our decoding is also measured by itself. CPU seconds of child processes, one thread; rows are those of both
tables. Memory is the peak of the process, at all rows and at a quarter of them. Peers go into folders of their own in
the temporary directory, unless `--evidently PYTHON` and `--whylogs PYTHON` name interpreters that have them;
`--ours PYTHON` needs pyarrow.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import venv
from pathlib import Path
from typing import Any

PACKAGES = {
    "ours": ("numpy", "pyarrow", "click", "pyyaml", "jinja2", "packaging", "rich", "cryptography", "rustworkx"),
    "evidently": ("evidently==0.7.23", "pandas<3"),
    "whylogs": ("whylogs[viz]==1.6.4", "pandas<3", "numpy<2", "setuptools<81", "pyarrow<20"),
}
SHIFTED = ["confidence", *(f"f.f{i:02}" for i in range(5))]
SOURCE = Path(__file__).resolve().parent.parent / "src"
MAKE = """
import sys
import numpy as np, pyarrow as pa, pyarrow.parquet as pq
folder, rows = sys.argv[1], int(sys.argv[2])
for name, seed, shift in (("reference", 1, 0.0), ("current", 2, 0.1)):
    g = np.random.default_rng(seed)
    shared = g.standard_normal((rows, 5), dtype=np.float32)
    columns = {}
    for i in range(50):
        x = g.standard_normal(rows, dtype=np.float32) * np.float32(0.8) + shared[:, i % 5] * np.float32(0.6)
        x = np.exp(x) if i % 3 == 1 else np.round(x * 4) / 4 if i % 3 == 2 else x
        columns[f"f.f{i:02}"] = (x + np.float32(shift) if i < 5 else x).astype(np.float32)
    sure = 1 - g.beta(2, 8, rows)
    if shift:
        odd = g.random(rows) < 0.02
        sure[odd] = 0.5 + 0.1 * g.random(odd.sum())
    columns["confidence"] = sure.astype(np.float32)
    columns["client"] = pa.array([f"c{i}" for i in range(10_007)]).take(pa.array(g.zipf(1.3, rows) % 10_007))
    time = 1_700_006_400_000_000 + np.arange(rows) * 86_400_000_000 // rows
    columns["time"] = pa.array(time, pa.timestamp("us", "UTC"))
    table = pa.table(columns)
    for part, many in (("", rows), (".quarter", rows // 4)):
        path = f"{folder}/{name}{part}.parquet"
        pq.write_table(table.slice(0, many), path, row_group_size=65_536, compression="zstd", compression_level=1)
"""
TIMED = """
import json, resource, sys
def clock(): r = resource.getrusage(resource.RUSAGE_SELF); return r.ru_utime + r.ru_stime
def done(seconds, rows, flagged, decoding=0.0):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {"seconds": seconds, "rows": rows, "flagged": flagged, "megabytes": peak, "decoding": decoding}
    print(json.dumps(found))
folder, rows, part = sys.argv[1], int(sys.argv[2]), sys.argv[3]
start = clock()
"""
OURS = (
    TIMED
    + """
from pathlib import Path
from casemate.evidence.monitor import told
from casemate.evidence.monitor.opened import How
from casemate.evidence.monitor.run import Limits
from casemate.evidence.monitor.whole import watched
names = [Path(folder) / f"{name}{part}.parquet" for name in ("reference", "current")]
found = watched([names[1]], names[0], How(), Limits(low=0.2)).facts
text = told.as_json(found)
seconds = clock() - start
import pyarrow.parquet as pq
start = clock()
for name in names:
    for batch in pq.ParquetFile(name, pre_buffer=False).iter_batches(65_536, use_threads=False):
        pass
done(seconds, 2 * rows, sorted(found.beyond), clock() - start)
"""
)
LOAD = """
import pandas as pd, warnings
warnings.filterwarnings("ignore")
columns = [f"f.f{i:02}" for i in range(50)] + ["confidence"]
a, b = (pd.read_parquet(f"{folder}/{n}.parquet", columns=columns).iloc[:rows] for n in ("reference", "current"))
"""
EVIDENTLY = (
    TIMED
    + LOAD
    + """
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset
start = clock()
kinds = DataDefinition(numerical_columns=columns)
result = Report([DataDriftPreset()]).run(Dataset.from_pandas(b, kinds), Dataset.from_pandas(a, kinds)).dict()
drift = [m for m in result["metrics"] if "ValueDrift" in m.get("metric_name", m.get("metric_id", ""))]
done(clock() - start, 2 * rows, len(drift))
"""
)
WHYLOGS = (
    TIMED
    + LOAD
    + """
import whylogs
from whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores
start = clock()
one, other = (whylogs.log(x).view() for x in (a, b))
scores = calculate_drift_scores(target_view=other, reference_view=one, with_thresholds=True)
done(clock() - start, 2 * rows, sorted(k for k, v in scores.items() if v and v.get("drift_category") == "DRIFT"))
"""
)
SCRIPTS = {"ours": OURS, "evidently": EVIDENTLY, "whylogs": WHYLOGS}


def interpreter(name: str, given: str | None) -> str:
    """One that has the packages."""
    if given:
        return given
    folder = Path(tempfile.gettempdir()) / f"casemate-bench-{name}"
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES[name]], check=True)
    return str(python)


def run(python: str, script: str, *arguments: object) -> str:
    """What a child says; one thread for linear algebra, our source on the path."""
    one = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "ARROW", "NUMEXPR")}
    environment = {**os.environ, **one, "PYTHONPATH": str(SOURCE), "DO_NOT_TRACK": "1", "WHYLOGS_NO_ANALYTICS": "True"}
    command = [python, "-c", script, *map(str, arguments)]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def measured(python: str, name: str, folder: str, rows: int, part: str = "", runs: int = 1) -> dict[str, Any]:
    """The run that took least CPU."""
    lines = [run(python, SCRIPTS[name], folder, rows, part).strip().splitlines()[-1] for _ in range(runs)]
    found: list[dict[str, Any]] = [json.loads(line) for line in lines]
    return min(found, key=lambda f: f["seconds"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--peer-rows", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    for name in PACKAGES:
        parser.add_argument(f"--{name}", metavar="PYTHON")
    parser.add_argument("--without", choices=("evidently", "whylogs"), action="append", default=[])
    given = parser.parse_args()
    ours = interpreter("ours", given.ours)
    with tempfile.TemporaryDirectory() as folder:
        run(ours, MAKE, folder, given.rows)
        quarter = measured(ours, "ours", folder, given.rows // 4, ".quarter")
        best = measured(ours, "ours", folder, given.rows, "", given.runs)
        peers = {}
        for name in ("evidently", "whylogs"):
            if name not in given.without:
                python = interpreter(name, getattr(given, name))
                peers[name] = measured(python, name, folder, min(given.peer_rows, given.rows))
    report(best, quarter, peers)


def speed(found: dict[str, Any]) -> float:
    """Rows of both tables for each CPU second."""
    return float(found["rows"] / found["seconds"])


def report(best: dict[str, Any], quarter: dict[str, Any], peers: dict[str, dict[str, Any]]) -> None:
    print(f"{'':<12}{'rows':>12}{'CPU s':>9}{'rows/s':>12}{'MB':>7}  ours is faster by")
    for name, found in {"casemate": best, "a quarter": quarter, **peers}.items():
        ratio = f"{speed(best) / speed(found):.1f}" if name in peers else ""
        line = f"{name:<12}{found['rows']:>12,}{found['seconds']:>9.2f}{speed(found):>12,.0f}{found['megabytes']:>7.0f}"
        print(f"{line}  {ratio}")
    bare = {**best, "seconds": best["seconds"] - best["decoding"]}
    print(f"decoding Parquet alone takes {best['decoding']:.2f} of our seconds; without it {speed(bare):,.0f} rows/s")
    print(f"columns flagged: {', '.join(best['flagged'])} ({'exactly' if best['flagged'] == SHIFTED else 'NOT'} those)")
    goals = [
        ("at least 1,000,000 rows/s/core", speed(best) >= 1e6),
        ("exactly the shifted columns", best["flagged"] == SHIFTED),
        ("under 400 MB", best["megabytes"] < 400),
        (
            "memory flat in the rows (four times as many: at most 1.1 times)",
            best["megabytes"] <= 1.1 * quarter["megabytes"],
        ),
    ]
    if "evidently" in peers:
        goals.append(("at least 100 times evidently", speed(best) >= 100 * speed(peers["evidently"])))
    for words, met in goals:
        print(f"{'met    ' if met else 'NOT MET'} {words}")


if __name__ == "__main__":
    main()
