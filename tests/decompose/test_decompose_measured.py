"""Which record counts: the newest, of one day the worse, and what is only attested only where it is bad news."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest

from casemate.decompose import decompose
from casemate.decompose.measured import measured
from casemate.define.build import from_text
from casemate.define.vocabulary import vocabulary
from casemate.evidence.bind import Record
from casemate.evidence.statement import Statement
from casemate.evidence.worse import MORE, WORST, worse

DAY = date(2026, 11, 23)
S = from_text(
    "casemate: 1\nname: x\nzones: {z: {trust: staff}}\nactors: {a: {trust: staff}, b: {trust: staff}}\ncomponents:\n"
    "  m: {kind: model, zone: z, signed: yes, lineage: partial}\n  d: {kind: dataset, zone: z}\n"
    "  e: {kind: dataset, zone: z}\n",
    "m.yaml", {},
)  # fmt: skip


def record(facts, day=DAY, standing="measured", tool="t 1", element="m"):
    return Record(Statement("verify", element, "a" * 64, tool, day, facts=facts), element, "valid", standing)


def props(*records, element="m"):
    newest = tuple(sorted(records, key=lambda r: (-r.statement.measured.toordinal(), r.statement.id)))
    system, known, corrections = measured(S, {element: newest})
    return system.components[element].props, known.get(element, {}), [(c.field, c.measured) for c in corrections]


def test_of_one_day_the_worse_result_counts_whatever_the_ids_are():
    for n in range(8):  # eight tools, so that the ids fall both ways
        good, bad = record({"signed": True}, tool=f"a {n}"), record({"signed": False}, tool=f"b{n} 1")
        for of in permutations([good, bad]):
            got, known, corrections = props(*of)
            assert (got["signed"], known["signed"]) == (False, bad.statement.id)
            assert corrections == [("signed", False)]


def test_a_newer_good_result_takes_an_older_bad_one_away():
    old = record({"signed": False}, DAY - timedelta(days=1))
    got, _, corrections = props(record({"signed": True}), old)
    assert (got["signed"], corrections) == (True, [])


def test_what_is_attested_makes_a_declared_fact_worse_and_never_better():
    assert props(record({"lineage": "complete"}, standing="attested"))[0]["lineage"] == "partial"
    got, known, _ = props(record({"lineage": "none"}, standing="attested"))
    assert (got["lineage"], known) == ("none", {})


def test_attested_good_news_takes_no_attested_bad_news_away():
    old = record({"contents": "unsafe"}, DAY - timedelta(days=9), "attested")
    assert props(old, record({"contents": "clean"}, standing="attested"))[0]["contents"] == "unsafe"


def test_what_is_attested_takes_nothing_from_what_is_measured():
    old = record({"signed": True}, DAY - timedelta(days=9))
    assert props(old, record({"signed": False}, standing="attested"))[0]["signed"] is True


def test_two_exports_of_one_day_find_those_of_either():
    one = record({"writers": ("a",), "writers complete": True}, tool="a 1", element="d")
    two = record({"writers": ("b",), "writers complete": True}, tool="b 1", element="d")
    found = props(one, two, element="d")[0]["writers"]
    assert (set(found.found), found.all_found) == ({"a", "b"}, False)


@pytest.mark.parametrize(
    ("name", "one", "other", "counts"),
    [
        ("contents", "clean", "unsafe", "unsafe"),
        ("lineage", "partial", "none", "none"),
        ("egress", "listed", "open", "open"),
        ("returns", ("labels",), ("scores",), ("labels", "scores")),
        ("logs", ("client", "request"), ("request",), ("request",)),
        ("checks", ("schema",), ("range",), ("none",)),
        ("format", "onnx", "pickle", "onnx"),
    ],
)
def test_the_worse_of_two_values(name, one, other, counts):
    assert worse(name, one, other) == counts


def test_the_table_names_every_word_that_something_measures():
    fields = {**vocabulary().about["component"], **vocabulary().component}
    words = {n: f for n, f in fields.items() if f.type == "word" and f.measured_by and n != "format"}
    assert {n: set(WORST.get(n, ())) for n in words} == {n: set(f.words) for n, f in words.items()}
    assert fields.keys() >= MORE


@pytest.mark.parametrize(("standing", "measured_"), [("measured", True), ("attested", False)])
def test_flaws_that_an_audit_found_are_known_and_silence_and_declarations_are_no_flaws(standing, measured_):
    flawed = record({"patched": False}, standing=standing)
    thing = decompose(S, {"m": (flawed,)}).things["m"]
    assert thing.facts["known flaws"] is True
    assert ("known flaws" in thing.measured) is measured_
    for records in ({}, {"m": (record({"patched": True}),)}, {"m": (replace(flawed, state="void"),)}):
        assert "known flaws" not in decompose(S, records).things["m"].facts
