"""What the folder ``generated/`` holds: notes, graphs and code of every layer of the library, kept current by a test.

numpy/functions/NAME.py   numpy/classes/NAME.py   numpy/networks/NAME.py
latex/NAME.tex   markdown/NAME.md   graph/NAME.mmd   graph/NAME.svg
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from codegen.generate import source
from codegen.writing import is_ours, origin, write
from derive import library
from derive.calculus.chain_rule import derive
from derive.errors import CannotJudge, LayerTextError
from derive.outputs import render

STYLES = {"functions": "functions", "class": "classes", "network": "networks"}  # style → folder
NOTES = {"latex": "latex/{}.tex", "markdown": "markdown/{}.md", "mermaid": "graph/{}.mmd", "svg": "graph/{}.svg"}
SHOWN = 40  # lines of a difference


@dataclass(frozen=True)
class Artefact:
    """A generated file: its path below the folder, and its text."""

    path: str
    text: str

    def write(self, folder: Path, *, force: bool = False) -> bool:
        """Write it, as `codegen.writing.write` does; False if it is current."""
        return write(folder / self.path, self.text, force=force)


@dataclass(frozen=True)
class Comparison:
    """The folder against what it should hold: paths that are missing, stale (with a diff), or not ours to have."""

    missing: tuple[str, ...]
    stale: tuple[tuple[str, str], ...]
    orphans: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether the folder is current."""
        return not (self.missing or self.stale or self.orphans)

    def __str__(self) -> str:
        if self.ok:
            return "generated/ is current"
        lines = [f"missing: {path}" for path in self.missing]
        lines += [f"orphan: {path}" for path in self.orphans]
        lines += [f"stale: {path}\n{diff}" for path, diff in self.stale]
        return "\n".join([*lines, "", "generated/ is not current: run `chainrule generate --all`, remove the orphans"])


def folder() -> Path:
    """The folder ``generated/`` of the checkout that this code is in.

    Errors: `CannotJudge` if chainrule is installed without its source tree.
    """
    root = Path(__file__).resolve().parent.parent
    if not (root / "pyproject.toml").exists():
        raise CannotJudge(
            f"there is no source tree around {root}",
            hint="generated/ belongs to a checkout; generate single layers with `chainrule generate NAME -o FILE`",
        )
    return root / "generated"


def layers() -> tuple[str, ...]:
    """The layers that are published: all of the library."""
    return library.names()


def of_layer(name: str) -> Iterator[Artefact]:
    """Everything published about one layer."""
    program = library.load(name)
    derivation = derive(program)
    for form, path in NOTES.items():
        head = _origin(name, f"chainrule derive {name} -t {form}")
        options = {"standalone": True} if form == "latex" else {}
        yield Artefact(path.format(name), render(derivation, form, origin=head, **options))
    for style, place in STYLES.items():
        try:
            text = source(program, style, origin=_origin(name, f"chainrule generate {name} -s {style}"))
        except LayerTextError:
            if style != "network":  # only a layer with parameters and a loss is a network
                raise
            continue
        yield Artefact(f"numpy/{place}/{name}.py", text)


def _origin(name: str, command: str) -> str:
    return origin(f"derive/layers/{name}.layer", f"{command}, or all files: chainrule generate -a")


def compare(expected: Iterable[Artefact] | None = None) -> Comparison:
    """What is missing, stale or orphaned in the folder; None means everything that should be there."""
    wanted = {a.path: a.text for a in (expected if expected is not None else _everything())}
    there = {p.relative_to(folder()).as_posix(): p for p in sorted(folder().rglob("*")) if p.is_file()}
    texts = {path: there[path].read_bytes().decode("utf-8", "replace") for path in wanted if path in there}
    return Comparison(
        tuple(path for path in wanted if path not in there),
        tuple((path, _diff(path, text, wanted[path])) for path, text in texts.items() if text != wanted[path]),
        tuple(path for path, file in there.items() if path not in wanted and not _is_cache(file)),
    )


def _everything() -> Iterator[Artefact]:
    for name in layers():
        yield from of_layer(name)


def _is_cache(file: Path) -> bool:
    return "__pycache__" in file.parts


def _diff(path: str, before: str, after: str) -> str:
    foreign = "" if is_ours(before.encode()) else "(it does not say that chainrule wrote it: --force overwrites it)\n"
    names = f"generated/{path}", "as it should be"
    lines = list(unified_diff(before.splitlines(), after.splitlines(), *names, lineterm=""))
    more = [f"... and {len(lines) - SHOWN} lines more"] if len(lines) > SHOWN else []
    return foreign + "\n".join([*lines[:SHOWN], *more])
