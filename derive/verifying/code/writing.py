"""Whether a backward pass writes into the upstream gradient that it is given."""

from __future__ import annotations

import ast


def written_into(function: ast.FunctionDef, argument: str) -> tuple[int, str]:
    """The line that writes into the argument's array, and its name there; (0, "") if none does but into a copy."""
    names = {argument}  # what the array is called so far
    for node in function.body:
        target = node.target if isinstance(node, ast.AugAssign) else None
        targets = node.targets if isinstance(node, ast.Assign) else [] if target is None else [target]
        for place in targets:
            written = place.value if isinstance(place, ast.Subscript) else target
            if isinstance(written, ast.Name) and written.id in names:
                return node.lineno, written.id
            if isinstance(node, ast.Assign) and isinstance(place, ast.Name):
                same = isinstance(node.value, ast.Name) and node.value.id in names
                names = names | {place.id} if same else names - {place.id}
    return 0, ""
