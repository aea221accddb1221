"""The page: complete, self-contained, accessible, and its words and pictures say the same."""

import re
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings

from casemate.core.times import times
from casemate.report import html
from casemate.report.html import bent
from casemate.report.json import document
from casemate.report.svg.axes import axes
from casemate.report.svg.style import DARK, LIGHT
from casemate.report.view import chart
from casemate.report.view.contents import TOLD
from casemate.report.view.story import story
from casemate.report.view.words import share
from strategies import assessed, documents, record, seeded, trial

VOID = {"meta", "wbr", "link", "br", "img", "hr", "input", "path", "line", "rect", "circle", "ellipse"}
SEEDS = range(6)


class Page(HTMLParser):
    """The page as a parser sees it: tags that do not match, ids, links, headings, words by element."""

    def __init__(self, text):
        super().__init__()
        self.open, self.wrong, self.ids, self.hrefs, self.headings, self.words, self.tables = [], [], [], [], [], [], []
        self.said = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids += [found["id"]] if "id" in found else []
        self.hrefs += [found["href"]] if "href" in found else []
        self.wrong += [f"{tag} {k}" for k in found if k.startswith("on") or (k in ("src", "action", "style"))]
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "th" and "scope" not in found:
            self.wrong.append("th without scope")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data):
        if not {"style", "title"} & set(self.open):
            self.said += data if data.strip() else " "


@cache
def shown(seed, drawn=False):
    a = assessed(seeded(seed))
    return a, html.render(a) if drawn else html.render(a, ())


def rows(text, heading):
    """The cells of each row of the table that comes first after a heading."""
    table = text[text.index(heading) :]
    table = table[table.index("<tbody") : table.index("</tbody>")]
    return [
        [plain(c) for c in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)] for row in table.split("</tr>")[:-1]
    ]


def plain(text):
    import html as entities

    return " ".join(entities.unescape(re.sub(r"<svg.*?</svg>|<[^>]*>", " ", text, flags=re.S)).split())


@pytest.mark.parametrize("seed", SEEDS)
def test_tags_are_balanced_and_nothing_runs_or_is_fetched(seed):
    page = Page(shown(seed)[1])
    assert (page.wrong, page.open) == ([], [])
    assert not [h for h in page.hrefs if not h.startswith("#")]


def test_the_page_with_a_map_is_as_sound():
    page = Page(shown(2, drawn=True)[1])
    assert (page.wrong, page.open) == ([], [])
    assert not {h[1:] for h in page.hrefs} - set(page.ids)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_link_has_its_target_and_ids_are_unique(seed):
    page = Page(shown(seed)[1])
    assert not {h[1:] for h in page.hrefs} - set(page.ids)
    assert len(page.ids) == len(set(page.ids))


@settings(max_examples=15)
@given(documents(most=6))
def test_every_threat_of_the_model_can_be_linked_to(doc):
    a = assessed(doc)
    page = Page(html.render(a, ()))
    wanted = {f"t-{re.sub('[^A-Za-z0-9-]', lambda m: f'_{ord(m[0]):x}_', r.id)}" for r in a.risks.risks}
    assert wanted <= set(page.ids)
    assert not {h[1:] for h in page.hrefs} - set(page.ids)


def test_no_script_and_a_policy_that_allows_none():
    text = shown(1)[1]
    assert "<script" not in text
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in text
    assert "@import" not in text
    assert "url(" not in text


@pytest.mark.parametrize("seed", SEEDS)
def test_headings_begin_with_one_and_leave_no_level_out(seed):
    levels = Page(shown(seed)[1]).headings
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("seed", SEEDS)
def test_text_and_chart_tell_the_same_number(seed):
    a, text = shown(seed)
    told, data = story(a), document(a)
    above = a.risks.years["current"].above(a.risks.appetite)
    assert plain(told.chance) in Page(text).said.replace("\n", " ")
    assert f"in a year is {share(above)} (" in told.chance
    assert data["risk"]["chance above appetite"]["current"] == pytest.approx(above, rel=0.005)
    for s in chart.series(a, told):
        assert dict(s.points)[a.risks.appetite] == chart.years(a)[s.name].above(a.risks.appetite)
    if not chart.series(a, told):
        return
    mark = [r for r in rows(text, "<h3>Chance of losing more in a year</h3>") if "the appetite" in r[0]]
    wanted = [share(chart.years(a)[s.name].above(a.risks.appetite)) for s in chart.series(a, told)]
    assert [r[1:] for r in mark] == [wanted]
    assert drawn_at_appetite(a, told, text)


def drawn_at_appetite(a, told, text):
    """Whether each line of the picture goes through the pixel of (appetite, chance of more)."""
    found = chart.series(a, told)
    points = [p for s in found for p in s.points] + [told.tolerance]
    scale = axes([p[0] for p in points], [p[1] for p in points])
    drawn = dict(re.findall(r'data-series="([^"]+)"><path class="cv" d="M([^"]+)"', text))
    at = {s.name: f"{scale.x(a.risks.appetite):.2f} {scale.y(dict(s.points)[a.risks.appetite]):.2f}" for s in found}
    return all(at[name] in drawn[name].split("L") for name in at)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_totals_are_those_of_the_json(seed):
    a, text = shown(seed)
    said = document(a)["risk"]["said"]
    views = {r[0].split()[0].lower(): r[1].split()[0] for r in rows(text, "as four people would see it</h3>")}
    assert views == said


@pytest.mark.parametrize("seed", SEEDS)
def test_every_threat_is_shown_once_with_its_price(seed):
    a, text = shown(seed)
    told = {r.id: r for r in story(a).rows}
    page = plain(text[text.index('<section id="threats">') : text.index('<section id="money">')])
    for name, row in told.items():
        assert name in page
        assert row.shown in page
        assert f"{row.status.word} {row.status.said}" in page or len(told) > TOLD


@pytest.mark.parametrize("seed", SEEDS)
def test_the_counts_of_the_groups_are_those_of_the_assessment(seed):
    a, text = shown(seed)
    wanted = {
        "Open": len(a.of("open")),
        "Assumed": len(a.of("assumed")),
        "Ruled out by declaration": len(a.of("declared")),
    }
    found = {k: int(n) for k, n in re.findall(r'<h3>([^<]+) <span class="n">· (\d+) threats?</span>', text)}
    assert {k: n for k, n in wanted.items() if n}.items() <= found.items()


def test_money_is_called_illustrative_until_somebody_owns_the_attempts():
    doc = seeded(1)
    owned = {**doc, "attempts": {"public": "1 to 2 a year", "by": "sec@example.org", "on": "2026-01-01"}}
    assert '<span class="tag">illustrative</span>' in shown(1)[1]
    assert '<span class="tag">illustrative</span>' not in html.render(assessed(owned), ())


def test_a_threat_to_people_says_so_beside_its_severity():
    doc = {
        "casemate": "1", "name": "N", "zones": {"z": {"trust": "staff"}, "i": {"trust": "public"}},
        "components": {"m": {"kind": "model", "zone": "z", "decides": "gate"},
                       "e": {"kind": "endpoint", "zone": "z", "exposed to": ["i"], "returns": ["scores"]},
                       "g": {"kind": "inference", "zone": "z", "runs": ["m"]}},
        "flows": [{"from": "e", "to": "g"}],
        "harms": {"hurt": {"outcome": "wrong-decision", "of": "m", "hurts": "1 person", "at most": "1 in 1000 years"}},
    }  # fmt: skip
    a = assessed(doc)
    hurt = [r for r in a.risks.risks if r.danger is not None]
    assert hurt
    for r in hurt:
        assert f"hurts people {times(r.danger)}× as often as tolerable" in html.render(a, ())


def test_not_tested_is_seen_and_never_green():
    text = shown(1)[1]
    assert '<span class="st none">Not tested</span>' in text
    assert '<span class="st pass">Not tested</span>' not in text


def test_a_record_that_nobody_signed_is_not_green():
    doc = {
        "casemate": "1",
        "name": "N",
        "zones": {"z": {"trust": "staff"}},
        "components": {"m": {"kind": "model", "zone": "z", "path": "m"}},
    }
    said = record("m", "scan", facts={"contents": "clean"})
    attested, measured = (html.render(assessed(doc, said, measured=m), ()) for m in (False, True))
    assert '<span class="st none">Valid</span>' in attested
    assert '<span class="st pass">Valid</span>' in measured


def test_a_void_record_is_shown_as_void_and_a_broken_test_as_failed():
    doc = {
        "casemate": "1", "name": "N", "zones": {"z": {"trust": "staff"}, "i": {"trust": "public"}},
        "components": {"m": {"kind": "model", "zone": "z", "path": "m", "proprietary": "yes"},
                       "e": {"kind": "endpoint", "zone": "z", "exposed to": ["i"], "returns": ["scores"]},
                       "g": {"kind": "inference", "zone": "z", "runs": ["m"]}},
        "flows": [{"from": "e", "to": "g"}],
    }  # fmt: skip
    old = record("m", "scan", digest="c" * 64)
    text = html.render(assessed(doc, old, record("m", trials=(trial("model-extraction", 3, 1),))), ())
    assert '<span class="st none">Void</span>' in text
    assert '<span class="st fail">Weak</span><span class="sub">3 of 4 campaign' in text


def test_without_an_engine_the_page_says_so_and_opens_the_table_of_flows():
    a, text = shown(3)
    assert "No layout engine is installed" in text
    assert '<details class="block" open>' in text
    assert len(rows(text, "as a table</summary>")) >= len(a.system.flows)


def test_of_many_threats_the_worst_are_told_in_full_and_none_is_left_out():
    parts = {
        f"c{i}": {"kind": ("endpoint", "dataset", "model")[i % 3], "zone": "z", "exposed to": ["o"]} for i in range(60)
    }
    doc = {
        "casemate": "1",
        "name": "N",
        "zones": {"z": {"trust": "staff"}, "o": {"trust": "public"}},
        "components": parts,
    }
    a = assessed(doc)
    text = html.render(a, ())
    assert len(a.risks.risks) > TOLD
    assert text.count('<details class="why">') == TOLD
    assert sum(i.startswith("t-") for i in Page(text).ids) == len(a.risks.risks)


def _luminance(colour):
    colour = colour if len(colour) == 7 else "#" + "".join(2 * c for c in colour[1:])
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize(("theme", "ok"), [(LIGHT, "#2c6e49"), (DARK, "#7cc79b")], ids=["light", "dark"])
def test_words_can_be_read_in_both_themes(theme, ok):
    colours = dict(re.findall(r"--(\w+):(#[0-9a-f]+)", theme)) | {"ok": ok}
    assert f"--ok:{ok}" in shown(1)[1]
    for name in ("ink", "mute", "acc", "r4", "r3", "r2", "ok", "zone"):
        for behind in ("bg", "accs") if name in ("ink", "mute", "acc") else ("bg",):
            bright, dark = sorted((_luminance(colours[name]), _luminance(colours[behind])), reverse=True)
            assert (bright + 0.05) / (dark + 0.05) >= 4.5, (name, behind)


def test_an_id_in_a_narrow_table_breaks_at_its_ends_and_stays_escaped():
    assert bent("theft@<b>") == "theft@<wbr>&lt;b&gt;"
