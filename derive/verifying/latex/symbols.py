r"""What single commands and characters stand for: tables of spellings, one meaning each, no grammar."""

from __future__ import annotations


def each(words: str) -> tuple[str, ...]:
    """The words of a line, one by one."""
    return tuple(words.split())


GREEK = each(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau "
    "upsilon phi chi psi omega varepsilon vartheta varpi varrho varsigma varphi Gamma Delta Theta Lambda Xi "
    "Pi Sigma Upsilon Phi Psi Omega digamma"
)
LETTERS = each("ell hbar infty top bot perp Re Im aleph imath jmath emptyset varnothing wp eth intercal dagger ddagger")
NAMES = frozenset((*GREEK, *LETTERS))

# functions that have a command of their own; the argument may follow without brackets
FUNCTIONS = frozenset(
    each(
        "exp log ln lg sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh coth det dim ker deg gcd hom Pr arg "
        "tr Tr rank diag sgn sign softmax sigmoid relu ReLU erf"
    )
)

# what takes bounds below and above and a body behind
BIG = {
    "sum": "sum", "prod": "prod", "coprod": "prod", "max": "max", "min": "min", "sup": "sup", "inf": "inf",
    "lim": "lim", "limsup": "lim", "liminf": "lim", "int": "int", "iint": "int", "oint": "int", "argmax": "argmax",
    "argmin": "argmin", "bigcup": "bigcup", "bigcap": "bigcap", "bigvee": "bigvee", "bigwedge": "bigwedge",
}  # fmt: skip

SIGNS = {
    "cdot": "cdot", "times": "times", "ast": "ast", "odot": "odot", "bigodot": "odot", "circ": "circ",
    "otimes": "otimes", "bigotimes": "otimes", "bullet": "bullet", "star": "star", "div": "div", "oslash": "oslash",
    "circledast": "ast", "circledcirc": "odot", "bigcirc": "circ", "boxtimes": "otimes", "boxdot": "odot",
    "bmod": "bmod", "pmod": "bmod", "pm": "pm", "mp": "mp", "oplus": "oplus", "bigoplus": "oplus", "ominus": "ominus",
    "cup": "cup", "cap": "cap", "setminus": "setminus", "wedge": "wedge", "vee": "vee", "land": "wedge", "lor": "vee",
    "slash": "slash", "diamond": "star", "cdotp": "cdot", "centerdot": "cdot", "ltimes": "times", "rtimes": "times",
}  # fmt: skip
ADDITIVE = frozenset(("+", "-", "pm", "mp", "oplus", "ominus"))

RELATIONS = {
    "coloneqq": ":=", "coloneq": ":=", "eqqcolon": "=:", "triangleq": "≜", "equiv": "≡", "doteq": "≐", "approx": "≈",
    "approxeq": "≈", "simeq": "≈", "cong": "≈", "thickapprox": "≈", "fallingdotseq": "≈", "risingdotseq": "≈",
    "propto": "∝", "varpropto": "∝", "sim": "~",
    "thicksim": "~", "neq": "≠", "ne": "≠", "lt": "<", "gt": ">", "le": "≤", "leq": "≤", "leqq": "≤", "leqslant": "≤",
    "ge": "≥", "geq": "≥", "geqq": "≥", "geqslant": "≥", "ll": "<", "gg": ">", "in": "∈", "ni": "∋", "notin": "∉",
    "subset": "⊂", "subseteq": "⊂", "supset": "⊃", "supseteq": "⊃", "leftarrow": "←", "gets": "←",
    "longleftarrow": "←", "rightarrow": "→", "to": "→", "longrightarrow": "→",
    "mapsto": "↦", "longmapsto": "↦", "Rightarrow": "⇒", "Longrightarrow": "⇒",
    "implies": "⇒",
    "Leftarrow": "⇐", "impliedby": "⇐", "Leftrightarrow": "⇔", "Longleftrightarrow": "⇔", "iff": "⇔",
    "leftrightarrow": "⇔", "leadsto": "→", "hookrightarrow": "→", "vdash": "⇒", "models": "⇒", "perp": "⊥",
}  # fmt: skip
BETWEEN_CLAIMS = frozenset(("⇒", "⇐", "⇔"))

DOTS = {
    "cdots": "cdots", "ldots": "ldots", "dots": "ldots", "dotsc": "ldots", "dotsb": "cdots", "dotsm": "cdots",
    "dotsi": "cdots", "dotso": "ldots", "vdots": "vdots", "ddots": "ddots", "iddots": "ddots", "hdots": "cdots",
}  # fmt: skip

FONTS = {
    "mathbf": "bf", "boldsymbol": "bf", "bm": "bf", "pmb": "bf", "mathbfit": "bf", "symbf": "bf", "bold": "bf",
    "textbf": "bf", "mathrm": "rm", "textrm": "rm", "mathup": "rm", "symrm": "rm", "mathit": "it", "textit": "it",
    "mathsf": "sf", "textsf": "sf", "mathtt": "tt", "texttt": "tt", "mathcal": "cal", "mathscr": "scr",
    "mathfrak": "frak", "mathbb": "bb", "mathds": "bb", "mathbbm": "bb", "Bbb": "bb", "mathnormal": "",
    "operatorname": "operatorname", "operatorname*": "operatorname", "mathop": "operatorname", "emph": "it",
}  # fmt: skip
SWITCHES = {"bf": "bf", "rm": "rm", "it": "it", "sf": "sf", "tt": "tt", "cal": "cal", "bfseries": "bf", "Bf": "bf"}
WORDLY = frozenset(("rm", "it", "sf", "tt", "text", "operatorname"))  # several letters in such a font are one word

ACCENTS = {
    "hat": "hat", "widehat": "hat", "bar": "bar", "overline": "overline", "tilde": "tilde", "widetilde": "tilde",
    "vec": "vec", "overrightarrow": "vec", "dot": "dot", "ddot": "ddot", "check": "check", "breve": "breve",
    "acute": "acute", "grave": "grave", "mathring": "ring", "underline": "underline", "widebar": "bar",
    "overleftarrow": "vec", "underbar": "underline",
}  # fmt: skip

PROSE = frozenset(("text", "mbox", "hbox", "textnormal", "intertext", "shortintertext", "textsl", "fbox", "mathtext"))

BRACKETS = {
    "(": "(", ")": ")", "[": "[", "]": "]", "lbrace": "{", "rbrace": "}", "{": "{", "}": "}", "langle": "<",
    "rangle": ">", "lvert": "|", "rvert": "|", "vert": "|", "|": "|", "lVert": "‖", "rVert": "‖", "Vert": "‖",
    "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "lbrack": "[", "rbrack": "]", "lgroup": "(",
    "rgroup": ")", "lparen": "(", "rparen": ")", "llbracket": "[", "rrbracket": "]",
}  # fmt: skip
OPENING = {"(": ")", "[": "]", "{": "}", "<": ">", "⌊": "⌋", "⌈": "⌉"}
CLOSING = frozenset(OPENING.values())
BARS = frozenset("|‖")

SIZES = frozenset(
    each("big Big bigg Bigg bigl Bigl biggl Biggl bigr Bigr biggr Biggr bigm Bigm biggm Biggm middle left right")
)

# without meaning: dropped; those in the second table together with one argument
DROPPED = frozenset(
    each(
        "displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits displaylimits nonumber notag hline cr "
        "mathstrut strut allowbreak nobreak relax noindent par protect centering smallskip medskip bigskip newline "
        "null large Large LARGE small footnotesize "
        "scriptsize tiny normalsize hfill toprule midrule bottomrule "
        "break pagebreak allowdisplaybreaks thinspace negthinspace medspace thickspace enspace space"
    )
)
DROPPED_WITH_ARGUMENT = frozenset(
    each(
        "color require textcolor colorbox hspace hspace* vspace vspace* phantom hphantom vphantom cline class style "
        "href ref* cite footnote bibliographystyle cssId fontsize raisebox rule"
    )
)
LAPS = frozenset(
    each(
        "rlap llap clap mathrlap mathllap mathclap smash mathopen mathclose mathbin mathrel mathord mathinner mathpunct"
    )
)
BOXES = LAPS | frozenset(each("boxed ensuremath cancel bcancel xcancel framebox Aboxed"))
TAGS = frozenset(("tag", "tag*", "label", "eqno", "ref", "eqref"))
QUADS = frozenset(("quad", "qquad", "hfill", "hskip", "enskip", "kern", "mkern", "mskip"))
SPACES = frozenset(", ; : ! > < / \n\t".replace(" ", "")) | {" "}

# words without a command that are never factors
CONDITION_WORDS = frozenset(("if", "for", "when", "forall", "whenever", "unless", "若", "当", "如果", "对于", "if:"))
PROSE_WORDS = CONDITION_WORDS | {"otherwise", "else", "where", "and", "or", "then", "with", "since", "because", "let"}
