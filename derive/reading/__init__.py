r"""From text to a `Program`: the layer language.

A layer is a few lines of text, the equations as a lecture would state them::

    layer two_layer_net
    "A classifier with one hidden layer."
    X: input [N, D]            "one sample a row"
    T: target [N, C], one-hot  "right answers"
    W1: param [D, H]; b1: param [H]
    W2: param [H, C]; b2: param [C]
    U1 = affine(X, W1, b1)
    Z1 = relu(U1)
    U2 = affine(Z1, W2, b2)
    L = softmax_cross_entropy(U2, T)  "loss"

**Lines.** A statement ends with its line or with ``;``, but runs on inside brackets. ``#`` begins a comment. The
header ``layer NAME(hyperparameter = default, ...)`` and the sentence in quotes below it may be left out. What is used
is defined above. Each name has one meaning, and whatever is declared is used.

**Declarations.** ``X: input [N, D]``: the role, then the axes by name; no axes means a scalar.

- Roles: ``input``, ``param``, and, without a gradient, ``target`` and ``constant``.
- Axes: a name stands for any size, equal names for equal sizes; a number is that size; ``[D, 4*H]``, ``[N - 1]`` and
  ``[D/H]`` are made of others: ``D/H`` says that H divides D, ``D // H`` rounds down. ``[N, D...]``: D stands for
  all the axes that follow in the caller's array. ``[... N, C]``: in a call, whatever axes the argument has.
- Properties, after a comma: ``sum over C = 1``, ``one-hot`` (along the last axis), ``symmetric``, ``integer``, ``zero
  outside`` or ``clipped outside`` (what an index beyond the ends reads: 0, or the nearest entry), and ``latex
  "\hat{y}"``, a spelling of its own. A text at the end says what the tensor is. An equation may end in ``latex``, in
  what is outside, in ``output`` (it is one although another equation reads it) and in a text too. Several names may
  share a declaration: ``x, y: input``.

**Array notation.** ``U = X @ W + b``: arithmetic ``+ - * / **`` (or ``^``), ``@``, ``.T``, ``transpose(A, C, N)``;
``sum(A)``, ``sum(A, axis=C)`` and ``mean``, ``max``, ``min``, ``prod`` likewise; ``where(x > 0, a, b)``; a comparison
is 1 or 0; the name of an axis is its size. Arrays broadcast by the names of their axes: ``[N] + [N, C]`` and ``[C] +
[N, C]`` both work, an axis of size 1 stretches, and what could be meant in two ways is an error.

Parts and layouts: ``X[:, 0:K]``, ``X[::2]``, ``X[..., -1]`` as NumPy's slices; ``concat(A, B, axis=C)``, whose axis may
get a name of its own; ``stack(a, b)``; ``pad(A, axis=T, before=2)``; ``reshape(X, N, T, H, K)``, where -1 is what is
left; ``swapaxes``. ``cumsum(A, axis=T)``. Matrices, in the last two axes: ``inv(A)``, ``det(A)``, ``log_det(A)`` (the
logarithm of the absolute value), ``solve(A, B)`` for ``inv(A) @ B``, ``trace(A)``; ``norm(A)``, ``dot``, ``outer``.

**Index notation.** ``Y[n, o] = sum[d](X[n, d] * W[d, o]) + b[o]``: letters on the left or bound by ``sum[...]``,
``mean[...]``, ``max[...]``, ``min[...]``, ``prod[...]``; each runs over the axis of the places where it stands.
``delta(i, j)`` or ``[i == j]`` is 1 where two letters agree; a letter is a number too, from 0: ``where(s <= t, ...)``.

- Index arithmetic: ``X[n, i*stride + r - padding]``, ``X[n, D - 1 - d]``: letters times whole numbers, added up.
  A letter that stands in arithmetic only runs as often as its window fits: until it reaches as far beyond the last
  entry as it began before the first one. Its axis is named after it, and can be used like any other.
- Parts and digits: ``Y[i: N - 1] = x[i + 1] - x[i]``; ``Q[n, h, t, k] = X[n, t, h*K + k]`` splits an axis ``H*K`` and
  ``Y[n, t, d] = O[n, d // K, t, d % K]`` joins it again. ``//`` and ``%`` are for whole numbers.
- Conditions: ``sum[s <= t](X[s])`` sums up to t. What one branch of ``where`` reads need not be there for the other
  one: ``where(i < D, A[i], B[i - D])``.
- Ranges: ``max[r: 3, s: size](...)``, ``Y[n, i: D] = ...`` say how far a letter runs: a whole number of numbers,
  sizes and hyperparameters, or an axis by name.
- Gathers: ``E[token[n], d]`` reads the row that an ``integer`` tensor says.
- Recurrences: ``h[-1] = h0`` (``h[n, -1] = h0[n]``, ``h[-1] = 0``) says what stands before the first step; until the
  equation of ``h``, which stands last of those that need each other, ``h[t - 1, ...]`` is its step before. An equation
  that is ``zero outside``, or has the start 0, may read several steps back: ``s[t] = s[t - 1] / 2 - s[t - 2] + x[t],
  zero outside``. With time as the first axis a step may be written in array notation, and may call a layer: ``h[t] =
  tanh(x[t] @ W + h[t - 1] @ R + b)``, ``h[t] = rnn_cell(x[t], h[t - 1], W, R, b)``.

**Functions.** ``silu(x) = x * sigmoid(x)`` defines a scalar function, which then applies to arrays entry by entry.
``relu'(0) = 1/2`` chooses the slope at a kink, which is 0 for ``relu`` and ``abs`` and else that of the branch taken;
the choice holds for the whole layer and the layers that it calls, and lies between the slopes of both sides.
``f(A)`` is looked up among the layer's own functions, the scalar functions (`derive.scalar_functions`), the
operations above, and the layers of the library: ``P = softmax(A, axis=M)``, ``U = affine(X, W, b=b1)``. Among indices
an entry of what a layer gives can be read, ``softmax(S)[n, n]``, and a layer that works entry by entry is a function.
Hyperparameters are numbers, or names of axes, that the user of a layer may choose. Constants: ``pi`` and ``e``.

**Chains.** ``L = chain(X, repeat(affine, relu, times=depth - 1), affine, softmax_cross_entropy, T=T)``: layers of the
library one after the other. What they need besides becomes the layer's own, numbered where it occurs again; what is
passed by name goes to every one of them that has that name. Whatever says how often is known when the text is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from derive.errors import LayerTextError, UnknownName
from derive.program import Program, Tensor
from derive.reading.declarations import read_declaration
from derive.reading.guard import MAX_TEXT, normalised
from derive.reading.layer import read_program
from derive.reading.scope import HyperValue, exact
from derive.reading.syntax import Syntax, read_syntax, tree


def parse(text: str, /, **hyper: object) -> Program:
    """The program that a layer's text means; ``hyper`` replaces hyperparameters by numbers (or names of axes).

    >>> program = parse("x: input [N]; L = sum(x**2)")
    >>> program.name, program.outputs
    ('layer', ('L',))

    Raises `LayerTextError`, with the line and a caret, if the text cannot be read or does not fit together.
    """
    return read_program(read_syntax(text), exact_hypers(hyper))


def read(path: str | Path, /, **hyper: object) -> Program:
    """The program of a ``.layer`` file; as `parse`. Raises `UnknownName` if there is no such file."""
    return read_program(read_file(path), exact_hypers(hyper))


def read_tensors(text: str) -> tuple[Tensor, ...]:
    """The tensors that declarations alone declare, as in ``"X: input [N, D]; b: param [D]"``."""
    source = normalised(text)
    found: list[Tensor] = []
    for node in tree(source).children:
        if node.data != "declaration":
            raise source.error("only declarations are expected here", node, "such as X: input [N, D]")
        found.extend(d.tensor for d in read_declaration(source, node))
    return tuple(found)


def read_file(path: str | Path) -> Syntax:
    """A ``.layer`` file as written; not more of it is loaded than the language allows."""
    try:
        with open(path, "rb") as file:
            data = file.read(4 * MAX_TEXT + 1)
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        raise UnknownName(f"cannot read {str(path)!r}: {reason}", hint="give the path of a .layer file") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        if len(data) > 4 * MAX_TEXT:  # cut in the middle of a letter: too long in any case
            text = data.decode("utf-8", errors="ignore")
        else:
            line = data.count(b"\n", 0, fault.start) + 1
            raise LayerTextError(f"{path} is not UTF-8 text: line {line}", hint="save it as UTF-8") from None
    return read_syntax(text, origin=Path(path).name)


def exact_hypers(given: Mapping[str, object]) -> dict[str, HyperValue]:
    """Hyperparameters given from Python, exact and in the order of their names."""
    values: dict[str, HyperValue] = {}
    for name in sorted(given):
        value = exact(given[name])
        if value is None:
            raise LayerTextError(
                f"the hyperparameter {name} cannot be {str(given[name])[:40]!r}",
                hint="give a number, or the name of an axis",
            )
        values[name] = value
    return values
