"""The shelf of layers: the files ``derive/layers/NAME.layer``, each parsed once."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from derive.errors import UnknownName
from derive.reading.source import did_you_mean
from derive.reading.syntax import Syntax, read_syntax

SUFFIX = ".layer"


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """The names of the library's layers, sorted."""
    folder = files("derive").joinpath("layers")
    return tuple(sorted(f.name.removesuffix(SUFFIX) for f in folder.iterdir() if f.name.endswith(SUFFIX)))


@lru_cache(maxsize=512)
def syntax(name: str) -> Syntax:
    """A library layer as written; `UnknownName` if there is none of that name."""
    if name not in names():  # also the reason why a name can never lead out of the folder
        raise UnknownName(f"there is no layer {name!r}", hint=did_you_mean(name, names(), "the layers are"))
    file = files("derive").joinpath("layers").joinpath(name + SUFFIX)
    return read_syntax(file.read_text(encoding="utf-8"), origin=f"{name}{SUFFIX}")
