"""The gradient check: code against complex step, central differences and the derivation, by name and worst entry.

The names are loaded when they are first used: a process that checks hand-written code needs no derivation.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codegen.gradcheck.checking import check
    from codegen.gradcheck.handwritten.asserting import assert_gradients
    from codegen.gradcheck.report import Checked, Comparison, Finding, Report
    from codegen.gradcheck.subject import Subject, of_class, of_functions, of_module, of_network

__all__ = [
    "Checked",
    "Comparison",
    "Finding",
    "Report",
    "Subject",
    "assert_gradients",
    "check",
    "of_class",
    "of_functions",
    "of_module",
    "of_network",
]

_HOMES = {
    "checking": ("check",),
    "handwritten.asserting": ("assert_gradients",),
    "report": ("Checked", "Comparison", "Finding", "Report"),
    "subject": ("Subject", "of_class", "of_functions", "of_module", "of_network"),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
