"""The forward passes of hand-written layers, read from their text: the derived gradients are the right ones."""

from __future__ import annotations

import pytest

from codegen.gradcheck.handwritten.explaining import explained, read
from codegen.gradcheck.handwritten.naming import layers_of
from codegen.gradcheck.handwritten.probing import Search, find
from codegen.gradcheck.handwritten.repairs import truths_at
from codegen.gradcheck.handwritten.trial import spot, trial
from tests.codegen import handwritten_layers
from tests.codegen.handwritten_layers import RIGHT

# Loops, blocks of images, Jacobians of every sample, random numbers: refused, each for a reason that is said.
UNREAD = {"Dropout", "Flatten", "TwoLayerNet", "max_pool", "conv"}


@pytest.mark.parametrize("name", [n for n in RIGHT if n not in UNREAD])
def test_the_derived_gradient_is_right(name: str) -> None:
    candidates, things = layers_of(name, vars(handwritten_layers))
    layer = candidates[-1] if name == "tanh" else candidates[0]
    found = find(layer, {}, Search())
    assert found is not None
    setting, _ = found
    tried = trial(layer, setting)
    here = spot(tried, setting.sizes[0], 3)
    (truths,) = truths_at(tried, (here,))
    program = read(things[0], layer, setting)
    assert program is not None
    lessons = {lesson.gradient: lesson for lesson in explained(program, list(tried.wrt), here, truths)}
    assert set(lessons) == {f"d{n}" for n in tried.wrt}
    for gradient, lesson in lessons.items():
        assert lesson.formula.startswith(f"∂{gradient[1:]}") and f"{gradient} = " in lesson.numpy


@pytest.mark.parametrize("name", sorted(UNREAD))
def test_what_is_no_plain_numpy_is_refused(name: str) -> None:
    candidates, things = layers_of(name, vars(handwritten_layers))
    found = find(candidates[0], {}, Search())
    assert found is not None
    setting, _ = found
    assert read(things[0], candidates[0], setting) is None
