"""catalog list, show, matrix and update: what a person reads, in 80 columns, and what is written."""

from pathlib import Path

import pytest

from casemate.catalog.load import catalog
from casemate.core.yamltree import parse
from casemate.define.vocabulary import vocabulary
from casemate.identify.shelf import rules_of
from casemate.report.view.entries import field_page, fields, kind_page

ATLAS = Path(__file__).parent.parent / "catalog"
LEGACY = (ATLAS / "made-up-legacy.yaml").read_text("utf-8")
SIX = (ATLAS / "made-up-six.yaml").read_text("utf-8")
PAGES = [*(r.id for r in rules_of(catalog())), *catalog().controls, *catalog().taxonomies]
LOCAL = """\
id: open-window
title: Somebody can climb into {id}
status: draft
stride: [spoofing]
maturity: feasible
maps: {atlas: [AML.T0012]}
about: [endpoint]
when:
  auth: none
attacker: public
because: "{id} is open"
harms: outage
countered by: [caller-authentication]
false alarms: none
examples: {nobody asks: {endpoint: {auth: none}, gives: open}}
"""
PREVENTED = """\
unless:
  rate limit: per-client
  control: [query-quota]
  logged by any: {logs: client, encrypted: yes, control: [tamper-evident-log]}
needs: [send, use]
gives: [run]
"""


def narrow(text):
    return [line for line in text.splitlines() if len(line) > 80]


def test_all_threats_are_listed(casemate):
    code, out, err = casemate("catalog", "list")
    assert (code, err, narrow(out)) == (0, "", [])
    assert [i for i in (r.id for r in rules_of(catalog())) if f"\n{i} " not in f"\n{out}"] == []


def test_a_threat_in_the_list_says_its_stride_and_what_it_is(casemate):
    casemate.write("threats/open-window.yaml", LOCAL)
    casemate.add("catalog: [threats/]\n")
    _, out, _ = casemate("catalog", "list", "--maps", "AML.T0012", "--stride", "spoofing", "--system", "casemate.yaml")
    assert (
        """\
open-window                      S·····  feasible      draft
    Somebody can climb into the endpoint
"""
        in out
    )


@pytest.mark.parametrize(
    ("options", "yes", "no"),
    [
        (["--kind", "sensor"], "sensor-manipulation", "prompt-injection"),
        (["--stride", "repudiation"], "tampered-log", "prompt-injection"),
        (["--stride", "r"], "tampered-log", "prompt-injection"),
        (["--control", "label-only-output"], "membership-inference", "tampered-log"),
        (["--kind", "model", "--stride", "i"], "membership-inference", "adversarial-input"),
        (["--maps", "AML.T0020"], "training-data-poisoning", "tampered-log"),
        (["controls", "--kind", "dataset"], "training-data-screen", "query-quota"),
        (["controls", "--stride", "repudiation"], "tamper-evident-log", "query-quota"),
        (["controls", "--maps", "AML.M0013"], "model-signing", "query-quota"),
        (["taxonomies"], "owasp-llm-2025", "query-quota"),
    ],
    ids=" ".join,
)
def test_a_list_can_be_narrowed(casemate, options, yes, no):
    _, out, _ = casemate("catalog", "list", *options)
    assert yes in out
    assert no not in out
    assert narrow(out) == []


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["list", "--kind", "modle"], "--kind: there is no 'modle'; did you mean 'model'?"),
        (["list", "--stride", "tamper"], "--stride: there is no 'tamper'; did you mean 'tampering'?"),
        (["list", "--control", "query-qota"], "--control: there is no 'query-qota'; did you mean 'query-quota'?"),
        (["show", "membership-inferense"], "catalog: nothing is called 'membership-inferense'; "
                                           "did you mean 'membership-inference'?"),
        (["matrix", "--kind", "x"], "--kind: there is no 'x'; there is agent, ci, client-app, cluster, "
                                    "container-registry, credential-store, data-source, dataset and 33 more"),
        (["update", "nowhere.yaml"], "nowhere.yaml: there is no such file; check the path"),
    ],
    ids=lambda x: " ".join(x[:2]) if isinstance(x, list) else "",
)  # fmt: skip
def test_a_wrong_word_gets_a_hint_and_exit_code_2(casemate, args, message):
    assert casemate("catalog", *args) == (2, "", f"{message}\n")


@pytest.mark.parametrize("name", PAGES)
def test_everything_on_a_shelf_has_a_page_of_80_columns(casemate, name):
    code, out, err = casemate("catalog", "show", name)
    assert (code, err, narrow(out)) == (0, "", [])
    assert "{" not in out


def test_the_page_of_a_threat_tells_the_condition_in_words(casemate):
    _, out, _ = casemate("catalog", "show", "indirect-prompt-injection")
    assert (
        """\
Applies when
at least one in `tainted by` (less trusted content that reaches it), where
  `way` is stored
  `grade` is at least text
  `trust` is below partner
"""
        in out
    )
    assert "none in `fed by` (what sends to it), where\n    `kind` is agent" in out
    assert "a verified countermeasure: human-approval or least-tool-privilege" in out
    assert "AML.T0051.001 LLM Prompt Injection: Indirect" in out
    assert "outsiders write the tickets it reads: open" in out


def test_the_page_of_a_control_tells_what_it_does_not_do(casemate):
    _, out, _ = casemate("catalog", "show", "label-only-output")
    assert "takes away at most 50 % of the success" in out
    assert "Limits\ndoes next to nothing against copying the model" in out
    assert "membership-inference\n" in out


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("AML.T0058", "retired; AML.T0115.001 stands for it now"),
        ("AML.T0045", "retired; AML.T0048.004 stands for it now"),
        ("AML.T0132", "tactics: Initial Access"),
        ("AML.TA0001", "atlas-2026.09: AI Attack Adaptation"),
        ("LLM06", "owasp-llm-2025: Excessive Agency"),
        ("LLM06", "owasp-llm-2026: Unbounded Consumption"),
        ("AML.M0013", "model-signing (atlas)"),
        ("NISTAML.022", "adversarial-input (nist-ai-100-2-2025)"),
    ],
)
def test_an_id_of_a_taxonomy_is_explained_with_its_edition(casemate, name, line):
    assert line in casemate("catalog", "show", name)[1].splitlines()


def test_the_matrix_shows_each_cell_with_its_threats_or_the_reason_for_none(casemate):
    code, out, err = casemate("catalog", "matrix")
    assert (code, err, narrow(out)) == (0, "", [])
    assert "spoofing                sensor-manipulation\n" in out
    assert "considered: none because" in out
    assert "nobody has thought about it" not in out


def test_the_matrix_can_be_narrowed_to_a_cell(casemate):
    _, out, _ = casemate("catalog", "matrix", "--kind", "sensor", "--stride", "s")
    assert "spoofing                sensor-manipulation" in out
    assert "tampering" not in out


def test_threats_of_the_systems_own_catalogue_are_known_when_it_is_named(casemate):
    casemate.write("threats/open-window.yaml", LOCAL)
    casemate.add("catalog: [threats/]\n")
    assert "open-window" not in casemate("catalog", "list")[1]
    assert "open-window" in casemate("catalog", "list", "--system", "casemate.yaml")[1]
    assert "Somebody can climb into the endpoint" in casemate("catalog", "show", "open-window", "--system", ".")[1]


@pytest.mark.parametrize(("text", "name"), [(LEGACY, "atlas-5.9.1.yaml"), (SIX, "atlas-2031.02.yaml")])
def test_an_update_is_written_beside_the_system_file(casemate, text, name):
    casemate.write("ATLAS.yaml", text)
    code, out, err = casemate("catalog", "update", "ATLAS.yaml")
    assert (code, err, narrow(out)) == (0, f"wrote catalog/taxonomies/{name}\n", [])
    written = parse((casemate.root / "catalog/taxonomies" / name).read_text("utf-8"), name)
    assert written["names"]["AML.T0010.001"] == "Supply Chain: Software"
    assert casemate("check")[0] == 0


def test_an_update_says_what_is_new_retired_renamed_faulty_and_not_yet_a_threat(casemate):
    casemate.write("ATLAS.yaml", LEGACY.replace("AML.T0020", "AML.T0999"))
    _, out, _ = casemate("catalog", "update", "ATLAS.yaml", "-o", "mine.yaml")
    assert out.startswith(
        "MITRE ATLAS 5.9.1, beside 5.6.0 on the shelf\n2 tactics, 3 techniques, 1 mitigation, 1 case study; 1 fault"
    )
    assert "\nNew: 1\nAML.T0999       Poison Training Data\n" in out
    assert "AML.T0058       Publish Poisoned Models\n" in out
    assert "AML.T0010       AI Supply Chain Compromise → Supply Chain\n" in out
    assert "Threats that map what is retired" in out
    assert "AML.T0020       label-manipulation, " in out
    assert "\nNo role yet: does a fact about a system expose it?: 1\nAML.T0999" in out
    assert "Faults of the file: 1\nATLAS.yaml:25:7: AML.M0018 names AML.T0010.001 in 'ml-lifecycle'" in out


def test_an_update_is_the_same_bytes_again(casemate):
    casemate.write("ATLAS.yaml", SIX)
    first = casemate("catalog", "update", "ATLAS.yaml", "-o", "a.yaml")[1]
    second = casemate("catalog", "update", "ATLAS.yaml", "-o", "b.yaml")[1]
    assert first == second
    assert (casemate.root / "a.yaml").read_bytes() == (casemate.root / "b.yaml").read_bytes()


def test_without_a_system_file_an_update_is_shown_and_not_written(casemate):
    (casemate.root / "casemate.yaml").unlink()
    casemate.write("ATLAS.yaml", SIX)
    code, out, err = casemate("catalog", "update", "ATLAS.yaml")
    assert code == 0
    assert "MITRE ATLAS 2031.02" in out
    assert err == "nothing is written: there is no system file here; name one with --system, or --output\n"
    assert casemate.files() == ["ATLAS.yaml", "nothing.yaml", "scorer.pkl"]


@pytest.mark.parametrize("text", [b"\xff\xfe\x00", b"[" * 200_000, b"version: ../../x\n", b"", b"{}"], ids=range(5))
def test_a_hostile_file_is_refused_and_nothing_is_written(casemate, text):
    casemate.write("ATLAS.yaml", text)
    before = casemate.files()
    code, out, err = casemate("catalog", "update", "ATLAS.yaml")
    assert (code, out) == (2, "")
    assert err.startswith("ATLAS.yaml")
    assert casemate.files() == before


def test_the_page_of_a_threat_tells_what_prevents_it_and_what_it_takes_and_gives(casemate):
    casemate.write("threats/open-window.yaml", LOCAL + PREVENTED)
    casemate.add("catalog: [threats/]\n")
    _, out, _ = casemate("catalog", "show", "open-window", "--system", "casemate.yaml")
    assert (
        """\
Prevented when evidence proves one of these
`rate limit` is per-client (how calls are limited)
a verified countermeasure: query-quota
at least one in `logged by` (what keeps a log of its requests, itself included),
where
  `logs` holds client
  `encrypted` is yes
  a verified countermeasure: tamper-evident-log
"""
        in out
    )
    assert (
        """\
On a path of attacks
what it takes: send (can put input into it) or use (uses it as somebody who may)
what it gives: run (runs code with its rights)
"""
        in out
    )


def test_the_page_of_a_threat_says_what_it_means_of_no_system(casemate):
    said = LOCAL.replace('"{id} is open"', '"{reached by.id} climbs into {id}, which says {auth}"')
    casemate.write("threats/open-window.yaml", said)
    casemate.add("catalog: [threats/]\n")
    _, out, _ = casemate("catalog", "show", "open-window", "--system", "casemate.yaml")
    assert "What it means\nSomebody who reaches it climbs into the endpoint, which says [auth]\n" in out


def test_the_kinds_and_the_fields_of_a_system_file_are_listed(casemate):
    _, kinds, _ = casemate("catalog", "list", "kinds")
    assert "index                      content indexed for retrieval\n" in kinds
    assert kinds.endswith(" kinds; `casemate catalog show NAME` tells all about one.\n")
    _, fields, _ = casemate("catalog", "list", "fields")
    assert "format                     form of the file\n" in fields
    assert narrow(kinds) == narrow(fields) == []


def test_a_kind_has_a_page(casemate):
    code, out, _ = casemate("catalog", "show", "credential-store")
    assert (code, narrow(out)) == (0, [])
    assert out.startswith("credential-store: keys and passwords\nkind of component\n")
    assert "\nTo write\nkind: credential-store\n" in out
    assert "\nWhat it does\nkeeps what others wrote\n" in out
    assert "\nThreats about it\n" in out
    assert "\nexposed-credentials\n" in out


@pytest.mark.parametrize("name", ["rate limit", "rate-limit"])
def test_a_field_has_a_page_by_its_name_or_with_hyphens(casemate, name):
    _, out, _ = casemate("catalog", "show", name)
    assert (
        """\
Takes
one word:
  none
  shared
  per-client

Who knows
Operations is asked: How many calls may one client make to it?
measured by: probe
"""
        in out
    )
    assert out.startswith("rate limit: how calls are limited\nfield of components\n")


def test_a_field_of_components_and_flows_says_what_it_means_of_both(casemate):
    _, out, _ = casemate("catalog", "show", "encrypted")
    assert out.startswith(
        "encrypted: encrypted at rest; of a flow: encrypted on the way\nfield of components and flows\n"
    )
    assert "\nunencrypted-flow\n" in out


@pytest.mark.parametrize("name", [*vocabulary().kinds, *fields()])
def test_every_kind_and_every_field_has_a_page(name):
    assert kind_page(name, ()) or field_page(name, ())


def test_a_misspelt_kind_is_found(casemate):
    code, _, err = casemate("catalog", "show", "indxe")
    assert (code, err) == (2, "catalog: nothing is called 'indxe'; did you mean 'index'?\n")
