"""Decompose on small systems written by hand: each derived fact, with the answer that it must have."""

from __future__ import annotations

import pytest

from casemate.core.trust import Trust
from strategies import ACTORS, ZONES, parts_of

Z = {**ZONES, "cellar": {"trust": "staff"}, "rival": {"trust": "partner", "owner": "Rival Ltd"}}


def model(components, *flows, actors=("visitor",), **more):
    """A system: `kind` or (kind, properties), all in the cloud unless a zone is given; flows as `a -> b`."""
    parts = {}
    for c, said in components.items():
        kind, props = (said, {}) if isinstance(said, str) else said
        parts[c] = {"kind": kind, "zone": "cloud", **props}
    doc = {
        "casemate": "1", "name": "n", "zones": Z, "actors": {a: dict(ACTORS[a]) for a in actors}, "components": parts,
        "flows": [_flow(f) for f in flows], **more,
    }  # fmt: skip
    return parts_of({k: v for k, v in doc.items() if v not in ({}, [])})


def _flow(f):
    ends, _, more = f.partition(": ")
    a, b = ends.split(" -> ")
    return {"from": a, "to": b, **dict(p.split("=") for p in more.split(", ") if p)}


def ids(parts, element, field):
    return [t.id for t in parts.things[element].facts[field]]


def fact(parts, element, field):
    return parts.things[element].facts.get(field)


def reach(parts, element, who="visitor"):
    return next(t for t in parts.things[element].facts["reached by"] if t.facts["id"] == who)


def tainted(parts, element, who="visitor"):
    return {(t.facts["way"], t.facts["grade"]) for t in parts.things[element].facts["tainted by"] if t.id == who}


# ------------------------------------------------------------------------------------------------ boundaries, entries


@pytest.mark.parametrize(
    ("flow", "crossed"),
    [
        ("near -> next", False),
        ("near -> deep", True),  # trust differs
        ("theirs -> others", True),  # trust is the same, owners differ
        ("theirs -> same", False),
        ("clerk -> near", False),
        ("customer -> open", True),  # its members are apart
        ("visitor -> near", True),
    ],
)
def test_a_boundary_is_crossed_where_trust_or_owner_differs_or_members_are_apart(flow, crossed):
    parts = model(
        {
            "near": "service", "next": ("service", {"zone": "cellar"}), "deep": ("dataset", {"zone": "vault"}),
            "theirs": ("service", {"zone": "vendor"}), "same": ("store", {"zone": "vendor"}),
            "others": ("service", {"zone": "rival"}), "open": ("web-app", {"zone": "shop"}),
        },
        flow, actors=("visitor", "customer", "clerk"),
    )  # fmt: skip
    assert (parts.crossing == (flow.replace(" -> ", "->"),)) is crossed


def test_entry_points_are_what_somebody_less_trusted_touches():
    parts = model(
        {
            "api": "endpoint", "page": ("web-app", {"exposed to": ["internet"]}),
            "inner": ("service", {"exposed to": ["cloud"]}),
        },
        "visitor -> api", "clerk -> inner", "api -> inner", actors=("visitor", "clerk"),
    )  # fmt: skip
    assert set(parts.entries) == {"api", "page"}


# ------------------------------------------------------------------------------------------------ reach


CHAIN = {
    "app": ("client-app", {"zone": "internet"}),
    "api": "endpoint",
    "engine": ("inference", {"runs": ["m"]}),
    "m": "model",
}
DRAWN = ("visitor -> app", "app -> api", "api -> engine")


def test_requests_reach_on_through_what_serves_and_keep_their_way():
    parts = model({**CHAIN, "log": "log-store", "behind": "service"}, *DRAWN, "api -> log", "log -> behind")
    assert reach(parts, "m").way() == ("visitor", "app", "api", "engine", "m")
    assert ids(parts, "log", "reached by") == ["visitor"]
    assert ids(parts, "behind", "reached by") == []  # a store passes no request on


def test_what_a_client_application_calls_is_called_by_its_user():
    parts = model(CHAIN, *DRAWN)
    assert [reach(parts, c).facts["direct"] for c in ("app", "api", "engine", "m")] == [True, True, False, False]


def test_of_each_class_the_first_actor_is_the_witness_and_classes_are_told_apart():
    parts = model(CHAIN, *DRAWN, "customer -> api", "clerk -> api", actors=("visitor", "customer", "clerk"))
    assert ids(parts, "m", "reached by") == ["visitor", "customer", "clerk"]
    assert fact(parts, "m", "exposure") is Trust.PUBLIC


def test_the_outermost_component_decides_what_gets_back():
    said = {
        **CHAIN,
        "api": ("endpoint", {"returns": ["labels"]}),
        "engine": ("inference", {"runs": ["m"], "returns": ["scores"]}),
    }
    assert reach(model(said, *DRAWN), "m").facts["returns"] == ("labels",)


def test_a_client_application_hides_nothing():
    said = {**CHAIN, "app": ("client-app", {"returns": ["labels"]}), "api": ("endpoint", {"returns": ["scores"]})}
    assert reach(model(said, *DRAWN), "m").facts["returns"] == ("scores",)


def test_where_the_outermost_says_nothing_what_gets_back_is_unknown_and_it_is_asked():
    said = {**CHAIN, "engine": ("inference", {"runs": ["m"], "returns": ["labels"]})}
    found = reach(model(said, *DRAWN), "m")
    assert "returns" not in found.facts
    assert found.asks["returns"] == ("api", "returns")


TWO = {
    "open": ("endpoint", {"returns": ["scores"], "rate limit": "none"}),
    "tight": ("endpoint", {"returns": ["labels"], "rate limit": "per-client", "size limit": "yes"}),
    "engine": ("inference", {"runs": ["m"]}),
    "m": "model",
}


@pytest.mark.parametrize("order", [("tight", "open"), ("open", "tight")])
def test_of_two_ways_an_attacker_takes_the_better_whichever_is_drawn_first(order):
    parts = model(TWO, *(f"visitor -> {c}" for c in order), *(f"{c} -> engine" for c in order))
    found = reach(parts, "m").facts
    assert found["returns"] == ("labels", "scores")
    assert found["limited"] is False
    assert "sized" not in found  # the open one does not say


def test_a_limit_on_every_way_limits_and_any_on_one_way_is_enough():
    both = {
        "a": ("gateway", {"rate limit": "per-client"}),
        "b": ("gateway", {"rate limit": "per-client"}),
        "c": "endpoint",
        "m": "llm",
    }
    parts = model(both, "visitor -> a", "visitor -> b", "a -> c", "b -> c", "c -> m")
    assert reach(parts, "m").facts["limited"] is True
    assert reach(parts, "c").facts["limited"] is True


def test_one_silent_way_beside_others_is_a_member_of_its_own():
    two = {**TWO, "tight": "endpoint"}
    parts = model(two, "visitor -> open", "visitor -> tight", "open -> engine", "tight -> engine")
    found = parts.things["m"].facts["reached by"]
    assert [t.facts.get("returns") for t in found] == [("scores",), None]
    assert found[1].asks["returns"] == ("tight", "returns")


def test_what_a_silent_engine_runs_may_be_any_model():
    parts = model(
        {"api": "endpoint", "engine": "inference", "m": "model", "n": "model"}, "visitor -> api", "api -> engine"
    )
    for m in ("m", "n"):
        (found,) = parts.things[m].facts["reached by"]
        assert (found.id, found.facts["trust"], found.asks) == (None, Trust.PUBLIC, {"": ("engine", "runs")})
        assert [(t.id, t.asks) for t in parts.things[m].facts["run by"]] == [(None, {"": ("engine", "runs")})]
    assert fact(parts, "m", "exposure") is None


def test_an_engine_that_says_that_it_runs_nothing_runs_nothing():
    parts = model(
        {"api": "endpoint", "engine": ("inference", {"runs": []}), "m": "model"}, "visitor -> api", "api -> engine"
    )
    assert ids(parts, "m", "reached by") == ids(parts, "m", "run by") == []


# ------------------------------------------------------------------------------------------------ covered


def controlled(holders, *flows):
    parts = {"a": "gateway", "b": "gateway", "m": "llm"}
    said = {c: (k, {"controls": ["query-quota"]}) if c in holders else k for c, k in parts.items()}
    return model(said, *flows).ladder.of("m").get("query-quota")


def test_a_control_on_the_only_way_covers_what_is_behind():
    assert controlled("a", "visitor -> a", "a -> m").at == ("a",)


def test_a_control_on_one_of_two_ways_does_not_cover():
    assert controlled("a", "visitor -> a", "visitor -> b", "a -> m", "b -> m") is None


def test_a_control_on_both_ways_covers():
    assert set(controlled("ab", "visitor -> a", "visitor -> b", "a -> m", "b -> m").at) == {"a", "b"}


def test_a_control_on_everything_that_runs_a_model_covers_it_and_on_one_of_two_it_does_not():
    def held(second):
        said = {
            "e": ("inference", {"runs": ["m"], "controls": ["query-quota"]}),
            "f": ("inference", second),
            "m": "model",
        }
        return "query-quota" in model(said).ladder.of("m")

    assert held({"runs": []})
    assert held({"runs": ["m"], "controls": ["query-quota"]})
    assert not held({"runs": ["m"]})
    assert not held({})  # for all we know it runs it too


# ------------------------------------------------------------------------------------------------ access


def test_a_store_may_have_other_writers_until_somebody_says_that_these_are_all():
    def writers(**props):
        return ids(model({"d": ("dataset", props)}, actors=("clerk", "admin")), "d", "writers")

    assert writers() == [None]
    assert writers(writers=["clerk"]) == ["clerk", None]
    assert writers(writers={"who": ["clerk"], "complete": "yes"}) == ["clerk"]
    assert writers(writers={"who": [], "complete": "yes"}) == []


def test_rights_add_writers_and_readers_and_may_complete_them():
    access = [
        {"who": ["clerk"], "may": ["read"], "on": ["d"]},
        {"who": ["admin"], "may": ["grant"], "on": ["d"], "complete": "yes"},
    ]
    parts = model(
        {"d": "dataset"}, "supplier -> d", "d -> supplier", actors=("clerk", "admin", "supplier"), access=access
    )
    assert ids(parts, "d", "writers") == ["admin", "supplier"]
    assert ids(parts, "d", "readers") == ["clerk", "admin", "supplier"]


def test_what_keeps_nothing_has_no_writers_that_nobody_named():
    assert ids(model({"s": "service"}), "s", "writers") == []


# ------------------------------------------------------------------------------------------------ taint


FEED = {
    "form": "web-app", "clean": "preprocessing", "data": ("dataset", {"writers": {"who": [], "complete": "yes"}}),
    "train": "training", "reg": ("model-registry", {"writers": {"who": [], "complete": "yes"}}),
    "engine": ("inference", {"runs": ["m"]}), "m": ("model", {"trained by": ["train"]}), "after": "service",
}  # fmt: skip
FED = (
    "visitor -> form", "form -> clean", "clean -> data", "data -> train", "train -> reg", "reg -> engine",
    "engine -> after",
)  # fmt: skip


def test_content_keeps_its_grade_through_stores_and_training_turns_it_into_influence():
    parts = model(FEED, *FED)
    assert tainted(parts, "data") == {("stored", "bytes")}
    assert tainted(parts, "reg") == {("trained", "values")}
    assert tainted(parts, "m") == {("trained", "values")}
    assert tainted(parts, "after") == set()  # a changed model is the model's threat, not one of everything behind it
    assert next(t for t in parts.things["m"].facts["tainted by"] if t.id == "visitor").way() == (
        "visitor", "form", "clean", "data", "train", "reg", "engine", "m",
    )  # fmt: skip


def test_a_schema_check_leaves_values_of_bytes():
    parts = model({**FEED, "clean": ("preprocessing", {"checks": ["schema"]})}, *FED)
    assert tainted(parts, "data") == {("stored", "values")}


def test_any_other_check_leaves_bytes():
    parts = model({**FEED, "clean": ("preprocessing", {"checks": ["anomaly", "content"]})}, *FED)
    assert tainted(parts, "data") == {("stored", "bytes")}


def test_a_language_model_passes_text_and_a_classifier_values():
    parts = model({"chat": "llm", "end": "interpreter"}, "visitor -> chat", "chat -> end")
    assert tainted(parts, "end") == {("request", "text")}
    parts = model({"chat": "inference", "end": "interpreter"}, "visitor -> chat", "chat -> end")
    assert tainted(parts, "end") == {("request", "values")}


def test_a_flow_carries_no_more_than_it_says():
    parts = model({"a": "service", "b": "service"}, "visitor -> a: carries=text", "a -> b: carries=volume")
    assert (tainted(parts, "a"), tainted(parts, "b")) == ({("request", "text")}, {("request", "volume")})


@pytest.mark.parametrize("kind", ["index", "memory"])
def test_taint_goes_through_an_index_and_a_memory(kind):
    parts = model({"site": "web-app", "kept": kind, "bot": "agent"}, "visitor -> site", "site -> kept", "kept -> bot")
    assert ("stored", "text") in tainted(parts, "bot")


def test_whoever_may_write_to_a_registry_may_change_the_code_that_is_loaded():
    said = {**FEED, "reg": ("model-registry", {"writers": {"who": ["supplier"], "complete": "yes"}})}
    parts = model(said, *FED, actors=("visitor", "supplier"))
    assert tainted(parts, "m", "supplier") == {("artifact", "bytes")}
    assert fact(parts, "m", "believed") is Trust.PARTNER


def test_writers_whom_nobody_named_taint_as_somebody_of_unknown_trust():
    parts = model({**FEED, "reg": "model-registry"}, *FED[3:], actors=())
    (found,) = [t for t in parts.things["m"].facts["tainted by"] if t.facts["way"] == "artifact"]
    assert (found.id, "trust" in found.facts, found.asks[""]) == (None, False, ("reg", "writers"))
    assert fact(parts, "m", "believed") is None


def test_a_monitor_looks_on_and_passes_nothing():
    parts = model(
        {"api": "endpoint", "watch": "monitor", "page": "service"}, "visitor -> api", "api -> watch", "watch -> page"
    )
    assert tainted(parts, "watch") == {("request", "bytes")}
    assert tainted(parts, "page") == set()


def test_effective_trust_is_that_of_the_least_trusted_who_can_put_bytes_there():
    parts = model({"api": "endpoint", "chat": "llm", "end": "service"}, "visitor -> api", "api -> chat", "chat -> end")
    trust = [fact(parts, c, "believed") for c in ("api", "chat", "end")]
    assert trust == [Trust.PUBLIC, Trust.PUBLIC, Trust.STAFF]  # text is no bytes


# ------------------------------------------------------------------------------------------------ relations


def test_relations_follow_the_flows_backwards_from_where_the_model_runs():
    parts = model({**FEED, "m": "model"}, *FED)
    found = {f: ids(parts, "m", f) for f in ("run by", "trained by", "trained on", "stored in")}
    assert found == {"run by": ["engine"], "trained by": ["train"], "trained on": ["data"], "stored in": ["reg"]}
    assert ids(parts, "data", "trains") == ids(parts, "train", "trains") == ["m"]


def test_what_the_file_says_of_its_training_decides():
    parts = model(
        {**FEED, "m": ("model", {"trained by": ["train"], "trained on": ["other"]}), "other": "dataset"}, *FED
    )
    assert ids(parts, "m", "trained on") == ["other"]


def test_where_nothing_upstream_is_known_the_training_is_unknown_and_asked_for():
    parts = model({"m": "model", "d": "dataset"})
    for name in ("trained by", "trained on"):
        (found,) = parts.things["m"].facts[name]
        assert (found.id, found.asks) == (None, {"": ("m", name)})
    assert ids(parts, "d", "trains") == [None]


def test_monitors_see_what_is_sent_what_is_logged_and_what_they_say_and_so_what_is_behind():
    said = {**CHAIN, "log": "log-store", "w": "monitor", "v": ("monitor", {"watches": ["m"]})}
    parts = model(said, *DRAWN, "api -> log", "log -> w")
    assert ids(parts, "api", "watched by") == ["w"]
    assert set(ids(parts, "m", "watched by")) == {"w", "v"}
    assert ids(parts, "app", "watched by") == []


def test_a_monitor_that_says_nothing_may_watch_anything():
    parts = model({"m": "model", "w": "monitor"})
    (found,) = parts.things["m"].facts["watched by"]
    assert (found.id, found.facts["kind"], found.asks) == (None, "monitor", {"": ("w", "watches")})


def test_a_log_is_kept_by_the_component_or_by_where_it_sends_and_silence_is_asked():
    said = {
        "a": ("endpoint", {"logs": ["request"]}),
        "b": ("endpoint", {"logs": ["none"]}),
        "c": "endpoint",
        "log": "log-store",
    }
    parts = model(said, "b -> log")
    assert ids(parts, "a", "logged by") == ["a"]
    assert ids(parts, "b", "logged by") == ["log"]
    (found,) = parts.things["c"].facts["logged by"]
    assert (found.id, found.asks) == (None, {"": ("c", "logs")})


def test_tools_knowledge_and_where_answers_show():
    said = {
        "site": "web-app", "bot": "agent", "t": "tool", "i": "index", "u": ("tool", {}),
        "b2": ("agent", {"tools": ["u"]}), "page": "client-app",
    }  # fmt: skip
    parts = model(
        said, "site -> bot", "bot -> site", "site -> page", "bot -> t", "t -> bot", "i -> bot", "visitor -> site"
    )
    assert ids(parts, "bot", "tools") == ["t"]
    assert ids(parts, "bot", "knows") == ["i"]
    assert ids(parts, "bot", "shows in") == ["site"]  # the page that shows it; what a page links is another
    assert ids(parts, "b2", "tools") == ["u"]
    assert ids(parts, "u", "fed by") == ["b2"]


def test_a_silent_agent_may_call_any_tool_of_the_file_and_one_that_draws_a_tool_calls_no_other():
    said = {"bot": "agent", "other": "agent", "t": ("tool", {"effect": ["send"]}), "u": ("tool", {"effect": ["send"]})}
    parts = model(said, "other -> t")
    (found,) = parts.things["bot"].facts["tools"]
    assert (found.id, found.facts["effect"], found.asks) == (None, ("send",), {"": ("bot", "tools")})
    assert ids(parts, "other", "tools") == ["t"]


def test_who_uses_one_agent_does_not_reach_another_through_a_tool_that_both_name():
    said = {"a": ("agent", {"tools": ["t"]}), "b": ("agent", {"tools": ["t"]}), "t": "tool"}
    parts = model(said, "visitor -> a")
    assert ids(parts, "t", "reached by") == ["visitor"]
    assert ids(parts, "b", "reached by") == []


def test_a_measured_fact_overrules_a_declared_one_and_is_a_correction():
    from strategies import record

    doc = {
        "casemate": "1",
        "name": "n",
        "zones": Z,
        "components": {"m": {"kind": "model", "zone": "cloud", "path": "m", "format": "onnx"}},
    }
    parts = parts_of(doc, record("m", "scan", facts={"format": "pickle"}))
    assert parts.things["m"].facts["format"] == "pickle"
    assert [(c.element, c.field, c.declared, c.measured) for c in parts.corrections] == [
        ("m", "format", "onnx", "pickle")
    ]
    attested = parts_of(doc, record("m", "scan", facts={"format": "pickle", "signed": True}), measured=False)
    assert attested.things["m"].facts["format"] == "onnx"
    assert (attested.things["m"].facts["signed"], attested.things["m"].measured) == (True, {})
