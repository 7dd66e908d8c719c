"""The gradient check: code against complex step, central differences and the derivation, by name and worst entry."""

from __future__ import annotations

from codegen.gradcheck.checking import check
from codegen.gradcheck.report import Checked, Comparison, Finding, Report
from codegen.gradcheck.subject import Subject, of_class, of_functions, of_module, of_network

__all__ = [
    "Checked",
    "Comparison",
    "Finding",
    "Report",
    "Subject",
    "check",
    "of_class",
    "of_functions",
    "of_module",
    "of_network",
]
