"""Every control file, unasked: a new one is tested by lying in the folder."""

import re
from pathlib import Path

import pytest

from casemate.catalog.controls import ROLES, controls
from casemate.catalog.load import taxonomies
from casemate.core import shelf
from casemate.core.errors import Problems
from casemate.define.vocabulary import vocabulary

CONTROLS = controls()
EVIDENCE = ("scan", "verify", "lineage", "audit", "access", "probe", "redteam", "monitor", "record")
NO_ORDER = re.compile(r"(a|an|the|no|\w+(ing|ion|ment|ness|ity))\b", re.IGNORECASE)  # how nouns begin a title

every_control = pytest.mark.parametrize("control", CONTROLS.values(), ids=CONTROLS)


def test_each_file_of_the_shelf_is_one_control_named_after_it():
    assert sorted(p.stem for p in shelf.files("catalog/controls")) == list(CONTROLS)


def test_no_two_controls_have_one_title():
    assert len({c.title for c in CONTROLS.values()}) == len(CONTROLS)


@every_control
def test_its_id_can_be_typed(control):
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", control.id)


@every_control
def test_its_title_is_a_short_order(control):
    assert len(control.title) <= 60
    assert control.title[0].isupper()
    assert not control.title.endswith(".")
    assert not NO_ORDER.match(control.title)


@every_control
def test_it_never_takes_away_everything(control):
    assert 0 < control.effect <= 0.95


@every_control
def test_it_costs_work_and_has_an_owner(control):
    assert control.days > 0
    assert control.yearly >= 0
    assert control.cost(800) >= 800 * control.days
    assert control.owner in ROLES


@every_control
def test_it_sits_on_kinds_that_exist(control):
    assert set(control.sits_on) <= set(vocabulary().words["places"])
    assert len(set(control.sits_on)) == len(control.sits_on) > 0


@every_control
def test_it_says_which_evidence_would_prove_it(control):
    assert set(control.proven_by) <= set(EVIDENCE)
    assert control.proven_by or control.verify == "attested"


@every_control
def test_its_sentences_are_one_sentence_without_a_capital_or_a_full_stop(control):
    for sentence in (control.test, control.limits, control.source):
        assert re.match(r"[a-z]", sentence)
        assert not sentence.endswith(".")
        assert ". " not in sentence.replace("et al. ", "")


@every_control
def test_it_says_whether_its_effect_was_judged_or_measured(control):
    assert "expert judgement" in control.source or "measurement" in control.source


@every_control
def test_what_it_maps_to_exists_in_that_edition(control):
    on_shelf = taxonomies()
    for edition, ids in control.maps.items():
        assert ids
        if edition in on_shelf:
            assert set(ids) <= set(on_shelf[edition].names)


def test_noise_that_an_attacker_averages_away_is_worth_less_than_hiding_the_scores():
    assert CONTROLS["output-perturbation"].effect <= 0.05
    assert CONTROLS["output-rounding"].effect < CONTROLS["label-only-output"].effect
    assert "averages it away" in CONTROLS["output-perturbation"].limits


BROKEN = """\
id: brokn
title: [Lock, the, door]
acts on: succes
effect: 120%
sits on: [model]
owner: finance
days: three
proven by: [scan]
limts: locks nothing else
limits: locks nothing else
source: expert judgement
"""


def test_all_errors_of_a_control_come_at_once_with_their_places(tmp_path):
    assert errors_of(tmp_path, BROKEN) == [
        "own/broken.yaml:1:1: the control says nothing for 'test'; give it: what shows that it works, in one sentence",
        "own/broken.yaml:1:1: the control says nothing for 'verify'; "
        "give it: static, config, measured, observed or attested",
        "own/broken.yaml:1:5: the id is 'brokn'; name the file after its id",
        "own/broken.yaml:2:8: title is no text; give it: what to do, as an order",
        "own/broken.yaml:3:10: acts on is never 'succes'; did you mean 'success'?",
        "own/broken.yaml:4:9: effect is '120%'; give it: the share it takes away at best, such as 80%",
        "own/broken.yaml:6:8: owner is never 'finance'; there is data-science, operations, security",
        "own/broken.yaml:7:7: days is 'three'; give it: person-days to put it in place",
        "own/broken.yaml:9:1: a control has no 'limts'; did you mean 'limits'?",
    ]


def test_a_local_control_may_not_replace_a_built_in_one(tmp_path):
    own = tmp_path / "own" / "model-signing.yaml"
    own.parent.mkdir()
    own.write_bytes(next(p for p in shelf.files("catalog/controls") if p.name == own.name).read_bytes())
    with pytest.raises(Problems) as caught:
        controls([own.parent])
    assert str(caught.value) == "own/model-signing.yaml: a control 'model-signing' exists already; choose another id"


def test_a_local_control_stands_beside_the_built_in_ones(tmp_path):
    own = tmp_path / "lock-the-door.yaml"
    own.write_text(
        "id: lock-the-door\ntitle: Lock the door\nacts on: attempts\neffect: 50%\nsits on: [host]\nowner: operations\n"
        "days: 1\nyearly: 2k\nverify: attested\ntest: the door is locked\nlimits: windows\nsource: expert judgement\n"
    )
    found = controls([tmp_path])
    assert set(found) == {*CONTROLS, "lock-the-door"}
    assert found["lock-the-door"].cost(800) == 2800


def test_the_control_in_the_guide_for_contributors_is_one(tmp_path):
    guide = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text()
    (tmp_path / "lock-the-rack.yaml").write_text(re.search(r"```yaml\n(id: lock-the-rack\n.*?)```", guide, re.S)[1])
    assert controls([tmp_path])["lock-the-rack"].effect == 0.3


def errors_of(tmp_path, text):
    path = tmp_path / "own" / "broken.yaml"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(Problems) as caught:
        controls([path.parent])
    return str(caught.value).split("\n")
