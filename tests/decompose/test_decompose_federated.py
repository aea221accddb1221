"""Federated learning: who the clients are, what their updates taint, and what threatens their data."""

from __future__ import annotations

import pytest
from test_decompose_known import ids, model, tainted
from test_decompose_owned import doc

from strategies import found_in, parts_of

PHONES = {
    "typed": ("dataset", "phones", {"sensitivity": "personal"}),
    "local": ("training", "phones", {}),
    "api": ("endpoint", "cloud", {}),
    "updates": ("store", "cloud", {}),
    "server": ("training", "cloud", {}),
    "m": ("model", "cloud", {"trained by": ["server"]}),
}
UP = ("typed -> local", "local -> api", "api -> updates", "updates -> server")


def test_an_update_goes_through_fronts_and_stores_to_the_training_that_brings_it_together():
    parts = parts_of(doc(PHONES, *UP))
    assert ids(parts, "server", "clients") == ["local"]
    assert ids(parts, "local", "clients") == []
    assert ids(parts, "local", "trained on") == ["typed"]


@pytest.mark.parametrize("back", [(), ("server -> api", "api -> local"), ("server -> local",)])
def test_of_two_that_send_to_each_other_the_less_trusted_is_the_client(back):
    parts = parts_of(doc(PHONES, *UP, *back))
    assert (ids(parts, "server", "clients"), ids(parts, "local", "clients")) == (["local"], [])


def test_whoever_sends_updates_to_a_less_trusted_server_is_a_client_all_the_same():
    hospital = {"mine": ("training", "cloud", {}), "theirs": ("training", "vendor", {})}
    assert ids(parts_of(doc(hospital, "mine -> theirs")), "theirs", "clients") == ["mine"]


def test_two_steps_of_one_pipeline_are_no_federation():
    parts = model({"first": "training", "rows": "dataset", "second": "training"}, "first -> rows", "rows -> second")
    assert ids(parts, "second", "clients") == []


def test_a_model_that_is_handed_on_is_no_update():
    whole = {
        "far": ("training", "vendor", {}),
        "hub": ("model-registry", "vendor", {}),
        "near": ("training", "cloud", {}),
    }
    assert ids(parts_of(doc(whole, "far -> hub", "hub -> near")), "near", "clients") == []


def test_what_a_client_sends_is_content_of_whoever_runs_it():
    parts = parts_of(doc(PHONES, *UP, "server -> m"))
    assert tainted(parts, "updates", "users") == {("stored", "values")}
    assert tainted(parts, "server", "users") == {("stored", "values")}
    assert tainted(parts, "m", "users") == {("trained", "values")}


def test_the_threats_of_federated_learning_are_found():
    found = {i: f.outcome for i, f in found_in(doc(PHONES, *UP)).items()}
    assert found["gradient-leakage@server"] == "open"
    assert found["poisoned-updates@server"] == "open"
    assert "gradient-leakage@local" not in found


def test_a_hundred_clients_are_remembered_by_three_and_the_least_trusted_first():
    many = {f"c{i}": ("training", "vendor" if i < 50 else "phones", {}) for i in range(100)}
    parts = parts_of(doc({**many, "server": ("training", "cloud", {})}, *(f"{c} -> server" for c in many)))
    assert ids(parts, "server", "clients") == ["c50", "c51", "c52"]
