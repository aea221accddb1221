"""A component of another system file: its facts are taken from there while that file is the one that was read."""

import hashlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casemate.core.errors import CasemateError
from casemate.define import sources
from casemate.define.build import from_text
from casemate.define.whole import from_file

PLATFORM = """\
casemate: 1
name: Platform
zones: {cluster: {trust: staff}}
actors: {ops: {trust: staff}}
components:
  api:
    kind: endpoint
    zone: cluster
    auth: token
    returns: [labels]
    logs: [request]
    writers: [ops]
    path: api.py
    egress: none
    may be attacked: {until: 2030-01-01, by: ops}
    controls: {query-quota: {since: 2026-03-01, by: platform}}
  far: {kind: service, zone: cluster, from: {file: ../x.yaml}}
"""
DIGEST = hashlib.sha256(PLATFORM.encode()).hexdigest()
OTHER = "0" * 64


def ours(more="", kind="endpoint", digest=f"sha256:{DIGEST}", file="../platform/casemate.yaml", component="api"):
    return (
        "casemate: 1\nname: x\nzones: {cloud: {trust: staff}}\ncomponents:\n"
        f"  scoring: {{kind: {kind}, zone: cloud, "
        f"from: {{file: {file}, component: {component}, digest: {digest}}}{more}}}\n"
    )


@pytest.fixture
def write(tmp_path):
    def put(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    (tmp_path / ".git").mkdir()
    put("platform/casemate.yaml", PLATFORM)
    put("ours/casemate.yaml", ours())
    return put


def read(folder):
    return from_file(folder / "ours" / "casemate.yaml", {})


def errors_of(folder):
    with pytest.raises(CasemateError) as e:
        read(folder)
    return str(e.value).replace(f"{folder}/ours/../", "../").replace(f"{folder}/ours/", "").split("\n")


def test_facts_and_controls_are_taken_from_there(write, tmp_path):
    c = read(tmp_path).components["scoring"]
    assert c.props == {"auth": "token", "returns": ("labels",), "logs": ("request",), "egress": "none"}
    assert (c.zone, list(c.controls), c.controls["query-quota"].by) == ("cloud", ["query-quota"], "platform")


def test_a_fact_that_was_taken_stands_where_it_was_written(write, tmp_path):
    s = read(tmp_path)
    assert s.line("components", "scoring", "auth") == "../platform/casemate.yaml:9"
    assert s.line("components", "scoring", "kind") == "casemate.yaml:5"
    assert s.components["scoring"].controls["query-quota"].at.line == 16


def test_names_files_and_leave_to_attack_are_never_taken(write, tmp_path):
    assert not {"writers", "path", "may be attacked", "from"} & set(read(tmp_path).components["scoring"].props)


def test_the_component_there_has_the_same_id_where_none_is_said(write, tmp_path):
    write("ours/casemate.yaml", ours().replace("component: api, ", "").replace("scoring:", "api:"))
    assert read(tmp_path).components["api"].props["auth"] == "token"


def test_a_file_that_changed_leaves_the_facts_unknown_and_says_what_to_do(write, tmp_path):
    write("platform/casemate.yaml", PLATFORM.replace("token", "none"))
    s = read(tmp_path)
    now = hashlib.sha256(PLATFORM.replace("token", "none").encode()).hexdigest()
    assert (s.components["scoring"].props, dict(s.components["scoring"].controls)) == ({}, {})
    assert s.borrowed[0].void
    assert s.borrowed[0].note == (
        "../platform/casemate.yaml has changed, so what it says of api counts as unknown for "
        f"scoring; read what changed, then write `digest: sha256:{now}`"
    )
    assert s.line("components", "scoring", "from") == "casemate.yaml:5"


def test_while_the_file_holds_there_is_nothing_to_say(write, tmp_path):
    (b,) = read(tmp_path).borrowed
    assert (b.id, b.component, b.void, b.note) == ("scoring", "api", False, "")


def test_a_file_that_nobody_has_read_is_an_error_that_gives_its_digest(write, tmp_path):
    write("ours/casemate.yaml", ours().replace(f", digest: sha256:{DIGEST}", ""))
    assert errors_of(tmp_path) == [
        "casemate.yaml:5:42: from does not say which ../platform/casemate.yaml was read; "
        f"read what it says of api, then write `digest: sha256:{DIGEST}`"
    ]


def test_another_kind_is_an_error(write, tmp_path):
    write("ours/casemate.yaml", ours(kind="service"))
    told = "kind is service, and endpoint in ../platform/casemate.yaml; write the same kind in both"
    assert errors_of(tmp_path) == [f"casemate.yaml:5:19: {told}"]


def test_a_fact_is_said_in_one_place(write, tmp_path):
    write("ours/casemate.yaml", ours(", auth: none"))
    told = "auth is said here, and taken from ../platform/casemate.yaml; leave it out here"
    assert [e.partition(": ")[2] for e in errors_of(tmp_path)] == [told]


def test_who_reaches_it_here_is_said_here(write, tmp_path):
    write("ours/casemate.yaml", ours(", exposed to: [cloud], name: The API"))
    assert read(tmp_path).components["scoring"].props["exposed to"] == ("cloud",)


@pytest.mark.parametrize(
    ("component", "told"),
    [
        ("apy", "../platform/casemate.yaml has no component 'apy'; did you mean 'api'?"),
        ("far", "far of ../platform/casemate.yaml is itself taken from another file; name that one"),
    ],
)
def test_what_cannot_be_taken_is_named(write, tmp_path, component, told):
    write("ours/casemate.yaml", ours(component=component))
    assert [e.partition(": ")[2] for e in errors_of(tmp_path)] == [told]


def test_what_is_wrong_there_is_named_there(write, tmp_path):
    text = PLATFORM.replace("auth: token", "auth: tokn")
    write("platform/casemate.yaml", text)
    write("ours/casemate.yaml", ours(digest=hashlib.sha256(text.encode()).hexdigest()))
    assert errors_of(tmp_path) == ["../platform/casemate.yaml:9:11: auth is never 'tokn'; did you mean 'token'?"]


def test_a_file_that_is_no_yaml_is_one_error_however_many_share_it(write, tmp_path):
    write("platform/casemate.yaml", "components: [")
    text = ours()
    write("ours/casemate.yaml", text + text.splitlines()[-1].replace("scoring", "second") + "\n")
    assert [e.partition(": ")[0] for e in errors_of(tmp_path)] == ["../platform/casemate.yaml:1:14"]


@pytest.mark.parametrize("file", ["../../other.yaml", "/etc/passwd", "C:/x.yaml"])
def test_a_file_outside_the_repository_is_refused(write, tmp_path, file):
    told = f"from names {file!r}, which is not in the repository of this file; "
    write("ours/casemate.yaml", ours(file=file))
    (error,) = errors_of(tmp_path)
    assert error.partition(": ")[2].startswith(told)


def test_without_a_repository_only_what_lies_below_is_read(write, tmp_path):
    (tmp_path / ".git").rmdir()
    (error,) = errors_of(tmp_path)
    assert "which is not in the repository of this file" in error
    write("ours/shared/casemate.yaml", PLATFORM)
    write("ours/casemate.yaml", ours(file="shared/casemate.yaml"))
    assert read(tmp_path).components["scoring"].props["auth"] == "token"


def test_a_link_out_of_the_repository_is_refused(write, tmp_path, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "casemate.yaml"
    outside.write_text(PLATFORM, "utf-8")
    (tmp_path / "platform" / "link.yaml").symlink_to(outside)
    write("ours/casemate.yaml", ours(file="../platform/link.yaml"))
    assert "which is not in the repository of this file" in errors_of(tmp_path)[0]


def test_the_part_that_holds_it_is_named_where_there_are_parts(write, tmp_path):
    write("platform/casemate.yaml", "casemate: 1\nname: Platform\ninclude: [parts/api.yaml]\n")
    assert errors_of(tmp_path)[0].partition(": ")[2] == (
        "../platform/casemate.yaml is written in several files; name the part that holds the component, "
        "instead of ../platform/casemate.yaml"
    )


def test_sharing_something_large_many_times_is_refused(write, tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "MAX_NODES", 100)
    line = ours().splitlines()[-1]
    write("ours/casemate.yaml", ours() + "".join(f"{line}\n".replace("scoring", f"c{i}") for i in range(4)))
    told = "makes this system too large: it has too many nodes; split it into several"
    assert [e.partition(": ")[2] for e in errors_of(tmp_path)] == [told] * 4


def test_a_text_without_its_file_shares_nothing():
    with pytest.raises(CasemateError) as e:
        from_text(ours(), "m.yaml", {})
    assert str(e.value) == "m.yaml:5:42: from names a file, and here is only a text; name the file itself"


ANY = st.text(alphabet="abc: {}[]-\n#'\"/.", max_size=60)


@settings(max_examples=60)
@given(ANY, ANY)
def test_whatever_is_shared_ends_in_a_system_or_in_our_errors(tmp_path_factory, said, there):
    folder = tmp_path_factory.mktemp("any")
    (folder / "b.yaml").write_text(f"components:\n  api: {there}", "utf-8")
    (folder / "casemate.yaml").write_text(
        "casemate: 1\nname: x\nzones: {z: {trust: staff}}\ncomponents:\n"
        f"  api: {{kind: service, zone: z, from: {{file: b.yaml, {said}}}}}\n",
        "utf-8",
    )
    with suppress(CasemateError):  # any other error would be ours
        from_file(folder / "casemate.yaml", {})
