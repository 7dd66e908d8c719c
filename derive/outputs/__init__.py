"""The outputs of a derivation. This folder is the registry: each file ``NAME.py`` is an output.

It has ``of_document(document, **own)``, for notes, or ``of_graph(graph)``, for the computation graph; either gives
text, or bytes where the form is not text.
Its own options are the keywords of that function; those of `derive.notes.notes.notes` choose what the notes say.
``SUFFIX`` is how the names of its files end, ``COMMENT`` how it writes a comment, for the line that tells where it came
from.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable
from importlib import import_module
from inspect import signature

from derive.calculus.chain_rule import derive
from derive.errors import ChainruleError, UnknownName
from derive.ledger import Derivation
from derive.notes.graph import graph
from derive.notes.notes import notes


def names() -> tuple[str, ...]:
    """Every output, sorted."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def of_suffix(suffix: str) -> str | None:
    """The output whose files end so, None if there is none."""
    return next((name for name in names() if suffix == import_module(f"{__name__}.{name}").SUFFIX), None)


def render(derivation: Derivation, to: str, **options: object) -> str:
    """The derivation in a form that is text; options and errors as for `rendered`."""
    text = rendered(derivation, to, **options)
    if isinstance(text, bytes):
        raise ChainruleError(f"{to} is not text", hint="derive.outputs.rendered gives its bytes")
    return text


def rendered(derivation: Derivation, to: str, **options: object) -> str | bytes:
    """The derivation in the form ``to``.

    Options of every output: ``wrt``, only what these gradients need (names, or one string with commas);
    ``origin``, a line for the head of the file, saying what it came from. The others are those of the notes (or of
    the graph), and those of the output itself.
    Errors: `UnknownName` for an output or a tensor, `ChainruleError` for an option that the output does not have.
    """
    if to not in names():
        raise UnknownName(f"no output {to!r}", hint=f"there are {', '.join(names())}")
    module = import_module(f"{__name__}.{to}")
    wrt, origin = options.pop("wrt", None), options.pop("origin", "")
    draws = not hasattr(module, "of_document")
    told = _keywords(graph if draws else notes)
    own = [] if draws else _keywords(module.of_document)
    for option in options:
        if option not in (*told, *own):
            there = ", ".join(sorted((*told, *own, "wrt", "origin")))
            raise ChainruleError(f"{to} has no option {option!r}", hint=f"it has {there}")
    if wrt is not None:
        derivation = derive(derivation.program, _names(wrt), upstream=derivation.seeds)
    chosen = {option: value for option, value in options.items() if option in told}
    if draws:
        made: str | bytes = module.of_graph(graph(derivation, **chosen))  # type: ignore[arg-type]
    else:
        document = notes(derivation, **chosen)  # type: ignore[arg-type]
        made = module.of_document(document, **{o: v for o, v in options.items() if o in own})
    told_from = comment(str(origin), module.COMMENT) if origin else ""
    return told_from + made if isinstance(made, str) else made + told_from.encode()


def _keywords(function: Callable[..., object]) -> list[str]:
    """The options of a function: its parameters but for the first."""
    return list(signature(function).parameters)[1:]


def _names(wrt: object) -> list[str]:
    """Names from ``"W, b"`` or from a list of names."""
    listed = wrt.split(",") if isinstance(wrt, str) else wrt
    if not isinstance(listed, Iterable):
        raise ChainruleError(f"wrt cannot be {wrt!r}", hint='name tensors: wrt="W,b"')
    return [str(name).strip() for name in listed]


def comment(line: str, form: str) -> str:
    """The line as a comment of the output's language, unable to end the comment early."""
    safe = " ".join(line.split()).replace("--", "- -").replace("%%{", "%% {")
    return form.format(safe) + "\n"
