"""``chainrule book``: the notes of the whole library as one document, HTML and PDF."""

from __future__ import annotations

from pathlib import Path

import click

from codegen.console import followed, languages


@click.command("book")
@click.option("-o", "--output", metavar="DIR", type=click.Path(path_type=Path), default=Path("chainrule-book"))
@click.option("-l", "--language", type=languages(), default="en", show_default=True, help="The language.")
@click.option("-p", "--profile", metavar="NAME", default="partial", show_default=True, help="How gradients are named.")
@click.option("-d", "--detail", type=click.Choice(["brief", "steps", "full"]), default="steps", show_default=True)
@click.option("--force", is_flag=True, help="Overwrite files even if chainrule did not write them.")
def command(output: Path, language: str, profile: str, detail: str, force: bool) -> int:
    """Write the notes of every layer with contents and an index of symbols, as one HTML page and as PDF, into DIR."""
    from codegen.writing import origin, write
    from derive.book import bound, chapters
    from derive.errors import CannotJudge
    from derive.library import names
    from derive.outputs import comment, html, pdf

    options = {"language": language, "profile": profile, "detail": detail}
    found = [c for name in followed(names(), "book", str) for c in chapters([name], **options)]
    line = origin("the library", f"chainrule book -l {language} -p {profile} -d {detail}")
    documents = bound(found, language)
    page = comment(line, html.COMMENT) + html.of_documents(documents)
    write(output / "book.html", page, force=force)
    click.echo(f"{output / 'book.html'}: {len(found)} layers")
    try:
        printed = pdf.of_documents(documents) + comment(line, pdf.COMMENT).encode()
    except CannotJudge as error:
        click.echo(f"no book.pdf: {error}", err=True)
        return 0
    write(output / "book.pdf", printed, force=force)
    click.echo(f"{output / 'book.pdf'}")
    return 0
