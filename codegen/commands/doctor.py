"""``chainrule doctor``: what is installed, what is missing for what, and whether ``derive`` is ours."""

from __future__ import annotations

import json
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata, util
from pathlib import Path

import click


@dataclass(frozen=True)
class Finding:
    """One thing looked for: what it is for, what was found ("" if nothing), and whether its lack is a fault."""

    name: str
    purpose: str
    found: str
    needed: bool = False
    advice: str = ""

    @property
    def ok(self) -> bool:
        """Whether it is there, or need not be."""
        return bool(self.found) or not self.needed


# distribution → what for; the first block is required, the others are extras
REQUIRED = {
    "sympy": "derivatives of scalar functions",
    "mpmath": "the judge's numbers",
    "numpy": "generated code",
    "jinja2": "templates of generated code",
    "lark": "the layer language",
    "click": "this command",
    "rich": "progress bars",
}
OPTIONAL = {
    "scikit-learn": ("digits for the demo", "pip install scikit-learn"),
    "matplotlib": ("pictures of the demo", "pip install matplotlib"),
    "playground-data": ("the regression of the demo", "pip install playground-data"),
    "pytest": ("the tests", 'pip install -e ".[dev]"'),
    "mini-racer": ("KaTeX in the tests", "pip install mini-racer"),
    "typst": ("PDF", "pip install typst"),
    "torch": ("another witness for gradients in the tests", "pip install torch"),
}
TOOLS = {
    "node": ("mermaid in the tests", "nodejs.org"),
    "pdflatex": ("PDF from .tex files, and without typst", "TeX Live"),
    "lualatex": ("the same for Japanese notes", "TeX Live"),
}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="The findings as JSON.")
def command(as_json: bool) -> int:
    """Say what is installed and whether anything is in the way."""
    findings = list(examine())
    ok = all(f.ok for f in findings)
    if as_json:
        content = {"schema_version": 1, "ok": ok, "findings": [{**asdict(f), "ok": f.ok} for f in findings]}
        click.echo(json.dumps(content, indent=2, ensure_ascii=False))
        return 0 if ok else 1
    width = max(len(f.name) for f in findings)
    for finding in findings:
        mark = click.style("✓", fg="green") if finding.found else click.style("✗", fg="red") if finding.needed else "–"
        click.echo(f"{mark} {finding.name:{width}}  {finding.found or 'missing'}  ({finding.purpose})")
        if not finding.found and finding.advice:
            click.echo(f"  {'':{width}}  {finding.advice}")
    click.echo("\nnothing is in the way" if ok else "\nsomething is in the way: see the lines with ✗")
    return 0 if ok else 1


def examine() -> Iterator[Finding]:
    """Everything that matters, in a fixed order."""
    yield Finding("Python", "3.11 or newer", platform.python_version() if sys.version_info >= (3, 11) else "", True)
    yield Finding("chainrule", "this program", _version("chainrule") or "from a source tree", True)
    for name, purpose in REQUIRED.items():
        yield Finding(name, purpose, _version(name), True, "pip install chainrule")
    yield from (_package(name) for name in ("derive", "codegen"))
    for name, (purpose, advice) in OPTIONAL.items():
        yield Finding(name, purpose, _version(name), False, advice)
    for name, (purpose, advice) in TOOLS.items():
        yield Finding(name, purpose, shutil.which(name) or "", False, advice)


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def _package(name: str) -> Finding:
    """Whether a top-level package is ours: a distribution ``derive`` on PyPI installs one of the same name.

    It is found without being imported, for a foreign one may do anything.
    """
    ours = Path(__file__).resolve().parents[2] / name / "__init__.py"
    spec = util.find_spec(name)
    there = Path(spec.origin).resolve() if spec is not None and spec.origin else None
    foreign = sorted({d for d in metadata.packages_distributions().get(name, []) if d != "chainrule"})
    if there == ours and not foreign:
        return Finding(f"package {name}", "ours, and no other", str(ours.parent), True)
    if foreign:
        names = " ".join(foreign)
        advice = f"installed by {names}, too: pip uninstall {names}, then install chainrule again"
    else:
        advice = f"another one comes first on Python's path: {there}; run from another folder, or rename it"
    return Finding(f"package {name}", "ours, and no other", "", True, advice)
