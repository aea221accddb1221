"""What a threat rests on is told as it is: who said it, what shows it, and nothing that changes nothing."""

import pytest

from casemate.report import json
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


MIXED = "about: training\nattacker: public\nwhen: {sources: mixed}\n"


@pytest.mark.parametrize(
    ("declared", "measured", "source", "word"),
    [
        ("single", False, "says record {id}, which nobody signed", "attested: sources of fit is mixed"),
        (None, False, "says record {id}, which nobody signed", "attested: sources of fit is mixed"),
        ("mixed", False, "drawn.yaml:{line}", "rests on what the file declares"),
        ("single", True, "measured by {id}", "measured: sources of fit is mixed"),
    ],
)
def test_a_fact_is_told_with_the_place_it_comes_from(declared, measured, source, word):
    fit = {"kind": "training", "zone": "cloud", "path": "fit.py", **({"sources": declared} if declared else {})}
    doc = {**DOC, "components": {**DOC["components"], "fit": fit}}
    audit = record("fit", "audit", facts={"sources": "mixed"})
    a = assessed(doc, audit, of=only(MIXED), measured=measured)
    said, lines = told(a, "r0@fit")
    place = source.format(id=audit.id, line=a.system.line("components", "fit", "sources").rpartition(":")[2])
    assert lines["Facts"][0] == f"sources of fit is mixed ({place})"
    assert said.said == word
    (threat,) = [t for t in json.document(a)["threats"] if t["id"] == "r0@fit"]
    assert threat["evidence"] == ([] if "drawn" in source else [audit.id])


def test_what_rules_a_threat_out_by_a_record_that_nobody_signed_is_no_word_of_the_file():
    doc = {**DOC, "components": {**DOC["components"], "fit": {"kind": "training", "zone": "cloud", "path": "fit.py"}}}
    audit = record("fit", "audit", facts={"sources": "single"})
    said, lines = told(assessed(doc, audit, of=only(MIXED), measured=False), "r0@fit")
    assert said.said == "ruled out by sources of fit alone; nobody signed the record of it"
    assert lines["Only declared"] == (f"sources of fit (says record {audit.id}, which nobody signed)",)


def test_of_somebody_whom_an_export_names_it_is_the_trust_that_nobody_said():
    below = "about: dataset\nwhen: {writers any: {trust below: trust, trust at least: partner}}\n"
    export = record("rows", "access", facts={"writers": ("user:root",), "writers complete": True})
    said, lines = told(assessed(DOC, export, of=only(below)), "r0@rows")
    assert said.said == "nobody said: trust of user:root, one of the writers of rows"
    assert lines["Nobody said"] == ("trust of user:root, one of the writers of rows (drawn.yaml:21)",)
    said, _ = told(assessed(DOC, of=only(below)), "r0@rows")
    assert said.said == "nobody said: writers of rows"


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
