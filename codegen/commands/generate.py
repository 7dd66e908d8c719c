"""``chainrule generate``: NumPy code for a layer, or everything that ``generated/`` holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from codegen.console import STYLES, command_line, deliver, followed, of_second_order, opened, takes_spec


@click.command("generate")
@takes_spec
@click.option("-s", "--style", type=click.Choice(STYLES), default=STYLES[0], show_default=True)
@click.option("-J", "--jvp", is_flag=True, help="Forward mode: the outputs together with their tangents.")
@click.option("-H", "--hvp", is_flag=True, help="Of a loss: its Hessian by the parameters times a vector.")
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Write to FILE.")
@click.option("-a", "--all", "everything", is_flag=True, help="All of generated/: notes, graphs, code.")
@click.option("--check", "compare", is_flag=True, help="With --all: write nothing, say what is not current.")
@click.option("--force", is_flag=True, help="Overwrite files even if chainrule did not write them.")
def command(
    specs: Sequence[str],
    text: str | None,
    style: str,
    jvp: bool,
    hvp: bool,
    output: Path | None,
    everything: bool,
    compare: bool,
    force: bool,
) -> int:
    """Generate NumPy code: forward and backward pass of a layer."""
    if everything:
        if specs or text is not None or output is not None or jvp or hvp:
            raise click.UsageError("--all takes no SPEC and no FILE: it writes the folder generated/")
        return _compared() if compare else _written(force)
    if compare:
        raise click.UsageError("--check belongs to --all")

    if jvp and hvp:
        raise click.UsageError("give --jvp or --hvp")

    from codegen.generate import source
    from codegen.writing import origin
    from derive.calculus.forward_mode import jvp as with_tangents

    program = opened(specs, text)
    program = of_second_order(program)[0] if hvp else with_tangents(program) if jvp else program
    written = command_line("generate", specs, text, "-s", style, *["-J"] * jvp, *["-H"] * hvp)
    deliver(source(program, style, origin=origin(f"the layer {program.name}", written)), output, force)
    return 0


def _written(force: bool) -> int:
    from codegen import artefacts

    folder = artefacts.folder()
    names = followed(artefacts.layers(), "generating", str)
    written = [a.write(folder, force=force) for name in names for a in artefacts.of_layer(name)]
    click.echo(f"{folder}: {sum(written)} files written, {len(written) - sum(written)} were current", err=True)
    return 0


def _compared() -> int:
    from codegen import artefacts

    names = followed(artefacts.layers(), "comparing", str)
    found = artefacts.compare([a for name in names for a in artefacts.of_layer(name)])
    click.echo(str(found))
    return 0 if found.ok else 1
