"""What a user is told when something is wrong: what was given, what was expected, where, and what to do next."""

from __future__ import annotations


class ChainruleError(Exception):
    """An error for the user, never a bug of ours: one message, a place with a caret, the next action.

    ``exit_code`` is what the command line ends with: 2 for text that cannot be used,
    3 for a question that cannot be judged.
    """

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        source: str = "",
        line: int = 0,
        column: int = 0,
        hint: str = "",
        origin: str = "",
    ) -> None:
        super().__init__(message)
        self.message, self.source, self.line, self.column = message, source, line, column
        self.hint, self.origin = hint, origin

    def __str__(self) -> str:
        parts = [self.message]
        if self.line:
            parts.append(self._excerpt())
        if self.hint:
            parts.append(f"hint: {self.hint}")
        return "\n".join(parts)

    def _render_traceback_(self) -> list[str]:
        """What Jupyter shows instead of a traceback."""
        return [f"{type(self).__name__}: {self}"]

    def _excerpt(self, width: int = 100) -> str:
        """The line at fault with a caret under the column, both 1-based; long lines are cut around it."""
        lines = self.source.splitlines()
        text = lines[self.line - 1] if 0 < self.line <= len(lines) else ""
        column = max(1, min(self.column, len(text) + 1))
        start = max(0, column - 1 - width // 2)
        shown = text[start : start + width].replace("\t", " ")
        place = f"{self.origin or 'line'}{':' if self.origin else ' '}{self.line}"
        gutter = " " * len(place)
        return f"  {place} | {shown}\n  {gutter} | {' ' * (column - 1 - start)}^"


class LayerTextError(ChainruleError):
    """The layer text cannot be read, or does not fit together (shapes, names, roles)."""


class UnknownName(ChainruleError):
    """A layer, tensor or option of that name does not exist."""


class CannotJudge(ChainruleError):
    """The question is understood but cannot be decided here."""

    exit_code = 3
