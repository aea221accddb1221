"""`audit:` states what it could tell, and nothing where it could not; the command says the same in two formats."""

import json
from datetime import date

import pytest
from click.testing import CliRunner

from audit_stock import DAY, HASH, flaw, install, zipped
from casemate.cli.audit import command
from casemate.core.errors import CasemateError
from casemate.define.build import from_text
from casemate.evidence.measure import check, measure
from casemate.evidence.store import load, save

FILE = """\
casemate: 1
name: x
zones: {z: {trust: staff}}
components:
  training: {kind: training, zone: z}
  helper: {kind: tool, zone: z}
measure:
"""
LOCK = f"--index-url https://pypi.org/simple\njinja2==3.1.6 --hash={HASH}\n"


@pytest.fixture
def here(tmp_path):
    (tmp_path / "requirements.txt").write_text(LOCK)
    install(tmp_path / "env", "jinja2", "3.1.6", {"jinja2/__init__.py": ""})
    zipped(tmp_path / "clean.zip", flaw("other"))
    zipped(tmp_path / "bad.zip", flaw())
    zipped(tmp_path / "old.zip", flaw("other", modified="2026-01-01T00:00:00Z"))
    zipped(tmp_path / "old-bad.zip", flaw(modified="2026-01-01T00:00:00Z"))
    return tmp_path


def run(folder, task):
    system = from_text(FILE + f"  - audit: {task}\n", "m.yaml", {})
    found, gaps = measure(system, folder, DAY)
    save(system, folder, found)
    load(system, folder, found)
    return found, gaps


def told(folder, task):
    (found,), gaps = run(folder, task)
    assert gaps == []
    return dict(found.facts), [(c.id, c.verified) for c in found.controls]


def test_a_lock_alone_shows_pinning_and_no_practice(here):
    assert told(here, "training") == ({"pinned": True, "sources": "single"}, [])


def test_a_lock_that_is_installed_as_it_stands_and_without_flaws_shows_both(here):
    facts, controls = told(here, "{for: training, env: env, advisories: clean.zip}")
    assert facts == {"pinned": True, "sources": "single", "patched": True}
    assert controls == [("pinned-dependencies", True), ("prompt-patching", True)]


def test_an_altered_file_takes_the_practice_away(here):
    next(here.glob("env/lib/*/site-packages/jinja2/*.py")).write_text("x = 1")
    _, controls = told(here, "{for: training, env: env, advisories: clean.zip}")
    assert controls == [("pinned-dependencies", False), ("prompt-patching", True)]


def test_a_known_flaw_is_bad_news_even_from_an_old_copy(here):
    for copy in ("bad.zip", "old-bad.zip"):
        facts, controls = told(here, f"{{for: training, advisories: {copy}}}")
        assert facts["patched"] is False
        assert controls == [("prompt-patching", False)]


def test_an_old_or_missing_copy_is_a_gap(here):
    (found,), gaps = run(here, "{for: training, advisories: old.zip}")
    assert gaps == [
        "m.yaml:8:5: known flaws of training were not evaluated: the newest advisory is 274 days old, 7 are allowed"
    ]
    assert dict(found.facts) == {"pinned": True, "sources": "single"}  # which the lock shows all the same
    (found,), gaps = run(here, "{for: training, advisories: gone.zip}")
    assert gaps == [
        "m.yaml:8:5: known flaws of training were not evaluated: the advisories were not read: "
        f"{here}/gone.zip: there is no such file"
    ]
    assert dict(found.facts) == {"pinned": True, "sources": "single"}
    assert told(here, "{for: training, advisories: old.zip, max-age: 1 year}")[0]["patched"] is True


def test_nothing_to_audit_is_a_gap(tmp_path):
    assert run(tmp_path, "training")[1] == [
        "m.yaml:8:5: training was not audited: there is no lock file, and no environment was named"
    ]


def test_a_tool_that_is_not_pinned_changes_by_itself(here):
    (here / "requirements.txt").write_text("jinja2>=3\n")
    facts, controls = told(here, "helper")
    assert facts == {"pinned": False, "updates": "automatic"}
    assert controls == [("pinned-dependencies", False)]


def test_a_record_tells_what_it_rests_on(here):
    (found,), _ = run(here, "{for: training, env: env, advisories: clean.zip}")
    assert found.settings["advisories"]["newest"] == "2026-10-01"
    assert set(found.settings["locks"]) == {"requirements.txt"}
    assert found.coverage["known flaws"] == "evaluated"
    assert found.valid_until == date(2026, 10, 9)


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("trainin", "audit names 'trainin', which is no component; did you mean 'training'?"),
        ("{for: training, env: [a]}", "audit has an `env` that is no path"),
        ("{for: training, max-age: soon}", "audit has a `max-age` that is no time; write it as 7d or 7 days"),
        ("{for: training, locks: x}", "audit has no setting 'locks'; did you mean 'lock'?"),
    ],
)
def test_a_wrong_task_is_named_at_its_line(task, message):
    with pytest.raises(CasemateError) as caught:
        check(from_text(FILE + f"  - audit: {task}\n", "m.yaml", {}))
    assert str(caught.value).startswith(f"m.yaml:8:5: {message}")


# The command.


def cli(folder, monkeypatch, *args):
    monkeypatch.chdir(folder)
    return CliRunner().invoke(command, [*args, "--today", "2026-10-02"])


@pytest.mark.parametrize(
    ("copy", "code", "first"),
    [
        ("clean.zip", 0, "CLEAN: no known flaw, nothing altered, nothing careless."),
        ("bad.zip", 1, "FOUND 1 thing: 1 high."),
        ("old-bad.zip", 1, "FOUND 1 thing: 1 high. Known flaws were not evaluated."),
        ("old.zip", 3, "NOT EVALUATED: nothing was found, but not everything could be told."),
    ],
)
def test_the_verdict_comes_first_and_decides_the_exit(here, monkeypatch, copy, code, first):
    got = cli(here, monkeypatch, "--lock", "requirements.txt", "--env", "env", "--advisories", copy)
    assert (got.exit_code, got.output.startswith(first)) == (code, True), got.output
    assert max(map(len, got.output.split("\n"))) <= 80
    both = [
        cli(here, monkeypatch, "--lock", "requirements.txt", "--env", "env", "--advisories", copy, "--format", "json")
        for _ in "ab"
    ]
    assert both[0].exit_code == code
    assert both[0].output == both[1].output
    assert json.loads(both[0].output)["exit"] == code


def test_without_advisories_nothing_is_called_clean(here, monkeypatch):
    assert cli(here, monkeypatch).exit_code == 3


def test_a_missing_lock_or_nothing_at_all_is_a_wrong_use(tmp_path, monkeypatch):
    assert isinstance(cli(tmp_path, monkeypatch).exception, CasemateError)
    assert isinstance(cli(tmp_path, monkeypatch, "--lock", "gone.txt").exception, CasemateError)


def test_a_lock_that_cannot_be_read_is_not_clean(here, monkeypatch):
    (here / "uv.lock").write_bytes(b"\xff")
    got = cli(here, monkeypatch, "--lock", "uv.lock", "--lock", "requirements.txt", "--advisories", "clean.zip")
    assert got.exit_code == 3
    assert "uv.lock was not read: it is not UTF-8 at byte 0" in got.output


def test_a_packed_copy_is_used_like_the_copy(here, monkeypatch):
    assert cli(here, monkeypatch, "--pack", "bad.zip", "small.gz").exit_code == 0
    assert cli(here, monkeypatch, "--lock", "requirements.txt", "--advisories", "small.gz").exit_code == 1


def test_an_empty_environment_is_not_called_clean(here, monkeypatch):
    (here / "none" / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
    assert cli(here, monkeypatch, "--env", "none", "--advisories", "clean.zip").exit_code == 3
