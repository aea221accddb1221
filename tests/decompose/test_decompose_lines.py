"""Flows as lines: how delicate they are, and which of them somebody could listen in on."""

from __future__ import annotations

import pytest
from test_decompose_known import fact, model
from test_decompose_owned import doc

from strategies import outcomes, parts_of


def delicacy(sender, receiver, *more, kinds=("service", "service")):
    """What a flow between two components carries, when they say that of themselves."""
    said = [{"sensitivity": word} if word else {} for word in (sender, receiver)]
    parts = model({"a": (kinds[0], said[0]), "b": (kinds[1], said[1])}, "a -> b", *more)
    return fact(parts, "a->b", "sensitivity")


@pytest.mark.parametrize(
    ("sender", "receiver", "flow"),
    [
        ("personal", "public", "personal"),
        ("internal", "personal", "internal"),  # nothing in it is more delicate
        (None, "personal", "personal"),
        (None, "secret", "secret"),
        (None, "internal", None),  # the sender may have more than it sends
        (None, None, None),
    ],
)
def test_the_sender_says_how_delicate_a_flow_is_and_else_a_receiver_of_delicate_data(sender, receiver, flow):
    assert delicacy(sender, receiver) == flow


def test_what_people_send_is_as_delicate_as_what_gets_it():
    parts = model({"api": ("endpoint", {"sensitivity": "internal"})}, "visitor -> api")
    assert fact(parts, "visitor->api", "sensitivity") == "internal"


def test_a_front_that_says_nothing_passes_on_what_its_stores_keep():
    parts = model(
        {"api": "endpoint", "files": ("store", {"sensitivity": "personal"})}, "visitor -> api", "api -> files"
    )
    assert fact(parts, "visitor->api", "sensitivity") == "personal"


def test_the_answer_to_a_request_makes_its_line_as_delicate_as_it_is():
    parts = model(
        {"app": ("client-app", {"sensitivity": "internal"}), "api": ("endpoint", {"sensitivity": "personal"})},
        "app -> api", "api -> app",
    )  # fmt: skip
    assert fact(parts, "app->api", "sensitivity") == "personal"


@pytest.mark.parametrize(
    ("flow", "own"),
    [
        ("visitor->api", True),
        ("api->visitor", False),  # it answers
        ("api->clerk", True),  # nobody asked
        ("visitor->app", False),  # on their own device
        ("visitor->camera", False),  # nothing is sent
        ("camera->api", True),
        ("page->desk", False),  # people read a screen
        ("visitor->hub", False),  # from others to others
        ("clerk->hub", True),
    ],
)
def test_answers_and_what_people_do_in_person_are_no_lines_of_their_own(flow, own):
    drawn = "visitor->api api->visitor api->clerk visitor->app visitor->camera camera->api page->desk visitor->hub"
    system = doc(
        {
            "api": ("endpoint", "cloud", {}), "app": ("client-app", "internet", {}), "camera": ("sensor", "cloud", {}),
            "page": ("web-app", "cloud", {}), "desk": ("human-review", "vault", {}), "hub": ("store", "internet", {}),
        },
        *(f.replace("->", " -> ") for f in [*drawn.split(), "clerk->hub"]),
    )  # fmt: skip
    assert fact(parts_of(system), flow, "line") is own


@pytest.mark.parametrize(
    ("kind", "flow"),
    [("client-app", "x -> api"), ("sensor", "x -> api"), ("external-service", "api -> x"), ("gateway", "x -> api")],
)
def test_personal_data_in_plain_text_over_a_boundary_is_found_from_whatever_kind_it_comes(kind, flow):
    system = doc({"x": (kind, "vendor", {}), "api": ("endpoint", "cloud", {"sensitivity": "personal"})}, flow)
    system["flows"][0]["encrypted"] = "no"
    assert outcomes(system)[f"unencrypted-flow@{flow.replace(' ', '')}"] == "open"
