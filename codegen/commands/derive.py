"""``chainrule derive``: the derivation of a layer, as notes or as a graph."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codegen.console import command_line, deliver, languages, of_second_order, opened, outputs, takes_spec

if TYPE_CHECKING:
    from derive.program import Program

NOTEBOOK = "ipynb"  # it runs the code, so that it is no output of `derive`


@click.command("derive")
@takes_spec
@click.option("-w", "--wrt", metavar="W,b", help="Only the gradients by these tensors, and what they need.")
@click.option("-j", "--jacobian", metavar="P,Z", help="The full Jacobian of P by Z instead (latex or markdown).")
@click.option("-J", "--jvp", is_flag=True, help="Forward mode instead: how tangents are made (latex or markdown).")
@click.option("-H", "--hvp", is_flag=True, help="Of a loss: its Hessian by the parameters, or by -w, times a vector.")
@click.option("-n", "--notation", type=click.Choice(["matrix", "index", "both"]), help="How gradients are written.")
@click.option(
    "-p",
    "--profile",
    metavar="NAME",
    help="How gradients are named: partial, d, bar, delta, ... (d-square: dW^{[1]}).",
)
@click.option("-d", "--detail", type=click.Choice(["brief", "steps", "full"]), help="Results, or also the steps.")
@click.option("-l", "--language", type=languages(), help="The language of the notes.")
@click.option("-s", "--spell", metavar=r"W1=\bm{W}_1", multiple=True, help="LaTeX for a tensor; may be repeated.")
@click.option("-x", "--exercise", metavar="results", help="Blanks to fill in: results, local, steps, or numbers: 2,5.")
@click.option("-S", "--solutions", is_flag=True, help="With --exercise: what belongs into the blanks.")
@click.option("-c", "--code", is_flag=True, help="Print the generated NumPy code beside the summary.")
@click.option("-t", "--to", type=outputs(NOTEBOOK), help="Default: as FILE ends, else markdown.")
@click.option("--standalone/--fragment", default=None, help="LaTeX with or without preamble; FILE has one.")
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Write to FILE.")
@click.option("--force", is_flag=True, help="Overwrite FILE even if chainrule did not write it.")
def command(
    specs: Sequence[str],
    text: str | None,
    wrt: str | None,
    jacobian: str | None,
    jvp: bool,
    hvp: bool,
    notation: str | None,
    profile: str | None,
    detail: str | None,
    language: str | None,
    spell: tuple[str, ...],
    exercise: str | None,
    solutions: bool,
    code: bool,
    to: str | None,
    standalone: bool | None,
    output: Path | None,
    force: bool,
) -> None:
    """Derive the gradients of a layer, step by step."""
    from codegen.writing import origin
    from derive.calculus.chain_rule import derive
    from derive.outputs import rendered

    program = opened(specs, text)
    form = to or _form(output)
    if jacobian is not None:
        deliver(_jacobian(program, jacobian, form), output, force)
        return
    names: Sequence[str] | None = None if wrt is None else [name.strip() for name in wrt.split(",") if name.strip()]
    if jvp:
        deliver(_tangents(program, names, form, language), output, force)
        return
    if hvp:
        if form == NOTEBOOK:
            raise click.UsageError("--hvp does not go into a notebook")
        program, names = of_second_order(program, names)
    options: dict[str, object] = {
        "notation": notation,
        "detail": detail,
        "profile": profile,
        "language": language,
        "exercise": exercise,
    }
    options |= {"spell": _spellings(spell) or None, "solutions": solutions or None}
    if code:
        from codegen.generate import source

        options["code"] = source(program)
    if form == "latex":
        options["standalone"] = (output is not None) if standalone is None else standalone
    repeated = {"-w": wrt, "-n": notation, "-p": profile, "-d": detail, "-l": language, "-x": exercise, "-t": form}
    written = command_line("derive", specs, text, *_repeated(repeated, spell, solutions, code), *["-H"] * hvp)
    if form == NOTEBOOK:
        deliver(_notebook(program, names, specs, text, written, options), output, force)
        return
    made = rendered(
        derive(program, names),
        form,
        origin=origin(f"the layer {program.name}", written),
        **{k: v for k, v in options.items() if v is not None},
    )
    deliver(made, output, force)


def _form(output: Path | None) -> str:
    """What a file is to hold, by the end of its name."""
    from derive.outputs import of_suffix

    if output is None:
        return "markdown"
    return NOTEBOOK if output.suffix == f".{NOTEBOOK}" else of_suffix(output.suffix) or "markdown"


def _notebook(
    program: Program,
    names: Sequence[str] | None,
    specs: Sequence[str],
    text: str | None,
    written: str,
    options: dict[str, object],
) -> str:
    """The notebook that has been run."""
    from codegen.notebook import render
    from codegen.writing import origin
    from derive.calculus.chain_rule import derive

    opening = f"derive.chain({', '.join(map(repr, specs))})" if text is None else ""
    chosen = {k: v for k, v in options.items() if v is not None}
    return render(derive(program, names), opening, origin(f"the layer {program.name}", written), **chosen)


def _jacobian(program: Program, asked: str, form: str) -> str:
    """The notes of a full Jacobian."""
    from derive.calculus.jacobians import jacobian
    from derive.notes.jacobian_notes import jacobian_notes
    from derive.outputs import latex, markdown

    names = [name.strip() for name in asked.split(",")]
    if len(names) != 2 or form not in ("latex", "markdown"):
        raise click.UsageError("--jacobian takes two names, as in P,Z, and is printed as latex or markdown")
    document = jacobian_notes(jacobian(program, *names))
    return latex.fragment(document) if form == "latex" else markdown.of_document(document)


def _tangents(program: Program, names: Sequence[str] | None, form: str, language: str | None) -> str:
    """The notes of forward mode."""
    from derive.notes.jvp_notes import jvp_notes
    from derive.outputs import latex, markdown

    if form not in ("latex", "markdown"):
        raise click.UsageError("--jvp is printed as latex or markdown")
    document = jvp_notes(program, names, language=language or "en")
    return latex.fragment(document) if form == "latex" else markdown.of_document(document)


def _repeated(options: dict[str, str | None], spell: tuple[str, ...], solutions: bool, code: bool) -> list[str]:
    """The options as they must be given to get the same again; short, for a comment of XML may not contain ``--``."""
    given = [word for option, value in options.items() if value is not None for word in (option, value)]
    return [
        *given,
        *(word for spelled in spell for word in ("-s", spelled)),
        *["-S"] * solutions,
        *["-c"] * code,
    ]


def _spellings(given: tuple[str, ...]) -> dict[str, str]:
    r"""``W1=\bm{W}_1`` by name."""
    parts = [one.partition("=") for one in given]
    for (name, equals, latex), one in zip(parts, given, strict=True):
        if not (name.strip() and equals and latex.strip()):
            raise click.UsageError(f"--spell takes NAME=LATEX, such as W1=\\bm{{W}}_1, not {one!r}")
    return {name.strip(): latex.strip() for name, _, latex in parts}
