"""Products and sums of arrays: each class of axes becomes the operation that it should, and has the right values.

Expected values are explicit loops over the indices; sizes are pairwise different.
"""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from codegen.backends.numpy import Speller
from codegen.kernel import Array, Expand, Reduction, Spread, Transpose, Var
from codegen.lowering.contraction import align, contract, spread, times, transpose
from derive.expression import Axis, Index

SIZES = {"a": 2, "b": 3, "c": 4, "d": 5, "e": 6}
INDEX = {name: Index(name, Axis(name.upper())) for name in SIZES}


def axes(letters: str) -> tuple[Index, ...]:
    """The indices of these letters."""
    return tuple(INDEX[letter] for letter in letters)


def operands(*letters: str) -> list[Array]:
    """A variable ``x0, x1, ...`` for each group of letters."""
    return [Var(axes(part), f"x{k}") for k, part in enumerate(letters)]


def numbers(*letters: str) -> dict[str, Any]:
    """Random arrays for the variables."""
    rng = np.random.default_rng(0)
    return {f"x{k}": rng.standard_normal([SIZES[i] for i in part]) for k, part in enumerate(letters)}


def value(array: Array, at: dict[str, Any]) -> Any:
    """What the spelled array evaluates to."""
    line = Speller(lambda axis: str(SIZES[axis.name.lower()])).line(array)
    return eval(line, {"np": np, **at})


def loops(letters: tuple[str, ...], at: dict[str, Any], out: str) -> Any:
    """The sum of products, entry by entry."""
    every = sorted(set("".join(letters)))
    found = np.zeros([SIZES[i] for i in out])
    for entry in product(*(range(SIZES[i]) for i in every)):
        here = dict(zip(every, entry, strict=True))
        found[tuple(here[i] for i in out)] += prod(
            at[f"x{k}"][tuple(here[i] for i in part)] for k, part in enumerate(letters)
        )
    return found


def letters_of(array: Array) -> str:
    """The axes of an array as letters."""
    return "".join(i.name for i in array.axes)


# factors, summed over, wanted, how a person writes it
CLASSES = [
    (("ab", "bc"), "b", "ac", "x0 @ x1"),
    (("ab", "ac"), "a", "bc", "x0.T @ x1"),
    (("ab", "cb"), "b", "ac", "x0 @ x1.T"),
    (("ba", "cb"), "b", "ac", "x0.T @ x1.T"),
    (("ab", "bc"), "b", "ca", "x1.T @ x0.T"),
    (("ab", "b"), "b", "a", "x0 @ x1"),
    (("ab", "a"), "a", "b", "x0.T @ x1"),
    (("a", "ab"), "a", "b", "x0 @ x1"),
    (("b", "ab"), "b", "a", "x1 @ x0"),
    (("abc", "cd"), "c", "abd", "x0 @ x1"),
    (("abc", "dc"), "c", "abd", "x0 @ x1.T"),
    (("abc", "acd"), "c", "abd", "x0 @ x1"),
    (("abc", "adc"), "c", "abd", "x0 @ x1.mT"),
    (("acb", "acd"), "c", "abd", "x0.mT @ x1"),
    (("abcd", "abed"), "d", "abce", "x0 @ x1.mT"),
    (("abc", "bcd"), "bc", "ad", "np.tensordot(x0, x1, axes=([1, 2], [0, 1]))"),
    (("abc", "abd"), "ab", "cd", "np.tensordot(x0, x1, axes=([0, 1], [0, 1]))"),
    (("ab",), "b", "a", "x0.sum(axis=1)"),
    (("ab",), "a", "b", "x0.sum(axis=0)"),
    (("abc",), "ac", "b", "x0.sum(axis=(0, 2))"),
    (("abc",), "abc", "", "x0.sum()"),
    (("ab", "ab"), "ab", "", "(x0 * x1).sum()"),
    (("ab", "ab"), "b", "a", "(x0 * x1).sum(axis=1)"),
]


@pytest.mark.parametrize(("letters", "bound", "out", "line"), CLASSES, ids=[c[3] for c in CLASSES])
def test_a_class_of_axes_is_written_as_a_person_would(
    letters: tuple[str, ...], bound: str, out: str, line: str
) -> None:
    found = contract(operands(*letters), axes(bound), axes(out))
    assert Speller(lambda axis: axis.name).line(found) == line


@pytest.mark.parametrize(("letters", "bound", "out", "line"), CLASSES, ids=[c[3] for c in CLASSES])
def test_a_class_of_axes_has_the_values_of_the_loops(letters: tuple[str, ...], bound: str, out: str, line: str) -> None:
    at = numbers(*letters)
    found = contract(operands(*letters), axes(bound), axes(out))
    assert letters_of(found) == out
    assert_allclose(value(found, at), loops(letters, at, out), rtol=1e-12)


FALLBACKS = [
    (("abd", "bcd"), "d", "abc"),  # a batch axis that does not lead
    (("ab", "ac", "ad"), "a", "bcd"),  # three factors over one index
    (("ab", "abc"), "b", "ac"),  # nothing but the batch on the left
]


@pytest.mark.parametrize(("letters", "bound", "out"), FALLBACKS)
def test_what_fits_no_class_has_the_values_of_the_loops(letters: tuple[str, ...], bound: str, out: str) -> None:
    at = numbers(*letters)
    found = contract(operands(*letters), axes(bound), axes(out))
    assert letters_of(found) == out
    assert_allclose(value(found, at), loops(letters, at, out), rtol=1e-12)


@st.composite
def contractions(draw: st.DrawFn) -> tuple[tuple[str, ...], str, str]:
    """Up to four factors with up to three axes, summed over some of them, the rest in any order."""
    factor = st.lists(st.sampled_from("abcde"), min_size=1, max_size=3, unique=True).map("".join)
    letters = tuple(draw(st.lists(factor, min_size=1, max_size=4)))
    used = sorted(set("".join(letters)))
    bound = draw(st.lists(st.sampled_from(used), min_size=1, unique=True))
    out = draw(st.permutations([i for i in used if i not in bound]))
    return letters, "".join(bound), "".join(out)


@given(contractions())
@settings(max_examples=300)
def test_any_contraction_has_the_values_of_the_loops(case: tuple[tuple[str, ...], str, str]) -> None:
    letters, bound, out = case
    at = numbers(*letters)
    found = contract(operands(*letters), axes(bound), axes(out))
    assert letters_of(found) == out
    assert_allclose(value(found, at), loops(letters, at, out), rtol=1e-10, atol=1e-12)


@given(st.permutations("abc"), st.sampled_from(["abc", "ab", "bc", "ac", "a", "b", "c"]))
def test_an_aligned_array_broadcasts_against_the_axes_wanted(out: list[str], letters: str) -> None:
    at = numbers(letters, "".join(out))
    found = value(align(operands(letters)[0], axes("".join(out))), at) * np.ones([SIZES[i] for i in out])
    assert_allclose(
        found,
        loops((letters,), at, "".join(i for i in out if i in letters)).reshape(
            [SIZES[i] if i in letters else 1 for i in out]
        )
        * np.ones([SIZES[i] for i in out]),
    )


def test_an_array_with_axes_that_are_not_wanted_cannot_be_aligned() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        align(operands("ab")[0], axes("a"))


def test_aligning_a_reduction_keeps_its_dimension_instead_of_adding_one() -> None:
    row_sums = Reduction(axes("a"), "sum", operands("ab")[0], axes("b"))
    found = align(row_sums, axes("ab"))
    assert isinstance(found, Reduction)
    assert found.keep
    assert Speller(str).line(found) == "x0.sum(axis=1, keepdims=True)"


def test_aligning_a_vector_with_trailing_axes_adds_nothing() -> None:
    (vector,) = operands("b")
    assert align(vector, axes("ab")) is vector
    assert isinstance(align(vector, axes("ba")), Expand)


def test_transposing_twice_is_transposing_once() -> None:
    (array,) = operands("abc")
    once = transpose(array, axes("cab"))
    assert transpose(once, axes("abc")) == array
    twice = transpose(once, axes("bca"))
    assert isinstance(twice, Transpose)
    assert twice.arg == array


@pytest.mark.parametrize("order", ["ab", "ba", "abc", "acb", "bac", "cab", "bca", "cba", "abdc", "dcba", "badc"])
def test_a_transposed_array_has_the_entries_in_the_order_wanted(order: str) -> None:
    letters = "".join(sorted(order))
    at = numbers(letters)
    found = value(transpose(operands(letters)[0], axes(order)), at)
    assert_allclose(found, loops((letters,), at, order))


def test_a_spread_array_is_repeated_and_its_own() -> None:
    at = numbers("a")
    found = spread(operands("a")[0], axes("ba"))
    assert isinstance(found, Spread)
    array = value(found, at)
    assert array.flags.writeable
    assert not np.shares_memory(array, at["x0"])
    assert_allclose(array, [at["x0"]] * SIZES["b"])


@pytest.mark.parametrize("letters", [("a", "b"), ("b", "a"), ("ab", "b"), ("ab", "a"), ("abc", "b", "ca"), ("c", "ab")])
@pytest.mark.parametrize("backwards", [False, True])
def test_an_elementwise_product_has_the_values_of_the_loops(letters: tuple[str, ...], backwards: bool) -> None:
    used = "".join(sorted(set("".join(letters)), reverse=backwards))
    at = numbers(*letters)
    found = times(operands(*letters), axes(used))
    assert letters_of(found) == used
    assert_allclose(value(found, at), loops(letters, at, used), rtol=1e-13)


def test_two_vectors_are_an_outer_product() -> None:
    assert Speller(str).line(times(operands("b", "a"), axes("ab"))) == "np.outer(x1, x0)"
