"""``chainrule check``: the derivation proved, and the generated code compared with it and with differences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from codegen.console import STYLES, opened, progress, takes_spec

if TYPE_CHECKING:
    from derive.judging.verdict import Tier, Verdict

TIERS: dict[Tier, str] = {"symbolic": "by the symbols", "exact": "as fractions", "numeric": "to 25 digits"}


@click.command("check")
@takes_spec
@click.option("-s", "--style", type=click.Choice(STYLES), default=STYLES[0], show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="Other random points.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
def command(specs: Sequence[str], text: str | None, style: str, seed: int, as_json: bool) -> int:
    """Check a layer's derivation and its code.

    Every equals sign of the derivation is evaluated on both sides; the code is compared with the derivation, the
    complex step and central differences. The exit code is 1 if anything is wrong.
    """
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
    click.echo(str(report))
    return 0 if report.ok and not wrong else 1


def _proof(verdicts: Sequence[Verdict]) -> str:
    """How many equals signs of the derivation hold, and how that was decided."""
    tiers = Counter(v.tier for v in verdicts if v.holds)
    how = ", ".join(f"{tiers[tier]} {words}" for tier, words in TIERS.items() if tiers[tier])
    return f"derivation: {sum(tiers.values())} of {len(verdicts)} equals signs hold ({how})"
