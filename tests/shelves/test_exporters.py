"""Every exporter on the shelf, unasked: the same bytes again, nothing of the user gets out, any system will do."""

import inspect
import re
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path

import pytest

from casemate.core import shelf
from casemate.report.svg.text import clean
from strategies import assessed, record, seeded, system_of, trial

NAMES = shelf.names("report")
SCRIPT = "<script>alert(1)</script>"
HOSTILE = (
    SCRIPT, "<img src=x onerror=alert(1)>", "\" onclick='x' |", "a | b\nc\r\n# d", "{{ 7*191 }} {% raw %} {# x #}",
    "`]]> --> ``` ````", "javascript:alert(1)", "\u202egnp.exe \u0000\u0007", "héllo 日本 😀 العربية",
    "@everyone #1 $x$", "x" * 300,
)  # fmt: skip

each = pytest.mark.parametrize("name", NAMES)
BARE = {"casemate": "1", "name": "Bare", "zones": {"cloud": {"trust": "staff"}}}
HARMLESS = {**BARE, "components": {"notes": {"kind": "documentation", "zone": "cloud", "sensitivity": "public"}}}


@cache
def usual():
    """A system with something of everything: evidence good and bad, decisions, corrections, harms, an owner."""
    doc = {
        **seeded(11),
        "name": "Everything",
        "zones": {
            "internet": {"trust": "public"}, "cloud": {"trust": "staff"}, "vendor": {"trust": "partner", "owner": "X"},
        },
        "actors": {"visitor": {"trust": "public", "zone": "internet"}},
        "components": {
            "api": {"kind": "endpoint", "zone": "cloud", "exposed to": ["internet"], "returns": ["scores"]},
            "engine": {"kind": "inference", "zone": "cloud", "runs": ["scorer"]},
            "scorer": {"kind": "model", "zone": "cloud", "path": "m.pkl", "format": "onnx", "decides": "gate"},
            "old": {"kind": "model", "zone": "cloud", "path": "old.pkl", "format": "pickle"},
            "words": {"kind": "llm", "zone": "vendor", "provider": {"version": "floating"}},
        },
        "flows": [{"from": "visitor", "to": "api"}, {"from": "api", "to": "engine"}, {"from": "api", "to": "words"}],
        "access": [{"who": "visitor", "may": ["read"], "on": ["api"]}],
        "harms": {"wrong-decision": "2k to 400k", "model-stolen": "10k to 1M"},
        "review": {"every": "90 days", "last": "2026-01-01"},
        "appetite": {"loss": "100k", "at most": "5%"},
        "accept": [{"threat": "provider-model-change@words", "reason": "r", "owner": "o", "until": "2027-01-01"}],
        "dismiss": [{"threat": "adversarial-input@scorer", "because": "b", "by": "p", "until": "2026-01-01"}],
    }  # fmt: skip
    good = record("scorer", "scan", facts={"format": "pickle", "contents": "unsafe"})
    broken = record("scorer", trials=(trial("model-extraction", 3, 1), trial("membership-inference", 0, 40)))
    return assessed(doc, good, broken, record("old", "scan", facts={"contents": "clean"}, digest="c" * 64))


def crafted(text):
    """A system in which everything that a person may write freely is this text, even what no file may hold."""
    doc = {
        **BARE,
        "name": "FREE",
        "owners": {"security": "FREE"},
        "zones": {
            "cloud": {"trust": "staff", "name": "FREE"},
            "out": {"trust": "public", "owner": "FREE", "name": "FREE"},
        },
        "actors": {"visitor": {"trust": "public", "zone": "out", "name": "FREE"}},
        "components": {
            "api": {"kind": "endpoint", "zone": "cloud", "exposed to": ["out"], "returns": ["scores"], "name": "FREE"},
            "engine": {"kind": "inference", "zone": "cloud", "runs": ["scorer"], "name": "FREE"},
            "scorer": {"kind": "model", "zone": "cloud", "name": "FREE", "path": "m.pkl"},
        },
        "flows": [{"from": "visitor", "to": "api", "data": "FREE"}, {"from": "api", "to": "engine", "data": "FREE"}],
        "attempts": {"public": "1 to 2 a year", "by": "FREE", "on": "2026-01-01"},
        "accept": [{"threat": "model-extraction@scorer", "reason": "FREE", "owner": "FREE", "until": "2027-01-01"}],
    }
    system = written(system_of(doc), text)
    return assessed(system, record("scorer", "scan", tool=text, facts={"contents": "clean"}))


def written(thing, text):
    """The same thing with FREE replaced by the text, wherever it stands."""
    if isinstance(thing, str):
        return text if thing == "FREE" else thing
    if isinstance(thing, dict):
        return {k: written(v, text) for k, v in thing.items()}
    if isinstance(thing, tuple):
        return tuple(written(v, text) for v in thing)
    if is_dataclass(thing):
        return replace(thing, **{f.name: written(getattr(thing, f.name), text) for f in fields(thing)})
    return thing


@cache
def many():
    parts = {
        f"c{i}": {"kind": ("endpoint", "dataset", "model")[i % 3], "zone": f"z{i % 6}", "path": f"f{i}"}
        for i in range(60)
    }
    zones = {f"z{i}": {"trust": ("staff", "partner")[i % 2]} for i in range(6)}
    flows = [{"from": f"c{i}", "to": f"c{(i * 7 + 1) % 60}"} for i in range(60) if (i * 7 + 1) % 60 != i]
    return assessed({**BARE, "zones": zones, "components": parts, "flows": flows})


def rendered(name, a):
    text = shelf.member("report", name).render(a)
    assert isinstance(text, str)
    return text


def test_the_shelf_is_not_empty():
    assert {"html", "json", "markdown", "text"} <= set(NAMES)


@each
def test_it_says_what_it_is(name):
    member = shelf.member("report", name)
    assert (inspect.getdoc(member) or "").startswith(f"{name}: ")
    assert inspect.getdoc(member.render)


@each
def test_the_same_assessment_gives_the_same_bytes(name):
    assert rendered(name, usual()) == rendered(name, usual())


@each
@pytest.mark.parametrize("a", [usual, many, lambda: assessed(HARMLESS)], ids=["everything", "sixty", "harmless"])
def test_it_ends_in_one_line_break(name, a):
    text = rendered(name, a())
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@each
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_that_a_person_wrote_gets_out(name, text):
    out = rendered(name, crafted(text))
    assert "1337" not in re.sub("[0-9a-f]{64}", "", out)  # 7 * 191: no template ran
    if name in ("html", "markdown", "junit", "sarif"):
        assert "<script" not in out
        assert "<img" not in out
    if name in ("html", "markdown"):
        assert not [c for c in out if c != clean(c)]


@each
@pytest.mark.parametrize("seed", range(6))
def test_any_system_will_do(name, seed):
    assert rendered(name, assessed(seeded(seed)))


@each
def test_a_system_without_any_threat_will_do(name):
    a = assessed(HARMLESS)
    assert not [r for r in a.threats if r.found.element != "system"]
    assert rendered(name, a)


@each
def test_sixty_components_will_do(name):
    assert rendered(name, many())


@each
def test_it_tells_nobody_which_machine_made_it(name):
    out = rendered(name, usual())
    assert not [s for s in (str(Path.home()) + "/", str(shelf.HERE), "site-packages", "\x1b[") if s in out]
