"""Where a countermeasure goes: best on, then near, and on our own components before those of others."""

import pytest

from casemate.counter.place import candidates, place
from casemate.define.build import from_text
from small import look
from strategies import shelf

FILE = """\
casemate: 1
name: small
zones:
  net: {trust: public}
  in: {trust: staff}
  theirs: {trust: staff, owner: Somebody Else}
actors:
  visitor: {trust: public, zone: net}
components:
  page: {kind: web-app, zone: %s, exposed to: [net]}
  api: {kind: endpoint, zone: in}
  engine: {kind: inference, zone: in, runs: scorer}
  scorer: {kind: model, zone: in}
  registry: {kind: model-registry, zone: in}
flows:
  - visitor -> page: a
  - page -> api: a
  - api -> engine: a
  - registry -> engine: a
"""
ASKED = "id: asked\nabout: model\nwhen: {reached by any: {trust below: trust}}\nharms: model-stolen"
SENT = "id: sent\nabout: flow\nwhen: {crosses: yes}\nattacker: public\nharms: model-stolen"


def at(control, zone="in", rule=ASKED, element="scorer"):
    a = look(from_text(FILE % zone, "small.yaml", {}), rules=(rule,))
    (found,) = [r.found for r in a.risks.risks if r.found.element == element]
    return place(a.risks.parts, candidates(a.risks.parts, found), shelf().controls[control])


@pytest.mark.parametrize(
    ("control", "where"),
    [
        ("query-quota", "api"),  # best on endpoints, though the model is nearer
        ("code-free-format", "scorer"),  # best on the model itself
        ("refuse-unsafe-artifacts", "engine"),  # best on the engine, though it may sit on the model
        ("memory-isolation", None),  # no place of its kind in sight
    ],
)
def test_a_control_goes_where_it_does_best(control, where):
    assert at(control) == where


def test_what_others_run_is_no_place_for_ours_while_there_is_another():
    assert at("safe-rendering", "theirs") == at("safe-rendering", "in") == "page"
    assert at("query-quota", "theirs") == "api"


def test_own_components_come_first_and_the_nearest_of_them_first():
    a = look(from_text(FILE % "theirs", "small.yaml", {}), rules=(ASKED,))
    (r,) = [r for r in a.risks.risks if r.found.element == "scorer"]
    assert candidates(a.risks.parts, r.found) == ("scorer", "api", "engine", "registry", "page")


def test_a_threat_on_the_way_is_countered_at_its_ends():
    assert at("query-quota", "in", SENT, "visitor->page") == "page"
