"""The command ``chainrule``: one subcommand for each module of `codegen.commands`, and what happens when one fails.

Nothing here imports SymPy or NumPy; a command does so when it runs. Exit codes: 0 all right, 1 a check failed,
2 the command or the layer text cannot be used, 3 a question that cannot be judged (or a bug of ours).
"""

from __future__ import annotations

import os
import pkgutil
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from codegen import commands

INTERRUPTED, PIPE_CLOSED, BUG = 130, 141, 3


class Commands(click.Group):
    """The folder `codegen.commands` is the registry: each module there has a ``command``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, sorted."""
        return sorted(m.name.rstrip("_") for m in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; the module of ``list`` is ``list_``."""
        for module in pkgutil.iter_modules(commands.__path__):
            if module.name.rstrip("_") == cmd_name:
                found: click.Command = import_module(f"{commands.__name__}.{module.name}").command
                return found
        return None


def _version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        from importlib import metadata

        try:
            click.echo(f"chainrule {metadata.version('chainrule')}")
        except metadata.PackageNotFoundError:
            click.echo("chainrule from a source tree that is not installed")
        context.exit()


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Show the version.")
def chainrule() -> None:
    """Write a layer's forward equations; get its backpropagation derived, coded and checked.

    A SPEC is a layer of the library (`chainrule list`), a path to a .layer file, or several of them, which are
    chained: `chainrule derive affine relu affine softmax_cross_entropy`.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """The exit code of a command line; whatever goes wrong is told on stderr, never as a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if not stream.isatty() and hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")  # formulas are not ASCII, whatever the locale says
    colour = False if os.environ.get("NO_COLOR") else None
    try:
        code = chainrule.main(arguments, "chainrule", standalone_mode=False, color=colour)
        sys.stdout.flush()
        return int(code or 0)
    except click.exceptions.Exit as left:
        return left.exit_code
    except SystemExit as left:  # click's own way out of a closed pipe, and of shell completion (then it is 0)
        return PIPE_CLOSED if left.code else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it flushes
        return PIPE_CLOSED
    except Exception as error:
        return _failed(error)


def _failed(error: Exception) -> int:
    """Tell what went wrong: the user's mistake with its place, the system's refusal, or a bug of ours."""
    if os.environ.get("CHAINRULE_DEBUG") == "1":
        import traceback

        traceback.print_exception(error)
    errors = sys.modules.get("derive.errors")  # a command that has not loaded it cannot have raised one
    if errors is not None and isinstance(error, errors.ChainruleError):
        click.echo(f"error: {error}", err=True)
        return int(error.exit_code)
    if isinstance(error, OSError):
        click.echo(f"error: {error.strerror or error}: {error.filename or ''}".rstrip(": "), err=True)
        return 2
    click.echo(f"This is a bug of chainrule, not of yours: {type(error).__name__}: {error}", err=True)
    click.echo("Please report it with the command that you ran; CHAINRULE_DEBUG=1 shows where it happened.", err=True)
    return BUG


if __name__ == "__main__":
    main()
