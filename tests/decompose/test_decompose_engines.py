"""An engine that runs a language model: words go through it, and the model reads what the engine is sent."""

from __future__ import annotations

import pytest
from test_decompose_known import ids, model


def parts_of(runs):
    return model(
        {
            "api": "endpoint", "vllm": ("inference", runs), "llm": "llm", "scorer": "model", "pages": "index",
            "shop": "agent",
        },
        "shop -> vllm", "pages -> vllm", "vllm -> shop",
    )  # fmt: skip


def test_a_language_model_is_fed_what_its_engine_is_sent():
    parts = parts_of({"runs": ["llm"]})
    assert sorted(map(str, ids(parts, "llm", "fed by"))) == ["pages", "shop", "vllm"]
    assert ids(parts, "llm", "knows") == ["pages"]


def test_another_model_is_fed_by_its_engine_alone():
    assert ids(parts_of({"runs": ["scorer"]}), "scorer", "fed by") == ["vllm"]


@pytest.mark.parametrize(
    ("runs", "grade"), [({"runs": ["llm"]}, "text"), ({"runs": ["scorer"]}, "values"), ({}, "text")]
)
def test_an_engine_passes_on_words_where_it_may_run_a_language_model(runs, grade):
    assert parts_of(runs).graph.kind["vllm"].passes == grade


def test_a_language_model_of_which_nothing_is_said_was_used_as_it_came():
    parts = model({"notes": "dataset", "plain": "llm", "tuned": ("llm", {"trained on": ["notes"]})})
    assert (ids(parts, "plain", "trained on"), ids(parts, "tuned", "trained on")) == ([], ["notes"])


def test_a_language_model_that_a_training_leads_to_learned_from_what_that_reads():
    parts = model({"notes": "dataset", "tuning": "training", "tuned": "llm"}, "notes -> tuning", "tuning -> tuned")
    assert ids(parts, "tuned", "trained on") == ["notes"]
