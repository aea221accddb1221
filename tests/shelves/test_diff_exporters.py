"""Every exporter of a comparison, over comparisons that hold every kind of change and hostile words."""

import json
import re

import pytest

from casemate.core import shelf
from casemate.validate.diff import diff
from small import LOADED, OWNED, PRICED, THEFT, look, results, small
from strategies import OTHER, assessed

NAMES = shelf.names("report/diff")
EVIL = "</details><script>alert(1)</script> | `x` [a](http://evil.example) @everyone ${{ secrets.X }}"
PROOF = results("query-quota", kind="verify", verified=True)
RULES = (THEFT, LOADED)
DISMISSED = "dismiss: [{threat: theft@scorer, because: it is cheap, by: ann, until: 2026-12-01}]\n"


def hostile(name):
    return {
        "casemate": "1", "name": name, "zones": {"net": {"trust": "public"}, "in": {"trust": "staff"}},
        "actors": {"visitor": {"trust": "public", "zone": "net"}},
        "components": {"api": {"kind": "endpoint", "zone": "in", "auth": "none", "name": name, "means": name}},
        "flows": [{"from": "visitor", "to": "api", "data": name}],
    }  # fmt: skip


def cases():
    plain = look(small(OWNED + PRICED, scorer="format: onnx"), rules=RULES)
    yield "nothing", diff(plain, plain)
    yield "worse", diff(plain, look(small(OWNED + PRICED, scorer="format: pickle"), rules=RULES))
    yield "better", diff(look(small(OWNED + PRICED), rules=RULES), look(small(OWNED + PRICED), PROOF, rules=RULES))
    yield "void", diff(look(small(OWNED), PROOF), look(small(OWNED), PROOF, digest=OTHER))
    yield "decided", diff(look(small(OWNED)), look(small(OWNED + DISMISSED)))
    other = look(small(OWNED), policy="name: strict\nfails on: [open-critical, open-high, review-overdue]\n")
    yield "another policy", diff(look(small(OWNED)), other)
    yield "hostile", diff(assessed(hostile("plain")), assessed(hostile(EVIL)), (EVIL + "\n| x",))


CASES = dict(cases())


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", NAMES)
def test_it_says_the_same_twice_and_ends_in_one_line_break(name, case):
    render = shelf.member("report/diff", name).render
    text = render(CASES[case])
    assert text == render(CASES[case])
    assert text.endswith("\n")
    assert not text.endswith("\n\n\n")


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", NAMES)
def test_every_threat_that_got_worse_is_in_it(name, case):
    text = shelf.member("report/diff", name).render(CASES[case])
    assert all(t.id in text or t.id.replace("-", "\\-") in text for t in CASES[case].worse)


def test_the_three_formats_are_there():
    assert NAMES == ["json", "markdown", "text"]


@pytest.mark.parametrize("case", CASES)
def test_text_is_no_wider_than_a_terminal(case):
    lines = shelf.member("report/diff", "text").render(CASES[case]).splitlines()
    assert [line for line in lines if len(line) > 80 and " " in line.strip()] == []


def test_no_markup_of_the_user_survives_in_markdown():
    text = shelf.member("report/diff", "markdown").render(CASES["hostile"])
    bare = re.sub(r"</?(?:code|details|summary|sub|br)>", "", text)
    assert "<" not in bare
    assert "http://" not in text
    assert "@everyone" not in text
    assert "${{" not in text
    assert text.count("<details>") == text.count("</details>")
    for line in text.splitlines():
        if line.startswith("|"):
            assert line.count("|") == 6


def test_a_comment_is_never_longer_than_a_comment_may_be():
    docs = []
    for whom in (["net"], []):
        api = {"kind": "endpoint", "zone": "in", "auth": "none", "exposed to": whom}
        parts = {f"api-{i:03}": api for i in range(100)}
        docs.append(hostile("many") | {"components": parts, "flows": []})
    text = shelf.member("report/diff", "markdown").render(diff(assessed(docs[1]), assessed(docs[0])))
    assert len(text) < 65_536
    assert "got worse" in text


def test_json_holds_every_threat_with_its_cause():
    doc = json.loads(shelf.member("report/diff", "json").render(CASES["worse"]))
    assert doc["verdict"]["exit"] == 1
    (found,) = doc["threats"]
    assert found["because"] == {"how": "needed", "changes": ["format@scorer"]}
    assert (found["before"]["outcome"], found["after"]["outcome"]) == ("declared", "open")
    assert found["derivation"] == ["format of scorer: onnx → pickle"]


def test_the_text_is_what_a_person_reads():
    assert shelf.member("report/diff", "text").render(CASES["worse"]) == WORSE


WORSE = """\
small
small.yaml → small.yaml
────────────────────────────────────────────────────────────────────────────────
Worse. One threat got worse; the gate: evidence missing, as before.
Expected yearly loss as evidence has it €130k, as claimed €120k → €130k, after
the plan €35k → €36k.

What was changed: 1 thing
 1  format of scorer: onnx → pickle  [small.yaml:9]

Got worse: 1 threat
because of [1] format of scorer: onnx → pickle
✗ LOW       loaded@scorer                     ruled out (declared) → open   €16k
            Something happens to scorer
            - format of scorer: onnx → pickle

Gate: evidence missing, as before

`casemate why loaded@scorer` gives its whole derivation as it is now.
"""
