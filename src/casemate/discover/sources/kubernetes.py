"""Kubernetes manifests: what runs, which services and ingresses let callers in, KServe's inference services, schedules.

Templates that are not YAML before they are rendered (Helm) are told as not read. A namespace is a zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from casemate.discover import images
from casemate.discover.loose_yaml import Node, Table, at, documents, entries, scalars, tables, text, texts
from casemate.discover.repository import Repository
from casemate.discover.schedules import often
from casemate.discover.sighting import SAME, At, Found, Unread

BEGINS = re.compile(rb"^apiVersion:", re.MULTILINE)
MOST = 3_000  # manifests
MOST_BEHIND = 100  # workloads behind one Service
MADE = ("", "-predictor", "-predictor-default", "-transformer")
"""Ends of the names of the Services that KServe makes for one of its own."""
WORKLOADS = {
    "Deployment": ("spec", "template"), "StatefulSet": ("spec", "template"), "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"), "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"), "Pod": (),
}  # fmt: skip
FORMATS = {"sklearn": "joblib", "xgboost": "xgboost-json", "lightgbm": "lightgbm-text", "pytorch": "torch",
           "onnx": "onnx",
           "tensorflow": "saved-model", "pmml": "pmml"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Thing:
    """One manifest with its place."""

    file: str
    kind: str
    space: str
    name: str
    doc: Table

    @property
    def key(self) -> str:
        """How other manifests call it."""
        return f"k8s {self.space}/{self.name}"

    def at(self, *keys: str) -> At:
        """The line of what stands below keys, of the manifest itself when it is not told."""
        node = at(self.doc, *keys) if keys else self.doc
        return At(self.file, node.line if node is not None else self.doc.line)


@dataclass(frozen=True, slots=True)
class Cluster:
    """The manifests, with the workloads behind each Service by its namespace and name."""

    things: list[Thing]
    behind: dict[tuple[str, str], list[Thing]]

    @classmethod
    def of(cls, things: list[Thing]) -> Cluster:
        """A Service finds the workloads whose labels hold all of its selector."""
        labelled: dict[tuple[str, str, str], list[tuple[Thing, dict[str, str]]]] = {}
        for t in things:
            if t.kind in WORKLOADS:
                labels = _labels(at(t.doc, *WORKLOADS[t.kind], "metadata", "labels"))
                for k, v in labels.items():
                    labelled.setdefault((t.space, k, v), []).append((t, labels))
        behind: dict[tuple[str, str], list[Thing]] = {}
        for s in things:
            wanted = _labels(at(s.doc, "spec", "selector")) if s.kind == "Service" else {}
            for k, v in sorted(wanted.items())[:1]:
                among = labelled.get((s.space, k, v), [])[:MOST_BEHIND]
                behind[s.space, s.name] = [t for t, labels in among if wanted.items() <= labels.items()]
            for name in (f"{s.name}{end}" for end in MADE) if s.kind == "InferenceService" else ():
                behind.setdefault((s.space, name), [s])
        return cls(things, behind)


def _labels(node: Node | None) -> dict[str, str]:
    return {k: text(v) for k, v, _ in entries(node)}


def look(repo: Repository) -> Iterator[Found]:
    """All manifests together, because services find workloads by their labels."""
    things: list[Thing] = []
    for f in repo.ending("yml", "yaml"):
        if BEGINS.search(repo.head(f.path)):
            for one in _manifests(repo, f.path):
                if isinstance(one, Unread):
                    yield one
                else:
                    things.append(one)
    if len(things) > MOST:
        yield Unread(things[MOST].file, f"more than {MOST:,} manifests; the rest was not read")
    things = things[:MOST]
    cluster = Cluster.of(things)
    for t in things:
        if t.kind in WORKLOADS:
            yield from _workload(repo, t)
        elif t.kind == "InferenceService":
            yield from _kserve(t)
        elif t.kind == "Ingress":
            yield from _ingress(t, cluster)
        elif t.kind == "Secret":
            yield from t.at().is_a(f"{t.key} secret", "credential-store", f"Secret {t.name}", t.name)
            yield t.at().has(f"{t.key} secret", "resource", f"k8s:{t.space}/secrets/{t.name}", f"Secret {t.name}")
    yield from _services(cluster)
    yield from _hosts(cluster)


def _manifests(repo: Repository, path: str) -> Iterator[Thing | Unread]:
    """The manifests of one file, and what of it is none that we read."""
    read = repo.text(path)
    docs, wrong = documents(read) if isinstance(read, str) else ([], read.why)
    if wrong:
        yield Unread(path, wrong)
    for one in (one for doc in docs for one in _listed(doc)):
        thing = _thing(path, one)
        if thing is not None:
            yield thing
        elif at(one, "apiVersion") is not None:
            yield Unread(path, f"holds a manifest whose kind or name is not written out, line {one.line}")


def _listed(doc: Node) -> list[Node]:
    return list(tables(at(doc, "items"))) if text(doc, "kind") == "List" else [doc]


def _thing(path: str, doc: Node) -> Thing | None:
    kind, name = text(doc, "kind"), text(doc, "metadata", "name") or text(doc, "metadata", "generateName").rstrip("-")
    if not isinstance(doc, Table) or not kind or not name or not text(doc, "apiVersion"):
        return None
    return Thing(path, kind, text(doc, "metadata", "namespace") or "default", name, doc)


def _zoned(t: Thing, element: str) -> Iterator[Found]:
    here = t.at("metadata")
    yield from here.zone(f"zone k8s {t.space}", "staff", called=f"k8s-{t.space}")
    yield here.has(element, "zone", f"zone k8s {t.space}", f"namespace {t.space}")


def _pod(t: Thing) -> Node | None:
    return at(t.doc, *WORKLOADS[t.kind], "spec")


def _workload(repo: Repository, t: Thing) -> Iterator[Found]:
    containers = tables(at(_pod(t), "containers"))
    found = [k for c in containers if (k := images.kind_of(text(c, "image")))]
    yield from t.at().is_a(t.key, found[0] if found else "service", f"{t.kind} {t.name}", t.name)
    yield from _zoned(t, t.key)
    if account := text(_pod(t), "serviceAccountName"):
        yield t.at().has(t.key, "as", account, "serviceAccountName")
    for c in containers:
        here = At(t.file, c.line)
        yield from images.supplied(here, t.key, text(c, "image"))
        words = [w.value for key in ("command", "args") for w in texts(at(c, key))]
        yield from images.fetched(here, t.key, images.kind_of(text(c, "image")), words)
        for path in images.started(repo, "", words):
            yield here.has(t.key, SAME, path, f"{t.kind} {t.name} starts it")
            if word := often(text(t.doc, "spec", "schedule")):
                yield t.at("spec", "schedule").has(path, "retrains by", word, f"CronJob {t.name}")


def _kserve(t: Thing) -> Iterator[Found]:
    predictor = at(t.doc, "spec", "predictor")
    yield from t.at().is_a(t.key, "inference", f"InferenceService {t.name}", t.name)
    yield from _zoned(t, t.key)
    older = [(k, v) for k, v, _ in entries(predictor) if text(v, "storageUri")]
    form = text(predictor, "model", "modelFormat", "name") or (older[0][0] if older else "")
    for key, uri in scalars(predictor, 200):
        if key in ("storageUri", "storage_uri") and uri.value:
            here, model = At(t.file, uri.line), uri.value[:300]
            yield from here.is_a(
                model, "model", f"storageUri of {t.name}", model.rstrip("/").rpartition("/")[2].partition(".")[0]
            )
            yield here.has(t.key, "runs", model, "storageUri")
            if form in FORMATS:
                yield here.has(model, "format", FORMATS[form], f"modelFormat {form}")


def _ingress(t: Thing, cluster: Cluster) -> Iterator[Found]:
    key = f"{t.key} ingress"
    internal = any(
        v.value == "internal" for k, v in scalars(at(t.doc, "metadata", "annotations"), 200) if "scheme" in k
    )
    yield from t.at().is_a(key, "gateway", f"Ingress {t.name}", f"{t.name}-ingress")
    yield from _zoned(t, key)
    if not internal:
        yield t.at("spec").has(key, "exposed to", "zone internet", f"Ingress {t.name} lets callers in")
    for field, value in scalars(at(t.doc, "spec"), 2_000):
        for w in cluster.behind.get((t.space, value.value), ()) if field in ("name", "serviceName") else ():
            here, why = At(t.file, value.line), f"Ingress {t.name} to Service {value.value}"
            yield here.flow(key, w.key, "requests", why)
            yield here.flow(w.key, key, "answers", why)


def _services(cluster: Cluster) -> Iterator[Found]:
    for s in cluster.things:
        if s.kind == "Service" and text(s.doc, "spec", "type") in ("LoadBalancer", "NodePort"):
            inner = any(v.value in ("true", "Internal", "internal") for k, v in scalars(at(s.doc, "metadata",
                "annotations"), 200)
                        if "internal" in k or "scheme" in k or "load-balancer-type" in k)  # fmt: skip
            for w in cluster.behind.get((s.space, s.name), ()) if not inner else ():
                why = f"Service {s.name} is a {text(s.doc, 'spec', 'type')}"
                yield s.at("spec", "type").has(w.key, "exposed to", "zone internet", why)


def _hosts(cluster: Cluster) -> Iterator[Found]:
    """Who names a Service as a host in its settings calls what is behind it."""
    for t in cluster.things:
        for c in tables(at(_pod(t), "containers")) if t.kind in WORKLOADS else ():
            for _, value in scalars(at(c, "env"), 1_000):
                for name, space in re.findall(r"(?://|@)([\w-]+)(?:\.([\w-]+))?", value.value[:1_000]):
                    found = cluster.behind.get((space or t.space, name)) or cluster.behind.get((t.space, name), [])
                    here, why = At(t.file, value.line), f"{t.name} names {name} as a host"
                    for w in (w for w in found if w is not t):
                        yield here.flow(t.key, w.key, "requests", why)
                        yield here.flow(w.key, t.key, "answers", why)
