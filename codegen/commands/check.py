"""``chainrule check``: the derivation proved, and code compared with it and with differences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codegen.console import STYLES, opened, progress, takes_spec

if TYPE_CHECKING:
    from derive.judging.verdict import Tier, Verdict

TIERS: dict[Tier, str] = {"symbolic": "by the symbols", "exact": "as fractions", "numeric": "to 25 digits"}
CODE = re.compile(r"^(?P<file>.+\.(?:py|ipynb|txt|md)):(?P<name>[\w, ]+)$")
COLOURS = {"✓": "green", "✗": "red", "⚠": "yellow"}


@click.command("check")
@takes_spec
@click.option("-s", "--style", type=click.Choice(STYLES), default=STYLES[0], show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="Other random points.")
@click.option("--forward", metavar="SPEC", help="Hand-written code: the layer that it is to be.")
@click.option("--shapes", metavar="SHAPES", default="", help="Hand-written code: shapes, as in X=NxD,t=N:labels<C.")
@click.option("--timeout", metavar="SECONDS", type=click.FloatRange(0.1), default=60.0, show_default=True)
@click.option("--strict", is_flag=True, help="Hand-written code: advice counts as a failure.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
def command(
    specs: Sequence[str],
    text: str | None,
    style: str,
    seed: int,
    forward: str | None,
    shapes: str,
    timeout: float,
    strict: bool,
    as_json: bool,
) -> int:
    """Check a layer's derivation and its code, or code written by hand: FILE.py:NAME.

    Every equals sign of the derivation is evaluated on both sides; the code is compared with the derivation, the
    complex step and central differences. NAME is a class with forward and backward, a function whose backward stands
    beside it (affine_forward, affine_backward; or NAME,BACKWARD), or a torch.autograd.Function; FILE may be a notebook,
    or a text with code cells. It runs in a process of its own. The exit code is 1 if anything is wrong.
    """
    written = CODE.match(specs[0]) if len(specs) == 1 and text is None else None
    if written is not None:
        return _written(written["file"], written["name"], forward, shapes, seed, timeout, strict, as_json)
    if len(specs) == 1 and specs[0].endswith((".py", ".ipynb")):
        raise click.UsageError(_name_missing(specs[0]))
    if forward or shapes:
        raise click.UsageError("--forward and --shapes are for hand-written code: chainrule check FILE.py:NAME")
    return _generated(specs, text, style, seed, as_json)


def _generated(specs: Sequence[str], text: str | None, style: str, seed: int, as_json: bool) -> int:
    """The check of a layer and of the code that is generated for it."""
    from codegen.generate import build
    from codegen.gradcheck import check
    from derive.calculus.chain_rule import derive
    from derive.judging.judge import judge

    with progress("checking", 4) as step:
        step("deriving")
        program = opened(specs, text)
        derivation = derive(program, upstream=program.outputs)
        step("proving each step")
        verdicts = judge(derivation)
        step("generating code")
        module = build(program, style)
        step("comparing")
        report = check(derivation, module=module, seed=seed)
    wrong = [v for v in verdicts if not v.holds]
    if as_json:
        click.echo(report.to_json())
        return 0 if report.ok and not wrong else 1
    click.echo(_proof(verdicts))
    for verdict in wrong:
        click.echo(f"✗ d{verdict.gradient}, {verdict.step}: {verdict.counterexample}")
    click.echo()
    _print(str(report))
    return 0 if report.ok and not wrong else 1


def _written(
    file: str, name: str, forward: str | None, shapes: str, seed: int, timeout: float, strict: bool, as_json: bool
) -> int:
    """The check of hand-written code, in a process of its own."""
    from codegen.gradcheck.handwritten.process import Request, ask
    from codegen.gradcheck.handwritten.shapes import parse
    from codegen.gradcheck.report import from_content

    parse(shapes)  # so that a slip is told before anything runs
    text = _forward_text(forward) if forward else ""
    with progress("checking", 1) as step:
        step(f"running {Path(file).name}")
        report = from_content(ask(Request(str(Path(file).resolve()), name, shapes, text, seed), timeout))
    _print(report.to_json() if as_json else str(report), plain=as_json)
    return 0 if report.ok and not (strict and report.findings) else 1


def _forward_text(spec: str) -> str:
    """A SPEC for the other process: the text of a layer as it is, else the names, which are checked first."""
    if not re.search(r"[=:\n]", spec):
        opened(spec.split(), None)
    else:
        opened((), spec)
    return spec


def _name_missing(file: str) -> str:
    from codegen.gradcheck.handwritten.code_files import defined_names, read_code

    names = defined_names(read_code(Path(file)))
    listed = f"; it defines {', '.join(names)}" if names else ""
    return f"say what to check in {file}: {file}:NAME{listed}"


def _proof(verdicts: Sequence[Verdict]) -> str:
    """How many equals signs of the derivation hold, and how that was decided."""
    tiers = Counter(v.tier for v in verdicts if v.holds)
    how = ", ".join(f"{tiers[tier]} {words}" for tier, words in TIERS.items() if tiers[tier])
    return f"derivation: {sum(tiers.values())} of {len(verdicts)} equals signs hold ({how})"


def _print(text: str, plain: bool = False) -> None:
    """The report, its marks in colour on a terminal."""
    for line in text.splitlines():
        colour = None if plain else COLOURS.get(line[:1])
        click.echo(click.style(line, fg=colour) if colour else line)
