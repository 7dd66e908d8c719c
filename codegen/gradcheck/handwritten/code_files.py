"""The Python code of a file, at the lines where the file has it: modules, notebooks, notes with code cells.

Nothing is executed here. Of a notebook only the definitions are taken (imports, functions, classes, constants): its
other cells train and plot. A cell in a text ends where it is no Python any more.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

from derive.errors import UnknownName

LARGEST = 4_000_000
CELL = re.compile(
    r"^\s*(?:In\s*\[(?:None|[\d\s*])*\]\s*:?|```\s*\{?(?:python|py|ipython)[^`]*|~~~\s*(?:python|py))\s*$"
)
FENCE = re.compile(r"^\s*(?:```|~~~)\s*$")
MAGIC = re.compile(r"^\s*[%!]")
Import = (ast.Import, ast.ImportFrom)
Definition = (ast.FunctionDef, ast.ClassDef, *Import)


@dataclass(frozen=True)
class CodeFile:
    """``tree`` is what is run, with the line numbers of the file; ``lines`` its text, for showing."""

    path: Path
    tree: ast.Module
    lines: tuple[str, ...]
    whole: bool

    def line(self, number: int) -> str:
        """A line of the code, without its indentation."""
        return self.lines[number - 1].strip() if 0 < number <= len(self.lines) else ""


def read_code(path: Path) -> CodeFile:
    """The code of a ``.py``, ``.ipynb``, ``.txt`` or ``.md`` file.

    Errors: `UnknownName` for a file that cannot be read, is too long, or is no Python; with the line and a caret.
    """
    text = _text(path)
    if path.suffix == ".py":
        return CodeFile(path, _parsed(text, path.name), tuple(text.splitlines()), True)
    lines = _notebook(text, path) if path.suffix == ".ipynb" else _cells(text)
    tree = _parsed("\n".join(lines), path.name)
    return CodeFile(path, _definitions(tree), tuple(lines), False)


def _text(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as fault:
        raise UnknownName(f"cannot read {str(path)!r}: {fault.strerror}", hint="give FILE.py:NAME") from None
    if len(data) > LARGEST:
        raise UnknownName(f"{path} is longer than {LARGEST // 1_000_000} MB", hint="give a smaller file")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise UnknownName(f"{path} is not UTF-8 text", hint="save it as UTF-8") from None


def _parsed(text: str, origin: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as fault:
        raise UnknownName(
            f"{origin} is not Python: {fault.msg}",
            source=text,
            line=fault.lineno or 0,
            column=fault.offset or 1,
            origin=origin,
        ) from None
    except (ValueError, RecursionError, MemoryError):
        raise UnknownName(f"{origin} is not Python that can be read", hint="is it a text file?") from None


def _notebook(text: str, path: Path) -> list[str]:
    """The code cells of a notebook, one after another; what is no Python (magic commands) is left out."""
    try:
        cells = json.loads(text)["cells"]
        sources = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UnknownName(f"{path.name} is not a Jupyter notebook", hint="is it JSON with a list of cells?") from None
    lines: list[str] = []
    for source in sources:
        lines += [*_python(source.splitlines()), ""]
    return lines


def _cells(text: str) -> list[str]:
    """The lines of a text, those outside code cells left empty."""
    lines = text.splitlines()
    starts = [k for k, line in enumerate(lines) if CELL.match(line)]
    kept = [""] * len(lines)
    for place, start in enumerate(starts):
        end = starts[place + 1] if place + 1 < len(starts) else len(lines)
        end = next((k for k in range(start + 1, end) if FENCE.match(lines[k])), end)
        code = _python(lines[start + 1 : end])
        kept[start + 1 : start + 1 + len(code)] = code
    return kept


def _python(lines: list[str]) -> list[str]:
    """The longest beginning that is Python; a line of another language (``%matplotlib``) is left empty."""
    code = ["" if MAGIC.match(line) else line for line in lines]
    end = len(code)
    while end:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ast.parse("\n".join(code[:end]))
            return code[:end]
        except SyntaxError as fault:
            end = min(end - 1, max((fault.lineno or end) - 1, 0))
        except (ValueError, RecursionError, MemoryError):
            return []
    return []


def _definitions(tree: ast.Module) -> ast.Module:
    """Imports (one that fails is passed over), functions, classes and constants."""
    kept: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, Import):
            caught = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [ast.Pass()])
            kept.append(ast.fix_missing_locations(ast.copy_location(ast.Try([node], [caught], [], []), node)))
        elif isinstance(node, Definition) or (isinstance(node, ast.Assign) and _is_constant(node.value)):
            kept.append(node)
    return ast.Module(kept, [])


def _is_constant(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def defined_names(code: CodeFile) -> tuple[str, ...]:
    """The classes and functions of a file, in order."""
    return tuple(dict.fromkeys(n.name for n in code.tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef))))
