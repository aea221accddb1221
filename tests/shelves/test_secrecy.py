"""No attack goes away because somebody keeps something to themselves: the attacker knows how the system is made.

Access is no secrecy: who may read a file is held by something, and can be tested. What works only while nobody finds it
protects nothing here. So the vocabulary has no word for it, no line of a rule rests on it, no control that consists of
it counters anything, and making a thing more secret takes no threat away. The one finding about what was published
speaks of nothing else, and is none of the attacks that it helps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from casemate.catalog import atlas
from casemate.catalog.controls import controls
from casemate.decompose.thing import Thing
from casemate.define.vocabulary import Field, vocabulary
from casemate.identify.example import outcome
from threat_files import cases, clauses, countering, each_threat, plain, rule

SECRECY = re.compile(
    r"obscur|secre(t|cy)|hidden|unpublish|undisclos|unlisted|unguessable|non-public|confidential"
    r"|black.box|closed.source|nobody (knows|finds)|(does|do|can|could) not (know|find|guess)|unknown to|unaware"
)
VALUE = {"sensitivity", "system prompt", "secrets"}
"""What secrets are held here: that makes a thing worth attacking, and protects nothing."""
KEYS = {"secret-free-index", "secret-free-prompts", "secret-vault", "memory-isolation"}
"""Controls about keys and planted test secrets: a key is what may be secret, and it can be changed when it is not."""
TELLING_NOBODY = "AML.M0000"
"""The mitigation of ATLAS that consists of keeping information back."""
PUBLISHED = "publishes"
LITTLE = 0.1
"""The most that telling nobody may be worth (our judgement): the attacker needs longer, and is stopped by nothing."""
MORE_SECRET = {"public": "internal", "internal": "personal", "personal": "secret", "plain": "secret"}
LESS = {"open": 0, "assumed": 1, "countered": 2, "declared": 2, "nothing": 3}
CONTROLS = controls()
KEEPING_BACK = {c for c, known in CONTROLS.items() if TELLING_NOBODY in known.maps.get(atlas.KEY, ())}
FIELDS = {(about, name): f for about, fields in vocabulary().about.items() for name, f in fields.items()}


def test_the_vocabulary_has_no_word_for_what_attackers_are_thought_not_to_know() -> None:
    suspicious = {
        name for (_, name), f in FIELDS.items() if SECRECY.search(" ".join([name, f.means, *f.words]).lower())
    }
    assert suspicious <= VALUE, "say what holds an attacker off, not what they are thought not to know"


@each_threat
def test_no_line_of_a_threat_rests_on_secrecy(threat: str) -> None:
    for part in ("when", "unless"):
        said = [word for line in _lines(plain(threat).get(part) or {}) for word in line if SECRECY.search(word)]
        allowed = {"secret", *VALUE} | (KEYS if part == "unless" else set())
        assert set(said) <= allowed, said


@each_threat
def test_what_secrets_something_holds_never_prevents_a_threat(threat: str) -> None:
    assert VALUE.isdisjoint(c.field.name for c in rule(threat).unless)
    wanted = [(c.field.name, c.op, c.want) for c in clauses(threat) if c.field.name in VALUE]
    assert [c for c in wanted if c[1] not in ("", "not") or (c[1] == "not" and "secret" in c[2])] == []


@each_threat
def test_making_things_more_secret_takes_no_threat_away(threat: str) -> None:
    for case in cases(threat):
        after = outcome(rule(threat), _kept_closer(case.thing))
        assert LESS[after] <= LESS[outcome(rule(threat), case.thing)], case.name


@each_threat
def test_what_was_published_makes_one_finding_and_is_no_part_of_an_attack(threat: str) -> None:
    rests = PUBLISHED in {c.field.name for c in clauses(threat)} or countering(rule(threat)) & KEEPING_BACK
    if rests:
        ids = [i for key, found in rule(threat).maps.items() if key in atlas.EDITIONS for i in found]
        assert {atlas.roles()[i] for i in ids} == {"recon_exposure"}


@pytest.mark.parametrize("control", CONTROLS)
def test_no_control_claims_secrecy(control: str) -> None:
    known = CONTROLS[control]
    said = " ".join([control, known.title, known.test]).lower()
    assert control in KEYS or not SECRECY.search(said), SECRECY.search(said)


@pytest.mark.parametrize("control", sorted(KEEPING_BACK))
def test_a_control_that_keeps_something_back_is_worth_little_and_says_that_nothing_may_rest_on_it(control: str) -> None:
    assert CONTROLS[control].effect <= LITTLE
    assert "rest on it" in CONTROLS[control].limits


@pytest.mark.parametrize(
    "said", ["scores: hidden", "the model is a black box", "its address is unlisted", "closed source"]
)
def test_words_of_secrecy_are_seen(said: str) -> None:
    assert SECRECY.search(said)


@pytest.mark.parametrize("said", ["readers", "keys are in a vault", "labels only", "an attacker who knows it is held"])
def test_words_of_access_are_none(said: str) -> None:
    assert not SECRECY.search(said)


def _lines(tree: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for key, inside in tree.items():
        if isinstance(inside, dict):
            yield (key,)
            yield from _lines(inside)
        else:
            yield (key, *([inside] if isinstance(inside, str) else inside))


def _kept_closer(x: Thing) -> Thing:
    """The same, with each thing in it one step more delicate or more secret."""
    facts = {name: _closer(FIELDS.get((x.about, name)), value) for name, value in x.facts.items()}
    return Thing(x.id, x.about, facts, kind=x.kind, measured=x.measured)


def _closer(f: Field | None, value: Any) -> Any:
    if isinstance(value, tuple) and value and isinstance(value[0], Thing):
        return tuple(map(_kept_closer, value))
    return MORE_SECRET.get(value, value) if f is not None and f.name in VALUE else value
