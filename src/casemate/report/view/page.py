"""The page of a threat, a control, a taxonomy or one of its ids: all that is known of it, in the order of reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from casemate.catalog import atlas
from casemate.catalog.controls import Control
from casemate.catalog.load import Catalog, Taxonomy
from casemate.catalog.steps import steps
from casemate.core import money
from casemate.define.vocabulary import vocabulary
from casemate.identify.example import examples
from casemate.identify.rule import ACCIDENT, Rule, placeholders
from casemate.identify.said import said_as
from casemate.report.view.condition import condition
from casemate.report.view.words import ROLE, count, joined, share

Lines = tuple[tuple[str, tuple[str, ...]], ...]
"""(heading, lines); the first has no heading: title, then what kind of thing it is."""

SUBJECT = {"flow": "the flow", "system": "the system"}
FEW = 2  # kinds that a title can name and still be read
MEMBERS = {
    "tainted by": "somebody whose content reaches it",
    "reached by": "somebody who reaches it",
    "writers": "somebody who may write to it",
    "readers": "somebody who may read it",
    "shown to": "somebody who sees its answers",
    "feeds": "what stands behind it",
    "fed by": "what sends to it",
    "knows": "what it looks up",
    "tools": "its tools",
    "fronts": "the model behind it",
    "runs": "the model that it runs",
    "trains": "the model that learns from it",
    "trained on": "what it learned from",
    "shows in": "the place where its answers are shown",
    "publishes": "what is published",
}
"""Members of a list in a sentence that speaks of no system."""
ROLES = {
    "victim_exposed": "a fact about a system makes it possible: it is worth a threat",
    "recon_exposure": "what has been published about the system helps",
    "attacker_side": "happens at the attacker's: never a finding",
    "post_compromise": "a step after a foothold",
    "impact": "follows from what else is exposed",
}


def threat_page(rule: Rule, catalog: Catalog) -> Lines:
    """A threat: what, when, what prevents it, whose it is, what counters it, its other names, its examples."""
    return _filled(
        ("", (titled(rule), f"threat {rule.id} · {rule.status} · {rule.maturity}")),
        ("What it means", (_sentence(generic(rule.because, subject_of(rule))),)),
        ("Applies when", tuple(condition(rule.when))),
        ("Prevented when evidence proves one of these", tuple(condition(rule.unless))),
        ("What and whose", tuple(_what(rule))),
        ("On a path of attacks", tuple(_path(rule))),
        ("Countermeasures", tuple(f"{i}: {_lower(catalog.controls[i].title)}" for i in rule.countered_by)),
        ("Measured by", tuple(f"{word}: {_means('evidence', word)}" for word in rule.measured_by)),
        ("False alarm", (rule.false_alarms,) if rule.false_alarms else ()),
        ("Called elsewhere", tuple(names_of(rule.maps, catalog))),
        ("Prepared by attackers at home", tuple(_prepared(rule, catalog))),
        ("Examples", tuple(f"{e.name}: {e.gives}" for e in examples(rule))),
    )


def subject_of(rule: Rule) -> str:
    """What a title without an element speaks of."""
    if rule.about in SUBJECT:
        return SUBJECT[rule.about]
    return f"the {' or '.join(rule.kinds)}" if len(rule.kinds) <= FEW else "the component"


def titled(rule: Rule) -> str:
    """The title of a threat, of no element in particular."""
    return _sentence(rule.title.replace("{id}", subject_of(rule)))


def generic(sentence: str, subject: str) -> str:
    """The sentence of no element: `{reached by.id}` becomes `somebody who reaches it`, `{format}` `[format]`."""
    for name in placeholders(sentence):
        head, _, tail = name.partition(".")
        bare = MEMBERS.get(head, f"[{head}]") if tail in ("", "id") else f"[{head}: {tail}]"
        sentence = sentence.replace(f"{{{name}}}", subject if name == "id" else bare)
    return sentence


def _what(rule: Rule) -> Iterator[str]:
    yield f"STRIDE: {joined(rule.stride)}"
    yield f"of: {joined(rule.kinds, 12)}"
    yield f"harm: {rule.harms}, {_means('outcomes', rule.harms)}"
    yield f"belongs to: {ROLE[rule.asked_of]}"
    if rule.attacker == ACCIDENT:
        yield "tried by: nobody, it happens"
    elif rule.attacker:
        yield f"tried by: {rule.attacker}, {_means('trust', rule.attacker)}"
    yield f"one attempt is one {rule.unit}"


def _path(rule: Rule) -> Iterator[str]:
    """What somebody who got in elsewhere must hold here (any one of them), and what success gives."""
    if rule.needs:
        yield f"what it takes: {_capabilities(rule.needs, ' or ')}"
    if rule.gives:
        yield f"what it gives: {_capabilities(rule.gives, ' and ')}"


def _capabilities(words: Iterable[str], between: str) -> str:
    return between.join(f"{word} ({_means('capability', word)})" for word in words)


def _means(of: str, word: str) -> str:
    return vocabulary().words[of].get(word, "")


def control_page(c: Control, catalog: Catalog, rules: Iterable[Rule]) -> Lines:
    """A control: what it does and does not, where, who, at what cost, what would prove it, what it counters."""
    counters = [r.id for r in rules if c.id in r.countered_by]
    where = f"sits on: {joined(c.sits_on, 12)}" + (f"; best on {joined(c.best_on, 12)}" if c.best_on else "")
    yearly = f" and {money.show(c.yearly, '').strip()} a year" if c.yearly else ""
    return _filled(
        ("", (c.title, f"control {c.id} · verified {_VERIFY[c.verify]}")),
        ("Effect", (f"takes away at most {share(c.effect)} of the {c.acts_on}", f"source: {c.source}")),
        ("Where and who", (where, f"{ROLE[c.owner]}, {count(round(c.days), 'day')}{yearly}")),
        ("Proof", (c.test, *((f"evidence: {joined(c.proven_by)}",) if c.proven_by else ()))),
        ("Limits", (c.limits,)),
        ("A system file says it by one of these", tuple(condition(said_as(catalog.controls).get(c.id, ())))),
        ("Counters", tuple(counters)),
        ("Called elsewhere", tuple(names_of(c.maps, catalog))),
    )


_VERIFY = {
    "static": "by looking at files", "config": "by looking at a configuration", "measured": "by a test",
    "observed": "by watching it at work", "attested": "by somebody's word",
}  # fmt: skip


def _prepared(rule: Rule, catalog: Catalog) -> Iterator[str]:
    """What enables it and is no finding, since nothing about a system stops it."""
    names = catalog.taxonomies[atlas.EDITIONS[-1]].names
    yield from (f"{i} {names.get(i, '')}" for i in atlas.enablers(rule.maps))


def names_of(maps: Mapping[str, tuple[str, ...]], catalog: Catalog) -> Iterator[str]:
    """`atlas 5.6.0: AML.T0020 Poison Training Data`, one line for each id."""
    for key, ids in sorted(maps.items()):
        t = catalog.taxonomies.get(key)
        for id_ in ids:
            name = t.names.get(id_, "not in this edition") if t else "no such taxonomy here"
            yield f"{_edition(key, t.edition if t else '')}: {id_} {name}"


def _edition(key: str, edition: str) -> str:
    return key if not edition or key.endswith(edition) else f"{key} {edition}"


def taxonomy_page(t: Taxonomy) -> Lines:
    """An edition: where it comes from, and its ids with their names."""
    about = ("", (t.title, f"taxonomy {t.key} · edition {t.edition} · {t.source}"))
    return _filled(about, ("Ids", tuple(f"{i} {n}" for i, n in t.names.items())))


def id_page(id: str, catalog: Catalog, rules: Iterable[Rule]) -> Lines:
    """An id of a taxonomy, in every edition that has it; nothing when none has."""
    names = {_edition(t.key, t.edition): t.names[id] for t in catalog.taxonomies.values() if id in t.names}
    for key in atlas.EDITIONS:
        if id in atlas.shipped(key).tactics:
            names[_edition(key, atlas.shipped(key).version)] = atlas.shipped(key).tactics[id]
    now = atlas.aliases().get(id)
    if not names and not now:
        return ()
    threats = [f"{r.id} ({key})" for r in rules for key, ids in sorted(r.maps.items()) if id in ids]
    controls = [
        f"{c.id} ({key})" for c in catalog.controls.values() for key, ids in sorted(c.maps.items()) if id in ids
    ]
    return _filled(
        ("", (next(iter(names.values()), id), f"{id} · {joined(names) or 'in no edition on the shelf'}")),
        (
            "Names",
            tuple(f"{edition}: {name}" for edition, name in names.items()) if len(set(names.values())) > 1 else (),
        ),
        ("In MITRE ATLAS", tuple(_atlas(id, now))),
        ("Threats", tuple(threats)),
        ("Controls", tuple(controls)),
    )


def _atlas(id: str, now: str | None) -> Iterator[str]:
    newest, oldest = (atlas.shipped(key) for key in reversed(atlas.EDITIONS))
    t = oldest.techniques.get(id) or newest.techniques.get(id)
    if now:
        yield f"retired; {now} stands for it now"
    if t:
        yield f"tactics: {joined(newest.tactics[i] for i in t.tactics)}"
        yield f"maturity: {t.maturity or 'unknown'}"
    if id in atlas.roles():
        yield f"role: {ROLES[atlas.roles()[id]]}"
    for x in steps().leads:
        if id in x.atlas:
            yield f"step of a path: {x.says.format(here='one part', there='another')}"
    answered = [f"{m} {oldest.mitigations[m]}" for m, ids in oldest.mitigates.items() if id in ids]
    for word, found in (("mitigated by", answered), ("mitigates", oldest.mitigates.get(id, ())), ("holds", _under(id))):
        if found:
            yield f"{word}: {joined(found, 99)}"


def _under(tactic: str) -> list[str]:
    return [i for i, t in atlas.shipped().techniques.items() if tactic in t.tactics and not t.parent]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _filled(*sections: tuple[str, tuple[str, ...]]) -> Lines:
    return tuple((heading, lines) for heading, lines in sections if lines)
