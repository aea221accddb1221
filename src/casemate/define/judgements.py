"""What people judge in a file: harms, attempts, appetite, what is accepted, dismissed or allowed, what to measure."""

from __future__ import annotations

from typing import Any

from casemate.core.errors import did_you_mean
from casemate.core.trust import WORDS
from casemate.core.yamltree import Map
from casemate.define import system as s
from casemate.define.draft import Draft
from casemate.define.vocabulary import vocabulary


def harms(b: Draft, components: Any) -> dict[str, s.Harm]:
    """What it costs, or whom it hurts, when something goes wrong."""
    outcomes = vocabulary().words["outcomes"]
    currency = b.doc.get("currency", "EUR")
    out = {}
    for hid, h in b.doc.get("harms", {}).items():
        if "of" in h:
            b.known(h["of"], components, b.mark("harms", hid, "of"), f"harm {hid}")
        written = b.tree["harms"][hid]
        said = written.keys() if isinstance(written, Map) else {"loss"}
        if "loss" not in said and not {"hurts", "at most"} <= said:
            todo = "give `loss: 2k to 400k`, or `hurts:` with `at most: 1 in 1000 years`"
            b.wrong(b.mark("harms", hid), f"harm {hid} has no size", todo)
        outcome = h.get("outcome") or (hid if hid in outcomes else None)
        if outcome is None and "of" not in h:
            b.wrong(b.mark("harms", hid), f"harm {hid} is not a known outcome", did_you_mean(hid, outcomes))
        cap = b.currencies.get(h.get("fine", ""), currency)
        if cap != currency:
            what = f"the maximum of {h['fine']} is in {cap}, and this file counts in {currency}"
            b.wrong(b.mark("harms", hid, "fine"), what, "let `loss:` hold the fine, or count in the other")
        if "loss" in h and "hurts" in h:
            b.wrong(b.mark("harms", hid), f"harm {hid} prices people", "keep `hurts:` and drop `loss:`")
        out[hid] = s.Harm(
            hid, outcome or "wrong-decision", h.get("loss"), h.get("fine"), h.get("turnover"), h.get("of"),
            h.get("hurts"), h.get("at most"),
        )  # fmt: skip
    return out


def attempts(b: Draft) -> s.Attempts:
    """How often people of each trust try, where the file says so."""
    raw = b.doc.get("attempts", {})
    rates = {WORDS[k]: v for k, v in raw.items() if k in WORDS}
    return s.Attempts(rates, raw.get("by"), raw.get("on"))


def appetite(b: Draft) -> None:
    """The yearly loss that is too much must be more than nothing."""
    if b.doc.get("appetite", {}).get("loss") == 0:
        todo = "give the yearly loss that is too much; every risk is measured by it"
        b.wrong(b.mark("appetite", "loss"), "the appetite is 0", todo)


def decisions(b: Draft, section: str, reason: str, owner: str) -> tuple[s.Decision, ...]:
    """What a person decided about threats, until a day; what lacks a word is an error already."""
    return tuple(
        s.Decision(d["threat"], d[reason], d[owner], d["until"], b.read.at(at))
        for d, at in b.doc.get(section) or []
        if {"threat", reason, owner, "until"} <= d.keys()
    )


def allowances(b: Draft) -> tuple[s.Allowance, ...]:
    """Names of the project's own that pickles may import."""
    out = []
    for a, at in b.doc.get("allow") or []:
        pair = tuple(a.get("name", "").split(" "))
        if len(pair) == 2 and all(pair) and "*" not in a["name"]:
            if {"because", "by", "until"} <= a.keys():
                out.append(s.Allowance(pair, a["because"], a["by"], a["until"], b.read.at(at)))
        elif "name" in a:
            todo = "write one module, a space and one dotted name, such as `scoring.steps Clip`; no `*`"
            b.wrong(at, f"{a['name'][:80]!r} is no name that a file imports", todo)
    return tuple(out)


def tasks(b: Draft) -> tuple[s.Task, ...]:
    """What `measure:` asks for."""
    out = []
    for kind, what, at in b.doc.get("measure") or []:
        settings = dict(what) if isinstance(what, Map) else {"": what}
        out.append(s.Task(kind, settings, b.read.at(at)))
    return tuple(out)
