"""Simulates the log that the scoring API writes: a month as usual, and a month with an attack in it. Seeded.

logs/usual/*.jsonl    30 days: what applicants and 12 brokers ask, by day and by night
logs/now/*.jsonl      the 30 days after: the same, and from the 19th day on one broker tries out where the line runs
                      between good and bad, 700 times a day for three days, behind an account that looks like any other

The answers are those of artifacts/scorer.pkl; the people are those of data/applications.csv, drawn again and again.
"""

import argparse
import hashlib
import json
import pickle
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from train import HERE, LABEL, read

DAYS, A_DAY, BROKERS = 30, 600, 12
STARTS = {"usual": datetime(2026, 9, 22, tzinfo=UTC), "now": datetime(2026, 10, 22, tzinfo=UTC)}
ATTACK = {"first day": 18, "days": 3, "a day": 700, "by": "broker-05"}
STEPS = 7  # halvings between an application that is good and one that is bad


def main() -> None:
    """Write both months below --out and print how many rows they hold."""
    parser = argparse.ArgumentParser(description="Simulate two months of requests to the credit scorer.")
    parser.add_argument("--out", type=Path, default=HERE / "logs", metavar="DIR", help="where usual/ and now/ go")
    out = parser.parse_args().out
    model = HERE / "artifacts" / "scorer.pkl"
    scorer = pickle.loads(model.read_bytes())
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    people, _ = read(HERE / "data" / "applications.csv")
    for seed, (name, start) in enumerate(STARTS.items()):
        rng = np.random.default_rng(seed)
        rows = month(people, rng)
        if name == "now":
            rows = pd.concat([rows, probes(people, scorer, rng)], ignore_index=True)
        n = write(answered(rows, scorer), start, digest, out / name)
        print(f"{name}: {n:,} predictions in {DAYS} days")


def month(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """What people ask: most by day, fewer at weekends; half of them through brokers."""
    days = [day for day in range(DAYS) for _ in range(rng.poisson(A_DAY * (0.5 if day % 7 >= 5 else 1.1)))]
    asked = people.iloc[rng.integers(len(people), size=len(days))].reset_index(drop=True)
    direct = rng.random(len(days)) < 0.5
    brokers = rng.integers(1, BROKERS + 1, size=len(days))
    asked["client"] = [
        f"applicant-{i:06d}" if d else f"broker-{b:02d}" for i, (d, b) in enumerate(zip(direct, brokers, strict=True))
    ]
    asked["at"] = np.array(days) + np.clip(rng.normal(0.58, 0.14, len(days)), 0, 0.999)
    return asked


def probes(people: pd.DataFrame, scorer: object, rng: np.random.Generator) -> pd.DataFrame:
    """The attack: between an application that is good and one that is bad, halve the way until the scorer hesitates."""
    good = scorer.predict(people) == "good"
    n = ATTACK["a day"] * ATTACK["days"] // STEPS
    a = people[good].iloc[rng.integers(good.sum(), size=n)].reset_index(drop=True)
    b = people[~good].iloc[rng.integers((~good).sum(), size=n)].reset_index(drop=True)
    words = people.select_dtypes(exclude="number").columns
    numbers = people.columns.difference(words)
    b[words] = a[words]  # a form's words stay; its numbers move
    found = []
    for _ in range(STEPS):
        middle = a.copy()
        middle[numbers] = ((a[numbers].fillna(b[numbers]) + b[numbers].fillna(a[numbers])) / 2).round()
        found.append(middle)
        yes = scorer.predict(middle) == "good"
        a[yes], b[~yes] = middle[yes], middle[~yes]
    out = pd.concat(found, ignore_index=True)
    out["client"] = ATTACK["by"]
    out["at"] = ATTACK["first day"] + np.sort(rng.random(len(out))) * ATTACK["days"]
    return out


def answered(rows: pd.DataFrame, scorer: object) -> pd.DataFrame:
    """The rows in their order of time, with what the scorer says of each and how sure it is."""
    rows = rows.sort_values("at", kind="stable").reset_index(drop=True)
    scores = scorer.predict_proba(rows.drop(columns=["client", "at"]))
    return rows.assign(prediction=scorer.classes_[scores.argmax(axis=1)], confidence=scores.max(axis=1).round(4))


def write(rows: pd.DataFrame, start: datetime, digest: str, folder: Path) -> int:
    """One file of JSON lines a day, in the form prediction_log/1."""
    folder.mkdir(parents=True, exist_ok=True)
    features = [c for c in rows.columns if c not in ("client", "at", "prediction", "confidence", LABEL)]
    days: dict[int, list[str]] = {}
    for i, row in enumerate(rows.astype(object).where(rows.notna(), None).to_dict("records")):
        line = {
            "time": (start + timedelta(days=row["at"])).isoformat(timespec="milliseconds"),
            "request_id": f"{start:%y%m%d}-{i:06d}",
            "model": "scorer",
            "artifact_digest": digest,
            "client": row["client"],
            "prediction": row["prediction"],
            "confidence": row["confidence"],
            "confidence_kind": "max_prob",
            "features": {name: row[name] for name in features},
        }
        days.setdefault(int(row["at"]), []).append(json.dumps(line, separators=(",", ":")) + "\n")
    for day, lines in days.items():
        (folder / f"{start + timedelta(days=day):%Y-%m-%d}.jsonl").write_text("".join(lines), encoding="utf-8")
    return len(rows)


if __name__ == "__main__":
    main()
