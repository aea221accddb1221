"""Evidence that no longer counts is told in every report that people read, in a few lines."""

from casemate.report import github, markdown, text
from casemate.report.view import lost
from strategies import OTHER, TODAY, assessed, only, record

BOT = {"kind": "agent", "zone": "cloud"}
DOC = {"casemate": "1", "name": "n", "zones": {"cloud": {"trust": "staff"}}, "components": {"bot": BOT}}
RULE = "about: model\nattacker: public\nwhen: {decides: gate}\n"
SAID = (
    "redteam of bot: the file says other things of bot than when it was measured; "
    "collect it again: nothing under `measure:` makes a redteam of bot"
)


def of(*records, doc=DOC):
    return assessed(doc, *records, of=only(RULE), policy="name: p\n")


def test_what_no_longer_counts_is_told_with_why_and_what_to_do():
    a = of(record("bot", digest=OTHER))
    assert lost.lines(a) == (SAID,)
    flat = " ".join(text.render(a).split())
    assert f"Evidence that no longer counts ! {SAID} Gate" in flat
    plain = SAID.replace("`measure:`", "<code>measure:</code>")
    assert f"### Evidence that no longer counts\n- {plain}\n\n### Gate" in markdown.render(a)
    told = f"::warning file=drawn.yaml,line=1,title=Evidence that no longer counts::{SAID}\n"
    assert told in github.render(a)


def test_of_much_that_is_lost_a_few_lines_are_told():
    many = {f"b{i}": BOT for i in range(9)}
    a = of(*(record(c, digest=OTHER) for c in many), doc={**DOC, "components": many})
    found = lost.lines(a)
    assert (len(found), found[-1]) == (6, "… and 4 more; `casemate review` names them")
    assert github.render(a).count("no longer counts") == 1


def test_where_all_counts_nothing_is_told():
    a = of(record("bot", digest=OTHER, measured=TODAY.replace(month=10)))
    assert lost.lines(a) != ()
    none = of()
    assert lost.lines(none) == ()
    assert not any("no longer counts" in x.render(none) for x in (text, markdown, github))
