"""A saved assessment as one side: what it tells is compared, what it lacks is said, what it breaks is an error."""

import contextlib
import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.errors import CasemateError, Refused
from casemate.report import json as exporter
from casemate.validate.diff import diff, saved, side
from small import LOADED, OWNED, PRICED, THEFT, look, results, small

PROOF = results("query-quota", kind="verify", verified=True)
ACCEPT = "accept: [{threat: loaded@scorer, reason: cheap, owner: ann, until: 2026-12-01}]\n"


def assessment(*records, **more):
    return look(small(OWNED + PRICED + ACCEPT, scorer="format: pickle"), *records, rules=(THEFT, LOADED), **more)


DOC = json.loads(exporter.render(assessment(PROOF)))


def read(doc):
    return saved.saved(json.dumps(doc).encode(), "saved.json")


def error(doc):
    with pytest.raises(CasemateError) as e:
        read(doc)
    return str(e.value)


def test_the_form_that_is_read_is_the_form_that_is_written():
    assert saved.VERSION == exporter.VERSION


def test_an_assessment_and_what_was_saved_of_it_differ_in_nothing():
    d = diff(read(DOC), assessment(PROOF))
    assert (d.threats, d.evidence, d.reasons_new, d.reasons_gone, d.changes) == ((), (), (), (), None)
    assert d.exit_code == 0


def test_what_a_saved_side_tells_is_what_the_assessment_tells():
    was, now = read(DOC), side(assessment(PROOF))
    for name in ("name", "digest", "policy", "currency", "owned", "reasons", "exit_code"):
        assert getattr(was, name) == getattr(now, name), name
    assert {i: t.outcome for i, t in was.threats.items()} == {i: t.outcome for i, t in now.threats.items()}
    assert {i: (t.was, t.path, t.missing) for i, t in was.threats.items()} == {
        i: (t.was, t.path, t.missing) for i, t in now.threats.items()
    }
    assert set(was.evidence) == set(now.evidence)


def test_without_facts_the_derivation_still_tells_what_is_other():
    old = json.loads(exporter.render(assessment()))
    (theft,) = [t for t in diff(read(old), assessment(PROOF)).threats if t.id == "theft@scorer"]
    assert (theft.kind, theft.worse, theft.cause.how) == ("outcome", False, "unknown")
    assert theft.how == ("query-quota counters it", f"record {PROOF.id} counts")


def test_another_policy_or_day_is_said():
    doc = DOC | {"policy": {"name": "old", "digest": "0" * 64}, "assessed": "2026-01-01"}
    d = diff(read(doc), read(DOC | {"assessed": "2026-11-02"}))
    assert [n.partition(":")[0] for n in d.notes] == [
        "saved.json and saved.json", "assessed on 2026-01-01 and on 2026-11-02", "another policy",
    ]  # fmt: skip


def test_money_of_two_currencies_is_not_compared():
    other = copy.deepcopy(DOC)
    other["system"]["currency"] = "USD"
    for t in other["threats"]:
        t["risk"]["current"]["mean"] *= 2
    d = diff(read(other), read(DOC))
    assert d.threats == ()
    assert "money is in USD and in EUR, and is not compared" in d.notes


AGAIN = "save it again: casemate assess --output json=FILE"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": 2}, "is a saved assessment of form 2, and this version reads form 1"),
        ({"version": True}, "is a saved assessment of form True, and this version reads form 1"),
        ({"version": None}, "is a saved assessment of form unknown, and this version reads form 1"),
        ({"money": "guessed"}, "is no saved assessment: .money is never 'guessed'"),
        ({"threats": {}}, "is no saved assessment: threats is something else than it was written"),
        ({"threats": [1]}, "is no saved assessment: threats[0] is no object"),
        ({"threats": [{}]}, "is no saved assessment: threats[0].outcome is missing"),
        ({"threats": DOC["threats"] * 2}, "is no saved assessment: threats[2] is a second 'loaded@scorer'"),
        ({"gate": {"reasons": [{"exit": 0}]}}, "is no saved assessment: gate.reasons[0].exit is neither 1 nor 3"),
        ({"casemate": "0\x1b[2J"}, "is no saved assessment: casemate holds a character that cannot be seen"),
        ({"evidence": [{"id": 7}]}, "is no saved assessment: evidence[0].id is something else than it was written"),
    ],
)
def test_a_file_that_breaks_the_form_is_an_error_that_says_where(change, said):
    assert error(DOC | change) == f"saved.json: {said}; {AGAIN}"


def test_what_is_no_assessment_says_so():
    assert error({"name": "x"}) == f"saved.json: is no saved assessment: the file has no threats and no gate; {AGAIN}"


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe{}", b'{"version": NaN}', b"[" * 100_000])
def test_what_is_no_json_says_so(data):
    with pytest.raises(CasemateError, match=r"^saved\.json: is no JSON; name a system file, or a saved assessment$"):
        saved.saved(data, "saved.json")


def test_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(saved, "MAX_BYTES", 10)
    with pytest.raises(Refused, match=r"is larger than 0 MB"):
        saved.saved(b"x" * 11, "saved.json")


ANY = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.just([]), st.just({}))


@given(st.data(), ANY)
def test_whatever_stands_in_any_place_gives_a_side_or_our_error(data, value):
    doc = copy.deepcopy(DOC)
    at = doc
    while True:
        key = data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        inside = at[key]
        if not isinstance(inside, dict | list) or not inside or data.draw(st.booleans()):
            break
        at = inside
    at[key] = value
    with contextlib.suppress(CasemateError):  # and nothing else
        assert diff(read(doc), read(DOC)).exit_code in (0, 1, 3)
