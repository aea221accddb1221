"""What a system file says of a place that has a control, in words of its own: a claim, and never a proof."""

import pytest

from casemate.catalog.controls import controls
from casemate.catalog.load import catalog
from casemate.core.errors import Problems
from casemate.decompose.thing import Thing
from casemate.define.vocabulary import vocabulary
from casemate.identify.said import claimed, mistakes, said_as
from casemate.identify.shelf import rules_of

CONTROLS = controls()
SAID = said_as(CONTROLS)


def says(control, **facts):
    return claimed(SAID[control], Thing("x", "component", {k.replace("_", " "): v for k, v in facts.items()}))


@pytest.mark.parametrize("control", sorted(SAID))
def test_the_clauses_of_our_own_compile_and_ask_for_what_a_file_can_say(control):
    assert mistakes(CONTROLS[control]) == []
    assert SAID[control]
    said = {*vocabulary().component, "provider trains", "watched by"}
    assert {c.field.name for c in SAID[control]} <= said


@pytest.mark.parametrize(
    ("control", "facts", "said"),
    [("label-only-output", {"returns": ("decision",)}, True),
     ("label-only-output", {"returns": ("decision", "scores")}, False),
     ("label-only-output", {}, False),
     ("code-free-format", {"format": "safetensors"}, True),
     ("code-free-format", {"format": "pickle"}, False),
     ("egress-allow-list", {"egress": "none"}, True),
     ("egress-allow-list", {"egress": ("update-api",)}, True),
     ("egress-allow-list", {"egress": "open"}, False),
     ("model-signing", {"signed": True}, True),
     ("model-signing", {"signed": False}, False),
     ("model-signing", {"checks": ("schema", "signature")}, True),
     ("human-approval", {"decides": "advice"}, True),
     ("redundant-sensors", {"agreement": 2}, True),
     ("redundant-sensors", {"agreement": 1}, False),
     ("drift-monitoring", {"watched_by": (Thing("eye", "component", {}),)}, True),
     ("drift-monitoring", {"watched_by": ()}, False)],
)  # fmt: skip
def test_one_line_that_holds_says_it_and_what_nobody_said_does_not(control, facts, said):
    assert says(control, **facts) is said


def test_a_flow_says_nothing_of_a_place():
    assert not claimed(SAID["model-signing"], Thing("a->b", "flow", {"signed": True}))


LOCAL = """\
id: own-thing
title: Do a thing of our own
acts on: success
effect: 10%
sits on: [model]
owner: operations
days: 1
verify: config
test: the thing is done
limits: none that we know
source: made up for this test
said as: {said}
"""


@pytest.mark.parametrize(
    ("said", "message"),
    [("{fromat: safetensors}", "12:11: a component has no 'fromat'; did you mean 'format'?"),
     ("{format: pickel}", "12:19: format is never 'pickel'; did you mean 'pickle'?"),
     ("[format]", "12:10: said as is no mapping; "
      "give it: facts of a place, any of which says that it is there, such as `patched: yes`")],
)  # fmt: skip
def test_a_mistake_in_a_control_of_ones_own_is_told_with_its_place(tmp_path, said, message):
    (tmp_path / "own-thing.yaml").write_text(LOCAL.replace("{said}", said), "utf-8")
    with pytest.raises(Problems) as e:
        rules_of(catalog([tmp_path]))
    assert [str(x) for x in e.value.errors] == [f"{tmp_path.name}/own-thing.yaml:{message}"]
