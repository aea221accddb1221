"""The tables that came with this version: expert judgement and statutory fines."""

import pytest

from casemate.catalog.controls import controls
from casemate.catalog.load import fines, priors, tree_of
from casemate.core.errors import CasemateError
from casemate.core.trust import WORDS
from casemate.define.vocabulary import vocabulary


def test_every_word_of_trust_has_attempts_and_so_has_an_accident():
    assert list(priors().attempts) == [*WORDS, "accident"]


def test_who_is_trusted_more_tries_less_often():
    by_trust = [priors().attempts[word] for word in WORDS]
    assert [i.low for i in by_trust] == sorted((i.low for i in by_trust), reverse=True)
    assert [i.high for i in by_trust] == sorted((i.high for i in by_trust), reverse=True)


def test_every_outcome_has_a_default_loss():
    assert list(priors().losses) == list(vocabulary().words["outcomes"])


@pytest.mark.parametrize("table", ["attempts", "losses"])
def test_intervals_run_from_low_to_high_and_never_begin_at_nothing(table):
    assert [name for name, i in getattr(priors(), table).items() if not 0 < i.low < i.high] == []


def test_probabilities_lie_between_nothing_and_certainty():
    p = priors()
    chances = [*p.success.values(), p.weaker, p.verified, p.appetite_chance]
    assert [c for c in chances if not 0 < c < 1] == []


def test_what_was_done_succeeds_more_often_than_what_was_shown():
    p = priors().success
    assert list(p) == ["realized", "demonstrated", "feasible"]
    assert p["realized"] > p["demonstrated"] > p["feasible"]


def test_a_control_that_was_only_seen_to_be_there_counts_at_most_half():
    assert priors().verified <= 0.5


def test_a_prior_weighs_four_campaigns_and_the_appetite_is_money():
    assert priors().weight == 4
    assert priors().appetite > 0


def test_a_fine_is_an_amount_and_a_share_with_the_law_it_comes_from():
    table, _ = fines()
    assert {name: (f.cap, f.share) for name, f in table.items()} == {
        "gdpr-83-4": (10e6, 0.02),
        "gdpr-83-5": (20e6, 0.04),
        "ai-act-99-3": (35e6, 0.07),
        "ai-act-99-4": (15e6, 0.03),
        "ai-act-99-5": (7.5e6, 0.01),
    }
    assert [f.id for f in table.values() if "Art." not in f.source] == []


def test_what_is_paid_is_a_small_share_of_the_maximum():
    _, (a, b) = fines()
    assert a > 0
    assert b > 0
    assert a / (a + b) < 0.1


def test_a_file_that_is_no_mapping_says_so(tmp_path):
    path = tmp_path / "list.yaml"
    path.write_text("- one\n")
    with pytest.raises(CasemateError) as caught:
        tree_of(path)
    assert str(caught.value) == "list.yaml: is not a mapping; write `key: value` lines"


def test_a_folder_of_threats_and_controls_gives_its_controls_alone(tmp_path):
    (tmp_path / "a-threat.yaml").write_text("id: a-threat\nwhen: {}\n")
    assert "a-threat" not in controls([tmp_path])
