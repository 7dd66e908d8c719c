"""Code from derivations: kernels, a NumPy backend, templates, and the check that the code is right.

The names are loaded when they are first used, so that the command line starts fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codegen.generate import STYLES, build, source
    from codegen.gradcheck import Report, check
    from codegen.gradcheck.points import example

__all__ = ["STYLES", "Report", "build", "check", "example", "source"]

_HOMES = {
    "codegen.generate": ("STYLES", "build", "source"),
    "codegen.gradcheck": ("Report", "check"),
    "codegen.gradcheck.points": ("example",),
}


def __getattr__(name: str) -> object:
    for home, names_there in _HOMES.items():
        if name in names_there:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'codegen' has no attribute {name!r}")
