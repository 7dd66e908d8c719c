"""The slopes found in one evaluation of an entry are its difference quotients, for the equations of many layers."""

from __future__ import annotations

import pytest

from derive.judging.differences import local_derivative
from derive.judging.precision import agreement
from derive.judging.reads import reads
from derive.judging.sampling import worlds
from derive.judging.slopes import Unsloped, slopes
from derive.judging.world import AtKink
from derive.library import load
from derive.reading import parse

LAYERS = (
    "affine", "avg_pool2d", "batch_norm", "char_rnn", "concat", "conv1d", "cross_entropy", "elu", "embedding",
    "flatten", "gelu", "hard_tanh", "layer_norm", "log_sum_exp", "lstm_cell", "max", "max_pool2d", "pixel_shuffle",
    "prelu", "quadratic_form", "rms_norm", "softmax_cross_entropy_labels", "softplus", "trace",
)  # fmt: skip


@pytest.mark.parametrize("layer", LAYERS)
def test_one_evaluation_gives_the_difference_quotients(layer: str) -> None:
    program = load(layer)
    (world,) = worlds(program, 3, 1)
    compared = 0
    for equation in program.equations:
        table = reads(world, equation)
        for at in list(world.entries(i.axis for i in equation.indices))[::5]:
            found = slopes(world, equation, at)
            for name, entry in table[at]:
                if not program.tensor(name).integer:
                    wanted = local_derivative(world, equation.name, at, name, entry)
                    assert agreement(found.pop((name, entry), 0), wanted) is not None
                    compared += 1
            assert not found
    assert compared


def test_what_has_no_rule_is_refused() -> None:
    for layer in ("inverse", "log_det"):
        program = load(layer)
        (world,) = worlds(program, 0, 1)
        (equation,) = program.equations
        with pytest.raises(Unsloped):
            slopes(world, equation, next(iter(world.entries(i.axis for i in equation.indices))))


@pytest.mark.parametrize("line", ["v: input [N]\ny = sum[n](abs(v[n]))", "v: input [N]\ny = max[n](v[n])"])
def test_a_kink_is_refused(line: str) -> None:
    program = parse(f"layer edge\n{line}")
    (world,) = worlds(program, 0, 1)
    size = world.size(program.tensor("v").axes[0])
    tied = world.moved({"v": {(k,): -world.entry("v", (k,)) for k in range(size)}})  # all of them 0
    (equation,) = program.equations
    with pytest.raises(AtKink):
        slopes(tied, equation, ())
