"""Who gets to see what leaves a component, what stands behind one, and what an index holds that nobody described."""

from __future__ import annotations

import pytest
from test_decompose_known import fact, ids, model


def test_a_tool_is_shown_to_whoever_reads_the_store_it_writes_to():
    parts = model(
        {"helper": "agent", "desk": "tool", "tickets": "store"},
        "helper -> desk",
        "desk -> tickets",
        "tickets -> visitor",
    )
    assert ids(parts, "desk", "shown to") == ["visitor"]


def test_what_a_language_model_or_an_agent_says_of_it_is_theirs():
    parts = model({"files": "store", "bot": "llm", "desk": "agent"}, "files -> bot", "bot -> desk", "desk -> visitor")
    assert ids(parts, "desk", "shown to") == ["visitor"]
    assert ids(parts, "files", "shown to") == []


def test_of_one_trust_one_reader_is_shown_and_the_least_trusted_first():
    parts = model(
        {"wiki": "store", "page": "web-app"}, "wiki -> page", "page -> visitor", "wiki -> clerk",
        actors=("visitor", "clerk"),
    )  # fmt: skip
    assert ids(parts, "wiki", "shown to") == ["visitor", "clerk"]


def test_a_page_is_shown_to_those_it_is_exposed_to():
    parts = model({"page": ("web-app", {"exposed to": ["visitor"]}), "files": "store"}, "files -> page")
    assert ids(parts, "files", "shown to") == ["visitor"]


def test_readers_and_writers_may_be_whole_zones():
    parts = model(
        {"files": ("dataset", {"readers": ["internet"], "writers": {"who": ["internet"], "complete": "yes"}})}
    )
    assert ids(parts, "files", "writers") == ["anyone in internet"]
    assert ids(parts, "files", "shown to") == ["anyone in internet"]


def test_a_front_stands_for_the_models_behind_it_and_a_store_for_none():
    parts = model(
        {"api": "endpoint", "engine": ("inference", {"runs": "scorer"}), "scorer": "model", "log": "log-store"},
        "visitor -> api", "api -> engine", "engine -> log",
    )  # fmt: skip
    assert set(ids(parts, "api", "fronts")) == {"engine", "scorer"}
    assert ids(parts, "scorer", "fronts") == ["scorer"]
    assert ids(parts, "log", "fronts") == []


def test_what_a_model_answers_is_not_asked_of_it_by_those_it_answers():
    parts = model({"page": "web-app", "bot": "llm"}, "page -> bot", "bot -> page")
    assert ids(parts, "page", "fronts") == ["bot"]
    assert ids(parts, "bot", "fronts") == ["bot"]


@pytest.mark.parametrize(
    ("sources", "said", "sensitivity"),
    [
        (["internal", "personal"], {}, "personal"),
        (["internal", None], {}, None),  # the other may be worse
        (["secret", None], {}, "secret"),  # nothing is worse
        (["personal"], {"sensitivity": "internal"}, "internal"),  # what is said of it holds
        ([], {}, None),
    ],
)
def test_an_index_is_as_delicate_as_what_it_was_filled_from(sources, said, sensitivity):
    stores = {f"s{i}": ("store", {"sensitivity": s} if s else {}) for i, s in enumerate(sources)}
    parts = model({**stores, "clean": "preprocessing", "index": ("index", said)},
                  *(f"s{i} -> clean" for i in range(len(sources))), "clean -> index")  # fmt: skip
    assert fact(parts, "index", "sensitivity") == sensitivity


def test_an_index_holds_what_its_stores_hold():
    parts = model({"chat": ("store", {"holds": ["credentials"]}), "index": "index"}, "chat -> index")
    assert fact(parts, "index", "holds") == ("credentials",)


NOBODY = {"readers": {"who": [], "complete": "yes"}}


def test_a_system_publishes_the_documents_that_outsiders_can_read():
    parts = model({"talks": ("documentation", {"readers": ["internet"]}), "notes": ("documentation", NOBODY)})
    assert ids(parts, "system", "publishes") == ["talks"]


def test_a_models_file_is_passed_on_whole():
    parts = model({"hub": ("model-registry", {"writers": ["visitor"]}), "file": "model", "loader": "host"},
                  "hub -> file", "file -> loader")  # fmt: skip
    found = {t.facts["grade"] for t in parts.things["loader"].facts["tainted by"] if t.id == "visitor"}
    assert found == {"bytes"}


def test_documents_of_whose_readers_nobody_spoke_may_be_published():
    docs = {"docs": ("documentation", {"readers": {"who": ["clerk"], "complete": "no"}})}
    closed = {"docs": ("documentation", {"readers": {"who": ["clerk"], "complete": "yes"}})}
    assert ids(model(docs, actors=("visitor", "clerk")), "system", "publishes") == [None]
    assert ids(model(closed, actors=("visitor", "clerk")), "system", "publishes") == []
