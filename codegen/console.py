"""What the commands share: the SPEC argument, where a result goes, the progress bar."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from derive.program import Program

STYLES = ("functions", "class", "network")  # as in `codegen.generate`, which takes long to import
Item = TypeVar("Item")
Decorated = Callable[..., Any]


def _names(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    from derive.reading.shelf import names

    return [n for n in names() if n.startswith(begun)]


def takes_spec(command: Decorated) -> Decorated:
    """The arguments SPEC... and ``-e TEXT``, of which there must be one; the command gets ``program`` and ``spec``."""
    text = click.option("-e", "--text", metavar="TEXT", help="The text of a layer instead of a SPEC; - reads stdin.")
    return click.argument("specs", metavar="SPEC...", nargs=-1, shell_complete=_names)(text(command))


def opened(specs: Sequence[str], text: str | None) -> Program:
    """The program that a command line names.

    Errors: `click.UsageError` for no SPEC or both kinds, `ChainruleError` for one that cannot be read.
    """
    from derive import library
    from derive.reading import parse

    if bool(specs) == (text is not None):
        raise click.UsageError("give either a SPEC (a name of `chainrule list`, a .layer file) or -e TEXT")
    if text is None:
        return library.open_spec(list(specs))
    return parse(sys.stdin.read() if text == "-" else text)


def of_second_order(program: Program, wrt: Sequence[str] | None = None) -> tuple[Program, Sequence[str]]:
    """The program whose gradients are the Hessian times a vector, and by what: the parameters, else the inputs."""
    from derive.calculus.second_order import hessian_vector_product

    roles = {role: [t.name for t in program.given if t.role == role and not t.integer] for role in ("param", "input")}
    names = wrt or roles["param"] or roles["input"]
    return hessian_vector_product(program, names)[0], names


def command_line(command: str, specs: Sequence[str], text: str | None, *options: str) -> str:
    """The command that makes a file again; text from ``-e`` is not repeated, it may be long."""
    named = specs if text is None else ("-e", "TEXT")
    return shlex.join(("chainrule", command, *named, *options))


def languages() -> click.Choice[str]:
    """The languages of the notes: the files of their folder, which is not imported for that."""
    return _files("derive.notes.languages", ".toml")


def outputs(*more: str) -> click.Choice[str]:
    """The outputs of a derivation, likewise, and ``more``."""
    return _files("derive.outputs", ".py", more)


def _files(folder: str, suffix: str, more: tuple[str, ...] = ()) -> click.Choice[str]:
    package, *parts = folder.split(".")
    here = files(package).joinpath(*parts)
    found = (f.name.removesuffix(suffix) for f in here.iterdir() if f.name.endswith(suffix) and f.name[0] != "_")
    return click.Choice(sorted((*found, *more)))


def deliver(content: str | bytes, output: Path | None, force: bool) -> None:
    """Print the content, or write it to a file and say so on stderr. Bytes are for a file or a pipe."""
    if output is None or str(output) == "-":
        if isinstance(content, str):
            click.echo(content, nl=not content.endswith("\n"))
        elif sys.stdout.isatty():
            raise click.UsageError("this is no text for a terminal: name a file with -o FILE")
        else:
            click.echo(content, nl=False)
        return
    from codegen.writing import write

    done = "wrote" if write(output, content, force=force) else "is already so:"
    click.echo(f"{done} {output}", err=True)


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Callable[[str], None]]:
    """A progress bar on stderr, if that is a terminal; call what it gives with each step's name as it begins."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        begun = False

        def step(name: str) -> None:
            nonlocal begun
            bar.update(task, description=f"{label}: {name}", advance=1 if begun else 0)
            begun = True

        yield step


def followed(items: Iterable[Item], label: str, name: Callable[[Item], str]) -> Iterator[Item]:
    """The items, with a progress bar that names each."""
    listed = list(items)
    with progress(label, len(listed)) as step:
        for item in listed:
            step(name(item))
            yield item
