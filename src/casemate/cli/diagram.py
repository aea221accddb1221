"""diagram: the map of the system, with its boundaries and where the risk is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from casemate.cli import _inputs
from casemate.cli._paths import PATH

if TYPE_CHECKING:
    from casemate.report.svg.graph import Graph

FORMATS = ("svg", "mermaid", "dot")


@click.command("diagram")
@_inputs.FILE
@click.option(
    "--format", "format_", type=click.Choice(FORMATS), default="svg", show_default=True, help="What to draw it as."
)
@click.option("--output", "-o", type=PATH, help="The file to write; standard output without it.")
@_inputs.POLICY
@_inputs.TODAY
@_inputs.SEED
def command(
    file: Path | None, format_: str, output: Path | None, policy: Path | None, today: str | None, seed: int
) -> None:
    """Draw the system: zones, components, every flow, and where the open threats are.

    FILE is the system file; casemate.yaml when none is named. Above 40 components the map is one of zones. Ends with 0
    whatever the gate says.
    """
    from casemate.core import files
    from casemate.report.view.drawing import drawing
    from casemate.report.view.mermaid import dot, mermaid

    draw = {"svg": svg, "mermaid": mermaid, "dot": dot}[format_]
    text = draw(drawing(_inputs.assessed(file, _inputs.Options(policy, today, seed))))
    if output is None:
        click.echo(text, nl=False)
        return
    files.write(output, text)
    click.echo(f"wrote {output}", err=True)


def svg(graph: Graph) -> str:
    """The picture, with its own colours for light and dark. Fails with CasemateError when nothing can lay it out."""
    from casemate.core.errors import CasemateError
    from casemate.report.svg.engine import engines
    from casemate.report.svg.layout import layout
    from casemate.report.svg.map import draw

    if not graph.nodes:
        raise CasemateError("diagram", "there is nothing to draw", "name components in the system file")
    found = layout(graph)
    if found is None:
        what = "no way was found to draw every flow" if engines() else "there is no layout engine here"
        raise CasemateError("diagram", what, 'pip install "casemate[diagrams]", or use --format mermaid')
    return draw(graph, found, standalone=True) + "\n"
