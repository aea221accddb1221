"""garak's report.jsonl: one row for each probe and detector, after the rows of its attempts.

Read are the `eval` rows: passed, fails (in old files total less passed) and nones, which no detector could score.
Several detectors judge the same answers, so of a probe counts what its worst detector found, and as held only what each
of them passed. A detector of garak's own tests (`always.`) says the same of every answer and scores nothing.
Which threats a probe speaks of stands in MODULES, else in the OWASP tag that the digest gives it.
Source: garak 0.13 and 0.14, evaluators/base.py and docs/source/reporting.rst.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from casemate.evidence.results.result import Results, Unreadable, moment
from casemate.evidence.results.tally import MOST_COUNT, PLANTED, TYPED, Tally, count, results, told

MODULES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            "badchars", "dan", "doctor", "dra", "encoding", "fitd", "goat", "goodside", "grandma", "phrasing",
            "promptinject", "sata", "smuggling", "suffix", "tap", "visual_jailbreak",
        ),
        TYPED,
    ),
    "latentinjection": PLANTED,
    "sysprompt_extraction": ("system-prompt-leak",),
    "packagehallucination": ("hallucinated-names",),
    "agent_breaker": ("excessive-agency",),
    "exploitation": ("code-execution-by-model",),
    "web_injection": ("unsafe-rendering",),
    "xss": ("unsafe-rendering",),
    "ansiescape": ("unsafe-rendering",),
}  # fmt: skip
TAGS: Mapping[str, tuple[str, ...]] = {"owasp:llm01": TYPED}
"""Numbers of the list moved with its editions; the first has been prompt injection in all of them."""
ROWS = frozenset({"indirect-prompt-injection", "unsafe-rendering"})
"""Threats whose one try is a planted text, not a question."""
KINDS = frozenset({"attempt", "completion", "digest", "eval", "init", "probe_summary", "start_run setup"})


def recognise(doc: Any) -> bool:
    """Rows that each say which kind of entry they are, one of them an entry of garak's."""
    rows = [doc] if isinstance(doc, Mapping) else doc
    if not isinstance(rows, list) or not rows:
        return False
    kinds = [r.get("entry_type") if isinstance(r, Mapping) else None for r in rows]
    return all(isinstance(k, str) for k in kinds) and not KINDS.isdisjoint(kinds)


def read(doc: Any) -> Results:
    """Every probe of a report. Raises Unreadable when none was evaluated."""
    rows: list[Mapping[str, Any]] = [doc] if isinstance(doc, Mapping) else doc
    evals = [r for r in rows if r["entry_type"] == "eval"]
    if not evals:
        raise Unreadable("holds no probe of garak that was evaluated")
    tags, notes = _tags(rows), []
    by_probe: dict[str, list[Mapping[str, Any]]] = {}
    for row in evals:
        probe = told(row.get("probe"))
        if not probe or not told(row.get("detector")):
            raise Unreadable("has a row of garak without a probe or a detector")
        by_probe.setdefault(probe, []).append(row)
    if not any(r["entry_type"] == "completion" for r in rows):
        notes.append("the run of garak did not end: what it did not try is unknown")
    init = next((r for r in rows if r["entry_type"] == "init"), {})
    tool = f"garak {told(init.get('garak_version'), 40)}".strip()
    tallies = [_tally(probe, of, tags.get(probe, ())) for probe, of in by_probe.items()]
    return results(tool, tallies, moment(init.get("start_time")), _target(rows), notes)


def _tally(probe: str, rows: list[Mapping[str, Any]], tags: tuple[str, ...]) -> Tally:
    """A probe: the worst of its detectors, and as held only what all of them passed."""
    judged = [_judged(r) for r in rows]
    tried = max(sum(j) for j in judged)
    scored = [j for j, r in zip(judged, rows, strict=True) if not told(r.get("detector")).startswith("always.")]
    broken = max((fails for fails, _, _ in scored), default=0)
    held = min(min((passed for _, passed, _ in scored), default=0), tried - broken)
    threats = MODULES.get(probe.partition(".")[0], tags)
    unit = "row" if threats and ROWS.issuperset(threats) else "query"
    return Tally(probe, threats, broken, held, tried - broken - held, 0, unit)


def _judged(row: Mapping[str, Any]) -> tuple[int, int, int]:
    """(fails, passed, not scored) of one detector. Raises Unreadable when they contradict each other."""
    passed, nones = count(row, "passed"), count(row, "nones")
    total = count(row, "total_evaluated" if "total_evaluated" in row else "total")
    fails = count(row, "fails") if "fails" in row else total - passed
    processed = count(row, "total_processed") if "total_processed" in row else total + nones
    if not 0 <= fails <= MOST_COUNT or fails + passed != total or total + nones != processed:
        raise Unreadable(f"has a row of {told(row.get('probe'), 60)} whose outcomes do not add up")
    return fails, passed, nones


def _tags(rows: list[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """The threats of the tags that the digest gives each probe."""
    return {
        told(name): found
        for row in rows
        if row["entry_type"] == "digest"
        for group in _inner(row.get("eval")).values()
        for name, probe in _inner(group).items()
        if (found := _of_tags(_inner(_inner(probe).get("_summary")).get("probe_tags")))
    }


def _of_tags(tags: Any) -> tuple[str, ...]:
    known: Iterator[str] = (t for t in tags if isinstance(t, str)) if isinstance(tags, list) else iter(())
    return tuple(dict.fromkeys(threat for t in known for threat in TAGS.get(t.lower(), ())))


def _target(rows: list[Mapping[str, Any]]) -> str:
    setup = next((r for r in rows if r["entry_type"] == "start_run setup"), {})
    return f"{told(setup.get('plugins.target_type'))} {told(setup.get('plugins.target_name'))}".strip()


def _inner(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
