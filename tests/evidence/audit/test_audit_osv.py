"""OSV records against versions: answers worked out by hand, and laws against an oracle that counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.evidence.audit.osv import Affected, NoRecord, advisory, affects
from casemate.evidence.audit.versions import normal, same


def record(**over):
    doc = {
        "id": "PYSEC-2026-1",
        "modified": "2026-10-01T00:00:00Z",
        "affected": [{"package": {"ecosystem": "PyPI", "name": "Torch"}, "ranges": [], "versions": []}],
    }
    doc["affected"][0] |= over.pop("affected", {})
    return doc | over


def ranges(*events, kind="ECOSYSTEM"):
    return {"ranges": [{"type": kind, "events": list(events)}]}


def answer(version, *events, versions=()):
    (found,) = advisory(record(affected={"versions": list(versions), **ranges(*events)})).affected
    return affects(found, version)


@pytest.mark.parametrize(
    ("version", "expected"),
    [("1.0", False), ("1.1", True), ("1.9.9", True), ("2.0rc1", True), ("2.0", False), ("2.0.post1", False),
     ("3", True)],
)  # fmt: skip
def test_events_open_and_close(version, expected):
    events = ({"introduced": "1.1"}, {"fixed": "2.0"}, {"introduced": "3"})
    assert answer(version, *events) is expected
    assert answer(version, *reversed(events)) is expected


def test_zero_is_before_every_version():
    assert answer("0.0.1.dev0", {"introduced": "0"}, {"fixed": "1"}) is True


def test_the_last_affected_version_is_affected_and_the_next_is_not():
    events = ({"introduced": "0"}, {"last_affected": "2.0.0"})
    assert [answer(v, *events) for v in ("2.0.0", "2.0.0+cpu", "2.0.0.post1", "2.0.1")] == [True, True, False, False]


def test_a_local_version_is_compared_by_its_public_part():
    assert answer("2.0.0+cu118", {"introduced": "0"}, {"fixed": "2.0.0"}) is False
    assert answer("2.0.0+cpu", versions=["2.0.0"]) is True


def test_a_limit_ends_a_range():
    events = ({"introduced": "0"}, {"limit": "2"})
    assert [answer(v, *events) for v in ("1.9", "2", "5")] == [True, False, False]
    assert answer("5", {"introduced": "0"}, {"limit": "*"}) is True


def test_a_listed_version_is_affected_whatever_the_ranges_say():
    assert answer("5.0", {"introduced": "0"}, {"fixed": "1"}, versions=["5.0"]) is True
    assert answer("5", {"introduced": "0"}, {"fixed": "1"}, versions=["5.0"]) is True


def test_what_cannot_be_compared_is_neither_affected_nor_clean():
    assert answer("not-a-version", {"introduced": "0"}) is None
    assert answer("1.0", {"introduced": "0"}, {"fixed": "final-final"}) is None
    (nothing,) = advisory(record()).affected
    assert affects(nothing, "1.0") is None


@pytest.mark.parametrize("kind", ["GIT", "SEMVER"])
def test_ranges_of_another_kind_tell_nothing(kind):
    (found,) = advisory(record(affected=ranges({"introduced": "0"}, kind=kind))).affected
    assert affects(found, "1.0") is None


def test_names_have_one_spelling_and_other_ecosystems_are_left_out():
    assert advisory(record()).affected[0].name == "torch"
    doc = record()
    doc["affected"][0]["package"]["ecosystem"] = "npm"
    assert advisory(doc).affected == ()


def test_a_withdrawn_record_is_known_as_such():
    assert advisory(record(withdrawn="2026-01-01T00:00:00Z")).withdrawn
    assert not advisory(record(withdrawn="null")).withdrawn


def test_a_malicious_package_is_critical_and_an_unrated_flaw_is_high():
    assert advisory(record(id="MAL-2026-1")).severity == "critical"
    assert advisory(record()).severity == "high"
    assert advisory(record(database_specific={"severity": "MODERATE"})).severity == "medium"


@pytest.mark.parametrize(
    "doc",
    [None, [], {}, {"id": 1, "modified": "2026-10-01"}, {"id": "x", "modified": "yesterday"},
     record(affected={"versions": [1]}), record(affected={"versions": "1"}), record(affected=ranges(3)),
     record(affected=ranges({"repaired": "1"})), record(aliases={"a": 1})],
)  # fmt: skip
def test_a_broken_record_is_none(doc):
    with pytest.raises(NoRecord):
        advisory(doc)


# The oracle: versions are the integers 0 to 30; it walks up through all of them and keeps a switch.
numbers = st.integers(1, 30)
events = st.lists(st.tuples(st.sampled_from(["introduced", "fixed", "last_affected"]), numbers), max_size=8)


def oracle(found, version):
    inside = False
    for at in range(version + 1):
        if any(kind == "last_affected" and n == at - 1 for kind, n in found):
            inside = False
        if any(kind == "fixed" and n == at for kind, n in found):
            inside = False
        if any(kind == "introduced" and n == at for kind, n in found):
            inside = True
        # what is closed behind a version and opened at it again stays open only if it was opened there
        if any(kind == "last_affected" and n == at - 1 for kind, n in found) and not any(
            kind == "introduced" and n == at for kind, n in found
        ):
            inside = False
    return inside


def separate(found):
    """No opening at the version of a closing: the schema leaves open what that means."""
    opened = {n for kind, n in found if kind == "introduced"}
    closed = {n for kind, n in found if kind != "introduced"}
    return not opened & closed


@given(events.filter(separate), numbers, st.randoms(use_true_random=False))
def test_ranges_agree_with_an_oracle_that_counts(found, version, random):
    shuffled = random.sample(found, len(found))
    affected = Affected("x", ranges=(tuple((kind, str(n)) for kind, n in shuffled),))
    assert affects(affected, str(version)) is oracle(found, version)


@given(events, st.lists(numbers.map(str), max_size=3), numbers.map(str))
def test_listing_a_version_never_clears_another(found, listed, version):
    bare = Affected("x", ranges=(tuple((kind, str(n)) for kind, n in found),))
    more = Affected("x", frozenset(listed), bare.ranges)
    assert affects(more, version) is (version in listed or affects(bare, version))


@given(events, numbers)
def test_a_local_part_changes_nothing(found, version):
    affected = Affected("x", ranges=(tuple((kind, str(n)) for kind, n in found),))
    assert affects(affected, f"{version}+cpu") is affects(affected, str(version))


def test_versions_and_names_are_compared_as_installers_do():
    assert normal("Scikit_Learn") == "scikit-learn"
    assert same("2.0.0+cpu", "2.0.0")
    assert not same("2.0.0+cpu", "2.0.0+cu118")
    assert same("1.0", "1.0.0")
    assert not same("final", "1.0")
