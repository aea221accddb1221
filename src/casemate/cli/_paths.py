"""The type of an argument that names a file or a folder."""

from pathlib import Path

import click

PATH = click.Path(path_type=Path, readable=False)
"""What cannot be read is told by whoever reads it: where, what, and what to do; and a verdict where there is one."""
