"""``chainrule demo``: from equations to notes, code, a check and training on real data, in a folder to look at."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from codegen.console import progress

STEPS = 9
STAGES = 4  # of the demonstration on text, besides its training
CLOSING = """
Look at these, in {folder}/
  two_layer_net.layer   the equations: all that a person wrote
  two_layer_net.md      every gradient, step by step (.tex: the same for LaTeX)
  two_layer_net.svg     the computation graph (.mmd: the same for Mermaid)
  two_layer_net.py      the network that was trained: NumPy and nothing else
  digits.png            loss and accuracy
  plane.png             a regression before and after

Now try
  {chainrule} derive affine relu affine softmax_cross_entropy
  {chainrule} generate -e 'layer swish
  x: input [N]
  y = x * sigmoid(x)'
"""


@click.command("demo")
@click.option(
    "-o", "--output", metavar="DIR", type=click.Path(path_type=Path), default="chainrule-demo", show_default=True
)
@click.option("--force", is_flag=True, help="Overwrite files even if chainrule did not write them.")
@click.option("--text", is_flag=True, help="Train a small GPT-2 on Python's licence instead.")
@click.option("--file", metavar="FILE", type=click.Path(path_type=Path), help="With --text: train on FILE.")
@click.option("--steps", metavar="N", type=click.IntRange(1, 10**6), default=1200, help="With --text: so many steps.")
def command(output: Path, force: bool, text: bool, file: Path | None, steps: int) -> int:
    """See it work: derive, write, check and train, in chainrule-demo/ or DIR."""
    if file is not None and not text:
        raise click.UsageError("--file belongs to --text")
    if text:
        return _text(output, force, file, steps)
    with progress("demo", STEPS) as step:
        step("importing")
        from codegen.demos.demo import Demonstration

        right = Demonstration(output, force, click.echo, step).run()
    click.echo(CLOSING.format(folder=output, chainrule=_as_called()).rstrip())
    return 0 if right else 1


def _text(output: Path, force: bool, file: Path | None, steps: int) -> int:
    with progress("demo", steps + STAGES) as step:
        step("importing")
        from codegen.demos.text_demo import TextDemonstration

        right = TextDemonstration(output, force, steps, click.echo, step).run(file)
    click.echo(f"\nThe network that was trained is in {output / 'gpt2.py'}: NumPy and nothing else.")
    return 0 if right else 1


def _as_called() -> str:
    """How this command can be called again: by its path if it is not on the shell's."""
    called = sys.argv[0]
    return called if Path(called).name == "chainrule" and shutil.which("chainrule") is None else "chainrule"
