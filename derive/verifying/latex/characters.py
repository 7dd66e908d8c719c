r"""Characters outside ASCII that stand for a command: ``∂`` is ``\partial``, ``・`` is ``\cdot``."""

from __future__ import annotations

from derive.verifying.latex.symbols import GREEK

# characters that stand for a command
UNICODE = {
    "∂": "partial", "∇": "nabla", "∑": "sum", "∏": "prod", "∫": "int", "√": "sqrt", "∞": "infty", "·": "cdot",
    "・": "cdot", "⋅": "cdot", "∙": "cdot", "•": "cdot", "×": "times", "✕": "times", "✖": "times", "⨯": "times",
    "÷": "div", "⊙": "odot", "⨀": "odot", "∘": "circ", "○": "circ", "◦": "circ", "⊗": "otimes", "⊘": "oslash",
    "⊕": "oplus", "⊖": "ominus", "∗": "ast", "⁎": "ast", "±": "pm", "∓": "mp", "⋆": "star", "≈": "approx",
    "≃": "approx", "≅": "approx", "≒": "approx", "≡": "equiv", "≜": "triangleq", "≔": "coloneqq", "∝": "propto",
    "∼": "sim",
    "≠": "neq", "≤": "leq", "≦": "leq", "⩽": "leq", "≥": "geq", "≧": "geq", "⩾": "geq",
    "≪": "ll", "≫": "gg", "∈": "in", "∉": "notin", "⊂": "subset", "⊆": "subset", "←": "leftarrow", "→": "rightarrow",
    "⟶": "rightarrow", "⟵": "leftarrow", "↦": "mapsto", "⇒": "Rightarrow", "⟹": "Rightarrow", "⇔": "Leftrightarrow",
    "⟺": "Leftrightarrow", "⇐": "Leftarrow", "∀": "forall", "∃": "exists", "∴": "therefore", "∵": "because",
    "⋯": "cdots", "…": "ldots", "⋮": "vdots", "⋱": "ddots", "‖": "Vert", "∥": "Vert", "∣": "vert", "⟨": "langle",
    "⟩": "rangle", "〈": "langle", "〉": "rangle", "⌊": "lfloor", "⌋": "rfloor", "⌈": "lceil", "⌉": "rceil", "⊤": "top",
    "⊺": "intercal", "ℓ": "ell", "∅": "emptyset", "∖": "setminus", "∪": "cup", "∩": "cap", "∧": "wedge", "∨": "vee",
    "ℝ": "mathbb{R}", "ℕ": "mathbb{N}", "ℤ": "mathbb{Z}", "𝟙": "mathbb{1}", "𝟏": "mathbb{1}", "ϵ": "epsilon",
    "ϕ": "phi", "µ": "mu", "𝔼": "mathbb{E}", "ħ": "hbar", "†": "dagger", "ℒ": "mathcal{L}", "𝓛": "mathcal{L}",
    "⟦": "lbrack", "⟧": "rbrack", "【": "lbrack", "】": "rbrack", "「": "lbrack", "」": "rbrack", "ⅆ": "mathrm{d}",
}  # fmt: skip
UNICODE |= {chr(0x3B1 + i): name for i, name in enumerate(GREEK[:17])}
UNICODE |= {"ς": "varsigma"} | {chr(0x3C3 + i): name for i, name in enumerate(GREEK[17:24])}
UNICODE |= {
    "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Υ": "Upsilon",
    "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega", "ϑ": "vartheta", "ϖ": "varpi", "ϱ": "varrho", "φ": "phi", "ε": "epsilon",
}  # fmt: skip

COMBINING = {
    "\u0302": "hat", "\u0304": "bar", "\u0305": "overline", "\u0303": "tilde", "\u0307": "dot", "\u0308": "ddot",
    "\u20d7": "vec", "\u0301": "acute", "\u0300": "grave", "\u030c": "check", "\u0306": "breve", "\u030a": "ring",
}  # fmt: skip
