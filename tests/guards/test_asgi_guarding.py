"""Guards around a route of a web application: what passes, what is refused with which answer, what is left alone."""

import asyncio
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgi_app import Tiny, ask, asking, model, respond
from casemate.core.errors import CasemateError
from casemate.guards.asgi import Guarding

CLEAN = np.random.default_rng(3).normal(size=(200, 3))
ROWS = [[0.5, 0.1, -0.2], [-1.0, 0.3, 0.4]]


def guarded(*guards, app=None, **how):
    return Guarding(app or Tiny(), guards, path="/predict", clean=CLEAN, **how)


def test_scores_leave_as_the_guards_say_and_other_fields_stay():
    found = ask(guarded("rounding:decimals=1"), {"rows": ROWS, "trace": "t"})
    assert (found.status, found.json) == (200, {"scores": np.round(model(np.array(ROWS)), 1).tolist(), "model": "m1"})
    assert found.headers[b"content-type"] == b"application/json"


def test_the_application_sees_what_the_guards_let_through():
    tiny = Tiny()
    ask(guarded("squeezing:levels=2", app=tiny), {"rows": [[99.0, 0.0, 0.0]], "trace": "t"})
    low, high = CLEAN.min(axis=0), CLEAN.max(axis=0)
    (row,) = tiny.shown[0]["rows"]
    assert row[0] == pytest.approx(high[0])
    assert all(v == pytest.approx(a) or v == pytest.approx(b) for v, a, b in zip(row, low, high, strict=True))
    assert tiny.shown[0]["trace"] == "t"


def test_a_body_that_comes_in_pieces_is_one_body():
    assert ask(guarded("label-only"), {"rows": ROWS}, pieces=7).json["scores"] == [[1, 0, 0], [0, 1, 0]]


def test_one_row_gets_one_answer():
    tiny = Tiny(lambda rows: {"scores": model(rows)[0].tolist()})
    assert ask(guarded("label-only", app=tiny), {"rows": ROWS[0]}).json == {"scores": [1, 0, 0]}


def test_scores_by_name_of_the_class_and_of_the_second_class_alone_are_guarded_too():
    named = Tiny(lambda rows: {"scores": [{"no": 0.31, "yes": 0.69} for _ in rows]})
    assert ask(guarded("label-only", app=named), {"rows": ROWS}).json["scores"] == [{"no": 0, "yes": 1}] * 2
    second = Tiny(lambda rows: {"scores": [0.69, 0.2]})
    assert ask(guarded("label-only", app=second), {"rows": ROWS}).json["scores"] == [1, 0]


def test_paths_lead_into_the_document():
    app = Tiny(lambda rows: {"result": {"p": model(rows).tolist()}})

    async def outer(scope, receive, send):
        message = await receive()
        rows = json.loads(message["body"])["in"]["rows"]
        await respond(send, 200, app.answer(np.array(rows)))

    g = guarded("label-only", app=outer, rows="in.rows", scores="result.p")
    assert ask(g, {"in": {"rows": ROWS}}).json == {"result": {"p": [[1, 0, 0], [0, 1, 0]]}}


def test_a_row_that_a_guard_refuses_is_not_asked():
    tiny = Tiny()
    found = ask(guarded("input-range", app=tiny), {"rows": [ROWS[0], [1e9, 0, 0]]})
    assert (found.status, found.json) == (422, {"error": "refused", "rows": {"1": "input-range"}})
    assert tiny.shown == []


def test_refused_rows_may_be_null_among_others_that_are_answered():
    tiny = Tiny()
    g = guarded("label-only", "input-range", app=tiny, refuse="row")
    found = ask(g, {"rows": [ROWS[0], [1e9, 0, 0], ["x", 0, 0], ROWS[1], [10**400, 0, 0]]})
    assert (found.status, found.json["scores"]) == (200, [[1, 0, 0], None, None, [0, 1, 0], None])
    assert tiny.shown == [{"rows": ROWS}]
    nothing = ask(g, {"rows": [[1e9, 0, 0], ["x", 0, 0]]})
    assert (nothing.status, nothing.json["rows"]) == (422, {"0": "input-range", "1": "column 1 is no number"})
    assert ask(g, {"rows": [1e9, 0, 0]}).status == 422


def test_a_quota_that_ends_within_a_request_answers_as_far_as_it_reaches():
    g = guarded("quota:quota=1", refuse="row")
    assert ask(g, {"rows": ROWS}).json["scores"][1] is None
    assert ask(g, {"rows": [ROWS[1]]}).status == 429


def test_a_used_up_quota_says_when_to_come_again_and_the_clock_renews_it():
    now = [0.0]
    g = guarded("quota:quota=2", window=60, clock=lambda: now[0])
    new = iter(np.random.default_rng(0).normal(size=(20, 3)).tolist())
    assert [ask(g, {"rows": [next(new)]}).status for _ in range(2)] == [200, 200]
    now[0] = 14.5
    found = ask(g, {"rows": [next(new)]})
    assert (found.status, found.headers[b"retry-after"]) == (429, b"46")
    assert found.json == {"error": "refused", "rows": {"0": "quota"}}
    now[0] = 60.0
    assert ask(g, {"rows": [next(new)]}).status == 200
    assert [ask(g, {"rows": [next(new)]}).status for _ in range(2)] == [200, 429]


def test_a_quota_without_a_window_names_no_time():
    g = guarded("quota:quota=1", window=None)
    ask(g, {"rows": [ROWS[0]]})
    found = ask(g, {"rows": [ROWS[1]]})
    assert found.status == 429
    assert b"retry-after" not in found.headers


def test_a_row_that_another_guard_refuses_too_gets_no_promise():
    g = guarded("quota:quota=1", "input-range")
    assert ask(g, {"rows": [[1e9, 0, 0], ROWS[0]]}).status == 422


def test_the_client_is_the_address_and_a_header_of_a_stranger_changes_nothing():
    g = guarded("quota:quota=1")
    assert ask(g, {"rows": [ROWS[0]]}).status == 200
    assert (
        ask(g, {"rows": [ROWS[1]]}, headers=[(b"x-client", b"other"), (b"x-forwarded-for", b"1.2.3.4")]).status == 429
    )
    assert ask(g, {"rows": [ROWS[1]]}, client=("10.0.0.2", 1)).status == 200


def test_all_of_a_network_of_ipv6_is_one_client():
    g = guarded("quota:quota=1")
    assert ask(g, {"rows": [ROWS[0]]}, client=("2001:db8::1", 1)).status == 200
    assert ask(g, {"rows": [ROWS[1]]}, client=("2001:db8::ffff:2", 1)).status == 429
    assert ask(g, {"rows": [ROWS[1]]}, client=("2001:db8:0:1::1", 1)).status == 200
    assert ask(g, {"rows": [ROWS[0]]}, client=("::ffff:10.9.9.9", 1)).status == 200
    assert ask(g, {"rows": [ROWS[1]]}, client=("10.9.9.9", 1)).status == 429


def test_a_trusted_header_names_the_client():
    g = guarded("quota:quota=1", client_header="X-Client")
    said = [(b"x-client", b"bank")]
    assert [ask(g, {"rows": [r]}, headers=said).status for r in ROWS] == [200, 429]
    assert [ask(g, {"rows": [r]}, client=(f"10.0.0.{i}", 1)).status for i, r in enumerate(ROWS)] == [200, 429]
    twice = ask(g, {"rows": [ROWS[0]]}, headers=[*said, (b"X-Client", b"me")])
    assert (twice.status, twice.json) == (400, {"error": "the header that names the client stands there twice"})


def test_no_address_is_kept_in_the_clear():
    g = guarded("quota")
    ask(g, {"rows": ROWS})
    assert "10.0.0.1" not in repr(g.guards[0].asked)
    assert g.client({"client": ("10.0.0.1", 1)}) == g.client({"client": ("10.0.0.1", 2)})
    assert g.client({"client": ("10.0.0.1", 1)}) != guarded("quota").client({"client": ("10.0.0.1", 1)})


DEEP = b'{"rows": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
HOSTILE = {
    "nothing": (b"", 400, "the body is no JSON that we can read"),
    "no JSON": (b"rows=1", 400, "the body is no JSON that we can read"),
    "NaN": (b'{"rows": [[NaN, 0, 0]]}', 400, "the body is no JSON that we can read"),
    "infinity elsewhere": (b'{"rows": [[0, 0, 0]], "x": 1e999}', 400, "the document cannot be written as JSON"),
    "deep nesting": (DEEP, 400, "the body is no JSON that we can read"),
    "a million digits": (b'{"rows": [[' + b"9" * 900_000 + b", 0, 0]]}", 400, "the body is no JSON that we can read"),
    "a key twice": (b'{"rows": [[0, 0, 0]], "rows": [[9, 9, 9]]}', 400, "the body is no JSON that we can read"),
    "another encoding": ('{"rows": [[0, 0, 0]]}'.encode("utf-16"), 400, "the body is no JSON that we can read"),
    "a compressed body": (b"\x1f\x8b\x08\x00", 400, "the body is no JSON that we can read"),
    "no rows": (b'{"row": [[0, 0, 0]]}', 400, "nothing stands at rows"),
    "a list": (b"[[0, 0, 0]]", 400, "nothing stands at rows"),
    "no row": (b'{"rows": []}', 400, "give 1 to 1000 rows"),
    "too many rows": (json.dumps({"rows": [[0, 0, 0]] * 1001}).encode(), 400, "give 1 to 1000 rows"),
    "a huge number": (b'{"rows": [[' + b"9" * 400 + b", 0, 0]]}", 422, {"0": "column 1 is not finite"}),
    "infinity": (b'{"rows": [[0, 1e999, 0]]}', 422, {"0": "column 2 is not finite"}),
    "a short row": (b'{"rows": [[0, 0, 0], [0]]}', 422, {"1": "is no list of 3 values"}),
    "a long row": (b'{"rows": [[0, 0, 0, 0]]}', 422, {"0": "is no list of 3 values"}),
    "a text": (b'{"rows": [["0", 0, 0]]}', 422, {"0": "column 1 is no number"}),
    "yes or no": (b'{"rows": [[true, 0, 0]]}', 422, {"0": "column 1 is no number"}),
    "a list in a row": (b'{"rows": [[[0], 0, 0]]}', 422, {"0": "column 1 is no number"}),
    "an object": (b'{"rows": {"a": 1}}', 422, {"0": "is no list of 3 values"}),
    "a word": (b'{"rows": "abc"}', 422, {"0": "is no list of 3 values"}),
    "too long": (b" " * 1_000_001, 413, "the body is longer than 1000000 bytes"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_gets_an_answer_and_the_model_never_sees_it(name):
    body, status, why = HOSTILE[name]
    tiny = Tiny()
    found = ask(guarded("input-range", "rounding", app=tiny), body)
    said = {"error": why} if isinstance(why, str) else {"error": "refused", "rows": why}
    assert (found.status, found.json, tiny.shown) == (status, said, [])


def test_a_body_without_end_is_not_read_to_its_end():
    asked = []

    async def receive():
        asked.append(1)
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/predict", "headers": []}
    asyncio.run(guarded("noise", most_bytes=10_000)(scope, receive, send))
    assert sent[0]["status"] == 413
    assert len(asked) == 11


def test_a_client_that_goes_away_is_not_answered():
    sent = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    tiny = Tiny()
    asyncio.run(guarded("noise", app=tiny)({"type": "http", "method": "POST", "path": "/predict"}, receive, send))
    assert (sent, tiny.scopes) == ([], [])


@pytest.mark.parametrize(
    "answer",
    [
        lambda rows: b"no json",
        lambda rows: {"probabilities": [[1, 0]]},
        lambda rows: {"scores": [[0.5, 0.5]]},
        lambda rows: {"scores": [[0.5, 0.5], [1]]},
        lambda rows: {"scores": [[0.5, "0.5"], [1, 0]]},
        lambda rows: {"scores": [[0.5, True], [1, 0]]},
        lambda rows: b'{"scores": [[NaN, 1], [1, 0]]}',
        lambda rows: {"scores": [{"a": 1, "b": 0}, {"a": 1, "c": 0}]},
        lambda rows: {"scores": []},
        lambda rows: {"scores": 0.5},
        lambda rows: {"scores": [[0.5, 0.5]] * 2, "more": "x" * 2_000_000},
    ],
)
def test_an_answer_that_could_not_be_guarded_does_not_leave(answer):
    found = ask(guarded("label-only", app=Tiny(answer), most_answer=1_000_000), {"rows": ROWS})
    assert (found.status, found.json) == (500, {"error": "the answer could not be guarded"})


def test_an_application_that_stops_half_way_has_answered_nothing():
    async def half(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"scores": [[0.2, 0.8]]}', "more_body": True})

    assert ask(guarded("noise", app=half), {"rows": ROWS[:1]}).status == 500


def test_what_the_application_refuses_itself_passes():
    async def refusing(scope, receive, send):
        await receive()
        await respond(send, 409, {"detail": "no"}, [(b"x-why", b"because")])

    found = ask(guarded("noise", app=refusing), {"rows": ROWS})
    assert (found.status, found.json, found.headers[b"x-why"]) == (409, {"detail": "no"}, b"because")


def test_headers_that_speak_of_other_bytes_are_gone():
    async def tagged(scope, receive, send):
        await respond(send, 200, {"scores": [[0.123456, 0.8]]}, [(b"ETag", b"x"), (b"x-id", b"7")])

    found = ask(guarded("rounding", app=tagged), {"rows": ROWS[:1]})
    assert b"ETag" not in found.headers
    assert found.headers[b"x-id"] == b"7"
    tiny = Tiny()
    ask(guarded("rounding", app=tiny), {"rows": ROWS}, headers=[(b"Accept-Encoding", b"gzip"), (b"a", b"b")])
    there = dict(tiny.scopes[0]["headers"])
    assert there.pop(b"content-length") == str(len(json.dumps(tiny.shown[0], separators=(",", ":")))).encode()
    assert there == {b"a": b"b"}


@pytest.mark.parametrize("path", ["/predict/", "//predict", "/Predict", "/x/../predict", "/api/predict"])
def test_the_route_is_the_route_however_it_is_written(path):
    found = ask(guarded("input-range"), {"rows": [[1e9, 0, 0]]}, path=path, root_path="/api")
    assert found.status == 422


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "post"])
def test_another_method_of_the_route_is_no_way_round(method):
    tiny = Tiny()
    found = ask(guarded("noise", app=tiny), {"rows": ROWS}, method=method)
    assert (found.status, found.headers[b"allow"], tiny.scopes) == (405, b"POST", [])


def test_other_routes_are_left_alone_and_stream_as_before():
    tiny = Tiny()
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/hello", "headers": [], "extensions": {"x": {}}}
    asyncio.run(guarded("noise", app=tiny)(scope, None, send))
    assert tiny.scopes[0] is scope
    assert [m.get("body") for m in sent] == [None, b"hel", b"lo"]


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_lifespan_and_websockets_are_left_alone(kind):
    sent = asyncio.run(asking(guarded("noise"), b"", type=kind))
    assert sent == [{"type": f"{kind}.seen"}]


def test_rows_by_name_are_checked_against_the_columns_that_clean_rows_had():
    pd = pytest.importorskip("pandas")
    clean = pd.DataFrame({"age": [30, 40, 50], "job": ["clerk", "pilot", "clerk"], "owner": [True, False, True]})
    tiny = Tiny(lambda rows: {"scores": [[0.2, 0.8]] * len(rows)})

    async def app(scope, receive, send):
        document = json.loads((await receive())["body"])
        tiny.shown.append(document)
        await respond(send, 200, tiny.answer(document["rows"]))

    g = Guarding(app, ["input-range"], path="/predict", clean=clean)
    fine = {"job": "pilot", "owner": True, "age": 41}
    assert ask(g, {"rows": [fine]}).status == 200
    assert tiny.shown == [{"rows": [fine]}]
    wrong = [
        {"age": 41, "job": "king", "owner": True},
        {"age": "41", "job": "pilot", "owner": True},
        {"job": "pilot", "owner": True},
        {**fine, "admin": 1},
        {**fine, "owner": 1},
        {**fine, "job": ["pilot"]},
        [41, "pilot", True],
        7,
    ]
    assert ask(g, {"rows": wrong}).json["rows"] == {
        "0": "job is no word that it knows",
        "1": "age is no number",
        "2": "lacks 'age'",
        "3": "has a column that nobody knows",
        "4": "owner is no word that it knows",
        "5": "job is no word that it knows",
        "6": "is no object with the columns by name",
        "7": "is no object with the columns by name",
    }
    assert ask(g, {"rows": [{**fine, "age": None}]}).json["rows"] == {"0": "input-range"}
    assert ask(g, {"rows": [{**fine, "age": 51}]}).json["rows"] == {"0": "input-range"}


def test_without_clean_rows_numbers_of_any_width_pass():
    g = Guarding(Tiny(), ["rounding"], path="/predict")
    assert ask(g, {"rows": ROWS}).status == 200
    assert ask(g, {"rows": [[1, 2], [1]]}).json["rows"] == {"1": "is no list of 2 values"}


def test_many_at_once_never_pass_a_quota():
    g = guarded("quota:quota=7")
    rows = np.random.default_rng(1).normal(size=(40, 3)).tolist()

    async def everybody():
        return await asyncio.gather(*(asking(g, {"rows": [r]}) for r in rows))

    assert sorted(a.status for a in asyncio.run(everybody())) == [200] * 7 + [429] * 33


@pytest.mark.parametrize(
    ("guards", "why"),
    [
        (["quotas"], "guards: there is no guard 'quotas'; did you mean 'quota'?"),
        ("quota", "guards: 'quota' is no list; write guards=[...]"),
        (
            ["quota:quota=0"],
            "guards: guard quota: quota, clients and rows must be at least 1, not 0, 1000000 and 100000; see "
            "`casemate catalog show query-quota`",
        ),
        ([3], "guards: a int is no guard; give its text, or a guard of the shelf"),
    ],
)
def test_guards_that_there_are_not_are_named_when_the_application_starts(guards, why):
    with pytest.raises(CasemateError) as e:
        Guarding(Tiny(), guards, path="/predict")
    assert str(e.value) == why


def test_a_way_to_refuse_that_there_is_not_is_named():
    with pytest.raises(CasemateError) as e:
        guarded("quota", refuse="some")
    assert str(e.value) == "refuse: 'some' is nothing; write all or row"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["rows", "a"]), inner, max_size=2),
    max_leaves=12,
)
NUMBERS = st.lists(st.lists(st.floats(-5, 5) | st.integers(-9, 9) | st.none(), min_size=3, max_size=3), max_size=4)


@given(st.fixed_dictionaries({"rows": JSON | NUMBERS}) | JSON)
def test_the_model_is_shown_rows_that_every_guard_lets_through_or_nothing(document):
    tiny = Tiny()
    found = ask(guarded("input-range", "rounding", app=tiny), document)
    if found.status == 200:
        rows = np.array(tiny.shown[0]["rows"], dtype=float)
        rows = rows if rows.ndim == 2 else rows[None]
        assert ((rows >= CLEAN.min(axis=0)) & (rows <= CLEAN.max(axis=0))).all()
    else:
        assert tiny.shown == []
        assert found.status in (400, 422)


def test_an_error_of_the_application_is_its_own():
    async def broken(scope, receive, send):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        ask(guarded("noise", app=broken), {"rows": ROWS})
