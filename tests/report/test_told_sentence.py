"""The head of a report claims no more than there is: what was measured, what a plan assumes, whose appetite it is."""

import pytest

from casemate.report.view.sentence import appetite, chance, sentence, tolerated, verdict
from small import LOADED, PRICED, look, small
from strategies import record

LAX = "name: lax\n"
EASY = LOADED.replace("partner", "public") + "maturity: realized\n"
SCAN = record("scorer", "scan", facts={"contents": "clean"})
PICKLE, ONNX = small(PRICED, scorer="format: pickle"), small(PRICED, scorer="format: onnx")
SAYS = "The policy has nothing against it, but "


@pytest.mark.parametrize(
    ("system", "records", "measured", "said"),
    [
        (PICKLE, (), True, "nothing here was measured: one threat is open"),
        (PICKLE, (SCAN,), False, "nothing here was signed, or measured in this run: one threat is open"),
        (PICKLE, (SCAN,), True, "no threat rests on what was measured: one threat is open"),
        (ONNX, (SCAN,), True, "what rules 1 threat out is declared, and not measured: no threat is open"),
    ],
)
def test_a_passed_gate_says_why_it_proves_nothing(system, records, measured, said):
    a = look(system, *records, rules=(EASY,), policy=LAX, measured=measured)
    assert verdict(a) == ("Unproven.", "warn")
    assert sentence(a).partition(";")[0] == SAYS + said


def test_a_plan_that_only_measures_cuts_the_loss_where_the_measurement_comes_out_well():
    a = look(ONNX, rules=(EASY,), policy=LAX)
    assert [x.do for x in a.treatment.actions] == ["measure"]
    assert sentence(a).partition("; ")[2] == (
        "the plan cuts the expected yearly loss from €320k to €0, if its measurement confirms what is said today."
    )
    treated = look(PICKLE, rules=(EASY,), policy=LAX)
    assert {x.do for x in treated.treatment.actions} == {"add"}
    assert "confirms" not in sentence(treated)


@pytest.mark.parametrize(
    ("said", "whole", "short"),
    [
        ("", "€1.0M in 5 % of years, by default: the file names none", "5 %, both by default"),
        ("appetite: {loss: 2M}\n", "5 %, by default: the file names none", "5 %, by default"),
        ("appetite: {loss: 2M, at most: 2%}\n", "2 %", "2 %"),
    ],
)
def test_an_appetite_that_the_file_does_not_name_is_said_to_be_a_default(said, whole, short):
    a = look(small(PRICED + said))
    assert (appetite(a), tolerated(a)) == (whole, short)
    assert chance(a).endswith(f"(appetite {whole}).")
