"""What a threat rests on is told as it is: who said it, what shows it, and nothing that changes nothing."""

import pytest

from casemate.report.view.paths import section
from casemate.report.view.status import status
from casemate.report.view.why import why
from strategies import assessed, only, record

DOC = {
    "casemate": "1", "name": "n", "zones": {"cloud": {"trust": "staff"}, "net": {"trust": "public"}},
    "components": {
        "api": {"kind": "endpoint", "zone": "cloud", "exposed to": ["net"], "logs": ["request", "model-digest"]},
        "engine": {"kind": "inference", "zone": "cloud", "runs": ["m"]},
        "m": {"kind": "model", "zone": "cloud"},
        "rows": {"kind": "dataset", "zone": "cloud", "path": "rows"},
    },
    "flows": [{"from": "api", "to": "engine"}],
    "harms": {"wrong-decision": "1M", "unaccountable": "1M"},
}  # fmt: skip
RIGHTS = "about: dataset\nattacker: public\nwhen: {writers any: {undeclared: yes}}\n"
UNTRACED = (
    "about: inference\nattacker: accident\nwhen: {logs not: model-digest, logged by no: {logs: model-digest}}\n"
    "harms: unaccountable\n"
)


def told(a, id):
    (r,) = [r for r in a.risks.risks if r.id == id]
    return status(a, r), dict(why(a, r))


@pytest.mark.parametrize(
    ("measured", "words"),
    [(True, "measured: writers of rows is marketing"), (False, "attested: the exported rights of marketing")],
)
def test_a_right_that_an_export_shows_is_not_called_a_word_of_the_file(measured, words):
    export = record("rows", "access", facts={"writers": ("unknown: marketing",)})
    said, _ = told(assessed(DOC, export, of=only(RIGHTS), measured=measured), "r0@rows")
    assert (said.word, said.tone, said.said) == ("Confirmed", "warn", words)


def test_what_rules_a_threat_out_is_named_and_what_nobody_said_beside_it_is_not():
    said, lines = told(assessed(DOC, of=only(UNTRACED)), "r0@engine")
    assert said.said == "ruled out by logs of api alone; nobody measured it"
    assert lines["Only declared"] == ("logs of api (drawn.yaml:13)",)
    assert "Nobody said" not in lines


TURN = """\
id: turn
about: inference
when: {tainted by any: {trust below: trust}}
harms: takeover
maturity: realized
countered by: [%s]
gives: [run]
"""
HIT = {"hurts": "people", "outcome": "wrong-decision", "of": "m", "at most": "1 in 1000 years"}


def cutting(harms, controls="caller-authentication", **api):
    doc = {**DOC, "harms": harms, "components": {**DOC["components"], "api": {**DOC["components"]["api"], **api}}}
    return section(assessed(doc, of=only(TURN % controls))).cutting


def test_what_one_control_cuts_is_told_in_danger_and_in_money():
    priced = {"wrong-decision": "1M"}
    assert cutting(priced) == (
        "Make every caller prove who they are at api cuts 60 % of what these paths cost, "
        "more than any other control alone."
    )
    assert cutting({"hit": HIT}) == (
        "Make every caller prove who they are at api cuts 60 % of the danger to people on these paths, "
        "more than any other control alone."
    )
    assert cutting({"hit": HIT, "lost": {"outcome": "wrong-decision", "loss": "1M"}}) == (
        "Make every caller prove who they are at api cuts 60 % of the danger to people and 60 % of what these paths "
        "cost, more than any other control alone."
    )


def test_a_control_that_the_file_says_is_there_cuts_once_that_is_proven():
    assert cutting({"wrong-decision": "1M"}, auth="sso").endswith("alone, once it is proven to be there.")
