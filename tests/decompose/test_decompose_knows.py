"""Which stores a tool reads, for an agent that somebody sends looking for keys."""

from __future__ import annotations

import pytest
from test_decompose_known import ids, model
from test_decompose_owned import doc

from strategies import outcomes

KEYS = {"holds": ["credentials"]}


def test_a_tool_reads_what_flows_into_it_and_what_fetches_for_it():
    parts = model(
        {"bot": "agent", "search": ("tool", {"effect": ["read"]}), "mail": "service", "box": "store", "wiki": "store"},
        "bot -> search", "wiki -> search", "search -> mail", "mail -> search", "box -> mail",
    )  # fmt: skip
    assert ids(parts, "search", "knows") == ["wiki", "box"]


@pytest.mark.parametrize(
    ("effect", "knows"),
    [
        ({"effect": ["read"]}, []),  # it signs in with the key and shows it to nobody
        ({"effect": ["exec"]}, ["vault", "settings"]),
        ({}, [None]),  # it may run commands
    ],
)
def test_only_commands_get_at_the_keys_of_a_tool_and_of_agents_in_its_zone(effect, knows):
    parts = model(
        {
            "bot": "agent", "tool": ("tool", effect), "vault": "credential-store", "settings": ("store", KEYS),
            "far": ("store", {**KEYS, "zone": "vault"}), "news": ("store", {"holds": ["telemetry"]}),
        },
        "bot -> tool", "vault -> tool", "settings -> bot", "far -> bot", "news -> bot",
    )  # fmt: skip
    assert ids(parts, "tool", "knows") == knows


def test_a_tool_that_reads_no_keys_is_not_named():
    components = {
        "bot": ("agent", "cloud", {}), "weather": ("tool", "internet", {"effect": ["read"]}),
        "notes": ("index", "cloud", KEYS),
    }  # fmt: skip
    found = outcomes(doc(components, "visitor -> bot", "bot -> weather", "weather -> bot", "notes -> bot"))
    assert "credentials-through-tools@bot" not in found
    assert found["secrets-in-index@bot"] == "open"


def test_an_index_holds_what_its_sources_hold_once_all_of_them_said_it():
    said = {"a": ("store", {"holds": ["personal"]}), "b": ("store", {"holds": []}), "i": "index"}
    assert model(said, "a -> i", "b -> i").things["i"].facts["holds"] == ("personal",)
    assert "holds" not in model({**said, "b": "store"}, "a -> i", "b -> i").things["i"].facts


def test_one_source_with_keys_is_enough_for_an_index_to_hold_keys():
    said = {"a": ("store", KEYS), "b": "store", "i": "index"}
    assert model(said, "a -> i", "b -> i").things["i"].facts["holds"] == ("credentials",)
