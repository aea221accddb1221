"""What may not be read is an error in our words; no command answers it with a page of usage."""

import click
import pytest

from casemate.cli import group
from casemate.cli._paths import PATH


def commands(group, names=()):
    for name in group.list_commands(click.Context(group)):
        found = group.get_command(click.Context(group), name)
        yield from commands(found, (*names, name)) if isinstance(found, click.Group) else [((*names, name), found)]


EVERY = list(commands(group))


@pytest.mark.parametrize(("names", "command"), EVERY, ids=["-".join(n) for n, _ in EVERY])
def test_no_command_leaves_it_to_the_parser_whether_a_file_can_be_read(names, command):
    paths = [p.type for p in command.params if isinstance(p.type, click.Path)]
    assert [p for p in paths if p.readable] == []
    assert not PATH.readable
