"""Attack paths: known answers on small systems, and laws on any."""

from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casemate.counter.choke import chokes
from casemate.define.build import from_text
from casemate.prioritize.draws import lognormal_mean
from casemate.prioritize.paths import paths
from strategies import assessed, documents, only, seeded, shelf

REALIZED, DEMONSTRATED = (shelf().priors.success[m] for m in ("realized", "demonstrated"))

FILE = """\
casemate: 1
name: small
zones: {{net: {{trust: public}}, in: {{trust: staff}}}}
harms: {{wrong-decision: 1M to 3M, personal-data: 100k to 300k}}
components:
  page: {{kind: web-app, zone: in, auth: none}}
  bot: {{kind: agent, zone: in, approval: none}}
  mailer: {{kind: tool, zone: in, effect: write}}
  files: {{kind: store, zone: in, sensitivity: personal}}
{more}
flows:
  - page -> bot: questions
  - files -> page: pages
{flows}
"""
ENTER = """\
id: enter
about: web-app
when: {auth: none}
attacker: public
maturity: realized
harms: outage
gives: [run]
countered by: [caller-authentication]
"""
TURN = """\
id: turn
about: agent
when: {approval: none}
attacker: restricted
harms: wrong-decision
needs: [send]
gives: [steer]
countered by: [guardrails]
"""
LAB = """\
id: lab-run
about: notebook
when: {auth: none}
attacker: restricted
harms: takeover
needs: [use]
gives: [run]
"""


def system(more="", flows=""):
    return from_text(FILE.format(more=more, flows=flows), "small.yaml", {"fines": tuple(shelf().fines)})


def of(*rules, more="", flows=""):
    return paths(assessed(system(more, flows), of=only(*rules)).risks)


def told(found):
    return {(p.threats, p.outcome, p.element): p.probability for p in found.paths}


def test_a_threat_alone_is_no_path():
    assert of(TURN).paths == ()
    assert of(ENTER.replace("gives: [run]", "gives: [use]")).paths == ()


def test_one_threat_and_what_follows_from_it():
    (p,) = of(ENTER).paths
    assert (p.threats, p.outcome, p.element, p.way) == (("enter@page",), "personal-data", "files", ("page", "files"))
    assert [s.says for s in p.steps] == ["Something happens to page", "gathers what page reads from files"]
    assert (p.steps[1].atlas, p.ending) == (("AML.T0127",), "gets at data about people in files")
    assert (p.attackers, p.impact) == (("public",), ("AML.T0048.003",))


def test_a_chain_of_two_threats():
    found = told(of(ENTER, TURN))
    assert found[("enter@page", "turn@bot"), "wrong-decision", "bot"] == pytest.approx(REALIZED * DEMONSTRATED)


def test_its_price_is_probability_times_loss_times_attempts():
    found = of(ENTER, TURN)
    p = next(p for p in found.paths if len(p.threats) == 2)
    rate = lognormal_mean(found.chains.risks.rates["public"])
    assert p.probability == pytest.approx(REALIZED * DEMONSTRATED)
    assert p.yearly == pytest.approx(p.probability * p.loss.mean * rate)


def test_what_somebody_can_begin_with_is_no_later_step():
    direct = told(of(ENTER, TURN.replace("attacker: restricted", "attacker: public")))
    assert [threats for threats, _, _ in direct if "turn@bot" in threats] == []


def test_of_two_routes_the_likelier_one_wins():
    slow = ENTER.replace("id: enter", "id: slip").replace("realized", "feasible")
    found = told(of(ENTER, slow, TURN))
    assert [threats for threats, outcome, _ in found if outcome == "wrong-decision"] == [("enter@page", "turn@bot")]


def test_of_two_routes_that_are_equally_likely_the_shorter_one_wins():
    more = "  front: {kind: web-app, zone: in, auth: none}\n  relay: {kind: service, zone: in}"
    found = of(ENTER, TURN, more=more, flows="  - front -> relay: x\n  - relay -> bot: y")
    (p,) = [p for p in found.paths if p.outcome == "wrong-decision"]
    assert p.threats == ("enter@page", "turn@bot")


def test_a_way_round_in_a_circle_ends():
    flows = "  - bot -> page: answers\n  - bot -> files: notes\n  - files -> bot: notes\n  - page -> files: notes"
    found = of(ENTER, TURN, flows=flows)
    assert all(len(set(p.threats)) == len(p.threats) for p in found.paths)
    assert (("enter@page", "turn@bot"), "wrong-decision", "bot") in told(found)


def test_keys_lead_to_what_they_open():
    more = "  keys: {kind: credential-store, zone: in, opens: [lab]}\n  lab: {kind: notebook, zone: in, auth: none}"
    found = of(ENTER, LAB, more=more, flows="  - keys -> page: keys")
    p = next(p for p in found.paths if p.threats == ("enter@page", "lab-run@lab"))
    assert [s.atlas for s in p.steps] == [(), ("AML.T0090",), ("AML.T0091",), ()]
    assert p.way == ("page", "keys", "lab")


def test_what_nobody_said_is_not_followed():
    assert of(ENTER, more="  quiet: {kind: inference, zone: in}\n  m: {kind: model, zone: in, proprietary: yes}",
              flows="  - page -> quiet: x").paths == of(ENTER, flows="").paths  # fmt: skip


def test_a_control_cuts_by_what_no_other_way_gives_back():
    catalog = only(ENTER, TURN)
    a = assessed(system(), of=catalog)
    found = paths(a.risks)
    best = {c.control: c for c in chokes(found, a.risks, catalog.controls)}
    total = sum(p.yearly for p in found.paths)
    control = best["caller-authentication"]
    assert control.cuts == pytest.approx(total * catalog.controls["caller-authentication"].effect)
    assert control.share == pytest.approx(catalog.controls["caller-authentication"].effect)
    only_second = sum(p.yearly for p in found.paths if "turn@bot" in p.threats)
    assert best["guardrails"].cuts == pytest.approx(only_second * catalog.controls["guardrails"].effect)


def test_a_second_door_takes_away_what_a_control_cuts_at_the_first():
    other = ENTER.replace("id: enter", "id: slip").replace("caller-authentication", "input-validation")
    a = assessed(system(), of=only(ENTER, other, TURN))
    assert chokes(paths(a.risks), a.risks, a.risks.catalog.controls)[0].control == "guardrails"


def test_the_shared_threats_are_counted():
    assert of(ENTER, TURN).shared == (("enter@page", 2),)


@settings(max_examples=30, deadline=None)
@given(documents())
def test_a_path_is_never_likelier_than_one_of_its_steps(doc):
    found = paths(assessed(doc).risks)
    for p in found.paths:
        assert p.probability == pytest.approx(prod(s.success for s in p.steps))
        assert p.probability <= min(s.success for s in p.steps)
        assert len(set(p.threats)) == len(p.threats)
        assert len(p.threats) > 1 or len(p.way) > 1
    assert list(found.paths) == sorted(found.paths, key=lambda p: p.rank)


@settings(max_examples=20, deadline=None)
@given(documents(), st.randoms(use_true_random=False))
def test_the_order_of_the_file_changes_nothing(doc, rng):
    def shuffled(block):
        items = list(block.items())
        rng.shuffle(items)
        return dict(items)

    flows = list(doc.get("flows", []))
    rng.shuffle(flows)
    other = {**doc, "components": shuffled(doc["components"]), "zones": shuffled(doc["zones"])}
    other |= {"flows": flows} if flows else {}
    assert told(paths(assessed(doc).risks)) == told(paths(assessed(other).risks))


@pytest.mark.parametrize("seed", range(12))
def test_one_more_threat_never_makes_a_harm_less_likely_to_be_reached(seed):
    doc = seeded(seed, 8)
    for more in (ENTER, TURN.replace("attacker: restricted", "attacker: staff")):
        before, after = (
            _best(assessed(doc, of=only(*rules))) for rules in ((ENTER, TURN), (ENTER, TURN, _other(more)))
        )
        assert {k: p for k, p in before.items() if after.get(k, 0) < p * 0.999999} == {}


def _other(rule):
    return rule.replace("id: ", "id: other-").replace("realized", "demonstrated")


def _best(a):
    found = paths(a.risks)
    out = {}
    for p in found.paths:
        for who in p.attackers:
            for asset in (p.asset, *p.also):
                out[who, p.outcome, asset] = max(p.probability, out.get((who, p.outcome, asset), 0))
    return out
