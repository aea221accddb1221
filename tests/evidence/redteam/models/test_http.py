"""A model behind a real http server: what it is sent, what it answers, and everything that goes wrong on the way."""

import gzip
import logging
import ssl
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

pytest.importorskip("httpx")

from casemate.cli.redteam import command
from casemate.core.errors import CasemateError
from casemate.core.space import numbers
from casemate.define.build import from_text
from casemate.evidence.gap import Gap
from casemate.evidence.redteam import measure
from casemate.evidence.redteam.attack import Limits, Sample
from casemate.evidence.redteam.campaign import Plan, Scene, run
from casemate.evidence.redteam.metered import Budget, Metered, Spent
from casemate.evidence.redteam.model import ModelError
from casemate.evidence.redteam.models import http
from casemate.evidence.redteam.probe import probe
from casemate.evidence.redteam.target import opened, source
from serving import ROWS, TOKEN, sent, serving

SPACE = numbers([0, 0], [1, 1])
CLASSES = ["good", "bad"]


@pytest.fixture
def ask(time):
    """Answers of a server to rows, as its model gives them."""

    def ask(server, rows=ROWS, environ=None, **options):
        options = {k.replace("header_", "header "): v for k, v in options.items()}
        options = {"classes": CLASSES, "rate": "1e9"} | options
        with http.connected(server.address, SPACE, options, environ or {}, time.clock, time.sleep) as (model, _):
            return model(rows)

    return ask


def error(job):
    with pytest.raises(ModelError) as e:
        job()
    return e.value.what


def test_rows_are_sent_in_batches_and_scores_come_back(ask):
    with serving() as server:
        np.testing.assert_allclose(ask(server, batch="2")[:, 1], ROWS[:, 0])
        assert [a["body"] for a in server.asked] == [{"instances": ROWS[:2].tolist()}, {"instances": ROWS[2:].tolist()}]
        assert {a["path"] for a in server.asked} == {"/v1/score"}


def test_no_rows_are_no_request(ask):
    with serving() as server:
        assert ask(server, ROWS[:0]).shape == (0, 2)
        assert server.asked == []


def test_one_row_a_request_by_column(ask):
    with serving(sent({"p": {"good": 0.25, "bad": 0.75}})) as server:
        found = ask(server, body='{"row": "$record"}', scores="p", batch="50")
        np.testing.assert_allclose(found, [[0.25, 0.75]] * 3)
        assert server.asked[0]["body"] == {"row": {"f0": 0.1, "f1": 0.9}}
        assert len(server.asked) == 3


def test_an_endpoint_of_labels_gives_labels(ask):
    with serving(sent({"labels": ["bad", "good", "bad"]})) as server:
        np.testing.assert_array_equal(ask(server, label="labels"), [[0, 1], [1, 0], [0, 1]])


def test_headers_carry_the_secret_and_nothing_else_shows_it(ask, caplog):
    caplog.set_level(logging.DEBUG)
    page = f"<html>you sent {TOKEN}</html>".encode()
    with serving(None, sent(page, 500), sent(page), sent({"predictions": TOKEN})) as server:
        options = {"header_Authorization": "Bearer $SCORER_TOKEN", "environ": {"SCORER_TOKEN": TOKEN}}
        ask(server, **options)
        said = [error(lambda: ask(server, **options)) for _ in range(3)]
        assert all(a["headers"]["Authorization"] == f"Bearer {TOKEN}" for a in server.asked)
    assert said == [
        "answered 500",
        "answered a page (HTML), not JSON",
        "answered JSON that has a text where the scores should stand",
    ]
    assert TOKEN not in caplog.text


def test_a_cookie_is_not_sent_back(ask):
    with serving(sent({"predictions": [0.5]}, Set_Cookie="id=1"), None) as server:
        ask(server, batch="1")
        assert not any("Cookie" in a["headers"] for a in server.asked)


def test_a_busy_endpoint_is_asked_again(ask, time):
    with serving(sent({}, 429, Retry_After="0"), sent({}, 503, Retry_After="30"), None) as server:
        np.testing.assert_allclose(ask(server)[:, 1], ROWS[:, 0])
        assert [s for s in time.slept if s >= 1] == [30]
        assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (sent({}, 429, Retry_After="99999"), "answered 429 and asks to wait 99999 s, where 300 s in all are allowed"),
        (sent({}, 500), "answered 500"),
        (sent(b"<html>hello</html>"), "answered a page (HTML), not JSON"),
        (sent(b'{"predictions": [NaN, 1, 1]}'), "answered NaN or infinity"),
        (sent({"predictions": [[0.5, 0.5]]}), "answered JSON that has 1 answers for 3 rows"),
        (
            sent({"predictions": [[0.2, 0.3, 0.5]] * 3}),
            "answered JSON that has 3 scores for a row, and there are 2 classes",
        ),
        (
            sent({"predictions": [{"good": 1, "ugly": 0}] * 3}),
            "answered JSON that has 2 scores by class, and not those of good, bad",
        ),
        (sent({"outputs": []}), "answered JSON that has nothing at predictions"),
        (sent(b"[" + b"1," * 2_100_000 + b"1]"), "answered more than 4000000 bytes"),
        (sent(gzip.compress(b"{}"), Content_Encoding="gzip"), "answered in a packed form that was not asked for"),
        (sent({}, 302, Location="/elsewhere"), "answered 302: it leads to another address"),
    ],
    ids=["429", "500", "HTML", "NaN", "rows", "scores", "classes", "path", "large", "packed", "redirect"],
)
def test_what_is_no_answer_is_an_error_that_says_what(ask, answer, why):
    with serving(answer) as server:
        assert error(lambda: ask(server)) == why


def test_an_answer_that_stops_in_the_middle_is_left(ask):
    with serving(sent({}, Content_Length="5000000")) as server:
        assert error(lambda: ask(server, timeout="0.2")) == "did not answer within 0.2 s"


def test_a_redirect_is_not_followed_to_another_host(ask):
    with serving() as other, serving(sent({}, 307, Location=other.address)) as server:
        assert error(lambda: ask(server)) == "answered 307: it leads to another address"
        assert other.asked == []


def test_nobody_there_is_an_error(ask):
    with serving() as server:
        pass
    assert error(lambda: ask(server)) == "cannot be reached"


def test_an_endpoint_that_hangs_is_left(ask, monkeypatch):
    let_go = threading.Event()
    monkeypatch.setattr("serving.scored", lambda body: let_go.wait(20))
    with serving() as server:
        try:
            assert error(lambda: ask(server, timeout="0.2")) == "did not answer within 0.2 s"
        finally:
            let_go.set()


def test_a_certificate_that_nobody_vouches_for_is_refused(ask, tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path / "both.pem"))
    with serving() as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.address = server.address.replace("http:", "https:")
        assert error(lambda: ask(server)) == "has a certificate that nobody vouches for"
        assert server.asked == []


def self_signed(path):
    """A certificate that its own key vouches for, and the key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
    made = built.sign(key, hashes.SHA256())
    how = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(made.public_bytes(how[0]) + key.private_bytes(*how))
    return path


@pytest.mark.parametrize("classes", [None, ["good"]])
def test_classes_must_be_named(classes):
    with pytest.raises(CasemateError) as e, http.connected("https://a.example/", SPACE, {"classes": classes}):
        pass
    assert str(e.value) == (
        f"https://a.example/: knows {len(classes or [])} classes; "
        "name them in the order of its scores: `classes: [good, bad]`"
    )


def test_the_meter_counts_requests_and_what_was_learned_before_the_cap_is_kept():
    with serving() as server:
        options = {"batch": "1", "rate": "1e9", "price": "0.5", "cap": "2"}
        with opened(_source(server, options), SPACE, [], Budget(), CLASSES) as target:
            target.model(ROWS)
            target.model(ROWS)  # remembered: paid once
            with pytest.raises(Spent, match="money"):
                target.model(ROWS / 2)
            assert (target.model.used.rows, target.model.used.calls) == (4, 4)
            assert target.classes == CLASSES
        assert len(server.asked) == 4


def _source(server, options):
    return source(server.address, Path(), frozenset(), options=options)


def test_an_address_is_told_to_be_an_endpoint():
    with serving() as server:
        assert _source(server, {}).adapter == "http"


@pytest.mark.parametrize(("more", "same"), [(0.0, True), (0.2, False)])
def test_whether_it_repeats_itself_is_found_out(time, more, same):
    """The second answer to the same rows is another."""
    rows = np.random.default_rng(0).random((40, 2)) / 2
    first = sent({"predictions": [[1 - r, r] for r in rows[:32, 0]]})
    again = sent({"predictions": [[1 - r - more, r + more] for r in rows[:32, 0]]})
    with serving(first, again, None) as server:
        options = {"classes": CLASSES, "rate": "1e9"}
        with http.connected(server.address, SPACE, options, {}, time.clock, time.sleep) as (model, _):
            seen = probe(Metered(model), Sample(rows, np.zeros(40, dtype=np.intp)), np.random.default_rng(0))
    assert seen.deterministic is same


@pytest.mark.parametrize(
    ("answers", "options", "why"),
    [
        ((None,), {"price": "1", "cap": "40"}, "the budget of money is spent"),
        ((*[None] * 40, sent({}, 500)), {}, "answered 500"),
        ((*[None] * 40, sent(b"<html>")), {}, "answered a page (HTML), not JSON"),
        ((*[None] * 40, sent({}, 429, Retry_After="9999")), {}, "answered 429 and asks to wait 9999 s, where 300 s"),
    ],
    ids=["money", "500", "HTML", "429"],
)
def test_what_was_learned_before_it_ends_is_kept(answers, options, why):
    rows = np.random.default_rng(0).random((30, 2))
    data = Sample(rows, (rows[:, 0] > 0.5).astype(np.intp))
    plan = Plan(("random-noise", "hop-skip-jump"), limits=Limits(400, epsilon=0.5), victims=10)
    with serving(*answers) as server:
        found = _source(server, {"rate": "1e9", "batch": "20"} | options)
        with opened(found, SPACE, [], Budget(), CLASSES) as target:
            c = run(Scene(target.model, SPACE, data), plan)
    assert c.probe.accuracy.value == 1
    stopped = [t for t in c.tried if t.stopped]
    assert stopped
    assert all(t.stopped.startswith(why) for t in stopped)
    assert c.tried[0].scored > 0
    assert target.model.used.calls == len(server.asked)


def test_the_command_line_takes_no_address():
    with serving() as server:
        found = CliRunner().invoke(command, [server.address, "--data", "d.csv", "--label", "y"]).exception
        assert server.asked == []
    assert str(found) == (
        f"{server.address}: is attacked over a network; "
        "write it into a system file with `may be attacked`, and run `casemate measure`"
    )


TODAY = date(2026, 11, 23)
HEAD = """\
casemate: 1
name: x
zones: {{z: {{trust: staff}}}}
components:
  scorer: {{kind: endpoint, zone: z{may}}}
measure:
  - redteam:
      model: scorer
      address: {address}
      data: holdout.csv
      label: y
      classes: [a, b]
      attacks: [random-noise]
      rows: 20
      queries: 10
      options: {{rate: 1e9, header Authorization: Bearer $SCORER_TOKEN}}
"""
MAY = ", may be attacked: {until: 2026-11-30, by: the owner}"


def measured(root, address, may, today=TODAY):
    rng = np.random.default_rng(0)
    rows = [f"{a:.3f},{b:.3f},{'ab'[int(a > 0.5)]}" for a, b in rng.random((40, 2))]
    (root / "holdout.csv").write_text("x1,x2,y\n" + "\n".join(rows) + "\n")
    s = from_text(HEAD.format(address=address, may=may), "m.yaml", {})
    measure.check(s.measure[0], s)
    return measure.measure(s.measure[0], s, root, today)


def test_what_its_owner_allows_is_attacked_and_becomes_evidence(tmp_path, monkeypatch):
    monkeypatch.setenv("SCORER_TOKEN", TOKEN)
    with serving() as server:
        (found,) = measured(tmp_path, server.address, MAY)
        assert len(server.asked) > 5
        assert {a["headers"]["Authorization"] for a in server.asked} == {f"Bearer {TOKEN}"}
    assert (found.about, found.settings["target"]["adapter"]) == ("scorer", "http")
    assert found.settings["deterministic"] is True
    assert found.accuracy["value"] == 1
    assert TOKEN not in repr(found)


@pytest.mark.parametrize(
    ("may", "today", "why"),
    [
        ("", TODAY, "nobody said that scorer may be attacked"),
        (MAY, date(2026, 12, 1), "scorer might be attacked until 2026-11-30; ask the owner again"),
    ],
    ids=["never", "no longer"],
)
def test_what_nobody_allows_is_not_asked_once(tmp_path, may, today, why):
    with serving() as server:
        with pytest.raises(Gap) as e:
            measured(tmp_path, server.address, may, today)
        assert server.asked == []
    assert why in str(e.value)


@pytest.mark.parametrize("address", ["scorer.pkl", "../scorer.pkl", "ftp://a.example/", "mine:answer"])
def test_an_address_is_one_of_the_network(tmp_path, address):
    with pytest.raises(CasemateError) as e:
        measured(tmp_path, address, MAY)
    assert str(e.value) == (
        f"m.yaml:7:5: {address!r} is no address of an endpoint; write https://host/path, or give scorer a `path:`"
    )


@pytest.mark.parametrize(
    "address", ["https://me:pw@a.example/x", "https://a.example/x?key=pw", "https://a.example/#pw"]
)
def test_an_address_with_a_secret_in_it_is_refused_and_not_shown(tmp_path, address):
    with pytest.raises(CasemateError) as e:
        measured(tmp_path, address, MAY)
    assert str(e.value) == (
        "m.yaml:7:5: the address of scorer holds a user, a query or a fragment; "
        "send secrets by a header: addresses stand in evidence"
    )
