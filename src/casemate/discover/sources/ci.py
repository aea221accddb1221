"""Continuous integration: GitHub workflows and GitLab pipelines. What they start, what they publish, whose code they
take in.

Hosted runners are somebody else's machines. An action that is named by a tag can change unasked; a commit cannot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from casemate.discover import images
from casemate.discover.loose_yaml import Node, Table, at, documents, entries, scalars, tables, text, texts
from casemate.discover.repository import File, Repository
from casemate.discover.sighting import At, Found, Unread

COMMIT = re.compile(r"@[0-9a-f]{40}$|@sha256:[0-9a-f]{64}$")
PUBLISHES = re.compile(
    r"docker(?:/build-push-action| push| buildx [^\n]{0,200}--push)|kubectl apply|helm (?:upgrade|install)"
    r"|terraform apply|twine upload"
)
PROPOSED = re.compile(r"github\.(?:event\.pull_request\.head|head_ref)|refs/pull/")
"""Names of what somebody proposes, where a checkout is told what to take."""
TYPED = re.compile(
    r"\$\{\{[^}]{0,200}github\.(?:head_ref|event\.(?:issue|pull_request|comment|review|discussion|head_commit)"
    r"[\w.]{0,40}\.(?:title|body|message|ref|label))"
)
"""Words of whoever opened something, put into a command before a shell reads it."""
SECRET = re.compile(r"\$\{\{\s*secrets\.(\w+)|\$(\w*(?:TOKEN|SECRET|PASSWORD|API_KEY)\w*)")


def look(repo: Repository) -> Iterator[Found]:
    """The workflows of both."""
    for f in repo.ending("yml", "yaml"):
        github = f.folder.endswith(".github/workflows")
        if not github and not f.name.startswith(".gitlab-ci"):
            continue
        read = repo.text(f.path)
        docs, wrong = documents(read) if isinstance(read, str) else ([], read.why)
        if wrong:
            yield Unread(f.path, wrong)
        for doc in docs[-1:]:
            yield from _github(repo, f, doc) if github else _gitlab(repo, f, doc)


def _github(repo: Repository, f: File, doc: Node) -> Iterator[Found]:
    jobs = entries(at(doc, "jobs"))
    if not jobs:
        return
    stem = f.name.rpartition(".")[0]
    yield from At(f.path, jobs[0][2]).is_a(f.path, "ci", f"workflow {text(doc, 'name')[:60] or stem}", f"ci-{stem}")
    yield At(f.path).has(f.path, "path", f.path, "its file")
    own = [t for _, job, _ in jobs for t in texts(at(job, "runs-on")) if "self-hosted" in t.value]
    if not own:
        yield from At(f.path, jobs[0][2]).zone("zone github", "partner", "GitHub", "github")
        yield At(f.path, jobs[0][2]).has(f.path, "zone", "zone github", "it runs on GitHub's machines")
    for _, job, _ in jobs:
        for step in tables(at(job, "steps")):
            uses = at(step, "uses")
            for t in texts(uses):
                yield from _action(f, t.value, t.line)
            for t in texts(at(step, "run")):
                yield from _command(repo, f, t.value, t.line)
    yield from _strangers(f, doc, [step for _, job, _ in jobs for step in tables(at(job, "steps"))])
    yield from _reach(f, doc)
    yield from _often(
        repo, f, doc, [c.value for c_at in tables(at(doc, "on", "schedule")) for c in texts(at(c_at, "cron"))]
    )


def _strangers(f: File, doc: Node, steps: list[Table]) -> Iterator[Found]:
    """What anybody may propose and a run with our keys takes in: their code, or their words in a command."""
    on = at(doc, "on")
    ours = "pull_request_target" in {*(t.value for t in texts(on)), *(key for key, _, _ in entries(on))}
    taken = [t for step in steps for key in ("ref", "repository") for t in texts(at(step, "with", key))]
    found = [(t.line, "code", "checks out what is proposed") for t in taken if ours and PROPOSED.search(t.value)]
    typed = [t for step in steps for t in texts(at(step, "run")) if TYPED.search(t.value[:20_000])]
    found += [(t.line, "words", "a command holds what somebody typed") for t in typed]
    for line, data, why in found:
        here, key = At(f.path, line), "proposals github"
        yield from here.is_a(key, "external-content", why, "pull-requests")
        yield from here.zone("zone github", "partner", "GitHub", "github")
        yield here.has(key, "zone", "zone github", "GitHub keeps them")
        yield here.actor("actor contributor", "public", "anybody may propose a change")
        yield here.flow("actor contributor", key, "proposals", "anybody may propose a change")
        yield here.flow(key, f.path, data, why)


def _gitlab(repo: Repository, f: File, doc: Node) -> Iterator[Found]:
    yield from At(f.path, doc.line).is_a(f.path, "ci", "a GitLab pipeline", "ci")
    yield At(f.path).has(f.path, "path", f.path, "its file")
    for _, job, _ in entries(doc):
        for key in ("before_script", "script", "after_script"):
            for t in texts(at(job, key)):
                yield from _command(repo, f, t.value, t.line)
        for image in texts(at(job, "image")) or texts(at(job, "image", "name")):
            yield from images.supplied(At(f.path, image.line), f.path, image.value)
    yield from _reach(f, doc)


def _action(f: File, uses: str, line: int) -> Iterator[Found]:
    """Code of others that a step takes in."""
    if uses.startswith((".", "docker://")):
        return
    here = At(f.path, line)
    yield here.has(f.path, "pinned", "yes" if COMMIT.search(uses) else "no", f"uses {uses[:80]}")
    yield from here.is_a("actions github", "package-registry", f"uses {uses[:80]}", "github-actions")
    yield from here.zone("zone github", "partner", "GitHub", "github")
    yield here.has("actions github", "zone", "zone internet", "anyone may publish actions")
    yield here.has("actions github", "origin", "public", "anyone may publish actions")
    yield here.flow("actions github", f.path, "actions", f"uses {uses[:80]}")


def _command(repo: Repository, f: File, command: str, line: int) -> Iterator[Found]:
    here = At(f.path, line)
    for path in images.started(repo, "", [command]):
        yield here.flow(f.path, path, "code and settings", "a step starts it")
    if re.search(r"\bpip3? install\b|\buv (?:sync|pip)|\bpoetry install|\bconda (?:install|env)", command):
        yield here.flow("packages pypi.org", f.path, "packages", "a step installs packages")


def _reach(f: File, doc: Node) -> Iterator[Found]:
    """What is published, and which secrets a run is given."""
    named: dict[str, int] = {}
    for key, value in scalars(doc):
        if PUBLISHES.search(value.value) and key in ("run", "uses", "script"):
            named.setdefault("publish", value.line)
        for a, b in SECRET.findall(value.value[:20_000]):
            if (a or b) != "GITHUB_TOKEN":
                named.setdefault(f"secret {a or b}", value.line)
    secrets = sorted(n[7:] for n in named if n.startswith("secret "))
    if secrets:
        here, key = At(f.path, min(v for k, v in named.items() if k.startswith("secret "))), f"{f.path}#secrets"
        why = f"a run is given {', '.join(secrets[:4])}"
        yield from here.is_a(key, "credential-store", why, f"{f.name.partition('.')[0] or 'ci'}-secrets")
        if f.folder:
            yield here.has(key, "zone", "zone github", "GitHub keeps them")
        yield here.has(key, "holds", "credentials", why)
        yield here.flow(key, f.path, "secrets", why)
    if "publish" in named:
        yield At(f.path, named["publish"]).has(f.path, "means", "builds and deploys", "a step publishes or deploys")


def _often(repo: Repository, f: File, doc: Node, schedules: list[str]) -> Iterator[Found]:
    """What a schedule trains anew is asked for, because a step may do anything; that it starts a program is a flow."""
    if schedules:
        yield At(f.path).has(f.path, "means", f"runs on the schedule {schedules[0][:40]}", "on: schedule")
