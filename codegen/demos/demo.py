"""The demonstration: two networks from their layer text to notes, a graph, checked code, and training on real data.

What is trained is the generated file, imported from where it was written.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from codegen.generate import source
from codegen.gradcheck import Report, check
from codegen.writing import MARK, origin, write
from derive import library
from derive.calculus.chain_rule import derive
from derive.errors import CannotJudge
from derive.judging.judge import judge
from derive.judging.verdict import Verdict
from derive.ledger import Derivation
from derive.outputs import render
from derive.reading import read

Array = npt.NDArray[Any]
NEEDS = {"sklearn": "scikit-learn", "matplotlib": "matplotlib", "plygdata": "playground-data"}
GOAL = 0.96  # of the digits that were kept back
NOTES = {"tex": "latex", "md": "markdown", "mmd": "mermaid", "svg": "svg"}


@dataclass(frozen=True)
class Written:
    """A layer with everything made from it, and its generated code, imported from its file."""

    derivation: Derivation
    module: ModuleType
    verdicts: tuple[Verdict, ...]
    reports: tuple[Report, ...]
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether every equals sign holds and all code is right."""
        return all(v.holds for v in self.verdicts) and all(r.ok for r in self.reports)


@dataclass(frozen=True)
class Demonstration:
    """Where to write, and how to tell: ``say`` prints a line, ``step`` moves the progress bar on."""

    folder: Path
    force: bool
    say: Callable[[str], None]
    step: Callable[[str], None]

    def run(self) -> bool:
        """All of it; whether everything came out right."""
        require()
        return all([self.digits(), self.plane()])

    def digits(self) -> bool:
        """`two_layer_net` on handwritten digits."""
        made = self.write("two_layer_net")
        self.step("training on digits")
        X, T, rest_X, rest_T = digits()
        network = made.module.TwoLayerNet(D=64, H=50, C=10, rng=0)
        started = time.perf_counter()
        losses, right, rest_right = [], [], []
        for loss in network.train(X, T, epochs=40, batch_size=32, learning_rate=0.5, rng=0):
            losses.append(loss)
            right.append(network.accuracy(X, T))
            rest_right.append(network.accuracy(rest_X, rest_T))
        seconds = time.perf_counter() - started
        self.step("drawing curves")
        from codegen.demos.pictures import learning_curves

        curves = {f"{len(X)} seen": right, f"{len(rest_X)} kept back": rest_right}
        self.keep("digits.png", learning_curves(losses, curves, "two_layer_net, 64-50-10, on handwritten digits"))
        reached = rest_right[-1] >= GOAL
        self.say(
            f"  trained on {len(X)} digits, 64-50-10, mini-batch SGD, {len(losses)} epochs in {seconds:.1f} s:"
            f" {rest_right[-1]:.1%} of {len(rest_X)} others right" + ("" if reached else f", less than {GOAL:.0%}")
        )
        return reached and made.ok

    def plane(self) -> bool:
        """`sigmoid_net_rows` on the regression of a plane: 2-3-1, from zero, in batches of four."""
        made = self.write("sigmoid_net_rows")
        self.step("training on a plane")
        X, y = plane()
        before, network = (zeros(made.module.SigmoidNetRows(D=2, H=3, O=1)) for _ in range(2))
        losses = [network.loss(X, y)]
        for _ in network.train(X, y, epochs=100, batch_size=4, learning_rate=0.02, rng=0):
            losses.append(network.loss(X, y))
        self.step("drawing the plane")
        from codegen.demos.pictures import boundaries

        title = "sigmoid_net_rows, 2-3-1, on a plane"
        self.keep("plane.png", boundaries({"before": before.predict, "after": network.predict}, X, y, losses, title))
        reached = losses[-1] < losses[0] / 10
        self.say(f"  trained on {len(X)} points of a plane, 2-3-1, 100 epochs: loss {losses[0]:.3f} → {losses[-1]:.4f}")
        return reached and made.ok

    def write(self, name: str) -> Written:
        """Layer text, notes, graph and code of a layer, the derivation proved and the code checked."""
        self.step(f"deriving {name}")
        text = library.load(name).source
        layer = self.keep(f"{name}.layer", f"# {MARK} demo: the equations that all else here is made from\n{text}")
        started = time.perf_counter()
        derivation = derive(read(layer))
        seconds = time.perf_counter() - started
        for suffix, form in NOTES.items():
            options = {"standalone": True} if form == "latex" else {}
            line = origin(layer.name, f"chainrule derive {layer.name} -t {form}")
            self.keep(f"{name}.{suffix}", render(derivation, form, origin=line, **options))
        line = origin(layer.name, f"chainrule generate {layer.name} -s network")
        module = imported(self.keep(f"{name}.py", source(derivation.program, "network", origin=line)))
        self.step(f"checking {name}")
        reports = check(derivation), check(derivation, module=module)  # as functions, and the file that is trained
        made = Written(derivation, module, judge(derivation), reports, seconds)
        for line in told(made):
            self.say(line)
        return made

    def keep(self, name: str, content: str | bytes) -> Path:
        """Write a file into the folder; its path."""
        path = self.folder / name
        write(path, content, force=self.force)
        return path


def told(made: Written) -> Iterator[str]:
    """What became of a layer, in lines."""
    program, held = made.derivation.program, sum(v.holds for v in made.verdicts)
    yield f"{program.name}: {program.summary}"
    yield (
        f"  derived {len(made.derivation.all_gradients)} gradients in {made.seconds:.2f} s;"
        f" {held} of {len(made.verdicts)} equals signs hold, evaluated on both sides"
    )
    gradients = [row for report in made.reports for row in report.checked if row.kind == "gradient"]
    errors = [c.error for row in gradients for c in row.comparisons if c.witness != "central differences"]
    names = ", ".join(dict.fromkeys(row.title for row in gradients))
    yield f"  checked {names} of the generated code: largest relative error {max(errors, default=0):.0e}"
    yield from (str(report) for report in made.reports if not report.ok)


def require() -> None:
    """Errors: `CannotJudge` if a package that only the demo needs is missing."""
    missing = [name for module, name in NEEDS.items() if util.find_spec(module) is None]
    if missing:
        raise CannotJudge(f"the demo needs {', '.join(missing)}", hint=f"pip install {' '.join(missing)}")


def imported(path: Path) -> ModuleType:
    """The module in a file."""
    spec = util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise CannotJudge(f"{path} cannot be imported")
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def digits() -> tuple[Array, Array, Array, Array]:
    """Digits of 8×8 between 0 and 1 with one-hot targets: four fifths to train on, one fifth kept back."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    X, T = pixels / 16, np.eye(10)[labels]
    order = np.random.default_rng(0).permutation(len(X))
    kept, used = order[: len(X) // 5], order[len(X) // 5 :]
    return X[used], T[used], X[kept], T[kept]


def plane() -> tuple[Array, Array]:
    """Points of the plane with what lies behind them, half of the data set RegressPlane without noise."""
    import plygdata

    state = random.getstate()
    random.seed(0)
    data = np.array(plygdata.generate_data(plygdata.DatasetType.RegressPlane, 0.0))
    random.setstate(state)
    used = data[: len(data) // 2]  # its own split_data would shuffle by NumPy's global generator
    return used[:, :2], used[:, 2:]


def zeros(network: Any) -> Any:
    """The network with every parameter zero."""
    for parameter in network.params.values():
        parameter[...] = 0
    return network
