"""Code from derivations: kernels, a NumPy backend, templates, and the check that the code is right."""

from __future__ import annotations

from codegen.generate import STYLES, build, source
from codegen.gradcheck import Report, check

__all__ = ["STYLES", "Report", "build", "check", "source"]
