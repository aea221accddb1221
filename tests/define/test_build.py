"""What needs the whole file: ids, references, nesting, circles. Then any file at all, and mutations of a valid one."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.errors import CasemateError
from casemate.core.trust import Trust
from casemate.define.build import from_text
from casemate.define.vocabulary import vocabulary

LINE = re.compile(r"m\.yaml(:\d+:\d+)?: .+; .+")
FILE = """\
casemate: 1
name: Scoring
currency: EUR
owners: {security: sec@lender.example}
review: {every: 90 days, last: 2026-07-01}
appetite: {loss: 1M, at most: 5% a year}
plan: {budget: 50k, cost per day: 800}
zones:
  internet: {trust: public}
  cloud: {trust: staff}
  vault: {trust: restricted, in: cloud}
  vendor: {trust: partner, owner: Example Inc}
actors:
  client: {trust: public, zone: internet, apart: yes}
  admin: {trust: restricted}
components:
  api:
    kind: endpoint
    zone: cloud
    auth: none
    exposed to: [internet]
    returns: [decision, scores]
    controls: {query-quota: {since: 2026-03-01, by: api-team}}
  scorer:
    kind: model
    zone: cloud
    format: pickle
    path: scorer.pkl
    recipe: {code: train.py, settings: params.yaml, lock: requirements.lock}
  rows: {kind: dataset, zone: vault, sensitivity: personal, writers: {who: [admin], complete: yes}}
  engine: {kind: inference, zone: cloud, runs: scorer, egress: [api], a day: 300}
  hosted: {kind: llm, zone: vendor, provider: {model: large, version: floating, keeps: 30 days}}
flows:
  - client -> api: application
  - api -> engine: {data: features, encrypted: yes, carries: values}
  - {from: engine, to: api, id: answer}
  - rows -> scorer
access:
  - {who: admin, may: [read, write], on: [rows], complete: yes}
harms:
  wrong-decision: 2k to 400k
  personal-data: {loss: 200k to 3M, fine: gdpr-83-5, turnover: 80M}
  unsafe: {outcome: wrong-decision, of: scorer, hurts: 1 person, at most: 1 in 1000 years}
attempts: {public: 2 to 50 a year, by: sec@lender.example, on: 2026-10-02}
measure:
  - scan: scorer
accept:
  - {threat: model-extraction@scorer, reason: public, owner: risk@lender.example, until: 2027-03-31}
dismiss:
  - {threat: sponge-input@api, because: fixed size, by: api-team, until: 2027-03-31}
"""
WORDS = {"fines": ("gdpr-83-5",)}


def build(text, currencies=None):
    return from_text(text, "m.yaml", WORDS, currencies)


def errors_of(text, currencies=None):
    with pytest.raises(CasemateError) as caught:
        build(text, currencies)
    return str(caught.value).split("\n")


def changed(old, new):
    assert FILE.count(old) == 1, old
    return FILE.replace(old, new)


def test_the_valid_file_gives_a_system():
    s = build(FILE)
    assert [*s.components] == ["api", "scorer", "rows", "engine", "hosted"]
    assert [f.id for f in s.flows] == ["client->api", "api->engine", "answer", "rows->scorer"]
    assert s.attempts.owned
    assert s.attempts.rates.keys() == {Trust.PUBLIC}


def test_reading_twice_gives_the_same():
    assert build(FILE) == build(FILE)


def test_a_zone_belongs_to_who_owns_the_zone_around_it():
    text = changed(
        "  vendor: {trust: partner, owner: Example Inc}",
        "  deep: {trust: partner, in: mid}\n  mid: {trust: partner, in: vendor}\n"
        "  vendor: {trust: partner, owner: Example Inc}\n  own: {trust: staff, in: vendor, owner: Us}",
    )
    zones = build(text).zones
    assert [zones[z].owner for z in ("deep", "mid", "vendor", "own", "cloud", "vault")] == [
        "Example Inc",
        "Example Inc",
        "Example Inc",
        "Us",
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("casemate: 1", "casemate: 2", ["m.yaml:1:11: casemate is 2; this version reads form 1"]),
        (
            "  - rows -> scorer",
            "  - rows -> scorr",
            ["m.yaml:37:5: flow rows->scorr names 'scorr', which does not exist; did you mean 'scorer'?"],
        ),
        (
            "  - rows -> scorer",
            "  - nobody -> nothing",
            [
                "m.yaml:37:5: flow nobody->nothing names 'nobody', which does not exist; "
                "there is admin, api, client, engine, hosted, rows, scorer",
                "m.yaml:37:5: flow nobody->nothing names 'nothing', which does not exist; "
                "there is admin, api, client, engine, hosted, rows, scorer",
            ],
        ),
        ("  - rows -> scorer", "  - api -> api", ["m.yaml:37:5: flow api->api goes nowhere; its ends must differ"]),
        (
            "  - rows -> scorer",
            "  - client -> api: again",
            ["m.yaml:37:5: there is a flow 'client->api' already; give the second one an `id:` of its own"],
        ),
        (
            "id: answer",
            "id: scorer",
            ["m.yaml:36:5: 'scorer' is the id of something in components already; give the flow another `id:`"],
        ),
        (
            "id: answer",
            "id: system",
            ["m.yaml:36:5: 'system' is the id of the system itself already; give the flow another `id:`"],
        ),
        (
            "  - {from: engine, to: api, id: answer}",
            "  - {to: api}",
            ["m.yaml:36:5: an entry of flows has no 'from'; give it: who sends"],
        ),
        (
            "  admin: {trust: restricted}",
            "  admin: {trust: restricted}\n  api: {trust: staff}",
            [
                "m.yaml:18:3: 'api' is the id of something in actors already; "
                "give every actor and component an id of its own"
            ],
        ),
        (
            "  hosted: {kind",
            "  system: {kind",
            ["m.yaml:32:3: 'system' means the system itself; choose another id"],
        ),
        (
            "  admin: {trust: restricted}",
            "  admin: {trust: restricted}\n  internet: {trust: staff}",
            [
                "m.yaml:22:5: api under 'exposed to' names 'internet', which is a zone and an actor; "
                "give one of the two another id"
            ],
        ),
        (
            "zone: vendor, provider",
            "zone: vendr, provider",
            ["m.yaml:32:23: hosted names 'vendr', which does not exist; did you mean 'vendor'?"],
        ),
        (
            "apart: yes}",
            "apart: yes}\n  other: {trust: staff, zone: cluod}",
            ["m.yaml:15:25: actor other names 'cluod', which does not exist; did you mean 'cloud'?"],
        ),
        (
            "runs: scorer",
            "runs: scoring",
            ["m.yaml:31:42: engine under 'runs' names 'scoring', which does not exist; did you mean 'scorer'?"],
        ),
        (
            "{who: [admin], complete: yes}}",
            "{who: [admn], complete: yes}}",
            ["m.yaml:30:61: rows under 'writers' names 'admn', which does not exist; did you mean 'admin'?"],
        ),
        (
            "on: [rows], complete",
            "on: [row], complete",
            ["m.yaml:39:5: an entry of access names 'row', which does not exist; did you mean 'rows'?"],
        ),
        (
            "of: scorer",
            "of: scoerr",
            ["m.yaml:43:37: harm unsafe names 'scoerr', which does not exist; did you mean 'scorer'?"],
        ),
        (
            "  wrong-decision: 2k to 400k",
            "  wrong-decision: {of: scorer}",
            [
                "m.yaml:41:3: harm wrong-decision has no size; "
                "give `loss: 2k to 400k`, or `hurts:` with `at most: 1 in 1000 years`"
            ],
        ),
        (
            "  wrong-decision: 2k to 400k",
            "  wrong-decison: 2k to 400k",
            ["m.yaml:41:3: harm wrong-decison is not a known outcome; did you mean 'wrong-decision'?"],
        ),
        (
            "hurts: 1 person",
            "hurts: 1 person, loss: 5k",
            ["m.yaml:43:3: harm unsafe prices people; keep `hurts:` and drop `loss:`"],
        ),
        (
            "loss: 1M",
            "loss: 0",
            ["m.yaml:6:12: the appetite is 0; give the yearly loss that is too much; every risk is measured by it"],
        ),
        (
            "at most: 1 in 1000 years",
            "at most: 0 a year",
            ["m.yaml:43:75: at most is '0 a year'; it takes a frequency such as 1 in 1000 years"],
        ),
        ("loss: 1M", "loss: a lot", ["m.yaml:6:18: loss is 'a lot'; it takes an amount such as 50k"]),
    ],
)
def test_one_mistake_gives_one_error_at_its_place(old, new, said):
    assert errors_of(changed(old, new)) == said


@pytest.mark.parametrize(
    ("zones", "inside"),
    [
        (["a: in a"], "a"),
        (["a: in b", "b: in a"], "ab"),
        (["a: in b", "b: in c", "c: in a"], "abc"),
        (["d: in a", "a: in b", "b: in a"], "ab"),
    ],
    ids=["itself", "via two", "via three", "one that leads into a circle"],
)
def test_a_zone_inside_itself_is_named_once_each(zones, inside):
    lines = [f"  {z[0]}: {{trust: staff, in: {z[-1]}}}" for z in zones]
    text = "\n".join(["casemate: 1", "name: x", "zones:", *lines, "components:", "  m: {kind: model, zone: a}"])
    first = {z[0]: 4 + i for i, z in enumerate(zones)}
    assert errors_of(text) == [
        f"m.yaml:{first[z]}:21: zone {z} lies inside itself; let one of them lie outside"
        for z in sorted(inside, key=first.get)
    ]


def test_what_refers_to_an_entry_that_could_not_be_read_does_no_second_wrong():
    text = changed("  client: {trust: public, zone: internet, apart: yes}", "  client: public")
    assert errors_of(text) == ["m.yaml:14:11: client is 'public'; write a mapping such as {trust: ...}"]
    text = changed("  wrong-decision: 2k to 400k", "  wrong-decision: much")
    assert len(errors_of(text)) == 1


def test_a_fine_in_another_currency_is_refused_and_never_converted():
    assert build(FILE, {"gdpr-83-5": "EUR"}).harms["personal-data"].fine == "gdpr-83-5"
    assert errors_of(changed("currency: EUR", "currency: JPY"), {"gdpr-83-5": "EUR"}) == [
        "m.yaml:42:37: the maximum of gdpr-83-5 is in EUR, and this file counts in JPY; "
        "let `loss:` hold the fine, or count in the other"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "m.yaml: is empty; begin with `casemate: 1`; `casemate schema` shows what may follow"),
        ("# nothing\n", "m.yaml: is empty; begin with `casemate: 1`; `casemate schema` shows what may follow"),
        ("- a\n", "m.yaml:1:1: is not a mapping; begin with `casemate: 1`"),
        ("word\n", "m.yaml:1:1: is not a mapping; begin with `casemate: 1`"),
    ],
)
def test_a_file_that_is_no_mapping_says_how_to_begin(text, said):
    assert errors_of(text) == [said]


def test_a_file_without_anything_names_what_it_needs():
    assert errors_of("{}\n") == [
        "m.yaml:1:1: the file has no 'casemate'; give it: version of this file's form; 1",
        "m.yaml:1:1: the file has no 'components'; give it: the parts of the system",
        "m.yaml:1:1: the file has no 'name'; give it: what the system is called",
        "m.yaml:1:1: the file has no 'zones'; give it: parts of the world with one level of trust",
    ]


MANY = "zones: {z: {trust: staff}}\ncomponents:\n"


@pytest.mark.parametrize(
    "text",
    [
        "zones:\n" + "".join(f"  z{i}: {{trust: staff, in: z{i + 1}}}\n" for i in range(20_000)),
        MANY + "".join(f"  c{i}: {{kind: model, zone: z}}\n" for i in range(10_000)),
        MANY + "".join(f"  c{i}: {{kind: model, zone: y{i}}}\n" for i in range(5_000)),
    ],
    ids=["zones in zones", "components", "errors"],
)
def test_the_time_grows_no_faster_than_the_file(text):
    start = time.process_time()
    outcome(f"casemate: 1\nname: x\n{text}")
    assert time.process_time() - start < 8


# Any text, and mutations of a valid file: a System, or our errors with places inside the file.


def outcome(text):
    try:
        return build(text)
    except CasemateError as e:
        found = e
    lines = str(found).split("\n")
    assert all(LINE.fullmatch(line) for line in lines), lines
    widths = [0, *(len(line) for line in text.split("\n"))]
    for error in getattr(found, "errors", (found,)):
        assert error.at.line < len(widths)
        assert not error.at.line or error.at.column <= widths[error.at.line] + 1
    return lines


V = vocabulary()
NAMES = sorted({*V.file, *V.component, *V.control, *V.file["flows"].fields, "from", "in", "who", "by", "on", "system"})
TOKENS = sorted(set(re.findall(r"[\w.@%-]+", FILE)) | {w for words in V.words.values() for w in words} | set(NAMES))
ODD = [
    "",
    "~",
    "no",
    "[]",
    "{}",
    "[[]]",
    "{a: {b: c}}",
    "''",
    '"\\e"',
    "1:30",
    "0",
    "9" * 30,
    "0 to 1",
    "&a x",
    "*a",
    "!!x y",
    "é",
    "a -> b",
    "a -> b -> c",
    "<<",
    "?",
    "|",
    "x: y",
    "-",
    "'",
    "\t",
    "\u2028",
    "100 years",
    "2999-12-31",
    "system",
]
LINES = FILE.split("\n")


@given(st.text())
def test_any_text_is_a_system_or_our_errors(text):
    text = text.replace("\r", "\n").replace("\x85", "").replace("\u2028", "").replace("\u2029", "")
    outcome(text)


@given(st.data())
def test_a_file_with_a_few_words_exchanged_is_a_system_or_our_errors(data):
    text = FILE
    for _ in range(data.draw(st.integers(1, 4))):
        spans = [m.span() for m in re.finditer(r"[\w.@%>-]+", text)]
        start, end = data.draw(st.sampled_from(spans))
        text = text[:start] + data.draw(st.sampled_from(TOKENS) | st.sampled_from(ODD)) + text[end:]
    text = text.replace("\u2028", " ")
    assert outcome(text) == outcome(text)


@given(st.data())
def test_a_file_with_lines_moved_dropped_or_indented_is_a_system_or_our_errors(data):
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 3))):
        i, j = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        what = data.draw(st.sampled_from(["drop", "copy", "indent", "dedent", "swap"]))
        if what == "drop":
            lines[i] = ""
        elif what == "copy":
            lines.insert(j, lines[i])
        elif what == "swap":
            lines[i], lines[j] = lines[j], lines[i]
        else:
            lines[i] = "  " + lines[i] if what == "indent" else lines[i].removeprefix("  ")
    outcome("\n".join(lines))


@given(st.sampled_from(NAMES), st.sampled_from(NAMES + TOKENS + ODD), st.sampled_from(["", "    ", "  "]))
def test_any_field_of_the_vocabulary_at_any_place_is_a_system_or_our_errors(name, value, indent):
    where = LINES.index("    auth: none") if indent == "    " else len(LINES) - 1
    text = "\n".join([*LINES[:where], f"{indent}{name}: {value}".replace("\u2028", " "), *LINES[where:]])
    outcome(text)
