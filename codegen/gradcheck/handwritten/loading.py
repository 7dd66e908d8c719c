"""A user's code as a module: executed by Python's own import machinery, and only where he is to expect it.

That is the separate process of ``chainrule check``, and nowhere else.
"""

from __future__ import annotations

import ast
import importlib.util
import linecache
import sys
from importlib.abc import SourceLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from codegen.gradcheck.handwritten.code_files import CodeFile


class _Loader(SourceLoader):
    """A loader of a tree that is parsed already, under the file's own name and lines."""

    def __init__(self, code: CodeFile) -> None:
        self.code = code

    def get_filename(self, fullname: str) -> str:
        """The file that the tree was read from."""
        return str(self.code.path)

    def get_data(self, path: Any) -> bytes:
        """The text, its lines where the file has them."""
        return "\n".join(self.code.lines).encode()

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> Any:  # type: ignore[override]
        """The tree as byte code."""
        return super().source_to_code(self.code.tree, path)


def load(code: CodeFile) -> ModuleType:
    """The module of a file. Its own folder comes first on the path, as when Python runs it.

    Errors: whatever the code raises.
    """
    folder = str(code.path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    name = code.path.stem if code.whole and code.path.stem.isidentifier() else "notebook"
    name = name if name not in sys.modules else f"{name}_checked"
    loader = _Loader(code)
    spec = importlib.util.spec_from_loader(name, loader, origin=str(code.path))
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    module.__file__ = str(code.path)
    sys.modules[name] = module
    lines = [line + "\n" for line in code.lines]
    linecache.cache[str(code.path)] = (sum(map(len, lines)), None, lines, str(code.path))
    loader.exec_module(module)
    return module


def define(function: ast.stmt, file: str, namespace: dict[str, Any]) -> dict[str, Any]:
    """The names that a definition, edited from one of a file's own, binds beside those of the namespace."""
    tree = ast.fix_missing_locations(ast.Module([function], []))
    module = ModuleType("edited")
    module.__dict__.update(namespace)
    spec = importlib.util.spec_from_loader("edited", loader := _Loader(CodeFile(Path(file), tree, (), False)))
    module.__spec__ = spec
    loader.exec_module(module)
    return module.__dict__
