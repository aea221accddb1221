"""From typed values to a System. Checks what needs the whole file: ids, references, nesting, circles.

Every error is collected and raised at once as `Problems`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from casemate.core.digest import of_text
from casemate.core.errors import CasemateError, Problems, Where, did_you_mean
from casemate.core.trust import WORDS, Trust
from casemate.core.yamltree import Map, Tree, parse, where
from casemate.define import system as s
from casemate.define.places import FILE, Places
from casemate.define.read import MOST_ERRORS, Reader
from casemate.define.sources import Sources
from casemate.define.vocabulary import vocabulary

VERSION = 1
SYSTEM = "system"
"""How rules call the system itself, as in `lineage-gap@system`; nothing else may have this id."""


def from_text(
    text: str, path: str, words: Mapping[str, tuple[str, ...]], currencies: Mapping[str, str] | None = None
) -> s.System:
    """The system that a file's text describes.

    words: the closed lists of the catalogue (fines); currencies: in which each fine's fixed maximum is set.
    """
    tree = mapping(parse(text, path), path)
    if tree.get("include"):
        at = where(path, tree.key_at("include"))
        raise CasemateError(at, "names parts of this file, and here is only its text", "name the file itself")
    return _Build(tree, path, words, currencies or {}).system(of_text(text))


def from_tree(
    tree: Map,
    sources: Sources,
    words: Mapping[str, tuple[str, ...]],
    currencies: Mapping[str, str] | None,
    wrong: Iterable[CasemateError],
    missing: bool,
) -> s.System:
    """The system of a tree that was put together from several files.

    wrong: what is wrong with these already; missing: whether one could not be read, so that what stands in it would be
    missed everywhere: then only what is wrong with each entry is said.
    """
    build = _Build(tree, sources.paths[0], words, currencies or {}, sources)
    found = build.read.errors
    if missing:
        found[:] = [e for e in found if e.at != build.read.at(tree.at)]
    found += [*wrong][:MOST_ERRORS]
    if missing:
        raise Problems(found)
    return build.system(sources.digest)


def mapping(tree: Tree, path: str) -> Map:
    """The file as a mapping. Raises CasemateError when it is none."""
    if tree is None:
        raise CasemateError(path, "is empty", "begin with `casemate: 1`; `casemate schema` shows what may follow")
    if not isinstance(tree, Map):
        raise CasemateError(Where(path, 1, 1), "is not a mapping", "begin with `casemate: 1`")
    return tree


class _Build:
    def __init__(
        self,
        tree: Map,
        path: str,
        words: Mapping[str, tuple[str, ...]],
        currencies: Mapping[str, str],
        sources: Sources | None = None,
    ) -> None:
        self.tree, self.currencies = tree, currencies
        self.alone = sources is None
        self.names = tuple(sources.names) if sources else ()
        self.read = Reader(path, words, sources.paths[1:] if sources else ())
        self.doc = self.read.fields(vocabulary().file, tree, "the file")
        self.ids: dict[str, str] = {}
        self.unread = {i for name in ("zones", "actors", "components") for i in self.left_out(name)}

    def left_out(self, section: str) -> Iterable[str]:
        """Ids whose entries could not be read; whoever refers to them does no second wrong."""
        written = self.tree.get(section)
        return written.keys() - self.doc.get(section, {}).keys() if isinstance(written, Map) else ()

    def system(self, digest: str) -> s.System:
        self.version()
        self.appetite()
        zones, actors, components = self.zones(), self.actors(), self.components()
        flows, flow_marks = self.flows(actors, components)
        access = self.access(actors, components)
        self.component_refs(zones, actors, components)
        harms = self.harms(components)
        accept, dismiss = self.decisions("accept", "reason", "owner"), self.decisions("dismiss", "because", "by")
        measure, allow = self.tasks(), self.allowances()
        if self.read.errors:
            raise Problems(self.read.errors)
        doc = self.doc
        review, appetite, plan = doc.get("review", {}), doc.get("appetite", {}), doc.get("plan", {})
        return s.System(
            path=self.read.path.rsplit("/", 1)[-1],
            digest=digest,
            name=doc.get("name", "unnamed system"),
            currency=doc.get("currency", "EUR"),
            zones=zones, actors=actors, components=components, flows=flows, access=access, harms=harms,
            attempts=self.attempts(), accept=accept, dismiss=dismiss, allow=allow, measure=measure,
            plan=s.Plan(plan.get("budget"), plan.get("cost per day")),
            owners=doc.get("owners", {}),
            purpose=doc.get("purpose", ""),
            review_every=review.get("every"), review_last=review.get("last"),
            appetite=appetite.get("loss"), appetite_chance=appetite.get("at most"),
            controls=self.claims(doc.get("controls", {}), "controls"),
            policy=doc.get("policy"), evidence=doc.get("evidence", "evidence"), catalog=doc.get("catalog", ()),
            places=Places(self.tree, flow_marks, self.names),
        )  # fmt: skip

    def version(self) -> None:
        found = self.doc.get("casemate")
        if found is not None and found != VERSION:
            self.wrong(self.tree.value_at("casemate"), f"casemate is {found}", f"this version reads form {VERSION}")

    def appetite(self) -> None:
        if self.doc.get("appetite", {}).get("loss") == 0:
            todo = "give the yearly loss that is too much; every risk is measured by it"
            self.wrong(self.mark("appetite", "loss"), "the appetite is 0", todo)

    def wrong(self, mark: int, what: str, todo: str) -> None:
        self.read.wrong(mark, what, todo)

    def mark(self, *keys: str) -> int:
        return Places(self.tree, {}).mark(keys)

    def once(self, ids: Iterable[str], section: str) -> None:
        for i in ids:
            if i in self.ids:
                mark = self.mark(section, i)
                what = f"{i!r} is the id of something in {self.ids[i]} already"
                what += self.elsewhere(self.mark(self.ids[i], i), mark)
                self.wrong(mark, what, "give every actor and component an id of its own")
            if i == SYSTEM:
                self.wrong(self.mark(section, i), f"{i!r} means the system itself", "choose another id")
            self.ids.setdefault(i, section)

    def elsewhere(self, first: int, second: int) -> str:
        """Where the first of two things is, when it stands in another file than the second."""
        return "" if first >> FILE == second >> FILE else f", at {self.read.at(first)}"

    def known(self, ref: str, among: Iterable[str], mark: int, of: str) -> bool:
        among = among if isinstance(among, (dict, set, frozenset)) else set(among)
        if ref in among:
            return True
        if ref in self.unread:
            return False
        self.wrong(mark, f"{of} names {ref[:60]!r}, which does not exist", did_you_mean(ref, among))
        return False

    def zones(self) -> dict[str, s.Zone]:
        raw = self.doc.get("zones", {})
        for zid, z in raw.items():
            if "in" in z:
                self.known(z["in"], raw, self.mark("zones", zid, "in"), f"zone {zid}")
        owners: dict[str, str | None] = {}
        for zid in raw:
            self.owner(raw, zid, owners)
        return {
            zid: s.Zone(
                zid, WORDS.get(z.get("trust", ""), Trust.PUBLIC), z.get("name", zid), z.get("in"), owners.get(zid)
            )
            for zid, z in raw.items()
        }

    def owner(self, raw: Mapping[str, Any], zid: str, owners: dict[str, str | None]) -> None:
        """Who owns a zone: itself says, or the zone around it. Each zone is visited once; a circle is an error."""
        way: dict[str, None] = {}
        here = zid
        while here in raw and here not in owners and here not in way:
            way[here] = None
            here = raw[here].get("in", "")
        if here in way:
            for inside in list(way)[list(way).index(here) :]:
                mark = self.mark("zones", inside, "in")
                self.wrong(mark, f"zone {inside} lies inside itself", "let one of them lie outside")
        found = owners.get(here)
        for inside in reversed(way):
            found = owners[inside] = raw[inside].get("owner") or found

    def actors(self) -> dict[str, s.Actor]:
        raw = self.doc.get("actors", {})
        self.once(raw, "actors")
        out = {}
        for aid, a in raw.items():
            if "zone" in a:
                self.known(a["zone"], self.doc.get("zones", {}), self.mark("actors", aid, "zone"), f"actor {aid}")
            trust = WORDS.get(a.get("trust", ""), Trust.PUBLIC)
            out[aid] = s.Actor(
                aid, trust, a.get("name", aid), a.get("zone"), a.get("apart", False), a.get("accounts", ())
            )
        return out

    def components(self) -> dict[str, s.Component]:
        raw = self.doc.get("components", {})
        self.once(raw, "components")
        out = {}
        for cid, c in raw.items():
            if "zone" in c:
                self.known(c["zone"], self.doc.get("zones", {}), self.mark("components", cid, "zone"), cid)
            if c.pop("from", None) and self.alone:  # otherwise `borrow` has put what it brings into the tree
                todo = "name the file itself"
                self.wrong(self.mark("components", cid, "from"), "from names a file, and here is only a text", todo)
            claims = self.claims(c.pop("controls", {}), "components", cid, "controls")
            out[cid] = s.Component(cid, c.pop("kind", "service"), c.pop("zone", ""), c, claims)
        return out

    def claims(self, said: Mapping[str, Any], *keys: str) -> dict[str, s.Claim]:
        return {k: self.claim(k, v, self.mark(*keys, k)) for k, v in said.items()}

    def claim(self, id: str, said: Mapping[str, Any], mark: int) -> s.Claim:
        at = self.read.at(mark)
        return s.Claim(id, said.get("since"), said.get("by"), said.get("attested by"), said.get("attested on"), at)

    def component_refs(self, zones: Any, actors: Any, components: Any) -> None:
        spaces: dict[str, Mapping[str, Any]] = {"zones": zones, "actors": actors, "components": components}
        fields = {n: f for n, f in vocabulary().component.items() if f.type in ("refs", "parties") and f.to}
        among = {n: {k for space in f.to for k in spaces[space]} for n, f in fields.items()}
        for cid, c in components.items():
            for name in fields.keys() & c.props.keys():
                value = c.props[name]
                for ref in value["who"] if isinstance(value, dict) else value:
                    if ref not in among[name]:
                        self.known(ref, among[name], self.mark("components", cid, name), f"{cid} under {name!r}")
                    elif len(fields[name].to) > 1 and ref in zones and ref in actors:
                        what = f"{cid} under {name!r} names {ref!r}, which is a zone and an actor"
                        self.wrong(self.mark("components", cid, name), what, "give one of the two another id")
                if isinstance(value, dict):
                    c.props[name] = s.Parties(value["who"], value["complete"])

    def flows(self, actors: Any, components: Any) -> tuple[tuple[s.Flow, ...], dict[str, int]]:
        ends = {**actors, **components}
        out: list[s.Flow] = []
        marks: dict[str, int] = {}
        for raw, at in self.doc.get("flows") or []:
            source, target = raw.pop("from", ""), raw.pop("to", "")
            flow_id = raw.pop("id", f"{source}->{target}")
            fine = [self.known(e, ends, at, f"flow {flow_id}") for e in (source, target) if e]
            if source == target and source:
                self.wrong(at, f"flow {flow_id} goes nowhere", "its ends must differ")
            if not source or not target:
                continue  # the missing end is an error already
            if flow_id in marks:
                there = f"there is a flow {flow_id!r} already{self.elsewhere(marks[flow_id], at)}"
                self.wrong(at, there, "give the second one an `id:` of its own")
            elif flow_id in self.ids or flow_id == SYSTEM:
                said = f"something in {self.ids[flow_id]}" if flow_id in self.ids else "the system itself"
                self.wrong(at, f"{flow_id!r} is the id of {said} already", "give the flow another `id:`")
            elif all(fine):
                out.append(s.Flow(flow_id, source, target, raw.pop("data", ""), raw))
            marks.setdefault(flow_id, at)
        return tuple(out), marks

    def access(self, actors: Any, components: Any) -> tuple[s.Access, ...]:
        out = []
        for raw, at in self.doc.get("access") or []:
            for ref in raw.get("who", ()):
                self.known(ref, actors, at, "an entry of access")
            for ref in raw.get("on", ()):
                self.known(ref, components, at, "an entry of access")
            entry = s.Access(raw.get("who", ()), raw.get("may", ()), raw.get("on", ()), raw.get("complete", False))
            out.append(entry)
        return tuple(out)

    def harms(self, components: Any) -> dict[str, s.Harm]:
        outcomes = vocabulary().words["outcomes"]
        currency = self.doc.get("currency", "EUR")
        out = {}
        for hid, h in self.doc.get("harms", {}).items():
            if "of" in h:
                self.known(h["of"], components, self.mark("harms", hid, "of"), f"harm {hid}")
            written = self.tree["harms"][hid]
            said = written.keys() if isinstance(written, Map) else {"loss"}
            if "loss" not in said and not {"hurts", "at most"} <= said:
                todo = "give `loss: 2k to 400k`, or `hurts:` with `at most: 1 in 1000 years`"
                self.wrong(self.mark("harms", hid), f"harm {hid} has no size", todo)
            outcome = h.get("outcome") or (hid if hid in outcomes else None)
            if outcome is None and "of" not in h:
                self.wrong(self.mark("harms", hid), f"harm {hid} is not a known outcome", did_you_mean(hid, outcomes))
            cap = self.currencies.get(h.get("fine", ""), currency)
            if cap != currency:
                what = f"the maximum of {h['fine']} is in {cap}, and this file counts in {currency}"
                self.wrong(self.mark("harms", hid, "fine"), what, "let `loss:` hold the fine, or count in the other")
            if "loss" in h and "hurts" in h:
                self.wrong(self.mark("harms", hid), f"harm {hid} prices people", "keep `hurts:` and drop `loss:`")
            out[hid] = s.Harm(
                hid, outcome or "wrong-decision", h.get("loss"), h.get("fine"), h.get("turnover"), h.get("of"),
                h.get("hurts"), h.get("at most"),
            )  # fmt: skip
        return out

    def attempts(self) -> s.Attempts:
        raw = self.doc.get("attempts", {})
        rates = {WORDS[k]: v for k, v in raw.items() if k in WORDS}
        return s.Attempts(rates, raw.get("by"), raw.get("on"))

    def decisions(self, section: str, reason: str, owner: str) -> tuple[s.Decision, ...]:
        return tuple(
            s.Decision(d["threat"], d[reason], d[owner], d["until"], self.read.at(at))
            for d, at in self.doc.get(section) or []
            if {"threat", reason, owner, "until"} <= d.keys()
        )

    def allowances(self) -> tuple[s.Allowance, ...]:
        out = []
        for a, at in self.doc.get("allow") or []:
            pair = tuple(a.get("name", "").split(" "))
            if len(pair) == 2 and all(pair) and "*" not in a["name"]:
                if {"because", "by", "until"} <= a.keys():
                    out.append(s.Allowance(pair, a["because"], a["by"], a["until"], self.read.at(at)))
            elif "name" in a:
                todo = "write one module, a space and one dotted name, such as `scoring.steps Clip`; no `*`"
                self.wrong(at, f"{a['name'][:80]!r} is no name that a file imports", todo)
        return tuple(out)

    def tasks(self) -> tuple[s.Task, ...]:
        out = []
        for kind, what, at in self.doc.get("measure") or []:
            settings = dict(what) if isinstance(what, Map) else {"": what}
            out.append(s.Task(kind, settings, self.read.at(at)))
        return tuple(out)
