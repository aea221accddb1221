"""The page of a threat, a control, a taxonomy or one of its ids: all that is known of it, in the order of reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from casemate.catalog import atlas
from casemate.catalog.controls import Control
from casemate.catalog.load import Catalog, Taxonomy
from casemate.core import money
from casemate.identify.example import examples
from casemate.identify.rule import Rule, placeholders
from casemate.report.view.condition import condition
from casemate.report.view.words import ROLE, count, joined, share

Lines = tuple[tuple[str, tuple[str, ...]], ...]
"""(heading, lines); the first has no heading: title, then what kind of thing it is."""

SUBJECT = {"flow": "the flow", "system": "the system"}
FEW = 2  # kinds that a title can name and still be read
ROLES = {
    "victim_exposed": "a fact about a system makes it possible: it is worth a threat",
    "recon_exposure": "what has been published about the system helps",
    "attacker_side": "happens at the attacker's: never a finding",
    "post_compromise": "a step after a foothold",
    "impact": "follows from what else is exposed",
}


def threat_page(rule: Rule, catalog: Catalog) -> Lines:
    """A threat: what, when, why, what counters it, what it is called elsewhere, when it is none, its examples."""
    return _filled(
        ("", (titled(rule), f"threat {rule.id} · {rule.status} · {rule.maturity}")),
        ("What", tuple(_what(rule))),
        ("Applies when", tuple(condition(rule.when))),
        ("Countered when evidence proves that", tuple(condition(rule.unless))),
        ("Because", (generic(rule.because, subject_of(rule)),)),
        ("Countermeasures", tuple(f"{i}: {_lower(catalog.controls[i].title)}" for i in rule.countered_by)),
        ("Called elsewhere", tuple(names_of(rule.maps, catalog))),
        ("False alarm", (rule.false_alarms,) if rule.false_alarms else ()),
        ("Examples", tuple(f"{e.name}: {e.gives}" for e in examples(rule))),
    )


def subject_of(rule: Rule) -> str:
    """What a title without an element speaks of."""
    if rule.about in SUBJECT:
        return SUBJECT[rule.about]
    return f"the {' or '.join(rule.kinds)}" if len(rule.kinds) <= FEW else "the component"


def titled(rule: Rule) -> str:
    """The title of a threat, of no element in particular."""
    title = rule.title.replace("{id}", subject_of(rule))
    return title[:1].upper() + title[1:]


def generic(sentence: str, subject: str) -> str:
    """The sentence with its placeholders as words: `{reached by.id}` becomes `[reached by]`."""
    for name in placeholders(sentence):
        head, _, tail = name.partition(".")
        word = subject if name == "id" else f"[{head}]" if tail in ("", "id") else f"[{head}: {tail}]"
        sentence = sentence.replace(f"{{{name}}}", word)
    return sentence


def _what(rule: Rule) -> Iterator[str]:
    yield f"STRIDE: {joined(rule.stride)}"
    yield f"of: {joined(rule.kinds, 12)}"
    yield f"harm: {rule.harms}; one attempt is one {rule.unit}; asked of {ROLE[rule.asked_of]}"
    if rule.measured_by:
        yield f"measured by: {joined(rule.measured_by)}"


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
        ("Counters", tuple(counters)),
        ("Called elsewhere", tuple(names_of(c.maps, catalog))),
    )


_VERIFY = {
    "static": "by looking at files", "config": "by looking at a configuration", "measured": "by a test",
    "observed": "by watching it at work", "attested": "by somebody's word",
}  # fmt: skip


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
    answered = [f"{m} {oldest.mitigations[m]}" for m, ids in oldest.mitigates.items() if id in ids]
    for word, found in (("mitigated by", answered), ("mitigates", oldest.mitigates.get(id, ())), ("holds", _under(id))):
        if found:
            yield f"{word}: {joined(found, 99)}"


def _under(tactic: str) -> list[str]:
    return [i for i, t in atlas.shipped().techniques.items() if tactic in t.tactics and not t.parent]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _filled(*sections: tuple[str, tuple[str, ...]]) -> Lines:
    return tuple((heading, lines) for heading, lines in sections if lines)
