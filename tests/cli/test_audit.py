"""`casemate audit` as people run it: what it ends with where something is missing, unreadable or leads in a circle."""

from audit_stock import HASH, flaw, install, zipped

LOCK = f"jinja2==3.1.6 --hash={HASH}\n"
DAY = ("--today", "2026-10-02")


def audit(casemate, *words):
    return casemate("audit", *words, *DAY)


def test_a_copy_that_is_not_there_is_not_evaluated_and_never_clean(casemate):
    casemate.write("requirements.txt", LOCK)
    for copy, why in {
        "gone.zip": "gone.zip: there is no such file",
        "empty": "empty: holds no advisory that can be\n          read",
        "requirements.txt": "requirements.txt: holds no advisories",
    }.items():
        (casemate.root / "empty").mkdir(exist_ok=True)
        code, out, err = audit(casemate, "--lock", "requirements.txt", "--advisories", copy)
        assert (code, err) == (3, "")
        assert out == (
            "NOT EVALUATED: nothing was found, but not everything could be told. Known flaws\nwere not evaluated.\n\n"
            "flaws     not evaluated: no advisories\n"
            "lock      requirements.txt (requirements): 1 package, 1 by digest\n"
            f"not told  the advisories were not read: {why}\n"
        )


def test_what_the_lock_shows_is_told_without_a_copy(casemate):
    casemate.write("requirements.txt", "--trusted-host x\n" + LOCK)
    code, out, _ = audit(casemate, "--advisories", "gone.zip")
    assert (code, "trusted-host" in out) == (1, True)


def test_a_lock_that_leads_round_in_a_circle_is_a_gap(casemate):
    (casemate.root / "a.lock").symlink_to("b.lock")
    (casemate.root / "b.lock").symlink_to("a.lock")
    code, out, err = audit(casemate, "--lock", "a.lock")
    assert (code, err) == (3, "")
    assert "a.lock was not read: it cannot be read (Too many levels of symbolic links)" in " ".join(out.split())


def test_a_lock_that_is_not_there_is_a_wrong_question(casemate):
    assert audit(casemate, "--lock", "gone.txt") == (2, "", "gone.txt: there is no such file; check the path\n")


def test_bytecode_that_was_not_compared_is_counted(casemate):
    install(casemate.root / "env", "demo", "1.0", {"demo/__init__.py": "x = 1\n"})
    zipped(casemate.root / "all.zip", flaw("other"))
    words = ("--env", "env", "--advisories", "all.zip")
    told = "installed 1 package in env; 2 files compared with their lists"
    assert told + "\n" in audit(casemate, *words)[1]
    made = next(casemate.root.glob("env/lib/*/site-packages/demo")) / "__pycache__" / "__init__.cpython-311.pyc"
    made.parent.mkdir()
    made.write_bytes(bytes(16))
    assert f"{told}, 1 file of\n          bytecode not\n" in audit(casemate, *words)[1]
