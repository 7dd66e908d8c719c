"""Does KaTeX, at its strictest, accept a formula? KaTeX is vendored and runs inside Python, so pip is enough."""

from pathlib import Path
from types import TracebackType
from typing import Self

from py_mini_racer import MiniRacer

from derive import outputs

VENDORED = Path(outputs.__file__).parent / "katex" / "katex.min.js"

# `strict: 'error'` also refuses what KaTeX draws but LaTeX does not know, such as Japanese text in mathematics.
COMPLAINT = """
const complaint = (formula, displayMode) => {
    try {
        katex.renderToString(formula, {throwOnError: true, strict: 'error', displayMode});
        return null;
    } catch (error) {
        return String(error.message);
    }
};
"""


class Katex:
    """A JavaScript engine with KaTeX loaded, to be used in `with`: left open, it hangs the interpreter's exit."""

    def __init__(self) -> None:
        self._engine = MiniRacer()
        self._engine.eval(VENDORED.read_text(encoding="utf-8"))
        self._engine.eval(COMPLAINT)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.close()

    def check(self, formulas: list[str], display: bool = True) -> list[str | None]:
        """For each formula (without its dollar signs) None, or what KaTeX has against it.

        `display` chooses `$$…$$` rather than `$…$`; `aligned` and `\\tag`, for instance, need it.
        """
        return [self._engine.call("complaint", formula, display) for formula in formulas]


def check(formulas: list[str], display: bool = True) -> list[str | None]:
    """`Katex.check` with an engine of its own: for one call outside pytest."""
    with Katex() as katex:
        return katex.check(formulas, display)
