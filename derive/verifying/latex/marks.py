r"""How fonts, signs, relations and brackets of the syntax tree are spelled in LaTeX: the way back of `symbols`."""

from __future__ import annotations

FONTS = {"bf": "mathbf", "rm": "mathrm", "it": "mathit", "sf": "mathsf", "tt": "mathtt", "cal": "mathcal",
         "bb": "mathbb", "frak": "mathfrak", "scr": "mathscr", "text": "text",
         "operatorname": "operatorname"}  # fmt: skip
SIGNS = {"cdot": r"\cdot", "times": r"\times", "ast": "*", "odot": r"\odot", "circ": r"\circ", "otimes": r"\otimes",
         "slash": "/", "div": r"\div", "oslash": r"\oslash", "dot": ".", "at": "@", "bmod": r"\bmod", "pm": r"\pm",
         "mp": r"\mp", "oplus": r"\oplus", "ominus": r"\ominus", "bullet": r"\bullet", "star": r"\star"}  # fmt: skip
RELATIONS = {"≤": r"\leq", "≥": r"\geq", "≠": r"\neq", "∈": r"\in", "∉": r"\notin", "←": r"\leftarrow",
             "→": r"\rightarrow", "≈": r"\approx", "∝": r"\propto", "≡": r"\equiv", "≜": r"\triangleq", "~": r"\sim",
             "⇒": r"\Rightarrow", "⇔": r"\Leftrightarrow", "↦": r"\mapsto", "⊂": r"\subset"}  # fmt: skip
BRACKETS = {"{": r"\{", "}": r"\}", "‖": r"\|", "<": r"\langle ", ">": r" \rangle", ".": "", "⌊": r"\lfloor ",
             "⌋": r" \rfloor", "⌈": r"\lceil ", "⌉": r" \rceil"}  # fmt: skip
