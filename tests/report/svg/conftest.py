"""Graphs to draw: the credit-scoring example, and seeded tangles of any size."""

from __future__ import annotations

import random

import pytest

from casemate.report.svg.graph import Edge, Frame, Graph, Node

WORDS = """raw landing feature store model registry training cluster drift monitor api gateway prediction log label
queue vector index prompt cache eval runner batch scorer"""
FRAMES = (
    Frame("internet", "Internet"),
    Frame("bureau", "Example Bureau Ltd"),
    Frame("vendor", "Example AI Inc"),
    Frame("cloud", "Cloud account"),
    Frame("restricted", "Restricted: personal data", "cloud"),
)
NODES = (
    ("applicant", "Applicant", "actor", "internet", 0, None),
    ("broker", "Broker", "actor", "internet", 1, "medium"),
    ("credit-bureau", "Credit bureau", "outside", "bureau", 1, "critical"),
    ("data-scientist", "Data scientist", "actor", "cloud", 0, None),
    ("platform-admin", "Platform admin", "actor", "cloud", 0, None),
    ("application-form", "Application form", "process", "internet", 1, "low"),
    ("scoring-api", "Scoring API", "process", "cloud", 4, "high"),
    ("engine", "Inference engine", "process", "cloud", 2, "critical"),
    ("scorer", "Scorer (GBM, pickle)", "model", "cloud", 7, "critical"),
    ("applications", "Applications data set", "store", "restricted", 3, "critical"),
    ("bureau-import", "Bureau import", "process", "cloud", 2, "high"),
    ("training", "Training", "process", "restricted", 1, "medium"),
    ("registry", "Model registry", "store", "cloud", 2, "critical"),
    ("prediction-log", "Prediction log", "store", "cloud", 1, "low"),
    ("drift-monitor", "Drift monitor", "process", "cloud", 0, None),
    ("reviewers", "Human reviewers", "actor", "cloud", 1, "high"),
    ("letter-writer", "Letter writer (hosted LLM)", "outside", "vendor", 3, "medium"),
)
FLOWS = (
    ("applicant", "application-form", "application", None),
    ("application-form", "scoring-api", "application", None),
    ("broker", "scoring-api", "application", "medium"),
    ("scoring-api", "engine", "features", None),
    ("engine", "scoring-api", "score", "high"),
    ("scoring-api", "application-form", "decision and score", "high"),
    ("scoring-api", "letter-writer", "decision with reasons", "medium"),
    ("letter-writer", "scoring-api", "letter", "medium"),
    ("credit-bureau", "bureau-import", "nightly files", "critical"),
    ("bureau-import", "applications", "labelled rows", "critical"),
    ("applications", "training", "training set", None),
    ("training", "registry", "model", None),
    ("registry", "engine", "deployment", "critical"),
    ("scoring-api", "prediction-log", "features, confidence, client", "low"),
    ("prediction-log", "drift-monitor", "predictions", None),
    ("scoring-api", "reviewers", "borderline cases", None),
    ("reviewers", "applications", "labels", "high"),
    ("engine", "scorer", "runs", "critical"),
    ("data-scientist", "applications", "reads and writes", None),
    ("data-scientist", "registry", "reads and writes", "medium"),
    ("platform-admin", "registry", "grants", None),
    ("platform-admin", "training", "grants", None),
)


@pytest.fixture
def credit() -> Graph:
    nodes = tuple(
        Node(i, label, shape, frame, badge, severity, f"#c-{i}", f"{label}: {badge} open threats")
        for i, label, shape, frame, badge, severity in NODES
    )
    edges = tuple(Edge(f"{a} -> {b}", a, b, label, severity) for a, b, label, severity in FLOWS)
    return Graph(FRAMES, nodes, edges, "Credit scoring platform: 17 components, 22 flows")


@pytest.fixture
def tangle():
    return _tangle


def _tangle(size: int, seed: int) -> Graph:
    """Nested zones and mostly local flows; seeds 29 (60) and 17 (80) make Graphviz 14.1.5 drop flows silently."""
    r = random.Random(seed)
    risks = ["critical", "high", "medium", "low", None, None, None, None]
    parents = {"internet": None, "corp": None, "ml": "corp", "data": "ml", "serve": "corp", "vendor": None}
    words = WORDS.split()
    nodes: list[Node] = []
    for i in range(size):
        shape = r.choice(["store", "process", "process", "model", "actor", "outside"])
        badge = r.choice([0, 0, 1, 2, 5, 12])
        worst = r.choice(risks[:4]) if badge else None
        label = f"{r.choice(words)} {r.choice(words)} {i}"
        nodes.append(Node(f"c{i}", label, shape, r.choice(list(parents)), badge, worst, f"#c{i}"))

    def end(i: int) -> str:
        near = [k for k in range(size) if k != i and nodes[k].frame == nodes[i].frame]
        return f"c{r.choice(near) if near and r.random() < 0.7 else r.choice([k for k in range(size) if k != i])}"

    edges = [
        Edge(f"e{k}", f"c{k % size}", end(k % size), f"{r.choice(words)} {r.choice(words)}", r.choice(risks))
        for k in range(int(size * 1.4))
    ]
    return Graph(tuple(Frame(i, i, p) for i, p in parents.items()), tuple(nodes), tuple(edges), "a tangle")
