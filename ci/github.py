"""What the GitHub action runs: `casemate assess` with checked inputs, and its annotations where GitHub sees them.

Inputs come in as variables and leave as a list of arguments, never as a part of a script. While the report is printed
the runner takes no commands from it, so that no name in a system file can give one; the annotations come after it.
Standard library only: it runs before anything of ours is imported.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

PATHS = ("FILE", "POLICY", "BASELINE", "SARIF", "JUNIT", "HTML")
FLAGS = {"MEASURE": "--measure", "EXIT_ZERO": "--exit-zero"}
OPTIONS = {"POLICY": "--policy", "BASELINE": "--baseline"}
OUTPUTS = {"SARIF": "sarif", "JUNIT": "junit", "HTML": "html"}
COMMAND = re.compile("::(error|warning|notice)[ :]")
USAGE = 2


def arguments(given: Mapping[str, str]) -> list[str]:
    """The arguments of `casemate` for these inputs. Fails with ValueError, which says what to mend."""
    told = {name: given.get(f"CASEMATE_{name}", "").strip() for name in (*PATHS, *FLAGS)}
    for name in PATHS:
        _check(name.lower(), told[name])
    if not told["FILE"]:
        raise ValueError("file is empty; name the system file")
    out = ["assess"]
    for name, flag in FLAGS.items():
        if told[name] not in ("true", "false", ""):
            raise ValueError(f"{name.lower().replace('_', '-')} is neither true nor false")
        out += [flag] if told[name] == "true" else []
    for name, option in OPTIONS.items():
        out += [option, told[name]] if told[name] else []
    for name, form in OUTPUTS.items():
        out += ["--output", f"{form}={told[name]}"] if told[name] else []
    return [*out, "--", told["FILE"]]


def _check(name: str, path: str) -> None:
    """A path inside the repository, with nothing in it that could be an option or a second line."""
    if path.startswith("-") or len(path) > 300 or not path.isprintable():
        raise ValueError(f"{name} is no path; write it relative to the repository")
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts or "\\" in path:
        raise ValueError(f"{name} leads out of the repository; write it relative to the repository, with /")


def only_live(log: dict[str, object]) -> dict[str, object]:
    """The log without what is suppressed: code scanning goes on to show an alert that was suppressed after it came."""
    for run in log["runs"]:  # type: ignore[attr-defined]
        run["results"] = [
            r for r in run["results"] if not any(s["status"] == "accepted" for s in r.get("suppressions", ()))
        ]
    return log


def _said(errors: str, commands: bool) -> Iterator[str]:
    """The lines of standard error that are commands of ours, or the others."""
    return (line for line in errors.splitlines(keepends=True) if bool(COMMAND.match(line)) == commands)


def assess(words: list[str]) -> int:
    """Run it; print the report with commands switched off, then the annotations."""
    token = secrets.token_hex(16)
    sys.stdout.write(f"::stop-commands::{token}\n")
    sys.stdout.flush()
    done = subprocess.run(  # noqa: S603  (a list, no shell; every word was checked)
        [sys.executable, "-m", "casemate", *words], stderr=subprocess.PIPE, check=False
    )
    errors = done.stderr.decode("utf-8", "backslashreplace")
    sys.stdout.writelines(_said(errors, False))
    sys.stdout.write(f"\n::{token}::\n")
    sys.stdout.writelines(_said(errors, True))
    return done.returncode


def main() -> int:
    """The step. Ends as the gate does."""
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        words = arguments(os.environ)
    except ValueError as e:
        sys.stdout.write(f"::error title=Casemate::{e}\n")
        return USAGE
    code = assess(words)
    sarif = Path(os.environ.get("CASEMATE_SARIF", "").strip() or ".")
    if sarif.is_file() and code in (0, 1, 3):
        log = only_live(json.loads(sarif.read_text("utf-8")))
        sarif.write_text(json.dumps(log, sort_keys=True, indent=1).replace("<", "\\u003c") + "\n", "utf-8")
    if outputs := os.environ.get("GITHUB_OUTPUT"):
        with Path(outputs).open("a", encoding="utf-8") as f:
            f.write(f"exit-code={code}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
