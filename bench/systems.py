"""Synthetic systems of any size, always the same for a size: as a casemate file, and as the same system for pytm 1.4.

A system is made of cells of 40 components, each a small AI product with all kinds of components: data that feeds a
training, a registry and an engine behind an endpoint; a language model and an agent with tools, an index and a memory;
logs, a monitor and reviewers. Cells call each other as a tree does, so that ways stay short while the system grows.
About six in ten properties are known. Runs under any Python: `python bench/systems.py yaml 1000`, or in an environment
with pytm `python bench/systems.py pytm 1000`, which prints the CPU seconds of building and of `resolve()`.
"""

from __future__ import annotations

import json
import random
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KNOWN = 0.6  # share of the properties that somebody has said
CLAIMED = 0.12  # share of the components with a control that somebody claims

ZONES = {
    "cloud": {"trust": "staff"},
    "restricted": {"trust": "restricted"},
    "edge": {"trust": "public"},
    "vendor": {"trust": "partner", "owner": "Example Vendor Ltd"},
}

# local name: (kind, zone, what may be known of it; a tuple is a choice, `$` stands for the number of the cell)
CELL: dict[str, tuple[str, str, dict[str, Any]]] = {
    "app": ("client-app", "edge", {"renders": ("[text]", "[text, links]", "[html]")}),
    "site": ("web-app", "cloud", {"auth": ("sso", "account"), "logs": "[request, client]", "patched": "yes"}),
    "gateway": ("gateway", "cloud", {"rate limit": ("none", "per-client"), "size limit": ("yes", "no")}),
    "api": (
        "endpoint",
        "cloud",
        {
            "auth": ("none", "account", "key", "token"),
            "returns": ("[decision]", "[decision, scores]"),
            "logs": ("[none]", "[request, client, decision]"),
            "checks": ("[none]", "[schema]"),
        },
    ),
    "engine": ("inference", "cloud", {"egress": ("open", "none")}),
    "model": (
        "model",
        "cloud",
        {
            "format": ("pickle", "joblib", "onnx", "safetensors"),
            "decides": ("gate", "advice"),
            "proprietary": ("yes", "no"),
            "retrains": ("never", "weekly", "daily"),
            "validated": ("yes", "no"),
        },
    ),
    "registry": ("model-registry", "cloud", {"signed": ("yes", "no"), "writers": "{who: [engineer-$], complete: yes}"}),
    "training": ("training", "restricted", {"pinned": ("yes", "no"), "egress": ("open", "none")}),
    "records": (
        "dataset",
        "restricted",
        {"sensitivity": ("personal", "secret", "internal"), "lineage": ("complete", "none"), "encrypted": "yes"},
    ),
    "labels": ("dataset", "restricted", {"sensitivity": ("personal", "internal"), "writers": "[engineer-$]"}),
    "prepare": ("preprocessing", "cloud", {"checks": ("[schema]", "[none]", "[range]")}),
    "features": ("feature-store", "cloud", {"sensitivity": ("personal", "internal")}),
    "feed": ("data-source", "vendor", {"origin": ("partner", "public"), "signed": ("yes", "no")}),
    "pages": ("external-content", "vendor", {"origin": "public"}),
    "sensor": ("sensor", "edge", {"scene": ("public", "restricted")}),
    "notebook": ("notebook", "cloud", {"auth": ("none", "password", "sso"), "egress": "open"}),
    "ci": ("ci", "cloud", {"pinned": ("yes", "no"), "mfa": ("yes", "no")}),
    "packages": ("package-registry", "vendor", {"origin": "public", "sources": ("single", "mixed")}),
    "images": ("container-registry", "cloud", {"signed": ("yes", "no")}),
    "installer": ("installer", "cloud", {"pinned": ("yes", "no"), "sources": ("single", "mixed")}),
    "scanner": ("scanner", "cloud", {"on failure": ("closed", "open")}),
    "log": ("log-store", "cloud", {"holds": ("[telemetry]", "[personal, telemetry]"), "encrypted": ("yes", "no")}),
    "monitor": ("monitor", "cloud", {"watches": "[model-$]"}),
    "review": ("human-review", "cloud", {"four eyes": ("yes", "no"), "signs approvals": ("yes", "no"), "a day": "300"}),
    "llm": (
        "llm",
        "vendor",
        {"system prompt": ("plain", "secret"), "guardrails": ("yes", "no"), "version": ("pinned", "floating")},
    ),
    "agent": (
        "agent",
        "cloud",
        {
            "acts on": ("[person]", "[person, mail]", "[ticket]"),
            "keeps memory": ("none", "thread", "persistent"),
            "approval": ("none", "some", "all"),
            "identity": ("caller", "service"),
            "step limit": ("yes", "no"),
        },
    ),
    "search": ("tool", "cloud", {"effect": "[read]", "filters by caller": ("yes", "no")}),
    "mailer": ("tool", "cloud", {"effect": ("[send]", "[send, write]"), "approval": ("none", "all")}),
    "runner": ("interpreter", "cloud", {"effect": "[exec]", "sandbox": ("none", "container", "vm")}),
    "index": ("index", "cloud", {"sensitivity": ("internal", "personal"), "filters by caller": ("yes", "no")}),
    "memory": ("memory", "cloud", {"holds": "[conversations]"}),
    "prompts": ("prompt-store", "cloud", {"holds": "[prompts]", "writers": "{who: [engineer-$], complete: yes}"}),
    "tickets": ("store", "cloud", {"sensitivity": ("internal", "personal"), "encrypted": ("yes", "no")}),
    "secrets": ("credential-store", "restricted", {"holds": "[credentials]", "mfa": ("yes", "no")}),
    "manual": ("documentation", "edge", {"sensitivity": "public"}),
    "login": ("identity-provider", "cloud", {"mfa": ("yes", "no"), "patched": ("yes", "no")}),
    "passport": ("identity-verification", "vendor", {"media": "yes"}),
    "crm": ("external-service", "vendor", {"auth": ("key", "token"), "metered": "yes"}),
    "core": ("service", "cloud", {"auth": ("token", "mtls"), "logs": ("[none]", "[request, client]")}),
    "host": ("host", "restricted", {"patched": ("yes", "no"), "mfa": ("yes", "no")}),
}
ALWAYS = {
    "engine": {"runs": "[model-$]"},
    "llm": {"provider": "{model: example-large, keeps: 30 days}"},
    "api": {"exposed to": "[edge-$]"},
}

# Two flows for each component: `$` is added to every name; a name with `^` stands in the cell that this one depends on.
FLOWS = """
customer app; app site; site app; app api; api app; customer site; customer crm; engineer notebook; engineer tickets;
engineer prompts; gateway api; site gateway; api gateway; gateway site; api engine; engine api; registry engine;
training registry; registry scanner; scanner registry; records training; labels training; features training;
features engine; prepare records; prepare features; feed prepare; sensor prepare; pages prepare; feed records;
review labels; api review; review tickets; notebook records; notebook registry; records notebook; ci images;
packages installer; installer training; installer ci; images host; host engine; ci host; ci registry; packages ci;
api log; engine log; agent log; gateway log; log monitor; monitor review; login site; site login; login api;
passport login; core passport; core crm; crm core; api core; core api; core tickets; secrets core; secrets ci;
site agent; agent site; agent llm; llm agent; agent search; search agent; search index; index search; agent mailer;
agent runner; runner agent; agent memory; memory agent; prompts agent; pages index; manual index; core api^
"""
HARMS = {
    "wrong-decision": "2k to 400k",
    "personal-data": "{loss: 200k to 3M, turnover: 80M}",
    "model-stolen": "100k to 2M",
    "outage": "10k to 150k",
}
CLAIMS = ("prediction-logging", "input-validation", "query-quota", "encrypted-flows", "model-signing", "guardrails")


@dataclass
class System:
    """A system as plain text values: what stands in the file, and what pytm is told."""

    zones: dict[str, dict[str, str]] = field(default_factory=dict)
    actors: dict[str, dict[str, str]] = field(default_factory=dict)
    components: dict[str, dict[str, str]] = field(default_factory=dict)
    flows: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    access: list[str] = field(default_factory=list)
    harms: dict[str, str] = field(default_factory=dict)


def system(n: int) -> System:
    """A system of n components and 2 n flows, n / 10 zones and n / 20 actors; n at least 40."""
    rng = random.Random(n)
    out = System(harms=dict(HARMS))
    for k in range(-(-n // len(CELL))):
        _cell(out, k, n, rng)
    for k in range(-(-n // len(CELL))):
        _flows(out, k, rng)
    names = list(out.components)
    while len(out.flows) < 2 * n:  # where the last cell is not whole
        a, b = rng.sample(names[-len(CELL) :], 2)
        out.flows.setdefault((a, b), {})
    while len(out.flows) > 2 * n:
        out.flows.popitem()
    return out


def small() -> System:
    """Twenty lines, to be subtracted: what any file costs."""
    parts = {
        "api": {"kind": "endpoint", "zone": "cloud"},
        "engine": {"kind": "inference", "zone": "cloud", "runs": "[model]"},
        "model": {"kind": "model", "zone": "cloud", "format": "onnx"},
        "records": {"kind": "dataset", "zone": "cloud", "sensitivity": "internal"},
    }
    ends = [("user", "api"), ("api", "engine"), ("engine", "api"), ("records", "engine")]
    zones = {"internet": {"trust": "public"}, "cloud": {"trust": "staff"}}
    return System(zones, {"user": {"trust": "public", "zone": "internet"}}, parts, {e: {} for e in ends})


def _cell(out: System, k: int, n: int, rng: random.Random) -> None:
    around = (k - 1) // 4
    for name, said in ZONES.items():
        inside = f"cloud-{k}" if name == "restricted" else f"{name}-{around}" if k else ""
        out.zones[f"{name}-{k}"] = {**said, **({"in": inside} if inside else {})}
    out.actors[f"customer-{k}"] = {"trust": rng.choice(["public", "account"]), "zone": f"edge-{k}"}
    out.actors[f"engineer-{k}"] = {"trust": rng.choice(["partner", "staff"]), "zone": f"cloud-{k}"}
    for name, (kind, zone, may) in CELL.items():
        if len(out.components) == n:
            break
        said = {p: rng.choice(v) if isinstance(v, tuple) else v for p, v in may.items() if rng.random() < KNOWN}
        said |= ALWAYS.get(name, {})
        if rng.random() < CLAIMED:
            said["controls"] = f"[{rng.choice(CLAIMS)}]"
        known = {p: v.replace("$", str(k)) for p, v in said.items()}
        out.components[f"{name}-{k}"] = {"kind": kind, "zone": f"{zone}-{k}", **known}
    stores = [s for s in (f"records-{k}", f"registry-{k}", f"log-{k}") if s in out.components]
    out.access.append(f"{{who: engineer-{k}, may: [read, write], on: [{', '.join(stores)}], complete: yes}}")
    if k % 4 == 0:
        out.harms[f"bad-decision-{k}"] = f"{{loss: 5k to 500k, outcome: wrong-decision, of: model-{k}}}"


def _flows(out: System, k: int, rng: random.Random) -> None:
    for pair in FLOWS.replace("\n", " ").split(";"):
        a, b = (f"{e[:-1]}-{max(0, (k - 1) // 4)}" if e.endswith("^") else f"{e}-{k}" for e in pair.split())
        if (a in out.components or a in out.actors) and b in out.components:
            said = {"encrypted": rng.choice(["yes", "yes", "no"])} if rng.random() < KNOWN else {}
            if rng.random() < CLAIMED:
                said["signed"] = rng.choice(["yes", "no"])
            out.flows[a, b] = said


def text(s: System) -> str:
    """The system as a casemate file."""
    lines = ["casemate: 1", "name: A synthetic system", "zones:"]
    lines += [f"  {i}: {_mapping(z)}" for i, z in s.zones.items()]
    lines += ["actors:", *(f"  {i}: {_mapping(a)}" for i, a in s.actors.items())]
    lines += ["components:", *(f"  {i}: {_mapping(c)}" for i, c in s.components.items())]
    lines += ["flows:", *(f"  - {a} -> {b}: {_mapping(f) if f else 'data'}" for (a, b), f in s.flows.items())]
    if s.access:
        lines += ["access:", *(f"  - {a}" for a in s.access)]
    if s.harms:
        lines += ["harms:", *(f"  {i}: {h}" for i, h in s.harms.items())]
    lines += ["attempts: {public: 2 to 50 a year, by: secteam@example.org, on: 2026-10-02}", ""]
    return "\n".join(lines)


def _mapping(said: dict[str, str]) -> str:
    return "{" + ", ".join(f"{k}: {v}" for k, v in said.items()) + "}"


# pytm's nearest class for each kind; with Actor nine of them
PYTM = {
    "Agent": ("agent",),
    "Datastore": (
        *("dataset", "feature-store", "model-registry", "container-registry", "package-registry", "index", "memory"),
        *("prompt-store", "store", "log-store", "credential-store", "documentation"),
    ),
    "ExternalEntity": ("data-source", "external-content", "sensor", "client-app", "human-review"),
    "LLM": ("llm",),
    "Lambda": ("tool", "interpreter", "preprocessing"),
    "Process": ("model", "training", "notebook", "monitor", "scanner", "installer"),
    "Server": ("endpoint", "web-app", "gateway", "inference", "external-service"),
    "SetOfProcesses": ("ci", "host", "service", "identity-provider", "identity-verification"),
}


def pytm_model(s: System) -> Any:
    """The same system for pytm, its controls as they come: elements, boundaries, dataflows, a datum for each five."""
    import pytm

    model = pytm.TM("synthetic")
    zones: dict[str, Any] = {}
    for i, z in s.zones.items():
        zones[i] = pytm.Boundary(i)
        if "in" in z:
            zones[i].inBoundary = zones[z["in"]]
    kind_of = {kind: getattr(pytm, name) for name, kinds in PYTM.items() for kind in kinds}
    made = {i: pytm.Actor(i) for i in s.actors} | {i: kind_of[c["kind"]](i) for i, c in s.components.items()}
    for i, said in (s.actors | s.components).items():
        made[i].inBoundary = zones[said["zone"]]
    data = [pytm.Data(f"data {i}", description="records") for i in range(len(s.components) // 5)]
    for k, (a, b) in enumerate(s.flows):
        flow = pytm.Dataflow(made[a], made[b], f"{a} {b}")
        if k < len(data):
            flow.data = [data[k]]
    return model


def main(form: str, size: str, *rest: str) -> None:
    """`yaml N [FILE]` writes a system file; `pytm N` resolves it and prints what that took. N 0 is the small one."""
    s = system(int(size)) if int(size) else small()
    if form == "yaml":
        print(text(s), end="") if not rest else Path(rest[0]).write_text(text(s), encoding="utf-8")
        return
    start = time.process_time()
    model = pytm_model(s)
    built = time.process_time()
    model.resolve()
    took = {"build": built - start, "resolve": time.process_time() - built, "findings": len(model.findings)}
    print(json.dumps(took))


if __name__ == "__main__":
    main(*sys.argv[1:])
