"""A test that a person made is bound to what was tested, attested, and never lost."""

import subprocess
import sys
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from casemate.core.errors import CasemateError
from casemate.define.build import from_text
from casemate.evidence.bind import bind
from casemate.evidence.results import said as saying
from casemate.evidence.results.named import plain_name, threats_of
from casemate.evidence.results.own import record
from casemate.evidence.results.said import Counts, Said
from casemate.evidence.seal import seal
from casemate.evidence.sign import keys
from casemate.evidence.statement import Trial
from casemate.evidence.store import load

DAY = date(2026, 10, 2)
FILE = """\
casemate: 1
name: x
zones: {z: {trust: staff}}
components:
  scorer: {kind: model, zone: z, path: models/scorer.pkl}
  engine: {kind: inference, zone: z, runs: scorer}
"""
SAID = Said("by hand", "A. Tester", DAY, Counts(8, 2), ("adversarial-input",))
WHO = {"by": "A. Tester", "on": "2026-10-02"}


@pytest.fixture
def root(tmp_path, monkeypatch):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "scorer.pkl").write_bytes(b"weights")
    (tmp_path / "casemate.yaml").write_text(FILE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def system():
    return from_text(FILE, "casemate.yaml", {})


def made(root, said=SAID):
    c = system().components["scorer"]
    return saying.statement(said, c, saying.digest(system(), c, root))


def bound(root, signers=(), today=DAY):
    return bind(system(), load(system(), root, keys=signers), today)["scorer"]


def test_a_record_is_attested_and_bound_to_the_bytes(root):
    saying.keep(system(), root, made(root))
    (found,) = bound(root)
    assert (found.state, found.standing) == ("valid", "attested")
    assert found.statement.trials == (Trial("adversarial-input", "row", 10, 2, 8),)
    (root / "models" / "scorer.pkl").write_bytes(b"other weights")
    assert [r.state for r in bound(root)] == ["void"]


def test_a_signature_says_who_said_it_and_makes_it_no_measurement(root):
    private, public = keys.new_pair(root / "k", "ed25519", None)
    kept = saying.keep(system(), root, seal(made(root), keys.read_private(private)))
    saying.keep(system(), root, made(root))  # the bare twin takes the proof not away
    assert kept.name.endswith(".signed.jsonl")
    (found,) = bound(root, [keys.read_public(public)])
    assert (found.statement.signed, found.standing) == (True, "attested")


def test_no_record_replaces_another_and_the_same_twice_is_one(root):
    for said in (SAID, SAID, replace(SAID, counts=Counts(9, 1)), replace(SAID, on=date(2026, 9, 1))):
        saying.keep(system(), root, made(root, said))
    assert sorted(r.statement.trials[0].broken for r in bound(root)) == [1, 2, 2]


def test_later_signed_records_take_no_earlier_one_away(root):
    private, public = keys.new_pair(root / "k", "ed25519", None)
    for day in (date(2026, 9, 1), DAY):
        saying.keep(system(), root, seal(made(root, replace(SAID, on=day)), keys.read_private(private)))
    assert len(bound(root, [keys.read_public(public)])) == 2


MANY = """
import sys
from casemate.evidence.results.own import record
for broken in range(int(sys.argv[1]), int(sys.argv[1]) + 10):
    record("scorer", attack="pgd", by="A. Tester", on="2026-10-02", held=8, broken=broken)
"""


def test_two_processes_at_once_lose_nothing(root):
    both = [subprocess.Popen([sys.executable, "-c", MANY, start], cwd=root) for start in ("0", "100")]
    assert [p.wait() for p in both] == [0, 0]
    assert sorted(r.statement.trials[0].broken for r in bound(root)) == [*range(10), *range(100, 110)]
    assert [p.name for p in (root / "evidence").iterdir() if p.suffix != ".jsonl"] == []


def test_a_control_has_its_naive_and_its_adaptive_result(root):
    said = replace(SAID, control="feature-squeezing", naive=Counts(9, 1), adaptive=Counts(2, 8), counts=Counts())
    s = made(root, said)
    (result,) = s.controls
    assert s.trials == ()
    assert (result.id, result.threat, result.verified) == ("feature-squeezing", "adversarial-input", None)
    assert (result.naive.broken, result.adaptive.broken) == (1, 8)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"by": ""}, "the by is no plain text; write one line of at most 200 characters"),
        ({"attack": "x\x1b[2J"}, "the attack is no plain text; write one line of at most 200 characters"),
        ({"notes": ("a\nb",)}, "the note is no plain text; write one line of at most 200 characters"),
        ({"unit": "rows"}, "there is no unit 'rows'; did you mean 'row'?"),
        ({"strength": "strong"}, "there is no strength 'strong'; there is equal, weaker"),
        ({"counts": Counts(-1)}, "has a count that is no number of tries; give whole numbers up to 1000000000"),
        ({"counts": Counts()}, "says of no try how it ended; give held, broken, errored or skipped"),
        ({"adaptive": Counts(1)}, "has a result of a control and names none; name the control"),
        ({"control": "k"}, "names k and says not how it did; give its adaptive result"),
    ],
)
def test_what_cannot_be_is_named(root, change, message):
    with pytest.raises(CasemateError) as caught:
        made(root, replace(SAID, **change))
    assert str(caught.value) == f"record: {message}"


@pytest.mark.parametrize("name", ["scorer", "models/scorer.pkl", "./models/../models/scorer.pkl"])
def test_a_subject_is_a_component_or_its_file(root, name):
    assert saying.subject(system(), root, name).id == "scorer"
    assert saying.subject(system(), root, name, "scorer").id == "scorer"


@pytest.mark.parametrize(
    ("name", "component", "message"),
    [
        ("scorr", None, "'scorr' is no component and no file of one; did you mean 'scorer'?"),
        ("models/x.pkl", "scorer", "'models/x.pkl' is not the file of scorer; its file is models/scorer.pkl"),
        ("scorer", "engin", "there is no component 'engin'; did you mean 'engine'?"),
        ("scorer", "engine", "'scorer' is not the file of engine; its file is not named"),
    ],
)
def test_a_subject_that_is_none_is_named(root, name, component, message):
    with pytest.raises(CasemateError) as caught:
        saying.subject(system(), root, name, component)
    assert str(caught.value) == f"record: {message}"


def test_a_file_of_two_components_asks_which(root):
    twice = from_text(FILE + "  shadow: {kind: model, zone: z, path: models/scorer.pkl}\n", "m.yaml", {})
    with pytest.raises(CasemateError, match="is the file of 2 components; choose one of scorer, shadow"):
        saying.subject(twice, root, "models/scorer.pkl")
    assert saying.subject(twice, root, "models/scorer.pkl", "shadow").id == "shadow"


def test_a_file_that_is_not_there_binds_nothing(root):
    (root / "models" / "scorer.pkl").unlink()
    with pytest.raises(CasemateError, match="cannot be read, so nothing can be bound to it; put it there"):
        made(root)


@pytest.mark.parametrize(
    ("attack", "threat", "threats"),
    [
        ("hop-skip-jump", None, ("adversarial-input", "hand-altered-input")),
        ("art.attacks.evasion.HopSkipJump", None, ("adversarial-input", "hand-altered-input")),
        ("pgd", None, ("white-box-attack", "known-weights", "adversarial-input")),
        ("foolbox.attacks.LinfFastGradientAttack", None, ("adversarial-input", "hand-altered-input")),
        ("art.MembershipInferenceBlackBox", None, ("membership-inference",)),
        ("art.CopycatCNN", None, ("model-extraction",)),
        ("art.PoisoningAttackBackdoor", None, ("training-data-poisoning",)),
        ("anything", "evasion", ("adversarial-input", "hand-altered-input")),
        ("anything", ("prompt-injection", "system-prompt-leak"), ("prompt-injection", "system-prompt-leak")),
    ],
)
def test_an_attack_says_which_threat_it_speaks_of(attack, threat, threats):
    assert threats_of(attack, threat, set(threats)) == threats


def test_an_attack_that_nobody_knows_asks_for_its_threat():
    with pytest.raises(CasemateError) as caught:
        threats_of("my own", None, ())
    todo = "name it, such as one of evasion, membership, extraction, inversion, poisoning or the id of a threat"
    assert str(caught.value) == f"record: nobody said which threat 'my own' speaks of; {todo}"
    with pytest.raises(CasemateError, match=r"there is no threat 'evasoin'; did you mean 'evasion'\?"):
        threats_of("my own", "evasoin", ("adversarial-input",))


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("art.ZooAttack", "zoo-attack"),
        ("L2CarliniWagnerAttack", "l2-carlini-wagner-attack"),
        ("CopycatCNN", "copycat-cnn"),
        ("fast_gradient_method", "fast-gradient-method"),
    ],
)
def test_names_of_classes_are_read_as_words(name, plain):
    assert plain_name(name) == plain


def test_arrays_of_a_notebook_become_a_record(root):
    x = np.array([[-2.0], [-0.3], [0.2], [3.0], [-0.1]])
    labels = np.array([0, 0, 1, 1, 1])  # the last is wrong already

    def predict(rows):
        return (rows[:, 0] > 0).astype(int)

    s = record(
        "models/scorer.pkl", attack="art.HopSkipJump", **WHO, clean=predict(x), adversarial=predict(x + 0.5),
        labels=labels, epsilon=np.float64(0.5), norm="linf", queries=100,
    )  # fmt: skip
    assert s.trials[0] == Trial("adversarial-input", "row", 5, 1, 3, 0, 1)
    assert dict(s.settings) == {
        "epsilon": 0.5, "norm": "linf", "queries": 100, "attack": "art.HopSkipJump", "by": "A. Tester",
        "imported": True,
    }  # fmt: skip
    assert [r.statement.id for r in bound(root)] == [s.id]


def test_the_same_arrays_give_the_same_bytes_and_nothing_is_written_unless_asked(root):
    one, two = (record("scorer", attack="pgd", **WHO, broken=1, write=False) for _ in range(2))
    assert one == two
    assert not (root / "evidence").exists()


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"clean": [1], "broken": 1}, "needs all three arrays and no counts beside them; give clean, adversarial and "
         "labels, or the counts alone"),
        ({"broken": 1, "on": "yesterday"}, "on is 'yesterday'; write the day as 2026-10-02"),
        ({"broken": 1, "epsilon": float("nan")}, "epsilon is 'nan'; give a number"),
    ],
)  # fmt: skip
def test_what_a_notebook_says_wrongly_is_named(root, said, message):
    with pytest.raises(CasemateError) as caught:
        record("scorer", attack="pgd", **(WHO | said))
    assert str(caught.value) == f"record: {message}"
    assert not (root / "evidence").exists()
