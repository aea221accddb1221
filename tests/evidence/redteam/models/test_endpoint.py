"""How an endpoint is asked: within its rate, its price and its time; and how it may be asked at all."""

import json

import pytest

from casemate.core.errors import CasemateError
from casemate.evidence.redteam.endpoint import Endpoint, Fails, Reply, retry_after, within
from casemate.evidence.redteam.metered import Spent
from casemate.evidence.redteam.model import ModelError
from casemate.evidence.redteam.terms import terms
from serving import TOKEN

AT = "https://scorer.example/v1"


def reply(status=200, body=b"{}", **headers):
    return Reply(status, {k.replace("_", "-"): v for k, v in headers.items()}, body)


def endpoint(time, *replies, **options):
    """One that gives these replies in turn, the last for ever."""
    asked = []

    def send(body):
        asked.append(json.loads(body))
        return replies[min(len(asked), len(replies)) - 1]

    return Endpoint(terms(AT, options, {}), send, time.clock, time.sleep), asked


def error(job):
    with pytest.raises(CasemateError) as e:
        job()
    return str(e.value)


def test_requests_keep_to_the_rate(time):
    e, asked = endpoint(time, reply(), rate="4")
    for i in range(3):
        e.ask(i)
    assert (asked, time.slept) == ([0, 1, 2], [0.25, 0.25])


def test_what_the_model_takes_counts_towards_the_rate(time):
    e, _ = endpoint(time, reply(), rate="4")
    e.ask(0)
    time.now += 0.2
    e.ask(1)
    time.now += 5
    e.ask(2)
    assert time.slept == [0.05]


def test_no_request_passes_the_cap(time):
    e, asked = endpoint(time, reply(), price="0.1", cap="0.3")
    for i in range(3):
        e.ask(i)
    with pytest.raises(Spent, match="the budget of money is spent"):
        e.ask(3)
    assert asked == [0, 1, 2]


def test_a_request_that_is_tried_again_costs_again(time):
    e, asked = endpoint(time, reply(503), price="1", cap="3")
    with pytest.raises(Spent):
        e.ask(0)
    assert len(asked) == 3


def test_a_busy_endpoint_is_asked_again_when_it_says(time):
    e, asked = endpoint(time, reply(429, retry_after="7"), reply(503), reply(body=b"[1]"), rate="1e9")
    assert e.ask("x") == [1]
    assert asked == ["x"] * 3
    assert [s for s in time.slept if s > 0.1] == [7, 2]


def test_a_busy_endpoint_without_end_is_given_up(time):
    e, asked = endpoint(time, reply(429, retry_after="0"))
    assert error(lambda: e.ask(0)) == (
        f"{AT}: answered 429 5 times; run again later, or allow more with the option wait"
    )
    assert len(asked) == 5


def test_we_wait_no_longer_than_allowed_in_all(time):
    e, asked = endpoint(time, reply(429, retry_after="40"), wait="100", rate="1e9")
    assert error(lambda: e.ask(0)) == (
        f"{AT}: answered 429 and asks to wait 40 s, where 100 s in all are allowed; "
        "run again later, or allow more with the option wait"
    )
    assert e.waited == 80
    assert len(asked) == 3


DATE = "Mon, 23 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "120"}, 120),
        ({"retry-after": "9" * 400}, 999_999_999),
        ({"retry-after": "Mon, 23 Nov 2026 12:00:30 GMT", "date": DATE}, 30),
        ({"retry-after": "Mon, 23 Nov 2026 11:00:00 GMT", "date": DATE}, 0),
        ({"retry-after": DATE}, None),
        ({"retry-after": "soon", "date": DATE}, None),
        ({"retry-after": "-1"}, None),
        ({}, None),
    ],
)
def test_a_time_to_wait_is_read_by_the_endpoints_own_clock(headers, seconds):
    assert retry_after(headers) == seconds


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (reply(500, b"Traceback: TOKEN=abc"), "answered 500; send the body by hand, and look at what it says"),
        (reply(404), "answered 404; send the body by hand, and look at what it says"),
        (reply(204), "answered 204; send the body by hand, and look at what it says"),
        (reply(401), "answered 401: it does not let us in; check the variable of its header"),
        (
            reply(302, location="https://elsewhere.example"),
            "answered 302: it leads to another address; name the address that it leads to, when that may be attacked",
        ),
        (
            reply(body=b"<!doctype html><title>TOKEN=abc</title>"),
            "answered a page (HTML), not JSON; check that the address is the model's own",
        ),
        (reply(body=b"\xff\xfe"), "answered what is no JSON; check that the address is the model's own"),
        (reply(body=b""), "answered what is no JSON; check that the address is the model's own"),
        (reply(body=b"[" * 100_000), "answered what is no JSON; check that the address is the model's own"),
        (reply(body=b"9" * 5000), "answered what is no JSON; check that the address is the model's own"),
        (reply(body=b"[NaN]"), "answered NaN or infinity; mend the model, or look at its input"),
    ],
    ids=["500", "404", "204", "401", "302", "page", "bytes", "nothing", "deep", "long", "NaN"],
)
def test_what_is_no_answer_is_told_without_its_text(time, found, why):
    e, asked = endpoint(time, found)
    assert error(lambda: e.ask(0)) == f"{AT}: {why}"
    assert len(asked) == 1


def test_what_fails_on_the_way_is_told(time):
    def send(body):
        raise Fails("cannot be reached")

    e = Endpoint(terms(AT, {}, {}), send, time.clock, time.sleep)
    with pytest.raises(ModelError) as found:
        e.ask(0)
    assert str(found.value) == f"{AT}: cannot be reached; look at the endpoint, then run again"


def test_a_job_that_never_ends_is_left(time):
    import threading

    never = threading.Event()
    with pytest.raises(Fails, match=r"did not answer within 0\.05 s"):
        within(0.05, lambda: never.wait() and reply())
    never.set()


# Its options.


def told(address=AT, environ=None, **options):
    return error(
        lambda: terms(address, {k.replace("header_", "header "): v for k, v in options.items()}, environ or {})
    )


def test_a_secret_comes_from_the_environment_and_is_shown_nowhere():
    t = terms(AT, {"header Authorization": "Bearer $SCORER_TOKEN"}, {"SCORER_TOKEN": TOKEN})
    assert t.headers == {"Authorization": f"Bearer {TOKEN}"}
    assert TOKEN not in repr(t)


def test_what_is_no_secret_may_be_written_down():
    assert terms(AT, {"header X-Version": "2"}, {}).headers == {"X-Version": "2"}


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"rte": "3"}, "has no option 'rte'; did you mean 'rate'?"),
        ({"rate": "0"}, "has the rate '0'; write a number, such as 10"),
        ({"timeout": "nan"}, "has the timeout 'nan'; write a number, such as 10"),
        ({"batch": "many"}, "has the batch 'many'; write a number, such as 10"),
        ({"price": "1"}, "has a price and no cap, or a cap and no price; give both: `price`, `cap`"),
        ({"scores": "a", "label": "b"}, "has both a path to scores and one to a label; name one of them"),
        (
            {"body": "{}"},
            "cannot be asked; the body has 0 holes for rows: write one of $rows, $records, $row, $record in quotes",
        ),
        ({"header_Host": "a"}, "cannot be sent the header 'Host'; name another"),
        ({"header_a b": "a"}, "cannot be sent the header 'a b'; name another"),
        ({"header_X": "a\nb"}, "cannot be sent the header X; write it as plain text in one line"),
        ({"header_X": "$NONE"}, "needs the variable NONE, which is not set; set it where casemate runs"),
        ({"header_X": "$TWO"}, "needs the variable TWO, which holds what no header may; set it where casemate runs"),
        (
            {"header_X-Api-Key": "abc"},
            "has a secret in the open: the header X-Api-Key; "
            "write it as a variable of the environment: `header X-Api-Key: $NAME`",
        ),
    ],
    ids=str,
)
def test_an_option_that_cannot_be_is_told(options, why):
    assert told(environ={"TWO": "s3cret\nsecond"}, **options) == f"{AT}: {why}"


HOLDS = (
    "https://a.example/x: has a user, a query or a fragment in its address; "
    "send secrets by a header: addresses stand in evidence"
)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("https://me:pw@a.example/x", HOLDS),
        ("https://a.example/x?key=pw", HOLDS),
        ("https://:70000/x", "https://:70000/x: is no address of an endpoint; write https://host/path"),
        ("ftp://a.example/pw", "ftp://a.example/pw: is no address of an endpoint; write https://host/path"),
        ("https://", "https://: is no address of an endpoint; write https://host/path"),
    ],
)  # fmt: skip
def test_an_address_holds_no_secret(address, why):
    assert told(address) == why


def test_an_address_is_checked_before_anything_that_shows_it():
    assert told("https://me:pw@a.example/x", rte="3") == HOLDS


def test_secrets_are_not_sent_in_the_open_but_to_this_machine():
    headers, environ = {"header X": "$T"}, {"T": TOKEN}
    assert error(lambda: terms("http://a.example/x", headers, environ)) == (
        "http://a.example/x: would be sent headers without encryption; write https://"
    )
    assert terms("http://127.0.0.1:8000/x", headers, environ).headers == {"X": TOKEN}
