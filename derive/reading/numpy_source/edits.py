"""Small edits of a backward function: one expression replaced, or the upstream gradient copied first."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from derive.reading.numpy_source.changes import CHANGES, Change, other_names
from derive.reading.numpy_source.gradient_names import variable_of

MOST = 2500


@dataclass(frozen=True)
class Edit:
    """The function with one statement changed: its line there, and the new statement as text."""

    tree: ast.FunctionDef
    line: int
    text: str


def edits(
    function: ast.FunctionDef, upstream: str, wrong: Sequence[str] = (), changes: tuple[Change, ...] = CHANGES
) -> Iterator[Edit]:
    """Every edited function, the likeliest first: those of the statements that compute a ``wrong`` gradient.

    ``upstream`` is the name of the upstream gradient, or "".
    """
    seen = {ast.unparse(function)}
    nodes = [(place, n) for place, n in enumerate(ast.walk(function)) if isinstance(n, ast.expr)]
    blamed = {n for s in ast.walk(function) if _computes(s, wrong) for n in ast.walk(s)}
    slips = tuple(c for c in changes if c is not other_names)
    for near, some in ((True, slips), (True, (other_names,)), (False, slips), (False, (other_names,))):
        for change in (c for c in some if c in changes):
            for place, node in nodes:
                for replacement in change(node, function, upstream) if (node in blamed) == near else ():
                    edit = _edited(function, place, replacement)
                    text = ast.unparse(edit.tree) if edit is not None else ""
                    if edit is not None and text not in seen:
                        seen.add(text)
                        yield edit
                    if len(seen) > MOST:
                        return


def _computes(node: ast.AST, variables: Sequence[str]) -> bool:
    """Whether a statement assigns the gradient of one of the variables, or returns what it computes."""
    if isinstance(node, ast.Return):
        return True
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
    pieces = [p for t in targets for p in ast.walk(t)]
    names = [p.id for p in pieces if isinstance(p, ast.Name)] + [p.attr for p in pieces if isinstance(p, ast.Attribute)]
    names += [str(p.value) for p in pieces if isinstance(p, ast.Constant)]
    return any(n in variables or variable_of(n, variables) for n in names)


def _edited(function: ast.FunctionDef, place: int, replacement: ast.expr) -> Edit | None:
    """The function with the expression at that place of the walk replaced; None outside a statement that computes."""
    tree = copy.deepcopy(function)
    old = next(n for k, n in enumerate(ast.walk(tree)) if k == place)
    for statement in ast.walk(tree):
        if isinstance(statement, (ast.Assign, ast.AugAssign, ast.Return, ast.AnnAssign, ast.Expr)):
            value = statement.value
            if value is not None and any(n is old for n in ast.walk(value)):
                _Swap(old, replacement).visit(statement)
                return Edit(ast.fix_missing_locations(tree), statement.lineno, ast.unparse(statement))
    return None


class _Swap(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.expr) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        """The node, or the new one in its place."""
        if node is self.old:
            return ast.copy_location(copy.deepcopy(self.new), node)
        walked: ast.AST = super().visit(node)
        return walked


def copied(function: ast.FunctionDef, upstream: str) -> Edit:
    """The upstream gradient copied before anything is done to it; the line is the first that would write into it."""
    tree = copy.deepcopy(function)
    first = ast.parse(f"{upstream} = {upstream}.copy()").body[0]
    place = 1 if ast.get_docstring(tree, clean=False) is not None and len(tree.body) > 1 else 0
    statements = (s for s in ast.walk(tree) if isinstance(s, ast.stmt))
    line = next((s.lineno for s in statements if _writes(s, upstream)), tree.body[place].lineno)
    ast.copy_location(first, tree.body[place])
    tree.body = [*tree.body[:place], first, *tree.body[place:]]
    return Edit(ast.fix_missing_locations(tree), line, f"{upstream} = {upstream}.copy(), before this line")


def _writes(node: ast.AST, name: str) -> bool:
    """Whether a statement writes into the array of that name."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
    augmented = isinstance(node, ast.AugAssign)
    bases = [t.value if isinstance(t, ast.Subscript) else t if augmented else None for t in targets]
    return any(isinstance(b, ast.Name) and b.id == name for b in bases)
