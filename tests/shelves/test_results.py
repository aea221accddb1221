"""Every reader of another tool's results, unasked: documented, recognised alone, and total over mutations."""

import copy
import inspect as source
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core import shelf
from casemate.core.errors import CasemateError
from casemate.evidence.results.load import SHELF, read
from result_examples import GARAK, OSV, PIP, PROMPTFOO, PYRIT, SACRO, SARIF, UV

EXAMPLES = {
    "pip-audit": PIP,
    "uv-audit": UV,
    "osv-scanner": OSV,
    "sarif": SARIF,
    "garak": GARAK,
    "promptfoo": PROMPTFOO,
    "pyrit": PYRIT,
    "sacroml": SACRO,
}
TYPED = "speaks of prompt-injection and front-prompt-injection"
FINDINGS = {
    "pip-audit": "high known-flaw jinja2 3.1.6: GHSA-aaaa-bbbb-cccc (CVE-2026-1): bad; mended in 9.0",
    "uv-audit": "high known-flaw jinja2 3.1.6: GHSA-aaaa-bbbb-cccc (CVE-2026-1): bad thing; mended in 9.0",
    "osv-scanner": "critical known-flaw jinja2 3.1.6: GHSA-aaaa-bbbb-cccc (CVE-2026-1): bad thing; mended in 9.0",
    "sarif": "high zizmor/unpinned-uses .github/workflows/ci.yml:12: action is not pinned to a hash",
    "garak": f"high broken promptinject.Kill: 3 of 12 scored tries broke it; {TYPED}",
    "promptfoo": f"high broken hijacking: 1 of 2 scored tries broke it; {TYPED}",
    "pyrit": f"high broken CrescendoAttack: 1 of 3 scored tries broke it; {TYPED}",
    "sacroml": "high broken LiRA Attack: 50 of 100 scored tries broke it; speaks of membership-inference",
}
NAMES = shelf.names(SHELF)
each = pytest.mark.parametrize("name", NAMES)


def member(name):
    return shelf.member(SHELF, name)


def given_json(doc):
    return read(json.dumps(doc).encode(), "r.json")


@each
def test_it_says_what_it_is(name):
    for thing in (member(name), member(name).recognise, member(name).read):
        assert source.getdoc(thing)
    assert "results.readers" not in source.getsource(member(name))


@each
def test_its_example_is_recognised_by_it_alone(name):
    assert [n for n in NAMES if member(n).recognise(EXAMPLES[name])] == [name]


@each
def test_its_finding_is_told_in_our_words(name):
    found = given_json(EXAMPLES[name])
    assert [str(f) for f in found.findings] == [FINDINGS[name]]


def paths(doc, at=()):
    yield at
    inner = doc.items() if isinstance(doc, dict) else enumerate(doc) if isinstance(doc, list) else ()
    for key, value in inner:
        yield from paths(value, (*at, key))


VALUES = st.sampled_from(
    [None, True, 0, -1, 10**30, 1.5, "", "x" * 100_000, "\ud800", "\x1b[2J", [], [1], [[]], {}, {"a": 1}]
)


@each
@given(data=st.data())
def test_only_our_error_leaves_a_mutated_example(name, data):
    doc = copy.deepcopy(EXAMPLES[name])
    *way, last = data.draw(st.sampled_from(list(paths(doc))[1:]))
    inner = doc
    for key in way:
        inner = inner[key]
    inner[last] = data.draw(VALUES)
    with suppress(CasemateError):
        found = given_json(doc)
        told = [*map(str, found.findings), *found.unmapped, found.target, *([found.tool] if found.attacked else [])]
        assert [t for t in told if not t.isprintable()] == []
        assert all(t.attempts == t.broken + t.held + t.errored + t.skipped for t in found.trials)


@each
@given(at=st.integers(0, 2000), put=st.binary(max_size=5))
def test_only_our_error_leaves_mutated_bytes(name, at, put):
    data = json.dumps(EXAMPLES[name]).encode()
    at %= len(data)
    with suppress(CasemateError):
        read(data[:at] + put + data[at + len(put) :], "r.json")


KEYS = [
    "runs", "results", "version", "dependencies", "fixes", "summary", "entry_type", "outcome", "objective", "metadata",
    "attack_experiment_logger",
]  # fmt: skip


@each
@given(
    doc=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from(KEYS), x),
        max_leaves=8,
    )
)
def test_recognising_is_total(name, doc):
    assert member(name).recognise(doc) in (True, False)


@pytest.mark.parametrize("data", [b"", b"[" * 200_000, b"{", b"\xff", b"[]", b"{}", b"NaN", b"1" * 9000, b'"x"'])
def test_what_is_of_no_tool_is_said_to_be_none(data):
    with pytest.raises(CasemateError):
        read(data, "r.json")
