"""The comment on a pull request, read back with a Markdown parser."""

import re

import pytest
from markdown_it import MarkdownIt

from casemate.report.json import document
from casemate.report.markdown import ROWS, escaped, render
from casemate.report.view.story import story
from strategies import assessed, seeded

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")
TEXTS = (
    "a | b", "a\nb", "`code` ``", "<b>x</b>", "# head", "- item", "1. one", "2) two", "[x](http://e.example)",
    "![i](x)", "**b** _i_ ~~s~~", "a\\", "\\|", "&amp; &#60;", "https://e.example www.e.example", "+ x",
    "= =", "$x$", "{{ 7*7 }}",
)  # fmt: skip


def html(text: str) -> str:
    return MARKDOWN.render(text)


def shown(text: str) -> str:
    """The words of a rendered text."""
    import html as entities

    return entities.unescape(re.sub(r"<[^>]*>", "", html(text))).strip().replace("\u200b", "")


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_reads_as_it_was_written(text):
    assert shown(escaped(text)) == " ".join(text.split())
    assert html(escaped(text)).startswith("<p>")
    assert re.sub(r"</?p>|\s", "", html(escaped(text))).count("<") == 0


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_stays_in_its_cell(text):
    out = html(f"| a | b |\n|---|---|\n| {escaped(text)} | end |\n")
    assert out.count("<td>") == 2
    assert "<td>end</td>" in out


def test_nobody_is_called_and_no_issue_is_named():
    assert (
        escaped("ask @octocat about #12, mail a@b.example") == "ask @\u200boctocat about \\#\u200b12, mail a@b.example"
    )


def test_the_verdict_comes_first_then_three_actions():
    a = next(a for a in (assessed(seeded(seed)) for seed in range(20)) if a.treatment.actions)
    told = story(a)
    text = render(a)
    order = [text.index(escaped(told.verdict)), text.index("### Next"), text.index("### Gate")]
    assert order == sorted(order)
    assert len(re.findall(r"(?m)^\d\. \*\*", text)) == min(3, len(told.actions))


@pytest.mark.parametrize("seed", range(5))
def test_the_table_holds_the_worst_open_threats(seed):
    a = assessed(seeded(seed))
    out = html(render(a))
    wanted = a.of("open") or a.of("assumed")
    rows = re.findall(r"<td>(.*?)<br><code>(.*?)</code></td>", out)
    assert [r[1] for r in rows] == [r.id.replace(">", "&gt;") for r in wanted[:ROWS]]


@pytest.mark.parametrize("seed", range(5))
def test_it_says_the_numbers_of_the_json(seed):
    a = assessed(seeded(seed))
    text, data = render(a), document(a)
    assert escaped(data["verdict"]["sentence"]) in text
    assert f"### Gate: {'passed' if data['gate']['passed'] else 'failed'}" in text
    if data["questions"]:
        assert f"### {len(data['questions'])} open question" in text


def test_the_map_is_in_a_fence_of_its_own():
    out = html(render(assessed(seeded(4))))
    assert out.count('<code class="language-mermaid">') == 1
    assert "flowchart LR" in out
