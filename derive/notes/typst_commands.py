"""The commands of LaTeX that may stand in our formulas, and what Typst calls them."""

from __future__ import annotations

from derive.notes.symbols import GREEK

# fmt: off
ACCENTS = {  # over or under what stands in braces
    "hat": "hat({})", "widehat": "hat({})", "tilde": "tilde({})", "widetilde": "tilde({})", "bar": "macron({})",
    "vec": "arrow({})", "dot": "dot({})", "ddot": "dot.double({})", "check": "caron({})", "breve": "breve({})",
    "acute": "acute({})", "grave": "grave({})", "overline": "overline({})", "underline": "underline({})",
    "sqrt": "sqrt({})", "boxed": "boxed({})", "mathrlap": "lap({})",
}
FONTS = {
    "bm": "bold({})", "boldsymbol": "bold({})", "mathbf": "upright(bold({}))", "mathrm": "upright({})",
    "mathit": "italic({})", "mathsf": "upright(sans({}))", "mathtt": "mono({})", "mathcal": "cal({})",
    "mathscr": "scr({})", "mathbb": "bb({})", "mathfrak": "frak({})", "operatorname": "op({})",
}
SIGNS = {name: name for name in (*GREEK, "sum", "infty", "nabla", "partial", "aleph", "parallel", "prime")} | {
    "infty": "infinity", "epsilon": "epsilon.alt", "varepsilon": "epsilon", "phi": "phi.alt", "varphi": "phi",
    "vartheta": "theta.alt", "varpi": "pi.alt", "varrho": "rho.alt", "varsigma": "sigma.alt", "ell": "ell",
    "hbar": "planck", "imath": "dotless.i", "jmath": "dotless.j", "Re": "Re", "Im": "Im",
    "prod": "product", "cdot": "dot.op", "times": "times", "div": "div", "pm": "plus.minus", "odot": "dot.o",
    "oslash": "⊘", "otimes": "times.o", "oplus": "plus.o", "ast": "ast.op", "star": "star.op", "circ": "compose",
    "bullet": "bullet.op", "dagger": "dagger", "ddagger": "dagger.double", "top": "top", "bot": "bot", "perp": "perp",
    "le": "<=", "ge": ">=", "ne": "!=", "in": "in", "to": "->", "rightarrow": "->", "leftarrow": "<-",
    "mapsto": "|->", "surd": "√", "ldots": "dots.h", "cdots": "dots.h.c", "langle": "chevron.l",
    "rangle": "chevron.r", "lvert": "bar.v", "rvert": "bar.v", "lfloor": "floor.l", "rfloor": "floor.r",
    "|": "bar.v.double", "_": "\\_", "bmod": 'class("binary", "mod")',
}
NAMES = {name: name for name in (
    "exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan", "max", "min", "det",
)}
SPACES = {"quad": "quad", ",": "thin", ":": "med", ";": "thick", "!": "#h(-0.167em)"}
# fmt: on
