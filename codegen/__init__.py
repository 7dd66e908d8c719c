"""Code from derivations: kernels, a NumPy backend, templates, and the check that the code is right."""

from __future__ import annotations

from codegen.generate import STYLES, build, source

__all__ = ["STYLES", "build", "source"]
