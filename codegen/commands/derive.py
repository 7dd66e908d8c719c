"""``chainrule derive``: the derivation of a layer, as notes or as a graph."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codegen.console import command_line, deliver, opened, takes_spec

if TYPE_CHECKING:
    from derive.program import Program

FORMS = {".tex": "latex", ".md": "markdown", ".mmd": "mermaid", ".svg": "svg"}


@click.command("derive")
@takes_spec
@click.option("-w", "--wrt", metavar="W,b", help="Only the gradients by these tensors, and what they need.")
@click.option("-j", "--jacobian", metavar="P,Z", help="The full Jacobian of P by Z instead (latex or markdown).")
@click.option("-n", "--notation", type=click.Choice(["matrix", "index", "both"]), help="How gradients are written.")
@click.option("-p", "--profile", metavar="NAME", help="How gradients are named: partial, d, bar or delta.")
@click.option("-d", "--detail", type=click.Choice(["brief", "steps", "full"]), help="Results, or also the steps.")
@click.option("-l", "--language", metavar="ja", help="The language of the notes: en or ja.")
@click.option("-t", "--to", type=click.Choice(list(FORMS.values())), help="Default: as FILE ends, else markdown.")
@click.option("--standalone/--fragment", default=None, help="LaTeX with or without preamble; FILE has one.")
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Write to FILE.")
@click.option("--force", is_flag=True, help="Overwrite FILE even if chainrule did not write it.")
def command(
    specs: Sequence[str],
    text: str | None,
    wrt: str | None,
    jacobian: str | None,
    notation: str | None,
    profile: str | None,
    detail: str | None,
    language: str | None,
    to: str | None,
    standalone: bool | None,
    output: Path | None,
    force: bool,
) -> None:
    """Derive the gradients of a layer, step by step."""
    from codegen.writing import origin
    from derive.calculus.chain_rule import derive
    from derive.outputs import render

    program = opened(specs, text)
    form = to or FORMS.get(output.suffix if output else "", "markdown")
    if jacobian is not None:
        deliver(_jacobian(program, jacobian, form), output, force)
        return
    options: dict[str, object] = {"notation": notation, "detail": detail, "profile": profile, "language": language}
    if form == "latex":
        options["standalone"] = (output is not None) if standalone is None else standalone
    names = None if wrt is None else [name.strip() for name in wrt.split(",") if name.strip()]
    written = command_line("derive", specs, text, *_repeated(wrt, notation, profile, detail, language, form))
    rendered = render(
        derive(program, names),
        form,
        origin=origin(f"the layer {program.name}", written),
        **{k: v for k, v in options.items() if v is not None},
    )
    deliver(rendered, output, force)


def _jacobian(program: Program, asked: str, form: str) -> str:
    """The notes of a full Jacobian."""
    from derive.calculus.jacobians import jacobian
    from derive.notes.jacobian_notes import jacobian_notes
    from derive.outputs import latex, markdown

    names = [name.strip() for name in asked.split(",")]
    if len(names) != 2 or form not in ("latex", "markdown"):
        raise click.UsageError("--jacobian takes two names, as in P,Z, and is printed as latex or markdown")
    document = jacobian_notes(jacobian(program, *names))
    return latex.fragment(document) if form == "latex" else markdown.page(document)


def _repeated(
    wrt: str | None, notation: str | None, profile: str | None, detail: str | None, language: str | None, form: str
) -> list[str]:
    """The options as they must be given to get the same again; short, for a comment of XML may not contain ``--``."""
    given = {"-w": wrt, "-n": notation, "-p": profile, "-d": detail, "-l": language, "-t": form}
    return [word for option, value in given.items() if value is not None for word in (option, value)]
