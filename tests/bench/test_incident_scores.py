"""The scores of the bench of incidents, on cases that a person can work out, and its changes of a system."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "bench"))
import incident_scores as scores
import incident_systems as systems

A, B, C, D = "AML.T0001", "AML.T0002.001", "AML.T0002", "AML.T0003"


def case(id, target, ranked, at=(1,), null=()):
    named = frozenset().union(*map(frozenset, ranked))
    found = systems.Named(named, named, tuple(map(frozenset, ranked)), at, null)
    return scores.Case(id, frozenset(target), found, null)


TWO = [case("one", [A, B], [[D], [A]], at=(2, 0)), case("two", [D], [[D]], at=(1,))]
NUMBERS = {
    "exact recall, micro": 2 / 3,
    "exact recall, macro": 0.75,
    "family recall, micro": 2 / 3,
    "techniques named (k), mean of cases": 1.5,
    "techniques named (k), most in a case": 2,
    "recall of the k most popular techniques, micro": 0,
    "lift over popularity, micro": 2 / 3,
    "discrimination": 0.75 - 0.5,
    "mean reciprocal rank of the first technique that was used": 0.75,
    "open threats per component, mean of cases": 1,
    "open threats at a component, median": 1,
    "open threats at a component, p90": 2,
}


@pytest.mark.parametrize("name", NUMBERS)
def test_two_cases_give_the_numbers_that_a_person_works_out(name):
    assert scores.totals(TWO, ())[name] == pytest.approx(NUMBERS[name])


def test_a_parent_counts_for_its_sub_technique_in_the_family_only():
    one = case("one", [B], [[C]])
    assert scores.recall(one.found.open, one.target) == 0
    assert scores.family_recall(one.found.open, one.target) == 1


def test_who_names_the_same_everywhere_does_not_discriminate():
    assert scores.discrimination([case("one", [A], [[A, D]]), case("two", [D], [[A, D]])]) == 0


def test_popularity_never_looks_at_the_case_itself():
    others = [case("one", [A], [[A]]), case("two", [D], [[D]]), case("three", [D], [[D]])]
    assert scores.popular(others[0], others) == {D}


def test_nine_in_ten_components_have_no_more_than_p90():
    assert [scores.percentile(range(1, n + 1), 0.9) for n in (1, 10, 11, 20)] == [1, 9, 10, 18]


def test_in_the_null_model_everybody_is_trusted_and_what_the_public_published_stays_theirs():
    doc = {
        "zones": {"internet": {"trust": "public"}},
        "actors": {"anyone": {"trust": "account"}},
        "components": {"model": {"kind": "model", "origin": "public"}},
    }
    assert systems.trusted(doc) == {
        "zones": {"internet": {"trust": "restricted"}},
        "actors": {"anyone": {"trust": "restricted"}},
        "components": {"model": {"kind": "model", "origin": "public"}},
    }


def test_without_hindsight_the_marked_lines_are_gone_and_no_others():
    with_, without = (systems.text_of("AML.CS0030", h).splitlines() for h in (True, False))
    assert [line for line in with_ if line not in without] == ["    patched: no                      # hindsight"]
