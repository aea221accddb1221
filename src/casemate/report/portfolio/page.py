"""html: many systems as one self-contained page: no script, nothing fetched, dark and light, prints to A4."""

from __future__ import annotations

from casemate import __version__
from casemate.prioritize.price import SEVERITIES
from casemate.report.html import environment
from casemate.report.portfolio.entry import Entry, Portfolio, sentence
from casemate.report.portfolio.text import asks, when
from casemate.report.svg.trend import trend
from casemate.report.view.words import count, day


def render(p: Portfolio) -> str:
    """The page."""
    return (
        environment()
        .get_template("portfolio.html")
        .render(
            p=p, sentence=sentence(p), cells=cells(p), version=__version__, day=day, when=when, asks=asks, count=count,
            line=line, SEVERITIES=SEVERITIES, illustrative=any(not e.owned for e in p.entries),
        )
    )  # fmt: skip


def line(e: Entry) -> str:
    """The loss over time; empty without an earlier assessment."""
    return trend([(x.on, x.loss) for x in e.trend], e.heading, f"Expected yearly loss: {e.change}")


def cells(p: Portfolio) -> tuple[tuple[str, str, str], ...]:
    """(label, value, tone) of the strip at the top."""
    n = len(p.entries)
    over, late = sum(e.over for e in p.entries), sum(d.due for _, d in p.due)
    stop = sum(e.tone == "fail" for e in p.entries)
    measured, threats = sum(e.measured for e in p.entries), sum(e.threats for e in p.entries)
    return (
        ("Systems read", f"{n} / {n + len(p.broken)}", "fail" if p.broken else "pass"),
        ("Must not be released", str(stop), "fail" if stop else "pass"),
        ("Above their appetite", f"{over} / {n}", "fail" if over else "pass" if n else "none"),
        ("Threats measured", f"{measured} / {threats}", "pass" if threats and measured == threats else "warn"),
        ("Critical and open", str(sum(e.gravity[0] for e in p.entries)), _bad(sum(e.gravity[0] for e in p.entries))),
        ("Due now", str(late), _bad(late)),
    )


def _bad(n: int) -> str:
    return "fail" if n else "pass"
