"""Reference pages of threats, controls and attacks, made from their files.

python scripts/pages.py             writes docs/threats/, docs/controls/ and the pages that name no single member
python scripts/pages.py --check     says which pages are stale; ends with 1 when any is
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import attack_page
import command_page
import policy_page
import system_file

from casemate.catalog.controls import Control
from casemate.catalog.load import Catalog, catalog
from casemate.define.vocabulary import vocabulary
from casemate.identify.matrix import rows
from casemate.identify.rule import STRIDE, Rule
from casemate.identify.shelf import rules_of
from casemate.report.view.page import Lines, control_page, threat_page, titled
from casemate.report.view.words import ROLE, count, share

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
SHELVES = ("threats", "controls")
SYSTEM_FILE, POLICY, ATTACKS, COMMANDS = "system-file.md", "policy.md", "attacks.md", "commands.md"
SOURCE = "../../src/casemate"
LINKED = ("Prevented when evidence proves one of these", "Countermeasures", "Counters")
PROSE = ("What it means", "False alarm", "Limits")
WORD = re.compile(r"(?<![\w`-])[a-z0-9]+(?:-[a-z0-9]+)*(?![\w`-])")
VERIFIED = {"static": "files", "config": "configuration", "measured": "a test", "observed": "watching it",
            "attested": "somebody's word"}  # fmt: skip
OF = {"flow": "a flow between two of them", "system": "the system as a whole"}

THREATS = """\
# Threats

{n} on the shelf. Each is a file of [catalog/threats]({source}/catalog/threats), and its page is made from it.

- All lines under *Applies when* must hold. Of those under *Prevented when*, one suffices.
- A name in `code` is a property; [vocabulary.yaml]({source}/define/vocabulary.yaml) says what each of its words means.
- *open*, *countered*, *assumed*, *declared* and *nothing* at the examples are what the rule says of them: it applies,
  evidence proves what prevents it, a fact is missing, only somebody's word rules it out, it does not apply.

`casemate catalog show ID` prints the same page; `casemate catalog matrix` says where we looked and found no threat.
"""
CONTROLS = """\
# Controls

{n} on the shelf. Each is a file of [catalog/controls]({source}/catalog/controls), and its page is made from it.

*At most* is the share of attempts, of success or of the loss that a control takes away at best. Its page says where the
number comes from; for most that is our judgement. *Threats* is how many threats name it as a countermeasure. A control
counts only when evidence shows it.
"""


def pages(known: Catalog) -> dict[str, str]:
    """Every page by its path below docs."""
    rules = sorted(rules_of(known), key=lambda r: r.id)
    controls = list(known.controls.values())
    links = {r.id: f"../threats/{r.id}.md" for r in rules} | {c.id: f"../controls/{c.id}.md" for c in controls}
    made = {
        f"{shelf}/{m.id}.md": markdown(page, links, f"{shelf}/{m.id}")
        for shelf, of_shelf in (
            ("threats", [(r, threat_page(r, known)) for r in rules]),
            ("controls", [(c, control_page(c, known, rules)) for c in controls]),
        )
        for m, page in of_shelf
    }
    made |= {"threats/README.md": threats_index(rules), "controls/README.md": controls_index(controls, rules)}
    made |= {SYSTEM_FILE: system_file.page(), POLICY: policy_page.page()}
    return made | {ATTACKS: attack_page.page(), COMMANDS: command_page.page()}


def markdown(page: Lines, links: Mapping[str, str], member: str) -> str:
    """A page of the tool as Markdown; the ids of countermeasures and threats become links."""
    (_, (title, kind)), *sections = page
    parts = [f"# {title}", f"*{kind}*"]
    for heading, lines in sections:
        linked = [link(line, links) for line in lines] if heading in LINKED else list(lines)
        parts += [f"## {heading}", paragraph(linked[0]) if heading in PROSE else "\n".join(map(bullet, linked))]
    shelf, _, name = member.partition("/")
    parts.append(f"Made from [{name}.yaml]({SOURCE}/catalog/{member}.yaml). [All {shelf}](README.md).")
    return "\n\n".join(parts) + "\n"


def paragraph(line: str) -> str:
    """A line as a sentence."""
    return f"{line[:1].upper()}{line[1:].rstrip('.')}."


def bullet(line: str) -> str:
    """A line as a point of a list, as deep as it is indented."""
    said = line.lstrip()
    return f"{' ' * (len(line) - len(said))}- {said}"


def link(line: str, links: Mapping[str, str]) -> str:
    """The line with every id that has a page as a link to it; not behind the colon, where its title stands."""
    head, colon, tail = line.partition(": ")
    if head in links:
        return f"[{head}]({links[head]}){colon}{tail}"
    return WORD.sub(lambda m: f"[{m[0]}]({links[m[0]]})" if m[0] in links else m[0], line)


def threats_index(rules: Sequence[Rule]) -> str:
    """All threats: by STRIDE with their titles, then by kind of component and by owner."""
    parts = [THREATS.format(n=count(len(rules), "threat"), source=SOURCE)]
    parts.append("## By STRIDE")
    for word in STRIDE:
        found = [f"- [{r.id}]({r.id}.md): {titled(r)}" for r in rules if word in r.stride]
        parts += [f"### {word}", "\n".join(found)]
    meaning = {k: vocabulary().kinds[k].means if k in vocabulary().kinds else OF[k] for k in rows()}
    kinds = [(f"**{k}**: {means}", named(rules, lambda r, k=k: k in r.kinds)) for k, means in meaning.items()]
    parts += ["## By kind of component", table(("kind", "threats"), kinds)]
    owners = [(name, named(rules, lambda r, role=role: r.asked_of == role)) for role, name in ROLE.items()]
    parts += ["## By owner", table(("belongs to", "threats"), owners)]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def named(rules: Iterable[Rule], fits: Callable[[Rule], bool]) -> str:
    """Links to the threats that fit, or a dash."""
    return ", ".join(f"[{r.id}]({r.id}.md)" for r in rules if fits(r)) or "–"


def controls_index(controls: Iterable[Control], rules: Sequence[Rule]) -> str:
    """All controls by owner: what each does, takes away at most, costs, counters, and what verifies it."""
    parts = [CONTROLS.format(n=count(len(known := list(controls)), "control"), source=SOURCE)]
    for role, name in ROLE.items():
        mine = [control_row(c, rules) for c in known if c.owner == role]
        head = ("control", "what to do", "at most", "days", "verified by", "threats")
        parts += [f"## {name}", table(head, mine)]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def control_row(c: Control, rules: Iterable[Rule]) -> tuple[str, ...]:
    """One line of the table of controls."""
    counters = sum(c.id in r.countered_by for r in rules)
    effect = f"{share(c.effect)} of {c.acts_on}"
    return f"[{c.id}]({c.id}.md)", c.title, effect, f"{c.days:g}", VERIFIED[c.verify], str(counters)


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table of Markdown."""
    rule = "|" + "---|" * len(head)
    return "\n".join([f"| {' | '.join(head)} |", rule, *(f"| {' | '.join(line)} |" for line in lines)])


def written() -> dict[str, str]:
    """The pages that are there, by their path below docs."""
    found = [p for shelf in SHELVES for p in (DOCS / shelf).glob("*.md")]
    found += [p for name in (SYSTEM_FILE, POLICY, ATTACKS, COMMANDS) if (p := DOCS / name).exists()]
    return {p.relative_to(DOCS).as_posix(): p.read_text("utf-8") for p in found}


def stale(wanted: Mapping[str, str], there: Mapping[str, str]) -> Iterator[str]:
    """One line for each page that is missing, not what its file says, or of something that is gone."""
    for path in sorted({*wanted, *there}):
        if wanted.get(path) != there.get(path):
            what = "is missing" if path not in there else "is of nothing" if path not in wanted else "is stale"
            yield f"docs/{path} {what}; run `make pages`"


def write(wanted: Mapping[str, str]) -> None:
    """Write all pages and take out those of what is gone."""
    for path in written().keys() - wanted.keys():
        (DOCS / path).unlink()
    for path, text in wanted.items():
        (DOCS / path).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / path).write_text(text, encoding="utf-8")


def main() -> int:
    """Write or check."""
    wanted = pages(catalog())
    if "--check" not in sys.argv:
        write(wanted)
        return 0
    found = list(stale(wanted, written()))
    sys.stderr.write("".join(f"{line}\n" for line in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
