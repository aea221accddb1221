"""The draft: what is put together, how disagreement is settled, and a text that always reads."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shop import CHATBOT

from casemate.define.build import from_text
from casemate.define.vocabulary import vocabulary
from casemate.discover import discover, write
from casemate.discover.merge import merged
from casemate.discover.names import Wish, named
from casemate.discover.repository import Repository
from casemate.discover.sighting import SAME, At, Unread

HERE = At("a.py", 3)
PRINTABLE = {"fines": ()}


def read(text):
    return from_text(text, "casemate.yaml", PRINTABLE)


def drafted(*found, name="shop"):
    """The system of some sightings, read again from its text."""
    flat = [s for f in found for s in (f if isinstance(f, list) else [f])]
    return read(write.text(merged(name, flat)))


def test_an_empty_repository_drafts_a_file_that_reads():
    system = drafted()
    assert (system.name, dict(system.components), list(system.zones)) == ("shop", {}, ["own"])


# -- names


def test_equal_names_are_told_apart_by_folder_then_kind_then_number():
    wishes = [Wish("a/m.pkl", "model", "m"), Wish("b/m.pkl", "model", "m"), Wish("m.pkl", "model", "m")]
    assert dict(named(wishes)) == {"a/m.pkl": "a-m", "b/m.pkl": "b-m", "m.pkl": "m"}
    assert list(
        named([Wish("x 1", "store", "db"), Wish("x 2", "store", "db"), Wish("x 3", "store", "db")]).values()
    ) == [
        "db",
        "db-store",
        "db-2",
    ]


@given(st.lists(st.builds(Wish, st.text(max_size=30), st.sampled_from(["model", "tool"]), st.text(max_size=300))))
def test_ids_are_valid_and_different_whatever_is_wished(wishes):
    one_each = list({w.key: w for w in wishes}.values())
    ids = list(named(one_each).values())
    assert len(set(ids)) == len(one_each)
    zones = "\n".join(f"  {write._key(i)}: {{trust: public}}" for i in ids)
    assert list(read(f"casemate: 1\nname: x\nzones:\n{zones or '  z: {trust: public}'}\ncomponents: {{}}\n").zones) == (
        ids or ["z"]
    )


def test_the_word_for_the_system_is_no_id():
    assert "system" not in drafted(HERE.is_a("x", "service", "w", "system")).components


# -- settling


def test_the_most_telling_kind_counts_and_the_other_stays_as_a_comment():
    found = [
        *HERE.is_a("serve.py", "endpoint", "routes", "api"),
        *At("c.yml", 2).is_a("service /web", "service", "c", "web"),
    ]
    text = write.text(merged("x", [*found, HERE.has("service /web", SAME, "serve.py", "it starts it")]))
    assert [(c.id, c.kind) for c in read(text).components.values()] == [("web", "endpoint")]
    assert "# also service (c.yml:2: c)" in text


@pytest.mark.parametrize(
    ("field", "values", "kept"),
    [
        ("pinned", ["yes", "no"], False),
        ("auth", ["token", "key", "sso"], "key"),
        ("version", ["pinned", "floating"], "floating"),
        ("format", ["pickle", "onnx"], "pickle"),
    ],
)
def test_of_facts_that_disagree_the_one_that_claims_less_counts(field, values, kept):
    said = [At("a.py", n + 1).has("x", field, v, "w") for n, v in enumerate(values)]
    text = write.text(merged("x", [*HERE.is_a("x", "service", "w", "x"), *said]))
    assert read(text).components["x"].props[field] == kept
    assert " says a.py:" in text


def test_a_flow_to_what_is_not_there_is_none():
    assert drafted(HERE.is_a("x", "service", "w"), HERE.flow("x", "y", "d", "w")).flows == ()


def test_a_property_names_only_what_it_may_name():
    parts = [*HERE.is_a("a", "agent", "w", "a"), *HERE.is_a("b", "tool", "w", "b")]
    odd = [HERE.has("a", "tools", "zone internet", "w"), HERE.has("a", "exposed to", "b", "w")]
    assert dict(drafted(parts, odd).components["a"].props) == {}
    fine = [HERE.has("a", "tools", "b", "w"), HERE.has("a", "exposed to", "zone internet", "w")]
    assert dict(drafted(parts, fine).components["a"].props) == {"tools": ("b",), "exposed to": ("internet",)}


def test_who_answers_requests_and_is_called_by_nobody_is_called_by_somebody_unknown():
    system = drafted(HERE.is_a("a.py", "endpoint", "w", "api"), HERE.is_a("m.pkl", "model", "w", "m"))
    assert [f.id for f in system.flows] == ["caller->api", "caller->m"]
    assert system.actors["caller"].trust.name == "PUBLIC"


def test_who_is_called_by_another_part_needs_no_such_caller():
    parts = [*HERE.is_a("g", "gateway", "w", "g"), *HERE.is_a("a", "endpoint", "w", "a")]
    open_ = [HERE.has("g", "exposed to", "zone internet", "w"), HERE.flow("g", "a", "requests", "w")]
    assert [f.id for f in drafted(parts, open_).flows] == ["g->a"]


def test_the_draft_is_the_same_whatever_the_order():
    found = list(discover.sightings(Repository.of(CHATBOT)))
    assert write.text(merged("x", found)) == write.text(merged("x", found[::-1]))


def test_a_circle_of_the_same_things_ends():
    found = [*HERE.is_a("a", "store", "w"), *HERE.is_a("b", "store", "w")]
    found += [HERE.has("a", SAME, "b", "w"), HERE.has("b", SAME, "a", "w")]
    assert len(drafted(found).components) == 1


def test_too_many_parts_are_cut_and_told(monkeypatch):
    monkeypatch.setattr("casemate.discover.merge.MOST_PARTS", 2)
    found = [s for n in range(3) for s in At(f"{n}.csv").is_a(f"{n}.csv", "dataset", "w", f"d{n}")]
    found += HERE.is_a("t.py", "training", "w", "t")
    text = write.text(merged("x", found))
    assert list(read(text).components) == ["d0", "t"]
    assert "1.csv is one of 2 elements beyond the first 2" in text


# -- the text


def test_every_fact_names_its_place():
    text = write.text(discover.draft(Repository.of(CHATBOT)))
    body = text.partition("components:\n")[2].partition("\n\n")[0].splitlines()
    bare = [line for line in body if "#" not in line and not line.endswith(":")]
    assert {line.split(":")[0].strip() for line in bare} <= {"kind", "zone"}


def test_hostile_names_stay_in_their_comments():
    file = "a\n  evil: {kind: model}\x1b[31m\u202e" + "x" * 4_000
    at = At(file, 1)
    found = [*at.is_a(file, "dataset", "w\nname: evil", "x"), at.has(file, "path", file, "w")]
    text = write.text(merged("x\ny", [*found, Unread(file, "w\nname: evil")], (file,)))
    assert list(read(text).components) == ["x"]
    assert read(text).components["x"].path is None
    assert "unknown: path: what a\\n  evil" in text
    assert max(map(len, text.splitlines())) < 400
    assert not [c for c in text.replace("\n", "") if not c.isprintable()]


def test_a_long_path_that_begins_like_a_comment_is_whole():
    path = "# " + "y" * 900 + ".csv"
    at = At(path, 1)
    system = drafted(at.is_a(path, "dataset", "w", "d"), at.has(path, "path", path, "w"))
    assert system.components["d"].path == path


def test_what_was_not_read_is_at_the_end():
    text = write.text(merged("x", [Unread("a.py", "is not UTF-8")], ("venv",)))
    assert text.endswith(
        "# not read: folders left out by their names: venv\n"
        "# not read: 1 file or parts of files\n#   a.py is not UTF-8\n"
    )


NASTY = st.text(alphabet="ab/.-#:{}[]&*!|>'\"%@`\\ \n\t\x00\x1b\u202e\ud800é, ", max_size=40)
FIELDS = st.sampled_from(
    [*vocabulary().component, "provider.model", "recipe.code", "base.origin", "no.such", SAME, "called"]
)
SIGHTING = st.builds(
    lambda element, kind, field, value, file, line, why: (
        At(file, line).is_a(element, kind, why, value) if kind else [At(file, line).has(element, field, value, why)]
    ),
    st.sampled_from(["a", "b/c.py", "b/c.py#agent", "d e"]) | NASTY,
    st.sampled_from(["", *vocabulary().kinds]),
    FIELDS,
    NASTY | st.sampled_from(["yes", "no", "a", "b/c.py", "pickle", "token", "zone internet", "read"]),
    NASTY,
    st.integers(0, 9),
    NASTY,
)


@given(st.lists(SIGHTING, max_size=12), st.lists(st.tuples(NASTY, NASTY, NASTY), max_size=4), NASTY)
def test_whatever_was_seen_the_draft_reads(found, flows, name):
    flat = [s for group in found for s in group]
    flat += [HERE.flow(a, b, data, "w") for a, b, data in flows]
    keys = [s.element for s in flat if s.kind]
    flat += [HERE.flow(a, b, name, "w") for a, b in pairwise(keys)]
    read(write.text(merged(name, flat)))


def test_folders_of_one_name_are_told_together():
    assert write.left_out(["a/.git", "a/__pycache__", "b/__pycache__"]) == "a/.git, __pycache__ (2 folders)"
