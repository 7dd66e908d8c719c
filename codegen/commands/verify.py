"""``chainrule verify``: derivations that a person wrote by hand, judged line by line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codegen.console import followed

if TYPE_CHECKING:
    from rich.console import Console

    from derive.verifying.report import Finding, Report

COLOURS = {"correct": "green", "incorrect": "bold red", "definition": "cyan", "update-rule": "cyan"}
SIGNS = {"correct": "✓", "incorrect": "✗", "definition": "≔", "update-rule": "←", "cannot-judge": "?"}


@click.command("verify")
@click.argument("notes", metavar="NOTES...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
@click.option("--forward", metavar="SPEC", help="The forward pass, if the note does not state it: a layer.")
@click.option("--symbols", metavar="FILE", type=click.Path(path_type=Path), help="Names and shapes, as in a note.")
@click.option("--annotate", is_flag=True, help="Write a copy of the note with the verdicts in it.")
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Where the copy goes.")
@click.option("--force", is_flag=True, help="Overwrite FILE even if chainrule did not write it.")
def command(
    notes: Sequence[Path],
    as_json: bool,
    forward: str | None,
    symbols: Path | None,
    annotate: bool,
    output: Path | None,
    force: bool,
) -> int:
    """Judge derivations written by hand: Markdown, notebooks, LaTeX.

    Every relation of every formula gets a verdict: definition, correct, incorrect (with what is wrong and how to
    repair it), update-rule, or cannot-judge with the reason. The exit code is 1 if anything is incorrect, 3 if
    nothing is but something could not be judged.
    """
    from derive.verifying.documents.reading import read_note
    from derive.verifying.verify import verify

    if annotate != (output is not None):
        raise click.UsageError("--annotate and -o FILE go together")
    if annotate and len(notes) != 1:
        raise click.UsageError("--annotate takes one note")
    more = _text(symbols) if symbols is not None else ""
    reports: list[Report] = []
    for path in followed(list(notes), "judging", str):
        reports.append(verify(read_note(path), symbols=more, forward=forward))
    if output is not None:
        from codegen.console import deliver
        from derive.verifying.annotation import annotated

        deliver(annotated(read_note(notes[0]), reports[0]), output, force)
    if as_json:
        documents = [r.as_json() for r in reports]
        click.echo(json.dumps({"schema_version": 1, "documents": documents}, ensure_ascii=False, indent=1))
    else:
        _tell(reports)
    codes = {r.exit_code for r in reports}
    return 1 if 1 in codes else max(codes)


def _text(path: Path) -> str:
    from derive.errors import ChainruleError

    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ChainruleError(f"cannot read {path}: {error}") from None


def _tell(reports: Sequence[Report]) -> None:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    for report in reports:
        _document(report, console)


def _document(report: Report, console: Console) -> None:
    from rich.text import Text

    console.print(Text(report.file, style="bold"))
    if report.convention:
        console.print(f"  convention: {report.convention}")
    shapes = ", ".join(f"{name} ({', '.join(axes)})" for name, axes in report.symbols.items())
    if shapes:
        console.print(Text(f"  symbols: {shapes}"))
    for finding in report.findings:
        _finding(finding, console)
    for line in report.missing:
        console.print(Text(f"  left out: {line}", style="yellow"))
    for line in report.requests:
        console.print(Text(f"  {line}", style="yellow"))
    counts = ", ".join(f"{n} {verdict}" for verdict, n in report.counts.items())
    console.print(Text(f"  {counts or 'no formula is in it'}"))


def _finding(finding: Finding, console: Console) -> None:
    from rich.text import Text

    colour = COLOURS.get(finding.verdict, "yellow")
    source = " ".join(finding.latex.replace("&", " ").split())
    head = Text(f"  {SIGNS[finding.verdict]} {finding.place}: ", style=colour)
    head.append(finding.verdict if finding.verdict != "correct" else "", style=colour)
    head.append(f" {source[:100]}")
    if finding.proved:
        head.append(f"  [{finding.proved}]", style="dim")
    console.print(head)
    details = {"": finding.message, "read as: ": finding.reading, "write: ": finding.fix, "e.g. ": finding.example}
    for words, text in details.items():
        if text and (finding.verdict != "correct" or words == "read as: "):
            console.print(Text(f"      {words}{text}", style="" if words else colour))
