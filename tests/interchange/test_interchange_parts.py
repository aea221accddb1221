"""Ids, nesting, the written text and the loss report, one by one."""

from hypothesis import given
from hypothesis import strategies as st

from casemate.core.yamltree import parse
from casemate.define.values import ID
from casemate.define.vocabulary import vocabulary
from casemate.interchange.fit import clean
from casemate.interchange.loss import BROKEN, CHOSEN, LEFT, MOST_PLACES, MOST_REASONS, Losses, as_json, as_text
from casemate.interchange.names import FlowIds, Names, slug
from casemate.interchange.nesting import circles, roots
from casemate.interchange.node import Node
from casemate.interchange.tables import normal, tables
from casemate.interchange.written import value

LINKS = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh"))
PLAIN = st.text().map(clean)


def node(value=None):
    return Node(value or {}, "n", Losses())


# Ids.


@given(st.lists(st.text(min_size=1, max_size=120), max_size=12))
def test_every_id_is_one_that_a_system_file_takes_and_none_is_given_twice(theirs):
    names = Names()
    ours = [names.give(node(), t, t, "component") for t in theirs]
    assert all(ID.fullmatch(i) for i in ours)
    assert len(set(ours)) == len(ours)
    assert names.known == {t: ours[theirs.index(t)] for t in theirs}


def test_an_id_that_tells_nothing_is_made_from_the_name():
    uuid = "0b7c7ee0-1111-4222-8333-444455556666"
    assert [Names().give(node(), t, "Web Shop", "component") for t in (uuid, "17", "shop", "a b", None)] == [
        "web-shop", "web-shop", "shop", "web-shop", "web-shop"
    ]  # fmt: skip


def test_nothing_is_called_system():
    assert Names().give(node(), "system", "system", "component") == "system-2"


def test_a_slug_is_an_id_in_any_script():
    assert [slug(t, "x") for t in ("Größe 1", "日本 語", "--", "_a", "")] == ["größe-1", "日本-語", "x", "a", "x"]


def test_only_the_second_flow_with_the_same_ends_needs_an_id():
    ids = FlowIds(Names())
    assert [ids.give(("a", "b"), None, "x y"), ids.give(("a", "b"), None, "x y"), ids.give(("a", "b"), "own")] == [
        None, "x-y", "own"
    ]  # fmt: skip


# Nesting.


def outermost(links, start, found):
    seen = []
    while start not in found and start in links and start not in seen:
        seen.append(start)
        start = links[start]
    return found.get(start)


@given(LINKS)
def test_without_the_links_that_are_cut_nothing_lies_inside_itself(links):
    cut = circles(links)
    left = {k: v for k, v in links.items() if k not in cut}
    for start in left:
        here, steps = start, 0
        while here in left and steps <= len(links):
            here, steps = left[here], steps + 1
        assert steps <= len(links)


@given(LINKS)
def test_nothing_is_cut_that_is_in_no_circle(links):
    for start in circles(links):
        here = links[start]
        for _ in links:
            here = here if here == start else links[here]
        assert here == start


@given(LINKS, st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("XYZ")))
def test_what_is_not_said_is_that_of_the_nearest_around(links, found):
    left = {k: v for k, v in links.items() if k not in circles(links)}
    got = roots(left, found)
    assert {k: got.get(k) for k in left} == {k: outermost(left, k, found) for k in left}


# The written text.

SAID = st.recursive(
    PLAIN, lambda x: st.lists(x, max_size=3) | st.dictionaries(PLAIN.filter(bool), x, max_size=3), max_leaves=6
)


@given(SAID)
def test_what_is_written_is_read_again_as_it_was(said):
    assert parse(f"key: {value(said)}  # comment", "x.yaml") == {"key": said}


@given(st.text())
def test_what_was_cleaned_has_nothing_that_a_system_file_refuses(text):
    found = clean(text)
    assert found == clean(found)
    assert parse(f"key: {value(found)}  # {found}", "x.yaml") == {"key": found}


# The report.


def test_equal_reasons_stand_together():
    losses = Losses()
    losses.count("flows", 3, 2, 4)
    for i in range(2):
        losses.note(CHOSEN, f"parts[{i}].type", "is in no table", f"p{i}")
    losses.note(LEFT, "tags", "no tags", times=5)
    losses.note(BROKEN, "id", "is missing")
    assert as_text(losses.report("otm 1")) == (
        "otm 1: 2 of 3 flows, written as 4\n"
        "Chosen, because it is required and the source does not say it; please check: 2\n"
        "  parts[*].type (2 times): is in no table\n"
        "    parts[0].type: p0\n"
        "    parts[1].type: p1\n"
        "Not taken over: 5\n"
        "  tags: no tags\n"
        "Broken in the source: 1\n"
        "  id: is missing\n"
    )


def test_a_report_is_bounded_and_its_counts_go_on():
    losses = Losses()
    for i in range(MOST_PLACES + 5):
        losses.note(LEFT, f"a[{i}]", "why")
    for i in range(MOST_REASONS + 5):
        losses.note(LEFT, f"k{i}", "why")
    loss = losses.report("x")
    assert (loss.lines[0].count, len(loss.lines[0].places)) == (MOST_PLACES + 5, MOST_PLACES)
    assert len(loss.lines) == MOST_REASONS + 1
    assert (loss.lines[-1].what, loss.lines[-1].count) == ("elsewhere", 6)


def test_a_report_for_machines_holds_every_place():
    losses = Losses()
    losses.count("zones", 1)
    losses.note(LEFT, "a[3].b", "why", "d\n\u202e\ud800")
    assert as_json(losses.report("x")) == (
        '{\n  "format": "x",\n  "taken": {\n    "zones": {\n      "there": 1,\n      "taken": 1,\n      "written": 1\n'
        '    }\n  },\n  "losses": [\n    {\n      "kind": "left out",\n      "what": "a[*].b",\n      "why": "why",\n'
        '      "count": 1,\n      "places": [\n        {\n          "at": "a[3].b",\n          "detail": "d"\n'
        "        }\n      ]\n    }\n  ]\n}\n"
    )


# The tables.


def test_every_word_of_the_tables_is_one_of_ours():
    kinds, t = vocabulary().kinds, tables()
    named = [t["neutral"]["kind"], *t["otm"]["types"].values(), *t["otm"]["words"].values()]
    named += [*t["threagile"]["technologies"].values(), *t["threagile"]["types"].values()]
    named += [*t["threat dragon"]["types"].values(), *t["cyclonedx"]["types"]]
    assert [k for k in named if k not in kinds] == []
    trust = [*t["otm"]["rating"], *t["otm"]["gives rating"], *t["otm"]["zone types"].values()]
    trust += [v for k, v in t["neutral"].items() if k.endswith("trust")] + [*t["neutral"]["zone names"].values()]
    assert [w for w in trust if w not in vocabulary().words["trust"]] == []
    assert [p for p in t["cyclonedx"]["properties"] if p not in vocabulary().component] == []


def test_the_ratings_that_are_given_are_read_as_the_same_trust():
    t = tables()["otm"]
    read = {
        trust: [w for w, least in t["rating"].items() if int(r) >= int(least)][-1]
        for trust, r in t["gives rating"].items()
    }
    assert read == {trust: trust for trust in read}


def test_the_keys_of_the_tables_are_written_as_they_are_looked_up():
    t = tables()
    keys = [*t["otm"]["types"], *t["otm"]["words"], *t["threagile"]["technologies"], *t["threat dragon"]["types"]]
    assert [k for k in keys if k != normal(k)] == []
