"""The outputs of a derivation. This folder is the registry: a file ``NAME.py`` with a ``render`` is an output.

``render(derivation, **options) -> str``; the options are the keywords of the function, so one that it does not
have is refused here. ``COMMENT`` says how the output writes a comment, for the line that tells where it came from.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from importlib import import_module
from inspect import Parameter, signature

from derive.calculus.chain_rule import derive
from derive.errors import ChainruleError, UnknownName
from derive.ledger import Derivation


def names() -> tuple[str, ...]:
    """Every output, sorted."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def render(derivation: Derivation, to: str, **options: object) -> str:
    """The derivation in the form ``to``.

    Options of every output: ``wrt``, only what these gradients need (names, or one string with commas);
    ``origin``, a line for the head of the file, saying what it came from. The others are those of the output.
    Errors: `UnknownName` for an output or a tensor, `ChainruleError` for an option that the output does not have.
    """
    if to not in names():
        raise UnknownName(f"no output {to!r}", hint=f"there are {', '.join(names())}")
    module = import_module(f"{__name__}.{to}")
    wrt, origin = options.pop("wrt", None), options.pop("origin", "")
    known = [p.name for p in signature(module.render).parameters.values() if p.kind is Parameter.KEYWORD_ONLY]
    for option in options:
        if option not in known:
            there = ", ".join(sorted((*known, "wrt", "origin")))
            raise ChainruleError(f"{to} has no option {option!r}", hint=f"it has {there}")
    if wrt is not None:
        derivation = derive(derivation.program, _names(wrt), upstream=derivation.seeds)
    text: str = module.render(derivation, **options)
    return comment(str(origin), module.COMMENT) + text if origin else text


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
