"""The door: one command is one file, found by listing this folder and loaded only when it is asked for.

Importing this package pulls in click and nothing else, so that `--help` answers at once. A command's help in the list
is the first line of its file.

Exit codes, for every format: 0 gate passed; 1 gate failed; 2 usage or invalid file; 3 required evidence missing, stale
or unreadable; 70 our fault.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path

import click

from casemate import __version__
from casemate.core.errors import CasemateError

HERE = Path(__file__).parent
OUR_FAULT = 70
USAGE = 2


class Commands(click.Group):
    """The commands are the files of this folder that do not begin with an underscore."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in alphabetical order."""
        return sorted(p.stem.replace("_", "-") for p in HERE.glob("[!_]*.py"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One command, imported now."""
        if cmd_name not in self.list_commands(ctx):
            return None
        found: click.Command = import_module(f"casemate.cli.{cmd_name.replace('-', '_')}").command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list with the first line of each file; nothing is imported for it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _first_line(name)) for name in self.list_commands(ctx)])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a hint at the nearest command."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in self.list_commands(ctx):
            from casemate.core.errors import did_you_mean

            raise click.UsageError(
                f"there is no command {name!r}; {did_you_mean(name, self.list_commands(ctx), 20)}", ctx
            )
        return super().resolve_command(ctx, args)


def _first_line(name: str) -> str:
    with (HERE / f"{name.replace('-', '_')}.py").open(encoding="utf-8") as f:
        return f.readline().strip().strip('"').partition(": ")[2].rstrip(".")


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 gate passed, 1 gate failed, 2 usage or invalid file, 3 evidence missing, 70 our fault.",
)
@click.version_option(__version__, prog_name="casemate")
def group() -> None:
    """Threat modelling for AI systems whose every claim rests on evidence."""


def entry() -> None:
    """As `main`, but leaves at once when it is done.

    Taking apart what an assessment made costs a tenth of its time at 1,000 components, and the process ends anyway.
    """
    code = 0
    try:
        main()
    except SystemExit as e:
        code = e.code if isinstance(e.code, int) else 0
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def main() -> None:
    """What a command line asks for: errors become one line each and an exit code, never a traceback."""
    if isinstance(sys.stdout, TextIOWrapper):  # same input, same bytes: whatever the locale is
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    gc.disable()  # what a command makes it keeps until it ends; looking through it took a fifth of its time
    try:
        code = group.main(prog_name="casemate", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Exit as e:
        sys.exit(e.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as e:
        e.show()
        sys.exit(USAGE)
    except CasemateError as e:
        click.echo(str(e), err=True)
        sys.exit(USAGE)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as e:
        if os.environ.get("CASEMATE_DEBUG"):
            raise
        message = f"casemate: our fault: {type(e).__name__}: {e}; please report it (CASEMATE_DEBUG=1 shows where)"
        click.echo(message, err=True)
        sys.exit(OUR_FAULT)
    finally:
        gc.enable()
